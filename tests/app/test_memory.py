"""What pages keep: fresh within a minute, at once after a deed, made once for many, bounded."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from app import create_app
from app.memory import Memory
from app.settings import Settings
from surveys import database
from surveys.fieldwork import responses, tickets
from surveys.offices import audit
from surveys.places import collectors
from surveys.results import marks
from surveys.tables import Response, ServicePoint, Wave
from tests import builders, fieldwork
from tests.app import staffed

SECONDS = dt.timedelta(seconds=1)
PAGES = ("/van-phong/administration", "/van-phong/don-vi/mot-cua-17266")


@dataclass
class Clock:
    """A clock that tests move."""

    now: dt.datetime = builders.NOW

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    """The clock of the app."""
    return Clock()


@pytest.fixture
def app(database_url: str, clock: Clock) -> Iterator[flask.Flask]:
    """The app with that clock."""
    made = create_app(Settings(database_url=database_url, secret_key="test", clock=clock))
    yield made
    made.extensions["engine"].dispose()


@pytest.fixture
def offices(app: flask.Flask) -> staffed.Offices:
    """Two counters with 100 and 4 answers."""
    return staffed.build(app)


def answers(client: FlaskClient, page: str) -> int:
    """The answers that stand beside the figure at the top of a page."""
    found = re.search(r"<dt>Số phiếu</dt>\s*<dd>([\d.]+)", client.get(page).text)
    assert found
    return int(found[1].replace(".", ""))


def say(offices: staffed.Offices, packed: list[str]) -> None:
    """More answers at the first counter."""
    with offices.session() as session:
        wave, place = session.exec(select(Wave)).one(), session.get_one(ServicePoint, 1)
        fieldwork.answered(session, wave, place, packed)
        session.commit()


@pytest.mark.parametrize("page", PAGES)
def test_answers_are_shown_within_a_minute_and_counted_once(
    offices: staffed.Offices, clock: Clock, page: str
) -> None:
    client = offices.signed_in("noi-vu")
    before = answers(client, page)
    for step in range(1, 4):
        say(offices, ["5555"] * 3)
        clock.now += 60 * SECONDS
        assert answers(client, page) == before + 3 * step


def test_what_a_minute_keeps_is_the_same_figure(offices: staffed.Offices, clock: Clock) -> None:
    client = offices.signed_in("noi-vu")
    before = answers(client, PAGES[0])
    say(offices, ["5555"] * 3)
    clock.now += 59 * SECONDS
    assert answers(client, PAGES[0]) == before
    # A clock that was put back must not keep it for longer.
    clock.now -= 600 * SECONDS
    assert answers(client, PAGES[0]) == before + 3


@pytest.mark.parametrize("page", PAGES)
def test_an_exclusion_is_shown_at_once(offices: staffed.Offices, page: str) -> None:
    client = offices.signed_in("noi-vu")
    before = answers(client, page)
    with offices.session() as session:
        number = session.exec(select(Response.id)).first()
        responses.exclude(session, number or 0, reason="Trả lời thử", now=builders.NOW)
        session.commit()
    assert answers(client, page) == before - 1


def test_every_deed_but_signing_in_makes_another_mark(offices: staffed.Offices) -> None:
    def mark() -> marks.Mark:
        with offices.session() as session:
            return marks.mark(session, [1])

    client = offices.signed_in("noi-vu")
    before = mark()
    offices.signed_in("vp")
    assert mark() == before
    staffed.post(client, "/noi-vu/dot/dot-3/dong")
    assert mark().deeds > before.deeds
    assert mark().answers == before.answers


def test_slips_that_software_draws_are_no_deed_and_are_counted(offices: staffed.Offices) -> None:
    with offices.session() as session:
        wave, place = session.exec(select(Wave)).one(), session.get_one(ServicePoint, 1)
        code = collectors.issue(session, place, kind="sampled", today=builders.TODAY)
        before = marks.mark(session, [wave.id or 0])
        tickets.mint(
            session, code, every=5, size=30, expires_on=wave.closes_on, by="Một cửa",
            now=builders.NOW,
        )  # fmt: skip
        audit.append(
            session, actor="Một cửa", action="api.draw_ticket", detail={}, now=builders.NOW
        )
        after = marks.mark(session, [wave.id or 0])
    assert after.deeds == before.deeds
    assert (before.slips, after.slips) == (0, 30)


def test_many_who_ask_at_once_wait_for_one_and_few_values_are_kept(app: flask.Flask) -> None:
    engine, made = app.extensions["engine"], list[str]()
    memory = Memory(engine, 2)

    def ask(key: str) -> str:
        def make(_: Session) -> str:
            made.append(key)
            return key.upper()

        with database.reading(engine) as session:
            return str(memory.recall(session, key, (), make, now=builders.NOW)[0])

    with ThreadPoolExecutor(4) as several:
        assert set(several.map(ask, ["a"] * 8)) == {"A"}
    assert made == ["a"]
    assert [ask(key) for key in "bca"] == ["B", "C", "A"]
    assert made == ["a", "b", "c", "a"]
    assert len(memory) == 2


def test_what_cannot_be_made_is_not_kept(app: flask.Flask) -> None:
    engine = app.extensions["engine"]
    memory, tries = Memory(engine, 2), iter([ZeroDivisionError(), None])

    def make(_: Session) -> int:
        failed = next(tries)
        if failed:
            raise failed
        return 1

    with database.reading(engine) as session:
        with pytest.raises(ZeroDivisionError):
            memory.recall(session, "a", (), make, now=builders.NOW)
        assert memory.recall(session, "a", (), make, now=builders.NOW)[0] == 1
