"""Tablets and screens: opened with the PIN, closed by a new one, and nobody else is a kiosk."""

from __future__ import annotations

import html
import json
import re

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from app.citizen import devices, display, kiosk
from app.sheets import Entry
from surveys.places import pins
from surveys.questionnaires.labels import Label
from surveys.questionnaires.questionnaire import Option
from surveys.tables import Collector, Response, Wave, WaveInstrument
from tests import builders

GOOD = {"field": "land", "a.A1": "5", "a.A2": "0", "a.B1": "4", "a.C1": "3"}
PAGES = ("kiosk", "display")


@pytest.fixture
def collector(session: Session) -> Collector:
    """A code at a counter while the wave of March 2026 is open."""
    builders.open_wave(session)
    made = builders.collector(session, builders.counter(session))
    session.commit()
    return made


@pytest.fixture
def code(session: Session, collector: Collector) -> str:
    """What is printed of it."""
    code = collector.code
    session.rollback()  # an open reading would keep the app from writing
    return code


@pytest.fixture
def pin(session: Session, collector: Collector, code: str) -> str:
    """Its PIN."""
    made = pins.renew(session, collector, rounds=1000)
    session.commit()
    return made


def unlock(client: FlaskClient, code: str, pin: str, page: str = "kiosk") -> int:
    """The status of typing a PIN."""
    return client.post(f"/k/{code}/{page}", data={"pin": pin}).status_code


@pytest.mark.parametrize("page", PAGES)
def test_a_device_opens_with_the_pin_alone(
    client: FlaskClient, code: str, pin: str, page: str
) -> None:
    asked = client.get(f"/k/{code}/{page}").text
    assert "Mã PIN" in asked
    assert 'name="key"' not in asked
    assert unlock(client, code, "00000000", page) == 400
    assert unlock(client, code, pins.spaced(pin), page) == 303
    for each in PAGES:  # one PIN opens both
        assert f'action="/k/{code}/{each}" class="q"' not in client.get(f"/k/{code}/{each}").text
    assert client.get(f"/k/{code.lower()}/{page}").location == f"/k/{code}/{page}"


def test_the_cookie_is_for_one_code_and_kept_from_scripts(
    client: FlaskClient, code: str, pin: str
) -> None:
    answer = client.post(f"/k/{code}/kiosk", data={"pin": pin})
    cookie = answer.headers["Set-Cookie"]
    for part in (f"Path=/k/{code};", "HttpOnly", "SameSite=Strict"):
        assert part in cookie
    assert pin not in cookie


def test_a_new_pin_closes_every_device(
    client: FlaskClient, session: Session, collector: Collector, code: str, pin: str
) -> None:
    unlock(client, code, pin)
    assert 'name="key"' in client.get(f"/k/{code}/kiosk").text
    pins.renew(session, collector, rounds=1000)
    session.commit()
    assert 'name="key"' not in client.get(f"/k/{code}/kiosk").text
    assert unlock(client, code, pin) == 400


def test_closing_forgets_the_device(client: FlaskClient, code: str, pin: str) -> None:
    unlock(client, code, pin)
    assert client.post(f"/k/{code}/kiosk", data={"close": "1"}).status_code == 303
    assert 'name="key"' not in client.get(f"/k/{code}/kiosk").text


def test_a_code_without_a_pin_opens_to_nobody(client: FlaskClient, code: str) -> None:
    assert "chưa có PIN" in client.get(f"/k/{code}/kiosk").text
    assert unlock(client, code, "") == 400


def test_guessing_is_stopped_for_a_while(
    client: FlaskClient, code: str, pin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "MOST_WRONG", 2)
    assert [unlock(client, code, wrong) for wrong in ("1", "2", "3")] == [400, 400, 429]
    assert unlock(client, code, pin) == 429
    monkeypatch.setattr(devices, "WHILE", -devices.WHILE)
    assert unlock(client, code, pin) == 303


