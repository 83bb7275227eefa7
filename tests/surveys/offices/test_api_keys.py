"""Keys of programs: what opens, what does not, and what a key is about."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveys.offices import api_keys
from surveys.offices.api_keys import Caller, NameTaken, WrongReach
from surveys.tables import ApiKey, Unit
from tests import builders, dumps
from tests.builders import NOW, TODAY

LAST = dt.date(2026, 12, 31)


def make(session: Session, **changes: Any) -> tuple[ApiKey, str]:
    """A key for tickets everywhere, with some of it changed."""
    given = {"name": "Một cửa", "scopes": ["tickets"], "expires_on": LAST, "by": "Nội vụ"}
    return api_keys.make(session, **(given | changes), now=NOW)  # type: ignore[arg-type]


def caller(session: Session, **changes: Any) -> Caller:
    """The program of such a key."""
    found = api_keys.identify(session, make(session, **changes)[1], on=TODAY)
    assert found is not None
    return found[0]


def test_a_key_opens_and_only_its_hash_is_kept(session: Session, engine: Engine) -> None:
    made, text = make(session, scopes=["live", "tickets"])
    found = api_keys.identify(session, text, on=TODAY)
    assert found == (Caller(made.id or 0, "Một cửa", {"tickets", "live"}, None, None, 1), False)
    session.commit()
    kept = repr(dumps.contents(engine))
    assert made.prefix in kept
    assert text not in kept
    assert text.removeprefix(made.prefix) not in kept


@pytest.mark.parametrize("text", ["", "hl_", "hl_00000000_x", "\0", "ĐƯỜNG"])
def test_what_is_no_key_opens_nothing(session: Session, text: str) -> None:
    make(session)
    assert api_keys.identify(session, text, on=TODAY) is None


def test_a_key_ends_with_its_last_day_or_when_it_is_revoked(session: Session) -> None:
    made, text = make(session)
    assert api_keys.identify(session, text, on=LAST) is not None
    assert api_keys.identify(session, text, on=LAST + dt.timedelta(1)) is None
    api_keys.revoke(session, made, now=NOW)
    api_keys.revoke(session, made, now=NOW + dt.timedelta(1))
    assert made.revoked_at == NOW
    assert api_keys.identify(session, text, on=TODAY) is None


def test_the_day_of_the_last_use_is_kept(session: Session) -> None:
    _, text = make(session)
    found = api_keys.identify(session, text, on=TODAY)
    assert found
    api_keys.note_use(session, found[0], on=TODAY)
    session.expire_all()
    assert session.exec(select(ApiKey.used_on)).one() == TODAY
    assert api_keys.identify(session, text, on=TODAY) == (found[0], True)


@pytest.mark.parametrize(
    "changes",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"sector": "health", "unit_id": 1},
        {"every": 0},
        {"every": 10_000},
        {"expires_on": TODAY - dt.timedelta(1)},
        {"expires_on": TODAY + api_keys.LONGEST + dt.timedelta(1)},
    ],
)
def test_a_key_that_cannot_be_is_refused(session: Session, changes: dict[str, Any]) -> None:
    builders.unit(session)
    with pytest.raises(WrongReach):
        make(session, **changes)
    assert not session.exec(select(ApiKey)).all()


def test_names_tell_keys_apart_for_ever(session: Session) -> None:
    made, _ = make(session)
    api_keys.revoke(session, made, now=NOW)
    with pytest.raises(NameTaken):
        make(session)
    assert api_keys.find(session, "Một cửa") == made


def test_a_key_is_about_its_unit_and_those_below_or_its_sector(session: Session) -> None:
    shop = session.get_one(Unit, builders.counter(session).unit_id)
    clinic = builders.unit(session, "tram", kind="clinic", sector="health")
    commune = shop.parent_id
    callers = {
        "unit": caller(session, name="a", unit_id=commune),
        "sector": caller(session, name="b", sector="health"),
        "all": caller(session, name="c"),
    }
    seen = {name: set(api_keys.units_of(session, one, on=TODAY)) for name, one in callers.items()}
    assert seen == {
        "unit": {"17266", "mot-cua-17266"},
        "sector": {"tram"},
        "all": {"17266", "mot-cua-17266", "tram"},
    }
    for name, one in callers.items():
        for unit in (shop, clinic):
            found = api_keys.unit_of(session, one, unit.code, on=TODAY)
            assert (found is not None) == (unit.code in seen[name])
    assert [one.sees_sector("health") for one in callers.values()] == [False, True, True]
    assert api_keys.unit_of(session, callers["all"], "khong-co", on=TODAY) is None
