"""The slip that is good once: its form, its receipt, and what is said where it is not good."""

from __future__ import annotations

import datetime as dt
import html
import logging
import re

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from surveys.database import day_of
from surveys.fieldwork import tickets, waves
from surveys.fieldwork.tickets import Minted
from surveys.places import collectors
from surveys.tables import Response, Ticket, TicketBatch, Wave
from tests import builders, fieldwork
from tests.builders import TODAY

GOOD = {"field": "land", "a.A1": "5", "a.A2": "0", "a.B1": "4", "a.C1": "3"}


def mint(session: Session, *, wave: Wave | None = None) -> Minted:
    """Three tickets for a counter, good until the day of the tests, committed."""
    wave = wave or builders.open_wave(session)
    code = fieldwork.collector(session, builders.counter(session), "sampled")
    minted = tickets.mint(
        session, code, every=3, size=3, expires_on=max(TODAY, wave.opens_on), by="Nội vụ",
        now=builders.NOW,
    )  # fmt: skip
    session.commit()
    return minted


def key(client: FlaskClient, token: str) -> str:
    """The hidden key of the form that a ticket opens."""
    found = re.search(r'name="key" value="([^"]+)"', client.get(f"/p/{token}").text)
    assert found
    return html.unescape(found[1])


def send(client: FlaskClient, token: str, **changes: str) -> TestResponse:
    """What comes back for a form filled in with a ticket."""
    given = {**GOOD, "key": key(client, token), **changes}
    return client.post(f"/p/{token}", data=given)


@pytest.mark.parametrize("spelling", ["/p/{}", "/P/{}", "/p/{}?lang=en"])
def test_a_slip_opens_the_form_of_its_place(
    client: FlaskClient, session: Session, spelling: str
) -> None:
    token = mint(session).tokens[0]
    answer = client.get(spelling.format(token))
    assert answer.status_code == 200
    assert "Điểm quay-1" in answer.text
    assert f'action="/p/{token}?' in answer.text
    assert "Set-Cookie" not in answer.headers


def test_one_holder_is_never_shown_the_token_of_another(
    client: FlaskClient, session: Session
) -> None:
    first, second, _ = mint(session).tokens
    assert first in client.get(f"/p/{first}").text
    assert first not in client.get(f"/p/{second}").text


def test_an_answer_spends_its_slip_and_no_address_after_it_has_the_token(
    client: FlaskClient, session: Session
) -> None:
    token = mint(session).tokens[0]
    answer = send(client, token)
    assert answer.status_code == 303
    assert token not in answer.location
    thanks = client.get(answer.location)
    assert token not in thanks.text
    made = session.exec(select(Response)).one()
    assert (made.presence, made.collector_kind, made.mode) == ("ticket", "sampled", "self")
    assert made.receipt in thanks.text


@pytest.mark.parametrize("path", ["/p/{}", "/p/{}?lang=en"])
def test_pages_with_a_token_tell_no_other_page(
    client: FlaskClient, session: Session, path: str
) -> None:
    token = mint(session).tokens[0]
    answers = [client.get(path.format(token)), send(client, token), client.get(path.format(token))]
    assert [answer.status_code for answer in answers] == [200, 303, 410]
    assert {answer.headers["Referrer-Policy"] for answer in answers} == {"no-referrer"}
    assert "public" not in "".join(answer.headers["Cache-Control"] for answer in answers)


def test_a_spent_slip_is_told_so_and_given_no_second_vote(
    client: FlaskClient, session: Session
) -> None:
    token = mint(session).tokens[0]
    kept = key(client, token)
    given = {**GOOD, "key": kept}
    first = client.post(f"/p/{token}", data=given)
    assert client.post(f"/p/{token}", data=given).location == first.location
    again = client.get(f"/p/{token}")
    assert again.status_code == 410
    assert "Phiếu này đã dùng" in again.text
    assert not re.search(r'"/k/(?!js/)', again.text)
    other = client.post(f"/p/{token}", data={**given, "a.A1": "1"})
    assert other.status_code == 409
    assert "Mở phiếu mới" not in other.text
    assert len(session.exec(select(Response)).all()) == 1


def test_a_form_opened_twice_is_counted_once(client: FlaskClient, session: Session) -> None:
    token = mint(session).tokens[0]
    late = key(client, token)
    assert send(client, token).status_code == 303
    answer = client.post(f"/p/{token}", data={**GOOD, "key": late})
    assert answer.status_code == 410
    assert "This slip has been used" in client.get(f"/p/{token}?lang=en").text


