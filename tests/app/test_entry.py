"""Typing paper forms in: the page, what is refused, and how two typings become one answer."""

from __future__ import annotations

import datetime as dt
import html
import json
import re

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app import filters
from surveys.fieldwork import modes, paper, waves
from surveys.offices import audit
from surveys.tables import Collector, Comment, PaperEntry, Response, ServicePoint
from tests import builders, fieldwork
from tests.app import staffed
from tests.app.staffed import Offices, text, token

#: A sheet of the small form as it is typed: its number, its day, and the signs in the boxes.
TYPED = {
    "serial": "12", "day": "09032026", "field": "1", "a.A1": "5", "a.A2": "0", "a.B1": "4",
    "q.G1": "90%", "q.G2": "2", "q.Q2": "13", "p.sex": "2", "t.G3": "Nhanh",
}  # fmt: skip


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices, with a staffed code at the first counter."""
    built = staffed.build(app)
    with built.session() as session:
        fieldwork.collector(session, session.get_one(ServicePoint, 1), "staffed")
        session.commit()
    return built


def code(offices: Offices, kind: str = "staffed") -> str:
    """A code of this kind."""
    with offices.session() as session:
        query = select(Collector.code).where(Collector.kind == kind)
        return session.exec(query.order_by(col(Collector.id))).first() or ""


def send(client: FlaskClient, path: str, **changed: str) -> TestResponse:
    """The answer to a newly opened form with a sheet typed into it; blank values are left out."""
    page = client.get(path).text
    key = re.search(r'name="key" value="([^"]+)"', page)
    assert key
    typed = {name: value for name, value in {**TYPED, **changed}.items() if value}
    return client.post(path, data={"csrf_token": token(client, path), "key": key[1], **typed})


def papers(offices: Offices) -> list[Response]:
    """The recorded answers that came on paper."""
    with offices.session() as session:
        return list(session.exec(select(Response).where(Response.mode == "paper")))


def test_sheet_typed_twice_is_recorded_with_its_day_and_mode(offices: Offices) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    first = send(client, path)
    assert (first.status_code, papers(offices)) == (303, [])
    page = text(client.get(first.location).text)
    assert "Đã giữ phiếu số 12, chờ nhập lần hai." in page
    assert "1 phiếu chờ nhập lần hai" in page
    other = offices.signed_in("noi-vu")  # another account may type the second time
    assert send(other, path, day="09/03/2026").status_code == 303
    (made,) = papers(offices)
    assert (made.answers, made.others, made.sex) == ("504-", "0902101-", "2")
    assert (made.day, made.field, made.presence) == (dt.date(2026, 3, 9), "land", "none")
    assert "biên nhận" in other.get(path).text


def test_two_typings_that_differ_are_decided_place_by_place(offices: Offices) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    send(client, path)
    differing = send(client, path, field="4", **{"a.A1": "2", "q.Q2": ""})
    page = text(differing.text)
    assert differing.status_code == 409
    assert "Có 3 chỗ khác nhau" in page
    assert re.search("Lần này ông/bà.*Biển chỉ dẫn.*Biết tin qua", page)
    assert "Lần một: 5 Rất hài lòng Lần hai: 2 Không hài lòng" in page
    assert "Lần một: 1 Đài; 3 Cán bộ Lần hai: để trống" in page
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', differing.text))
    kept = {name: html.unescape(value) for name, value in fields.items()}
    some = client.post(path, data={**kept, "d.field": "second", "d.a.A1": "first"})
    assert (some.status_code, papers(offices)) == (409, [])
    assert some.text.count(" checked") == 2
    chosen = {"d.field": "second", "d.a.A1": "first", "d.q.Q2": "first"}
    assert client.post(path, data={**kept, **chosen}).status_code == 303
    (made,) = papers(offices)
    assert (made.answers, made.field, made.others) == ("504-", "justice", "0902101-")


@pytest.mark.parametrize(("first", "second"), [("Nhanh", ""), ("", "Nhanh"), ("Nhanh", "Chậm")])
def test_comments_that_differ_are_decided_by_a_person(
    offices: Offices, first: str, second: str
) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    send(client, path, **{"t.G3": first})
    answer = send(client, path, **{"t.G3": second})
    words = f"Lần một: {first or 'để trống'} Lần hai: {second or 'để trống'}"
    assert (answer.status_code, words in text(answer.text)) == (409, True)
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
    kept = {name: html.unescape(value) for name, value in fields.items()}
    assert client.post(path, data={**kept, "d.t.G3": "first"}).status_code == 303
    with offices.session() as session:
        assert session.exec(select(Comment.text)).all() == [first] * bool(first)


def test_a_number_that_was_not_printed_is_refused_with_those_that_were(offices: Offices) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    form = {"csrf_token": token(client, path)}
    file = f"/van-phong/thu-phieu/{code(offices)}/phieu-giay.pdf"
    for first, size in (("1", "5"), ("6", "5"), ("21", "1")):
        assert client.post(file, data={**form, "tu": first, "so": size}).status_code == 200
    refused = send(client, path, serial="12")
    assert refused.status_code == 409
    assert "Số phiếu 12 không có trong các phiếu đã in cho mã này: 1–10, 21." in text(refused.text)
    assert send(client, path, serial="10").status_code == 303


def test_the_trail_says_which_sheet_which_typing_and_what_came_of_it(offices: Offices) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    send(client, path)
    send(client, path)
    with offices.session() as session:
        found = [json.loads(one.detail) for one in audit.entries(session, most=2)]
    told = [(one["serial"], one["typing"], one["result"]) for one in found]
    assert told == [("12", "second", "recorded"), ("12", "first", "waiting")]
    assert "Nhanh" not in str(found)


def test_choices_that_leave_no_rating_are_refused(offices: Offices) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    send(client, path, **{"a.A2": "", "a.B1": ""})
    page = send(client, path, **{"a.A1": "", "a.A2": ""}).text
    kept = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    answer = client.post(path, data={**kept, "d.a.A1": "second", "d.a.B1": "first"})
    assert (answer.status_code, "không còn câu nào được đánh giá" in answer.text) == (409, True)
    assert papers(offices) == []


def test_both_typings_wrong_leads_back_to_the_form(offices: Offices) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    send(client, path)
    page = send(client, path, **{"again": "1", "a.A1": "2"})
    assert page.status_code == 200
    assert re.search(r'name="a.A1" value="2"', page.text)
    assert papers(offices) == []


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"serial": "0"}, 422, "Số phiếu: xin gõ số"),
        ({"serial": "x"}, 422, "Số phiếu: xin gõ số"),
        ({"day": "31/02/2026"}, 422, "Ngày hỏi: xin gõ ngày"),
        ({"day": "11/03/2026"}, 409, "chỉ nhận phiếu hỏi từ 01/03/2026 đến 31/03/2026"),
        ({"day": "28/02/2026"}, 409, "chỉ nhận phiếu hỏi từ"),
        ({"field": "9"}, 422, "Câu 1: Không nhận “9” ở câu này"),
        ({"field": ""}, 422, "Câu 1: Xin chọn một việc."),
        ({"a.A1": "6"}, 422, "Câu 2: Không nhận “6” ở câu này, chỉ gõ: 1 2 3 4 5"),
        ({"q.G1": "300"}, 422, "Câu 6: Xin ghi số từ 0 đến 200."),
        ({"q.Q2": "14"}, 422, "Câu 8: Không nhận “14” ở câu này, chỉ gõ: 1 2 3"),
        ({"a.A1": "", "a.A2": "", "a.B1": ""}, 422, "Chưa có câu nào được đánh giá"),
    ],
)
def test_what_no_sheet_can_say_is_refused_and_kept_on_the_page(
    offices: Offices, changed: dict[str, str], status: int, words: str
) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    answer = send(client, path, **changed)
    assert (answer.status_code, words in text(answer.text)) == (status, True)
    assert ">\nNhanh</textarea>" in answer.text
    with offices.session() as session:
        assert session.exec(select(PaperEntry)).all() == []


def test_sheet_is_recorded_once_and_says_its_receipt_afterwards(offices: Offices) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    with offices.session() as session:
        paper.set_double_entry(session, staffed.wave(session), twice=False)
        session.commit()
    assert "Mỗi phiếu được nhập một lần." in client.get(path).text
    assert send(client, path).status_code == 303
    again = send(client, path)
    (made,) = papers(offices)
    assert (again.status_code, filters.receipt(made.receipt) in again.text) == (409, True)


def test_waiting_sheet_can_be_taken_away(offices: Offices) -> None:
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    send(client, path)
    page = client.get(f"{path}/cho").text
    assert re.search("12 09/03/2026 Một cửa 10:00 10/03/2026", text(page))
    number = re.search(r'name="entry" value="(\d+)"', page)
    assert number
    sent = {"csrf_token": token(client, path), "entry": number[1]}
    assert client.post(f"{path}/cho", data=sent).status_code == 303
    assert "Đã bỏ lần nhập của phiếu số 12." in client.get(f"{path}/cho").text
    assert client.post(f"{path}/cho", data=sent).status_code == 404


@pytest.mark.parametrize("page", ["nhap-phieu/{}", "nhap-phieu/{}/cho", "phong-van/{}"])
def test_only_staffed_codes_within_the_account_s_scope_open(offices: Offices, page: str) -> None:
    statuses = {
        name: offices.signed_in(name).get(f"/van-phong/{page.format(code(offices))}").status_code
        for name in ("noi-vu", "vp", "tan-ky", "xa", "y-te")
    }
    assert statuses == {"noi-vu": 200, "vp": 200, "tan-ky": 200, "xa": 200, "y-te": 403}
    client = offices.signed_in("noi-vu")
    for wrong in (code(offices, "open"), "0000000", "a%00b"):
        assert client.get(f"/van-phong/{page.format(wrong)}").status_code == 404


def test_wave_past_its_last_day_still_takes_paper_of_its_days(offices: Offices) -> None:
    with offices.session() as session:
        wave = staffed.wave(session)
        wave.closes_on = builders.TODAY - dt.timedelta(days=1)
        session.commit()
    client, path = offices.signed_in("tan-ky"), f"/van-phong/nhap-phieu/{code(offices)}"
    interview = f"/van-phong/phong-van/{code(offices)}"
    assert send(client, path).status_code == 303
    assert "chưa có đợt khảo sát nào đang mở" in client.get(interview).text
    with offices.session() as session:
        waves.close(session, staffed.wave(session), now=builders.NOW)
        session.commit()
    assert "chưa có đợt khảo sát nào đang mở" in client.get(path).text
    sent = {"csrf_token": token(client, "/van-phong/thu-phieu"), "key": "x" * 22, **TYPED}
    assert client.post(path, data=sent).status_code == 409


def test_closing_a_wave_warns_of_sheets_that_wait(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    assert "phiếu giấy chờ" not in client.get("/noi-vu/dot/dot-3/dong").text
    send(client, f"/van-phong/nhap-phieu/{code(offices)}")
    assert "Còn 1 phiếu giấy chờ nhập lần hai" in client.get("/noi-vu/dot/dot-3/dong").text


def test_collecting_lists_the_places_of_the_account(offices: Offices) -> None:
    assert code(offices) in offices.signed_in("xa").get("/van-phong/thu-phieu").text
    page = text(offices.signed_in("y-te").get("/van-phong/thu-phieu").text)
    assert "Chưa có mã nào như vậy" in page


def test_results_say_how_people_answered(offices: Offices) -> None:
    client, path = offices.signed_in("vp"), f"/van-phong/nhap-phieu/{code(offices)}"
    send(client, path)
    send(client, path)
    page = text(client.get("/van-phong/administration").text)
    assert "Cách trả lời: tự trả lời 104 · phiếu giấy 1" in page
    unit = text(client.get(f"/van-phong/don-vi/{offices.shops[1]}").text)
    assert "Cách trả lời: tự trả lời 4." in unit
    with offices.session() as session:
        wave = staffed.wave(session)
        assert modes.counts(session, [wave.id or 0])["paper"] == 1


def test_command_sets_how_often_paper_is_typed(offices: Offices) -> None:
    runner = offices.app.test_cli_runner()
    done = runner.invoke(args=["waves", "paper", "dot-3", "1"])
    assert (done.exit_code, "nhập 1 lần" in done.output) == (0, True)
    with offices.session() as session:
        assert not staffed.wave(session).double_entry
