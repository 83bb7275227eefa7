"""Keys: one form for each answer, also where a device keeps a form and answers it many times."""

from __future__ import annotations

import secrets

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from app.citizen import keys
from surveys.tables import Response
from tests import builders

GOOD = {"field": "land", "a.A1": "5", "a.A2": "0", "a.B1": "4", "a.C1": "3"}


@pytest.fixture
def code(session: Session) -> str:
    """The code at a counter while the wave of March 2026 is open."""
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    return code


def own() -> str:
    """What a device puts behind the key of a form that it keeps."""
    return secrets.token_urlsafe(16)


def issued(app: flask.Flask, code: str, way: keys.Way) -> str:
    """A key for a form that was opened in some way."""
    with app.test_request_context():
        return keys.issue(code, way)


def post(client: FlaskClient, code: str, key: str, **changes: str) -> int:
    """The status of an answer under a key."""
    return client.post(f"/k/{code}", data={**GOOD, **changes, "key": key}).status_code


def test_a_kept_form_is_answered_by_many_and_by_each_once(
    app: flask.Flask, client: FlaskClient, session: Session, code: str
) -> None:
    signed = issued(app, code, "printed")
    for key in [signed] + [f"{signed}~{own()}" for _ in range(3)]:
        assert [post(client, code, key) for _ in range(2)] == [303, 303]
        assert post(client, code, key, **{"a.A1": "1"}) == 409
    assert len(session.exec(select(Response)).all()) == 4


def test_the_records_do_not_tell_which_answers_came_from_one_device(
    app: flask.Flask, client: FlaskClient, session: Session, code: str
) -> None:
    signed, mine = issued(app, code, "printed"), own()
    post(client, code, f"{signed}~{mine}")
    recorded = session.exec(select(Response.submission_key)).one()
    assert len(recorded) == 22
    assert recorded not in signed + mine
    assert signed[:22] not in recorded


@pytest.mark.parametrize("tail", ["~", "~short", "~" + "x" * 23, "~" + "é" * 22, "~a~" + "b" * 20])
def test_nothing_but_random_bits_stands_behind_a_key(
    app: flask.Flask, client: FlaskClient, code: str, tail: str
) -> None:
    expected = 303 if tail == "~" else 400
    assert post(client, code, issued(app, code, "printed") + tail) == expected


@pytest.mark.parametrize(
    ("way", "recorded"),
    [("printed", ("self", "printed")), ("shown", ("self", "shown")), ("kiosk", ("kiosk", "none"))],
)
def test_the_way_of_opening_is_signed(
    app: flask.Flask,
    client: FlaskClient,
    session: Session,
    code: str,
    way: keys.Way,
    recorded: tuple[str, str],
) -> None:
    post(client, code, issued(app, code, way), mode="kiosk", presence="shown")
    assert session.exec(select(Response.mode, Response.presence)).one() == recorded


def test_being_shown_is_good_for_one_answer(
    app: flask.Flask, client: FlaskClient, session: Session, code: str
) -> None:
    signed = issued(app, code, "shown")
    assert post(client, code, f"{signed}~{own()}") == 303
    assert post(client, code, f"{signed}~{own()}") == 303  # the same answers: the same receipt
    assert post(client, code, f"{signed}~{own()}", **{"a.A1": "1"}) == 409
    assert len(session.exec(select(Response)).all()) == 1


def test_a_key_is_good_at_its_own_place_only(
    app: flask.Flask, client: FlaskClient, code: str
) -> None:
    for way in keys.RECORDED:
        assert post(client, code, issued(app, "0000000", way)) == 400
