"""Sending a form: recorded once, whatever is sent and however often; nothing typed is lost."""

from __future__ import annotations

import html
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from surveys.fieldwork import waves
from surveys.tables import Comment, Response, Wave
from tests import builders

GOOD = {"field": "land", "a.A1": "5", "a.A2": "0", "a.B1": "4", "a.C1": "3"}
REST = {
    "q.G1": "90",
    "q.G2": "2",
    "q.Q2": ["1", "3"],
    "p.sex": "2",
    "p.age_band": "",
    "t.G3": "Tốt",
}
#: What a person may type or a stranger may send into any field.
HOSTILE = [
    "<script>alert(1)</script>",
    "'; DROP TABLE response; --",
    '"><img src=x>',
    '" onfocus=alert(1) x="',
]


@pytest.fixture
def wave(session: Session) -> Wave:
    """The wave of March 2026, open."""
    return builders.open_wave(session)


@pytest.fixture
def code(session: Session, wave: Wave) -> str:
    """The code at a counter while the wave is open."""
    return printed(session, "17266")


def printed(session: Session, commune: str, *, fields: str = "") -> str:
    """The code at the counter of a commune, committed with everything else."""
    point = builders.counter(session, commune)
    point.fields = fields
    code = builders.collector(session, point).code
    session.commit()
    return code


def key_in(page: str) -> str:
    """The hidden key of a form."""
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def opened(client: FlaskClient, code: str) -> str:
    """The key of a newly opened form."""
    return key_in(client.get(f"/k/{code}").text)


def send(client: FlaskClient, code: str, **changes: object) -> TestResponse:
    """The answer to a good form with some values changed; `_` in a name stands for a dot."""
    values = {"key": changes.pop("key", None) or opened(client, code), **GOOD, **changes}
    return client.post(f"/k/{code}", data=values)


def kept(session: Session, column: Any = Response.answers) -> list[Any]:
    """What is recorded in a column; the session is left free for the next writer."""
    found = list(session.exec(select(column)))
    session.rollback()
    return found


def test_a_whole_form_is_recorded_and_thanked_for(
    client: FlaskClient, session: Session, code: str
) -> None:
    answer = send(client, code, **REST)
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    (row,) = kept(session, Response)
    assert (row.answers, row.others, row.sex, row.age_band) == ("5043", "0902101-", "2", None)
    assert (row.field, row.language, row.collector_kind) == ("land", "vi", "open")
    assert kept(session, Comment.text) == ["Tốt"]
    page = client.get(answer.location)
    assert page.status_code == 200
    assert f"{row.receipt[:4]}-{row.receipt[4:8]}-{row.receipt[8]}" in page.text
    assert "Tốt" not in page.text
    assert "hỏi lại" not in page.text  # nothing takes a receipt, so nothing is promised
    assert "chỉ được tính một lần" in page.text


def test_the_same_form_sent_again_gives_the_same_receipt(
    client: FlaskClient, session: Session, code: str
) -> None:
    key = opened(client, code)
    receipts = {send(client, code, key=key).location for _ in range(3)}
    receipts.add(client.post(f"/K/{code.lower()}", data={**GOOD, "key": key}).location)
    assert len(receipts) == 1
    assert len(kept(session)) == 1


def test_two_opened_forms_are_two_answers(client: FlaskClient, session: Session, code: str) -> None:
    assert send(client, code).location != send(client, code).location
    assert len(kept(session)) == 2


def test_other_answers_under_the_same_key_are_refused_with_the_first_receipt(
    client: FlaskClient, session: Session, code: str
) -> None:
    key = opened(client, code)
    receipt = send(client, code, key=key).location.rsplit("/", 1)[1]
    answer = send(client, code, key=key, **{"a.A1": "1"})
    assert answer.status_code == 409
    assert f"{receipt[:4]}-{receipt[4:8]}-{receipt[8]}" in answer.text
    assert kept(session) == ["5043"]


def test_what_is_wrong_with_the_whole_form_leads_to_the_first_rating(
    client: FlaskClient, code: str
) -> None:
    page = client.post(f"/k/{code}", data={"key": opened(client, code), "field": "land"}).text
    summary = page.split('class="errors"')[1].split("</ul>")[0]
    assert re.search(r'<a href="#a\.A1">Chưa có câu nào được đánh giá[^<]*</a>', summary)
    assert 'id="a.A1"' in page


