"""Abuse control: people pass whole and unmarked, programs are marked, only floods are refused."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import flask
import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from app import create_app
from app.citizen import limits
from app.settings import Settings
from surveys import database
from surveys.fieldwork import suspicion, waves
from surveys.tables import Response
from tests import builders
from tests.redis_servers import redis_server
from tests.servers import gunicorn
from tests.test_exactly_once import Sender

GOOD = {"field": "land", "a.A1": "5", "a.A2": "0", "a.B1": "4", "a.C1": "3"}
CLINIC = "203.0.113.7"


@dataclass
class Hall:
    """A counter with people around it, and a clock that the test turns."""

    app: flask.Flask
    code: str
    now: dt.datetime = builders.NOW

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += dt.timedelta(seconds=seconds)

    def open(self) -> str:
        """The key of a form opened now."""
        page = self.app.test_client().get(f"/k/{self.code}")
        found = re.search(r'name="key" value="([^"]+)"', page.text)
        assert found
        return found[1]

    def send(self, key: str, address: str = CLINIC, **changes: str) -> TestResponse:
        """The answer to a form sent now from an address."""
        return self.app.test_client().post(
            f"/k/{self.code}", data={**GOOD, **changes, "key": key},
            environ_base={"REMOTE_ADDR": address},
        )  # fmt: skip


@pytest.fixture(params=["memory", "redis"])
def redis_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str | None]:
    """Counting in memory and in a real Redis."""
    if request.param == "memory":
        yield None
        return
    with redis_server(tmp_path) as (url, _server):
        yield url


@pytest.fixture
def hall(database_url: str, session: Session, redis_url: str | None) -> Iterator[Hall]:
    """A hall at ten in the morning of a day in an open wave."""
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    settings = Settings(
        database_url=database_url, secret_key="test", redis_url=redis_url, proxies=1,
        clock=lambda: made.now,
    )  # fmt: skip
    made = Hall(create_app(settings), code)
    yield made
    made.app.extensions["engine"].dispose()


def qualities(session: Session) -> list[str]:
    """The codes of every answer that is recorded."""
    found = list(session.exec(select(Response.quality)))
    session.rollback()
    return found


def test_a_clinic_of_sixty_phones_behind_one_address_passes_whole_and_unmarked(
    hall: Hall, session: Session
) -> None:
    for _phone in range(60):
        key = hall.open()
        hall.wait(10)
        assert hall.send(key).status_code == 303
    assert qualities(session) == [""] * 60


def test_what_no_person_can_send_is_kept_and_marked(hall: Hall, session: Session) -> None:
    key = hall.open()
    assert hall.send(key).status_code == 303
    key = hall.open()
    hall.wait(60)
    assert hall.send(key, website="https://shop.example").status_code == 303
    key = hall.open()
    hall.wait(8 * 24 * 3600)
    assert hall.send(key).status_code == 303
    assert qualities(session) == ["fast", "honeypot", "old"]


def test_a_queue_that_comes_late_and_all_at_once_is_not_held_against_anybody(
    hall: Hall, session: Session
) -> None:
    keys = [hall.open() for _ in range(120)]
    hall.wait(9 * 24 * 3600)
    assert {hall.send(key, queued="1").status_code for key in keys} == {303}
    assert qualities(session) == [""] * 120
    key = hall.open()
    hall.wait(60)
    hall.send(key)
    assert qualities(session)[-1] == ""


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A point where three answers in ten minutes are a crowd and six a flood."""
    monkeypatch.setattr(suspicion, "FLOOR", 3)
    monkeypatch.setattr(suspicion, "FLOOD", 2)


@pytest.mark.usefixtures("small")
def test_a_crowd_is_marked_and_a_flood_refused_only_to_who_sends_it(
    hall: Hall, session: Session
) -> None:
    keys = [hall.open() for _ in range(9)]
    hall.wait(60)
    assert [hall.send(key).status_code for key in keys[:6]] == [303] * 6
    refused = hall.send(keys[6], **{"t.G3": "Mong có thêm ghế"})
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "60"
    assert "Mong có thêm ghế" in refused.text
    assert 'name="a.B1" value="4" checked' in refused.text
    assert "Xin đợi một phút" in refused.text
    assert hall.send(keys[7], "203.0.113.8").status_code == 303
    assert qualities(session) == [""] * 3 + ["burst"] * 4
    hall.wait(600)
    assert hall.send(keys[6]).status_code == 303
    assert qualities(session)[-1] == ""


@pytest.mark.usefixtures("small")
def test_a_form_sent_again_or_to_be_corrected_is_not_counted(hall: Hall, session: Session) -> None:
    key = hall.open()
    hall.wait(60)
    assert {hall.send(key).status_code for _ in range(20)} == {303}
    assert {hall.send(key, **{"a.B1": "1"}).status_code for _ in range(20)} == {409}
    assert {hall.send(hall.open(), field="").status_code for _ in range(20)} == {422}
    key = hall.open()
    hall.wait(60)
    hall.send(key)
    assert qualities(session) == ["", ""]


def test_one_form_is_not_corrected_for_ever(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CORRECTIONS", 3)
    key = hall.open()
    assert [hall.send(key, field="").status_code for _ in range(4)] == [422] * 3 + [429]
    assert hall.send(hall.open(), field="").status_code == 422
    hall.wait(60)
    assert hall.send(key).status_code == 303


def test_a_proxy_of_ours_says_who_asks(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suspicion, "FLOOR", 1)
    monkeypatch.setattr(suspicion, "FLOOD", 1)
    statuses = []
    for address in ("203.0.113.1", "203.0.113.1", "203.0.113.2"):
        answer = hall.app.test_client().post(
            f"/k/{hall.code}", data={**GOOD, "key": hall.open()},
            headers={"X-Forwarded-For": f"198.51.100.9, {address}"},
        )  # fmt: skip
        statuses.append(answer.status_code)
    assert statuses == [303, 429, 303]


def test_nothing_of_an_address_is_kept_or_logged(
    hall: Hall, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    hall.send(hall.open())
    (row,) = session.exec(select(Response)).all()
    assert CLINIC not in f"{row.model_dump()} {caplog.text}"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_hundred_and_twenty_eight_programs_at_one_point_are_marked_and_stop_nobody(
    database_url: str, engine: Engine, session: Session, tmp_path: Path
) -> None:
    today = database.day_of(database.now())
    wave = builders.draft(session, opens_on=today, closes_on=today + dt.timedelta(1))
    waves.open_wave(session, wave)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    with gunicorn(database_url, log=tmp_path / "log") as (address, _):
        sender = Sender(address, code)
        with ThreadPoolExecutor(128) as pool:
            statuses = Counter(pool.map(lambda _: sender.send(sender.open()), range(512)))
        assert sender.send(sender.open()) == 303
    assert statuses == {303: 512}
    # A busy machine is slow, and then an answer or two is not marked as fast.
    found = Counter("burst" in quality for quality in qualities(session))
    assert found == {False: suspicion.FLOOR, True: 513 - suspicion.FLOOR}
