"""Violated constraints keep their names on both databases."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, SQLModel, select

from surveys import constraints
from surveys.tables import ServicePoint, Staff, Unit, UnitSuccession
from tests import builders


class Taken(Exception):
    pass


def account(username: str = "an", role: str = "central") -> Staff:
    return Staff(username=username, name="An", password_hash="x", role=role)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (account(), "uq_staff_username"),
        (Unit(code="1", name="", kind="", valid_from=builders.FOUNDED), "uq_unit_code_valid_from"),
        (account("b", role="unit"), "ck_staff_unit_scope"),
        (account("b", role="queen"), "ck_staff_role"),
    ],
)
def test_violated_constraint_has_the_same_name_on_both(
    session: Session, row: SQLModel, name: str
) -> None:
    builders.unit(session, "1")
    session.add(account())
    session.commit()
    session.add(type(row)(**row.model_dump()))
    with pytest.raises(IntegrityError) as caught:
        session.flush()
    assert constraints.violated(caught.value) == name


@pytest.mark.parametrize(
    "row",
    [
        ServicePoint(unit_id=99, code="1", name="", kind="", valid_from=builders.FOUNDED),
        Staff(
            username=None,  # type: ignore[arg-type] # the fault under test
            name="",
            password_hash="",
            role="central",
        ),
    ],
)
def test_violation_that_stands_for_nothing_is_left_as_it_is(
    session: Session, row: SQLModel
) -> None:
    with (
        pytest.raises(IntegrityError),
        constraints.enforced(session, {"uq_staff_username": Taken()}),
    ):
        session.add(type(row)(**row.model_dump()))


def test_violation_raises_what_it_stands_for_and_takes_back_only_its_block(
    session: Session,
) -> None:
    session.add(account())
    session.flush()
    with (
        pytest.raises(Taken),
        constraints.enforced(session, {"uq_staff_username": Taken()}),
    ):
        session.add(account())
    session.commit()
    assert session.exec(select(Staff.username)).all() == ["an"]


def test_insert_gives_the_row_the_first_time_only(session: Session) -> None:
    one, two = builders.unit(session, "1"), builders.unit(session, "2")
    values: dict[str, int] = {"predecessor_id": one.id or 0, "successor_id": two.id or 0}
    made = constraints.insert_unless_taken(session, UnitSuccession, values)
    again = constraints.insert_unless_taken(session, UnitSuccession, values)
    assert (made, again) == (UnitSuccession(**values), None)