@pytest.mark.parametrize(
    ("changes", "status", "words"),
    [
        ({"a.A1": "6"}, 422, "Xin chọn một trong các mức đang có."),
        ({"a.A1": ["1", "5"]}, 422, "Câu này nhận được hai câu trả lời."),
        ({"a.B1": "0"}, 422, "Xin chọn một trong các mức đang có."),
        ({"a.Z9": "5"}, 422, "Phiếu này không có câu “a.Z9”."),
        ({"q.G1": "201"}, 422, "Xin ghi số từ 0 đến 200."),
        ({"q.G1": "nhiều"}, 422, "Xin ghi một số nguyên"),
        ({"q.Q2": ["1", "9"]}, 422, "Xin chọn một trong các mức đang có."),
        ({"p.sex": "7"}, 422, "Xin chọn một trong các mức đang có."),
        ({"t.G3": "x" * 201}, 422, "Xin rút còn nhiều nhất 200"),
        ({"t.G3": "x" * 2000}, 422, "Xin rút còn nhiều nhất 200"),
        ({"field": ""}, 422, "Xin chọn một việc."),
        ({"field": "household"}, 422, "Xin chọn một việc trong danh sách."),
        ({"a.A1": "", "a.A2": "", "a.B1": "", "a.C1": ""}, 422, "Xin trả lời ít nhất một câu."),
        ({"key": "giả.mạo.mất"}, 400, "Xin xem lại rồi bấm “Gửi câu trả lời” lần nữa."),
        ({"key": "\0\ud7ff"}, 400, "Xin xem lại rồi bấm “Gửi câu trả lời” lần nữa."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    client: FlaskClient,
    session: Session,
    code: str,
    changes: dict[str, object],
    status: int,
    words: str,
) -> None:
    answer = send(client, code, **{"t.G3": "Lời góp ý", "a.C1": "3"} | changes)
    page = html.unescape(answer.text)
    assert answer.status_code == status
    assert "<title>Lỗi: " in page
    assert words in page
    if "t.G3" not in changes:
        assert "Lời góp ý</textarea>" in page
    if "a.C1" not in changes:
        assert 'name="a.C1" value="3" checked' in page
    assert kept(session) == []


def test_a_fault_is_linked_from_the_top_and_told_at_its_question(
    client: FlaskClient, code: str
) -> None:
    page = send(client, code, **{"q.G1": "999", "a.A2": "9"}).text
    assert '<a href="#a.A2">Câu 3: Xin chọn' in page
    assert 'id="a.A2"' in page
    assert 'aria-describedby="e-a.A2"' in page
    assert 'id="e-a.A2"' in page
    assert page.index("#a.A2") < page.index("#q.G1")
    assert 'value="999" aria-describedby="e-q.G1 h-q.G1" aria-invalid="true"' in page


def test_a_corrected_form_is_still_the_same_form(
    client: FlaskClient, session: Session, code: str
) -> None:
    key = opened(client, code)
    assert key_in(send(client, code, key=key, field="").text) == key
    assert send(client, code, key=key).location == send(client, code, key=key).location
    assert len(kept(session)) == 1


def test_a_form_without_key_comes_back_with_one(
    client: FlaskClient, session: Session, code: str
) -> None:
    answer = client.post(f"/k/{code}", data={**GOOD, "t.G3": "Giữ lại"})
    assert answer.status_code == 400
    assert "Giữ lại</textarea>" in answer.text
    assert send(client, code, key=key_in(answer.text)).status_code == 303


def test_the_key_of_another_place_is_refused(
    client: FlaskClient, session: Session, code: str
) -> None:
    other = printed(session, "17272")
    assert send(client, code, key=opened(client, other)).status_code == 400
    assert kept(session) == []


@pytest.mark.parametrize("name", ["t.G3", "a.A1", "field", "key", "p.sex", "gì đó"])
def test_bytes_that_are_not_utf8_are_refused_in_words(
    client: FlaskClient, session: Session, code: str, name: str
) -> None:
    sent = urlencode({"key": opened(client, code), **GOOD, name: "X"})
    body = sent.encode("ascii")[:-1] + b"%C3%28%FF"
    kind = "application/x-www-form-urlencoded"
    answer = client.post(f"/k/{code}", data=body, content_type=kind)
    assert answer.status_code == 400
    assert "không phải mã UTF-8" in answer.text
    assert kept(session) == []


def test_a_comment_of_a_megabyte_is_too_large(
    client: FlaskClient, session: Session, code: str
) -> None:
    answer = send(client, code, **{"t.G3": "x" * 1024 * 1024})
    assert answer.status_code == 413
    assert "quá lớn" in answer.text
    assert kept(session) == []


@pytest.mark.parametrize("text", HOSTILE)
def test_markup_and_sql_in_every_field_stay_text(
    client: FlaskClient, session: Session, code: str, text: str
) -> None:
    for name in (*GOOD, *REST, "key", text):
        answer = send(client, code, **{"field": "", name: text})
        assert answer.status_code in {400, 422}
        assert text not in answer.text
    assert send(client, code, **{"t.G3": text}).status_code == 303
    assert kept(session, Comment.text) == [text]


@pytest.mark.parametrize("body", [b"", b"%", b"&&&=", b"a.A1", b"\xff\xfe", b"a=" * 9000])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/x"])
def test_senseless_bodies_are_refused(
    client: FlaskClient, session: Session, code: str, body: bytes, kind: str
) -> None:
    answer = client.post(f"/k/{code}", data=body, content_type=kind)
    assert answer.status_code in {400, 413}
    assert kept(session) == []


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("https://elsewhere.example", 403),
        ("http://localhost.elsewhere.example", 403),
        ("nonsense", 403),
        ("http://localhost", 303),
        ("http://127.0.0.1:8000", 303),
        ("null", 303),
    ],
)
def test_only_our_own_pages_may_send(
    client: FlaskClient, code: str, origin: str, status: int
) -> None:
    values = {"key": opened(client, code), **GOOD}
    answer = client.post(f"/k/{code}", data=values, headers={"Origin": origin})
    assert answer.status_code == status


