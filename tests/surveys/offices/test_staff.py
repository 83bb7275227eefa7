"""Accounts: sign-in, its end, and what each may see; on both databases."""

from __future__ import annotations

import datetime as dt
import time
import unicodedata

import pytest
from argon2 import PasswordHasher
from sqlmodel import Session, select

from surveys.offices import staff
from surveys.tables import Staff, StaffSession, Unit
from tests import builders
from tests.builders import FOUNDED, NOW, TODAY

PASSWORD = "mật khẩu dài"
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def an(session: Session) -> Staff:
    """An account of Nội vụ."""
    return staff.add(session, username="an", name="An", password=PASSWORD, role="central")


def sign_in(session: Session, username: str = "an", password: str = PASSWORD) -> str:
    return staff.start(session, staff.identify(session, username, password), now=NOW)


def test_account_is_signed_in_for_twelve_hours(session: Session, an: Staff) -> None:
    token = sign_in(session)
    for hours, account in ((0, an), (11, an), (12, None), (1000, None)):
        assert staff.account_of(session, token, now=NOW + hours * HOUR) is account
    assert staff.account_of(session, token[:-1], now=NOW) is None


def test_database_holds_neither_password_nor_token(session: Session, an: Staff) -> None:
    token = sign_in(session)
    assert an.password_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    stored = session.exec(select(StaffSession)).one()
    assert len(stored.token_hash) == 64
    assert token not in stored.token_hash
    assert len(token) >= 43


@pytest.mark.parametrize(
    ("username", "password"),
    [
        ("an", "mật khẩu dai"),
        ("an", ""),
        ("an", PASSWORD.upper()),
        ("an", "x" * 1_000_000),
        ("binh", PASSWORD),
        ("", ""),
        ("' OR 1=1 --", PASSWORD),
        ("b\x00inh", PASSWORD),
    ],
)
def test_wrong_credentials_are_one_error(
    session: Session, an: Staff, username: str, password: str
) -> None:
    with pytest.raises(staff.WrongCredentials) as caught:
        sign_in(session, username, password)
    assert caught.value.args == ()
    assert session.exec(select(StaffSession)).all() == []


@pytest.mark.parametrize("username", ["an", "AN", " An "])
def test_name_is_read_without_its_case(session: Session, an: Staff, username: str) -> None:
    assert staff.find(session, username) is an
    sign_in(session, username)


def test_password_is_the_same_however_the_keyboard_composes_it(session: Session, an: Staff) -> None:
    sign_in(session, password=unicodedata.normalize("NFD", PASSWORD))


def test_unknown_name_takes_as_long_as_a_wrong_password(session: Session, an: Staff) -> None:
    def fastest(username: str) -> float:
        taken = []
        for _ in range(5):
            begun = time.process_time()
            with pytest.raises(staff.WrongCredentials):
                sign_in(session, username, "wrong")
            taken.append(time.process_time() - begun)
        return min(taken)

    assert 0.5 < fastest("binh") / fastest("an") < 2


def test_hash_of_older_parameters_is_renewed(session: Session, an: Staff) -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    an.password_hash = weak.hash(PASSWORD)
    sign_in(session)
    assert "m=19456,t=2,p=1" in an.password_hash
    renewed = an.password_hash
    sign_in(session)
    assert an.password_hash == renewed


def test_sign_out_ends_one_browser(session: Session, an: Staff) -> None:
    first, second = sign_in(session), sign_in(session)
    staff.sign_out(session, first)
    staff.sign_out(session, "unknown")
    assert staff.account_of(session, first, now=NOW) is None
    assert staff.account_of(session, second, now=NOW) is an


def test_new_password_ends_every_browser_of_the_account(session: Session, an: Staff) -> None:
    other = staff.add(session, username="b", name="B", password=PASSWORD, role="central")
    mine, theirs = sign_in(session), sign_in(session, "b")
    staff.set_password(session, an, "một mật khẩu khác")
    assert staff.account_of(session, mine, now=NOW) is None
    assert staff.account_of(session, theirs, now=NOW) is other
    with pytest.raises(staff.WrongCredentials):
        sign_in(session)
    sign_in(session, password="một mật khẩu khác")


