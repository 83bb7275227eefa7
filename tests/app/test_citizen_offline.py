"""What the server does for forms without a network: scripts, days, and receipts for scripts."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from collections.abc import Iterator

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from app import create_app
from app.citizen.offline import SCRIPTS
from app.settings import Settings
from surveys.fieldwork import waves
from surveys.tables import Response, Wave
from tests import builders

GOOD = {"queued": "1", "field": "land", "a.A1": "5", "a.A2": "0", "a.B1": "4", "a.C1": "3"}
#: What a telephone loads beside the form, and a tablet: bytes, compressed.
PHONE, TABLET = ({"phieu", "sw"}, 6 * 1024), ({"kiosk", "sw"}, 6 * 1024)


class Clock:
    """A moment that a test moves."""

    def __init__(self) -> None:
        self.moment = builders.NOW

    def __call__(self) -> dt.datetime:
        return self.moment

    def wait(self, days: int) -> None:
        """Let days pass."""
        self.moment += dt.timedelta(days)


@pytest.fixture
def clock() -> Clock:
    """Ten in the morning of `builders.TODAY`, until the test says otherwise."""
    return Clock()


@pytest.fixture
def client(database_url: str, clock: Clock) -> Iterator[FlaskClient]:
    """A visitor's browser."""
    app = create_app(Settings(database_url=database_url, secret_key="test", clock=clock))
    yield app.test_client()
    app.extensions["engine"].dispose()


@pytest.fixture
def code(session: Session) -> str:
    """The code at a counter while the wave of March 2026 is open."""
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    return code


def opened(client: FlaskClient, code: str) -> str:
    """The key of a newly opened form."""
    (key,) = re.findall(r'name="key" value="([^"]+)"', client.get(f"/k/{code}").text)
    return str(key)


def recorded(session: Session) -> tuple[dt.date, str]:
    """The day and the marks of the only answer."""
    found = session.exec(select(Response.day, Response.quality)).one()
    session.rollback()  # an open reading would keep the app from writing
    return found


@pytest.mark.parametrize(("together", "most"), [PHONE, TABLET])
def test_scripts_are_small(client: FlaskClient, together: set[str], most: int) -> None:
    addresses = ["/k/sw.js" if name == "sw" else f"/k/js/{name}" for name in together]
    sizes = [len(gzip.compress(client.get(address).data)) for address in addresses]
    assert sum(sizes) <= most


def test_a_script_is_kept_for_a_year_under_its_version(client: FlaskClient, code: str) -> None:
    (address,) = re.findall(r'src="([^"]+)"', client.get(f"/k/{code}").text)
    assert "immutable" in client.get(address).headers["Cache-Control"]
    assert client.get(address.split("?")[0]).headers["Cache-Control"] == "no-cache"
    assert client.get("/k/js/sw").status_code == 404
    assert client.get("/k/js/khong-co").status_code == 404


def test_the_worker_looks_after_all_addresses_and_names_its_version(client: FlaskClient) -> None:
    worker = client.get("/k/sw.js")
    assert worker.mimetype == "text/javascript"
    assert worker.headers["Service-Worker-Allowed"] == "/"
    assert worker.headers["Cache-Control"] == "no-cache"
    assert re.match(r'const VERSION = "\w{12}";', worker.text)


@pytest.mark.parametrize("name", SCRIPTS)
def test_scripts_carry_no_comments(client: FlaskClient, name: str) -> None:
    text = client.get("/k/sw.js" if name == "sw" else f"/k/js/{name}").text
    assert not re.search(r"^\s|^//|\n\n", text, re.MULTILINE)


def test_a_script_is_told_the_receipt(client: FlaskClient, session: Session, code: str) -> None:
    sent = {**GOOD, "key": opened(client, code)}
    told = client.post(f"/k/{code}", data=sent, headers={"Accept": "application/json"})
    assert told.headers["Cache-Control"] == "no-store"
    receipt = session.exec(select(Response.receipt)).one()
    session.rollback()  # an open reading would keep the app from writing
    assert told.json == {"address": f"/k/{code}/cam-on/{receipt}"}
    assert client.get(told.json["address"]).headers["Cache-Control"] == "no-store"
    again = client.post(f"/k/{code}", data=sent)
    assert (again.status_code, again.location) == (303, told.json["address"])


@pytest.mark.parametrize(
    ("opened_ago", "claimed", "day", "mark"),
    [
        (3, -2, -2, "offline"),  # while the form was open
        (3, -3, -3, "offline"),  # the day on which it was opened
        (3, 0, 0, ""),  # today
        (3, -4, 0, ""),  # before there was a form
        (3, 1, 0, ""),  # a clock that is fast
        (0, -1, 0, ""),
    ],
)
def test_the_day_of_an_answer_that_waited(
    client: FlaskClient,
    session: Session,
    code: str,
    clock: Clock,
    opened_ago: int,
    claimed: int,
    day: int,
    mark: str,
) -> None:
    key = opened(client, code)
    clock.wait(opened_ago)
    today = builders.TODAY + dt.timedelta(opened_ago)
    sent = {**GOOD, "key": key, "day": str(today + dt.timedelta(claimed))}
    assert client.post(f"/k/{code}", data=sent).status_code == 303
    assert recorded(session) == (today + dt.timedelta(day), mark)


@pytest.mark.parametrize("said", ["", "hôm qua", "2026-02-30", "9" * 300])
def test_a_day_that_is_none_is_the_day_of_arrival(
    client: FlaskClient, session: Session, code: str, clock: Clock, said: str
) -> None:
    key = opened(client, code)
    clock.wait(2)
    assert client.post(f"/k/{code}", data={**GOOD, "key": key, "day": said}).status_code == 303
    assert recorded(session) == (builders.TODAY + dt.timedelta(2), "")


def test_an_answer_of_the_last_day_may_come_after_it(
    client: FlaskClient, session: Session, code: str, clock: Clock
) -> None:
    clock.wait(21)  # the last day of March
    key = opened(client, code)
    clock.wait(3)
    sent = {**GOOD, "key": key, "day": "2026-03-31"}
    for _ in range(2):
        assert client.post(f"/k/{code}", data=sent).status_code == 303
    assert recorded(session) == (dt.date(2026, 3, 31), "offline")
    assert client.post(f"/k/{code}", data={**sent, "day": "2026-04-02"}).status_code == 303
    assert client.post(f"/k/{code}", data={**sent, "key": key + "~" + "x" * 22}).status_code == 303


def test_an_answer_after_the_wave_was_closed_is_refused_with_its_reason(
    client: FlaskClient, session: Session, code: str, clock: Clock
) -> None:
    key = opened(client, code)
    clock.wait(2)
    waves.close(session, session.exec(select(Wave)).one(), now=clock())
    session.commit()
    sent = {**GOOD, "key": key, "day": str(builders.TODAY)}
    told = client.post(f"/k/{code}", data=sent, headers={"Accept": "application/json"})
    assert told.status_code == 409
    assert "Đợt khảo sát vừa kết thúc" in told.text
    assert session.exec(select(Response)).all() == []


def test_bytes_that_are_no_text_are_still_noticed(
    app: flask.Flask, client: FlaskClient, code: str
) -> None:
    body = f"key={opened(client, code)}&field=land&a.A1=5&t.G3=%ff"
    kind = "application/x-www-form-urlencoded"
    assert client.post(f"/k/{code}", data=body, content_type=kind).status_code == 400