def test_only_an_opened_device_answers_as_a_kiosk(
    client: FlaskClient, session: Session, code: str, pin: str
) -> None:
    unlock(client, code, pin)
    page = client.get(f"/k/{code}/kiosk")
    assert page.headers["Cache-Control"] == "private, no-cache"
    (key,) = re.findall(r'name="key" value="([^"]+)"', page.text)
    client.post(f"/k/{code}", data={**GOOD, "key": key})
    assert session.exec(select(Response.mode)).all() == ["kiosk"]


def test_a_kiosk_asks_nobody_to_write(client: FlaskClient, code: str, pin: str) -> None:
    unlock(client, code, pin)
    page = client.get(f"/k/{code}/kiosk").text
    assert "<textarea" not in page
    assert page.count("<legend") == page.count('class="screen"') - 1


def test_a_kiosk_brings_a_key_for_every_block(
    client: FlaskClient, session: Session, code: str, pin: str
) -> None:
    asked = session.exec(select(WaveInstrument)).one()
    asked.subset = 1
    session.commit()
    unlock(client, code, pin)
    page = client.get(f"/k/{code}/kiosk").text
    found = re.search(r'data-blocks="([^"]+)"', page)
    assert found
    blocks = json.loads(html.unescape(found[1]))
    assert sorted(left for _, left in blocks) == [
        ["a.A1", "a.A2"],
        ["a.A1", "a.B1"],
        ["a.A2", "a.B1"],
    ]
    for key, left in blocks:
        (rated,) = {"a.A1", "a.A2", "a.B1"} - set(left)
        sent = {"field": "land", "key": key, rated: "4", "a.C1": "3"}
        assert client.post(f"/k/{code}", data={**sent, left[0]: "4"}).status_code == 422
        assert client.post(f"/k/{code}", data=sent).status_code == 303
    rows = session.exec(select(Response.answers)).all()
    assert sorted(rows) == ["..43", ".4.3", "4..3"]


def test_a_kiosk_without_a_wave_waits_for_it(
    client: FlaskClient, session: Session, code: str, pin: str, app: flask.Flask
) -> None:
    unlock(client, code, pin)
    session.exec(select(Wave)).one().status = "draft"
    session.commit()
    page = client.get(f"/k/{code}/kiosk")
    assert page.headers["Refresh"] == "600"
    assert "Hiện chưa nhận ý kiến" in page.text


@pytest.mark.parametrize(
    ("steps", "faces"), [(5, [1, 2, 3, 4, 5]), (3, [1, 3, 5]), (2, [1, 5]), (1, [1])]
)
def test_faces_run_from_the_worst_to_the_best(steps: int, faces: list[int]) -> None:
    label = Label("a", "a")
    entry = Entry("a.A", "A", "choice", label, options=(Option("1", label),) * steps)
    assert [kiosk.face(entry, place) for place in range(1, steps + 1)] == faces


@pytest.mark.parametrize(
    ("back", "way"), [(0, "shown"), (3, "shown"), (4, "printed"), (-1, "printed")]
)
def test_a_shown_code_is_good_for_some_minutes(
    app: flask.Flask, client: FlaskClient, session: Session, code: str, back: int, way: str
) -> None:
    step = int(builders.NOW.timestamp()) // display.STEP - back
    with app.app_context():
        token = display.token(code, step)
    for spelling in (f"?m={token}", f"?M={token}", f"?m={token.lower()}"):
        page = client.get(f"/k/{code}{spelling}").text
        (key,) = re.findall(r'name="key" value="([^"]+)"', page)
        client.post(f"/k/{code}", data={**GOOD, "key": key})
    assert session.exec(select(Response.presence)).all() == [way] * 3


@pytest.mark.parametrize("made_up", ["", "AAAAAAAA", "é", "A" * 3000])
def test_a_made_up_code_opens_the_form_as_a_poster_does(
    client: FlaskClient, code: str, made_up: str
) -> None:
    answer = client.get(f"/k/{code}", query_string={"m": made_up})
    assert answer.status_code == 200
    assert 'name="key"' in answer.text


def test_a_screen_shows_another_code_each_minute(app: flask.Flask, code: str) -> None:
    with app.app_context():
        tokens = {display.token(place, step) for place in (code, "0000000") for step in range(50)}
    assert len(tokens) == 100
    assert all(re.fullmatch(r"[A-Z2-7]{8}", token) for token in tokens)