def test_disabled_account_is_out_at_once(session: Session, an: Staff) -> None:
    token = sign_in(session)
    staff.disable(session, an, now=NOW)
    assert staff.account_of(session, token, now=NOW) is None
    with pytest.raises(staff.WrongCredentials):
        sign_in(session)


def test_disabled_account_has_no_browser_even_if_one_was_left(session: Session, an: Staff) -> None:
    token = sign_in(session)
    an.disabled_at = NOW
    assert staff.account_of(session, token, now=NOW) is None


def test_ended_sessions_are_tidied_at_the_next_sign_in(session: Session, an: Staff) -> None:
    sign_in(session)
    staff.start(session, an, now=NOW + 13 * HOUR)
    assert len(session.exec(select(StaffSession)).all()) == 1


@pytest.mark.parametrize("password", ["", "ngắn quá", "x" * 9, "x" * 257])
def test_password_needs_a_sensible_length(session: Session, an: Staff, password: str) -> None:
    with pytest.raises(staff.PasswordTooWeak):
        staff.add(session, username="b", name="B", password=password, role="central")
    before = an.password_hash
    with pytest.raises(staff.PasswordTooWeak):
        staff.set_password(session, an, password)
    assert an.password_hash == before


def test_name_is_taken_once(session: Session, an: Staff) -> None:
    with pytest.raises(staff.UsernameTaken, match="an"):
        staff.add(session, username="AN", name="Ân", password=PASSWORD, role="central")


@pytest.mark.parametrize(
    ("role", "sector", "has_unit"),
    [
        ("central", "health", False),
        ("central", None, True),
        ("sector", None, False),
        ("unit", None, False),
        ("unit", "health", True),
        ("queen", None, False),
    ],
)
def test_role_goes_with_its_scope(
    session: Session, role: staff.Role, sector: str | None, has_unit: bool
) -> None:
    unit_id = builders.unit(session).id if has_unit else None
    with pytest.raises(staff.WrongScope) as caught:
        staff.add(
            session, username="b", name="B", password=PASSWORD,
            role=role, sector=sector, unit_id=unit_id,
        )  # fmt: skip
    assert caught.value.role == role
    assert staff.find(session, "b") is None


def account(role: str, *, sector: str | None = None, unit: Unit | None = None) -> Staff:
    unit_id = unit.id if unit else None
    return Staff(
        username=role, name=role, password_hash="", role=role, sector=sector, unit_id=unit_id
    )


def test_sector_is_seen_by_its_office_and_by_central(session: Session) -> None:
    unit = builders.unit(session, sector="health")
    assert staff.may_see_sector(account("central"), "health")
    assert staff.may_see_sector(account("sector", sector="health"), "health")
    assert not staff.may_see_sector(account("sector", sector="education"), "health")
    assert not staff.may_see_sector(account("unit", unit=unit), "health")


def test_unit_is_seen_by_those_it_concerns(session: Session) -> None:
    commune, neighbour = builders.unit(session, "17266"), builders.unit(session, "17239")
    clinic = builders.unit(session, "clinic", sector="health", parent=commune)
    school = builders.unit(session, "school", sector="education", parent=commune)
    seen = {
        name: [
            unit.code
            for unit in (commune, neighbour, clinic, school)
            if staff.may_see_unit(session, who, unit, on=TODAY)
        ]
        for name, who in {
            "central": account("central"),
            "health": account("sector", sector="health"),
            "commune": account("unit", unit=commune),
            "clinic": account("unit", unit=clinic),
        }.items()
    }
    assert seen == {
        "central": ["17266", "17239", "clinic", "school"],
        "health": ["clinic"],
        "commune": ["17266", "clinic", "school"],
        "clinic": ["clinic"],
    }


def test_unit_that_has_ended_is_still_seen_by_its_own_account(session: Session) -> None:
    old = builders.unit(session)
    old.valid_to = FOUNDED + dt.timedelta(days=1)
    session.flush()
    assert staff.may_see_unit(session, account("unit", unit=old), old, on=TODAY)