def test_a_faulty_form_spends_nothing_and_keeps_what_was_typed(
    client: FlaskClient, session: Session
) -> None:
    token = mint(session).tokens[0]
    answer = send(client, token, field="")
    assert answer.status_code == 422
    assert "Xin chọn một việc" in answer.text
    assert f'action="/p/{token}?' in answer.text
    assert not any(one.spent for one in session.exec(select(Ticket)))


def test_the_other_language_spends_nothing(client: FlaskClient, session: Session) -> None:
    token = mint(session).tokens[0]
    answer = client.post(f"/p/{token}?doi=1&lang=en", data=GOOD)
    assert answer.status_code == 200
    assert f'action="/p/{token}?' in answer.text
    assert "Send" in answer.text
    assert not session.exec(select(Response)).all()


def test_a_slip_of_a_closed_wave_has_expired(client: FlaskClient, session: Session) -> None:
    token = mint(session).tokens[0]
    waiting = key(client, token)
    wave = session.exec(select(Wave)).one()
    waves.close(session, wave, now=builders.NOW)
    session.commit()
    for answer in (client.get(f"/p/{token}"), client.post(f"/p/{token}", data=GOOD)):
        assert answer.status_code == 410
        assert "Phiếu này đã hết hạn" in answer.text
        assert "đã đóng ngày 10/03/2026, nên phiếu không dùng được nữa" in answer.text
    assert client.post(f"/p/{token}", data={**GOOD, "key": waiting}).status_code == 410


def test_a_slip_of_a_wave_that_closed_early_promises_no_day_to_come(
    client: FlaskClient, session: Session
) -> None:
    wave = builders.open_wave(session)
    minted = mint(session, wave=wave)
    batch = session.get_one(TicketBatch, minted.batch.id)
    batch.expires_on = wave.closes_on
    waves.close(session, wave, now=builders.NOW)
    session.commit()
    told = client.get(f"/p/{minted.tokens[0]}").text
    assert "dùng được đến hết ngày" not in told
    assert f"“{wave.name}” đã đóng ngày 10/03/2026" in told
    assert f"hạn dùng là hết ngày {wave.closes_on:%d/%m/%Y}" in told


def test_a_slip_handed_out_too_early_says_when_it_is_good(
    client: FlaskClient, session: Session
) -> None:
    ahead = builders.draft(session, opens_on=TODAY + dt.timedelta(5))
    waves.open_wave(session, ahead)
    token = mint(session, wave=ahead).tokens[0]
    answer = client.get(f"/p/{token}")
    assert answer.status_code == 200
    assert "15/03/2026" in answer.text
    sent = {**GOOD, "key": "x"}
    assert client.post(f"/p/{token}", data=sent).status_code in {409, 422, 400}
    assert not any(one.spent for one in session.exec(select(Ticket)))


@pytest.mark.parametrize("token", ["0" * 27, "ABC", "%00", "é" * 27])
def test_a_forged_slip_is_told_so(client: FlaskClient, session: Session, token: str) -> None:
    mint(session)
    for answer in (client.get(f"/p/{token}"), client.post(f"/p/{token}", data=GOOD)):
        assert answer.status_code == 404
        assert "Không có phiếu này" in answer.text


def test_the_code_of_a_sample_alone_opens_nothing(client: FlaskClient, session: Session) -> None:
    minted = mint(session)
    code = collectors.in_use(session, [1], on=day_of(builders.NOW))[1][0].code
    session.commit()
    token = minted.tokens[0]
    sent = {**GOOD, "key": key(client, token)}
    for answer in (client.get(f"/k/{code}"), client.post(f"/k/{code}", data=sent)):
        assert answer.status_code == 403
        assert "phiếu dùng một lần" in answer.text
    assert not session.exec(select(Response)).all()


def test_a_form_from_elsewhere_spends_nothing(client: FlaskClient, session: Session) -> None:
    token = mint(session).tokens[0]
    sent = {**GOOD, "key": key(client, token)}
    answer = client.post(f"/p/{token}", data=sent, headers={"Origin": "https://other.example"})
    assert answer.status_code == 403
    assert not any(one.spent for one in session.exec(select(Ticket)))


def test_a_failure_logs_neither_the_token_nor_what_was_answered(
    app: flask.Flask, client: FlaskClient, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    token = mint(session).tokens[0]
    sent = {**GOOD, "key": key(client, token), "t.G3": "Xin đừng ghi lại"}
    session.connection().exec_driver_sql("ALTER TABLE comment RENAME TO gone")
    session.commit()
    with caplog.at_level(logging.DEBUG):
        assert client.post(f"/p/{token}", data=sent).status_code == 500
    assert "/<token>" in caplog.text
    assert token not in caplog.text
    assert "Xin đừng ghi lại" not in caplog.text