def test_an_answer_after_the_wave_is_refused_kindly(
    client: FlaskClient, session: Session, wave: Wave, code: str
) -> None:
    key = opened(client, code)
    waves.close(session, wave, now=builders.NOW)
    session.commit()
    answer = send(client, code, key=key)
    assert answer.status_code == 409
    assert "câu trả lời chưa được ghi" in answer.text
    assert kept(session) == []


def test_a_form_sent_again_after_the_wave_keeps_its_receipt(
    client: FlaskClient, session: Session, wave: Wave, code: str
) -> None:
    key = opened(client, code)
    first = send(client, code, key=key).location
    waves.close(session, wave, now=builders.NOW)
    session.commit()
    assert send(client, code, key=key).location == first


def test_before_any_wave_a_form_is_refused_kindly(client: FlaskClient, session: Session) -> None:
    code = printed(session, "17266")
    assert client.post(f"/k/{code}", data=GOOD).status_code == 409


def test_a_point_with_one_field_records_it_unasked(
    client: FlaskClient, session: Session, wave: Wave
) -> None:
    code = printed(session, "17266", fields="justice")
    unasked = {name: value for name, value in GOOD.items() if name != "field"}
    key = opened(client, code)
    assert client.post(f"/k/{code}", data={**unasked, "key": key}).status_code == 303
    assert kept(session, Response.field) == ["justice"]


def test_the_language_of_the_form_is_recorded(
    client: FlaskClient, session: Session, code: str
) -> None:
    values = {**GOOD, "key": opened(client, code)}
    answer = client.post(f"/k/{code}?lang=en", data=values)
    assert answer.location.endswith("?lang=en")
    assert kept(session, Response.language) == ["en"]


def test_a_receipt_is_shown_only_at_its_own_place(
    client: FlaskClient, session: Session, code: str
) -> None:
    receipt = send(client, code).location.rsplit("/", 1)[1]
    other = printed(session, "17272")
    assert client.get(f"/k/{code.lower()}/cam-on/{receipt.lower()}").status_code == 200
    assert client.get(f"/k/{other}/cam-on/{receipt}").status_code == 404
    assert client.get(f"/k/{code}/cam-on/AAAAAAAAA").status_code == 404


def test_the_same_form_sent_many_times_at_once_is_one_answer(
    client: FlaskClient, session: Session, code: str
) -> None:
    values = {**GOOD, **REST, "key": opened(client, code)}
    with ThreadPoolExecutor(32) as pool:
        clients = [client.application.test_client() for _ in range(32)]
        sent = list(pool.map(lambda phone: phone.post(f"/k/{code}", data=values), clients))
    assert {answer.status_code for answer in sent} == {303}
    assert len({answer.location for answer in sent}) == 1
    assert len(kept(session)) == 1


@pytest.mark.parametrize("typed", [{}, {**GOOD, **REST}, {"q.G1": "nhiều", "a.A1": "9"}])
def test_the_other_language_keeps_the_form_and_records_nothing(
    client: FlaskClient, session: Session, code: str, typed: dict[str, object]
) -> None:
    page = client.get(f"/k/{code}").text
    found = re.search(r'formaction="([^"]+)" lang="en"', page)
    assert found
    values = {"key": key_in(page), **typed}
    answer = client.post(html.unescape(found[1]), data=values)
    assert answer.status_code == 200
    assert '<html lang="en">' in answer.text
    assert "Not sent yet" not in answer.text
    assert key_in(answer.text) == values["key"]
    assert answer.text.count(" checked") == (10 if "field" in typed else 0)
    assert (">Tốt</textarea>" in answer.text.replace("\n", "")) == ("t.G3" in typed)
    assert kept(session) == []
    assert send(client, code, key=values["key"]).status_code == 303
    assert len(kept(session)) == 1


def test_an_answer_takes_a_look_and_a_stroke_and_no_session(
    app: Flask, client: FlaskClient, session: Session, code: str
) -> None:
    send(client, code)  # now the form is known, and what is usual here
    key, asked = opened(client, code), list[str]()
    event.listen(
        app.extensions["engine"], "before_cursor_execute", lambda *call: asked.append(call[2])
    )
    assert send(client, code, key=key).status_code == 303
    assert asked == []
    assert len(kept(session)) == 2


def test_an_answer_that_needs_more_than_a_stroke_is_kept_as_well(
    app: Flask, client: FlaskClient, session: Session, code: str
) -> None:
    key = opened(client, code)
    assert send(client, code, key=key, **{"t.G3": "Tốt"}).status_code == 303
    assert send(client, code, key=key, **{"t.G3": "Tốt"}).status_code == 303
    assert kept(session, Comment.text) == ["Tốt"]
    assert len(kept(session)) == 1
