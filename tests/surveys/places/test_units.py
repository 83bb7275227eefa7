"""Units and service points by day, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session

from surveys.places import units
from surveys.tables import ServicePoint, Unit, UnitSuccession

MERGER = dt.date(2025, 7, 1)
BEFORE, AFTER = dt.date(2025, 6, 30), dt.date(2025, 7, 1)
LONG_AGO = dt.date(2000, 1, 1)


def unit(
    session: Session,
    code: str,
    parent: Unit | None = None,
    *,
    valid: tuple[dt.date, dt.date | None] = (LONG_AGO, None),
    sector: str | None = None,
) -> Unit:
    begins, ends = valid
    made = Unit(
        code=code, name=code, kind="commune", sector=sector, valid_from=begins, valid_to=ends,
        parent_id=parent.id if parent else None,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made


def codes(found: list[Unit]) -> list[str]:
    return [unit.code for unit in found]


def test_reused_code_is_found_by_its_dates(session: Session) -> None:
    old = unit(session, "17266", valid=(LONG_AGO, MERGER))
    new = unit(session, "17266", valid=(MERGER, None))
    assert units.find(session, "17266", on=BEFORE) == old
    assert units.find(session, "17266", on=AFTER) == new
    assert units.find(session, "17266", on=dt.date(1999, 12, 31)) is None
    assert units.find(session, "1726", on=AFTER) is None


def test_subtree_is_the_unit_with_everything_below_it_by_code(session: Session) -> None:
    province = unit(session, "40")
    commune = unit(session, "17266", province)
    unit(session, "z-school", commune)
    unit(session, "a-clinic", commune)
    unit(session, "17239", province)
    found = units.below(session, commune.id or 0, on=AFTER)
    assert codes(found) == ["17266", "a-clinic", "z-school"]


def test_subtree_leaves_out_what_hangs_under_a_unit_that_has_ended(session: Session) -> None:
    province = unit(session, "40")
    district = unit(session, "423", province, valid=(LONG_AGO, MERGER))
    unit(session, "17266", district)
    assert codes(units.below(session, province.id or 0, on=BEFORE)) == ["17266", "40", "423"]
    assert codes(units.below(session, province.id or 0, on=AFTER)) == ["40"]
    assert units.below(session, district.id or 0, on=AFTER) == []


def test_circle_of_parents_ends(session: Session) -> None:
    one = unit(session, "1")
    two = unit(session, "2", one)
    one.parent_id = two.id
    session.flush()
    assert codes(units.below(session, one.id or 0, on=AFTER)) == ["1", "2"]


def test_units_of_a_sector_on_a_day(session: Session) -> None:
    unit(session, "clinic-b", sector="health")
    unit(session, "clinic-a", sector="health", valid=(LONG_AGO, MERGER))
    unit(session, "school", sector="education")
    assert codes(units.of_sector(session, "health", on=BEFORE)) == ["clinic-a", "clinic-b"]
    assert codes(units.of_sector(session, "health", on=AFTER)) == ["clinic-b"]


def test_merged_communes_know_each_other(session: Session) -> None:
    old = [unit(session, code, valid=(LONG_AGO, MERGER)) for code in ("17272", "17269")]
    new = unit(session, "17266", valid=(MERGER, None))
    for one in old:
        link = UnitSuccession(predecessor_id=one.id or 0, successor_id=new.id or 0)
        session.add(link)
    session.flush()
    assert codes(units.predecessors(session, new)) == ["17269", "17272"]
    assert codes(units.successors(session, old[0])) == ["17266"]
    assert (units.successors(session, new), units.predecessors(session, old[0])) == ([], [])


@pytest.mark.parametrize(("day", "expected"), [(BEFORE, ["1", "2"]), (AFTER, ["2", "3"])])
def test_service_points_on_a_day(session: Session, day: dt.date, expected: list[str]) -> None:
    shop, other = unit(session, "shop"), unit(session, "other")
    dates = {"3": (MERGER, None), "1": (LONG_AGO, MERGER), "2": (LONG_AGO, None)}
    for code, (begins, ends) in dates.items():
        point = ServicePoint(
            unit_id=shop.id or 0, code=code, name=code, kind="counter",
            valid_from=begins, valid_to=ends,
        )  # fmt: skip
        session.add(point)
    session.flush()
    found = units.points_of(session, [shop.id or 0, other.id or 0], on=day)
    assert [point.code for point in found] == expected
    assert units.points_of(session, [other.id or 0], on=day) == []


def test_units_near_a_mistyped_code_or_name_are_found(session: Session) -> None:
    for code in ("mot-cua-17266", "mot-cua-17272", "truong-xa"):
        unit(session, code)
    found = units.nearest(session, "mot-cua-1726", on=AFTER)
    assert [one.code for one in found] == ["mot-cua-17266", "mot-cua-17272"]
    assert [one.code for one in units.nearest(session, "Truong Xa", on=AFTER)] == ["truong-xa"]
    assert units.nearest(session, "zzzz", on=AFTER) == []
