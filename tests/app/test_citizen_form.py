"""Opening a form: by scan, by hand, in time, too early, too late, with a wrong code."""

from __future__ import annotations

import datetime as dt
import gzip
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlmodel import Session
from werkzeug.test import TestResponse

from app import sheets
from app.language import phrases
from app.sheets import Entry, Part, Sheet
from surveys.fieldwork import waves
from surveys.places import collectors
from surveys.questionnaires import instrument, registry, routing
from surveys.questionnaires.labels import Label
from surveys.questionnaires.questionnaire import Instrument
from surveys.tables import ServicePoint
from tests import builders

#: What a server sends in its first round trip.
FIRST_FLIGHT = 14 * 1024


@pytest.fixture
def code(session: Session) -> str:
    """The code at a counter while the wave of March 2026 is open."""
    builders.open_wave(session)
    return printed(session)


def printed(session: Session) -> str:
    """The code at a counter, committed with everything else."""
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    return code


@pytest.mark.parametrize("spelling", ["/k/{}", "/K/{}", "/k/{}?lang=en"])
def test_a_scan_opens_the_form_without_cookie_or_redirect(
    client: FlaskClient, code: str, spelling: str
) -> None:
    answer = client.get(spelling.format(code))
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Điểm quay-1" in answer.text
    (script,) = re.findall(r"<script[^>]*>", answer.text)
    assert re.fullmatch(r'<script type="module" src="/k/js/phieu\?v=\w+">', script)


def test_a_code_may_be_typed_in_small_letters_and_groups(client: FlaskClient, code: str) -> None:
    small = code.lower()
    assert client.get(f"/k/{small[:4]}-{small[4:]}").status_code == 200
    typed = client.get("/k/", query_string={"code": f" {small} "})
    assert typed.status_code == 303
    assert typed.location == f"/k/{code}"


def test_the_page_for_typing_asks_again_for_an_empty_code(client: FlaskClient) -> None:
    assert "Mã in dưới hình vuông" in client.get("/k/").text
    assert "Xin gõ mã." in client.get("/k/?code=+").text


def test_a_form_says_place_purpose_and_that_nobody_is_identified(
    client: FlaskClient, code: str
) -> None:
    page = client.get(f"/k/{code}").text
    for words in ("Đơn vị mot-cua-17266", "Phòng Nội vụ", "không ai biết ai đã trả lời"):
        assert words in page


def test_each_form_has_a_key_of_its_own(client: FlaskClient, code: str) -> None:
    assert client.get(f"/k/{code}").text != client.get(f"/k/{code}").text


def test_a_form_is_read_in_the_language_of_its_address(client: FlaskClient, code: str) -> None:
    page = client.get(f"/k/{code}?lang=en").text
    assert '<html lang="en">' in page
    assert "Documents as the rules say" in page
    assert f'action="/k/{code}?lan=1&amp;lang=en"' in page


def test_a_point_asks_only_for_the_fields_it_handles(client: FlaskClient, session: Session) -> None:
    builders.open_wave(session)
    point = builders.counter(session)
    point.fields = "land construction"
    code = builders.collector(session, point).code
    session.commit()
    page = client.get(f"/k/{code}").text
    assert 'value="construction"' in page
    assert 'value="justice"' not in page
    point.fields = "land"
    session.commit()
    assert 'name="field"' not in client.get(f"/k/{code}").text


def test_a_demonstration_says_so(client: FlaskClient, session: Session) -> None:
    wave = builders.open_wave(session)
    code = printed(session)
    assert "DEMO" not in client.get(f"/k/{code}").text
    wave.demo = True
    session.commit()
    assert "DEMO" in client.get(f"/k/{code}").text


def test_a_mistyped_code_says_so_and_offers_the_right_one(client: FlaskClient, code: str) -> None:
    wrong = code[:2] + ("2" if code[2] != "2" else "3") + code[3:]
    answer = client.get(f"/k/{wrong}")
    assert answer.status_code == 404
    assert f"Không có mã “{wrong}”" in answer.text
    assert f'href="/k/{code}"' in answer.text


@pytest.mark.parametrize(
    "typed", ["%00", "x" * 3000, "%ff%fe", "<script>", "' OR 1=1 --", "１２３"]
)
def test_a_senseless_code_is_not_found(client: FlaskClient, code: str, typed: str) -> None:
    answer = client.get(f"/k/{typed}")
    assert answer.status_code == 404
    assert "<script>" not in answer.text
    assert client.post(f"/k/{typed}", data={"a.A1": "5"}).status_code == 404


def test_a_retired_code_is_told_kindly(client: FlaskClient, session: Session, code: str) -> None:
    collector = collectors.find(session, code, on=builders.TODAY)
    collectors.retire(session, collector, today=builders.TODAY)
    session.commit()
    answer = client.get(f"/k/{code}")
    assert answer.status_code == 410
    assert "Mã này không còn dùng" in answer.text


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        (dt.date(2026, 2, 1), dt.date(2026, 2, 28), "đã kết thúc ngày 28/02/2026"),
        (dt.date(2026, 4, 1), dt.date(2026, 4, 30), "mở từ ngày 01/04/2026"),
    ],
)
def test_outside_a_wave_a_page_says_when_it_was_or_will_be(
    client: FlaskClient, session: Session, opens: dt.date, closes: dt.date, words: str
) -> None:
    waves.open_wave(session, builders.draft(session, opens_on=opens, closes_on=closes))
    answer = client.get(f"/k/{printed(session)}")
    assert answer.status_code == 200
    assert words in answer.text


def test_a_wave_closed_early_is_told_with_the_day_it_closed(
    client: FlaskClient, session: Session
) -> None:
    wave = builders.open_wave(session)
    waves.close(session, wave, now=builders.NOW)
    assert "ngày 10/03/2026" in client.get(f"/k/{printed(session)}").text


def test_before_any_wave_the_code_is_called_right(client: FlaskClient, session: Session) -> None:
    answer = client.get(f"/k/{printed(session)}")
    assert answer.status_code == 200
    assert "Mã đúng" in answer.text


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("form", instrument.shipped(), ids=lambda form: form.code)
def test_the_first_view_of_every_form_fits_into_one_round_trip(
    client: FlaskClient, session: Session, form: Instrument, language: str
) -> None:
    answer = first_view(client, session, form, language)
    page = gzip.decompress(answer.data).decode()
    assert "<link" not in page.replace('<link rel="icon" href="data:,">', "")
    assert all(f'name="a.{item.code}" value="5"' in page for item in form.items)
    assert all(f"{question.code}" in page for question in form.questions)


@pytest.mark.parametrize("form", instrument.shipped(), ids=lambda form: form.code)
def test_a_split_form_has_no_section_without_a_question(
    client: FlaskClient, session: Session, form: Instrument
) -> None:
    size = len(routing.splittable(form)) // 4
    page = gzip.decompress(first_view(client, session, form, "vi", size).data).decode()
    assert page.count('class="s"') <= size + 1
    assert not re.search(r"</h2>\s*(<p>[^<]*</p>\s*)?<h2>", page)


def first_view(
    client: FlaskClient, session: Session, form: Instrument, language: str, size: int = 0
) -> TestResponse:
    """What opens a form, which must fit into one round trip."""
    kind = form.points[0]
    wave = waves.create(
        session, programme=builders.programme(), sector=form.sector, code="w", name="Đợt",
        year=2026, opens_on=builders.TODAY, closes_on=builders.TODAY,
        forms={kind: registry.store(session, form, now=builders.NOW)},
    )  # fmt: skip
    waves.split(session, wave, kind, size)
    waves.open_wave(session, wave)
    place = builders.point(session, builders.unit(session), kind=kind)
    code = builders.collector(session, place).code
    session.commit()
    headers = {"Accept-Encoding": "gzip"}
    answer = client.get(f"/k/{code}?lang={language}", headers=headers)
    assert answer.headers["Content-Encoding"] == "gzip"
    assert len(answer.data) + len(str(answer.headers)) < FIRST_FLIGHT
    return answer


@pytest.mark.parametrize(
    ("asked", "vi", "en"),
    [
        (6, "nửa phút", "half a minute"),
        (8, "nửa phút", "half a minute"),
        (9, "1 phút", "1 minute"),
        (18, "1,5 phút", "1.5 minutes"),
        (36, "3 phút", "3 minutes"),
        (79, "7 phút", "7 minutes"),
    ],
)
def test_the_time_is_told_from_what_is_asked(app: Flask, asked: int, vi: str, en: str) -> None:
    entry = Entry("a.A", "A", "choice", Label("A", "A"))
    sheet = Sheet(None, (Part(Label("A", "A"), None, (entry,) * asked),), (), ())
    for language, said in (("vi", vi), ("en", en)):
        with app.test_request_context(f"/?lang={language}"):
            assert sheets.duration(sheet) == said


def test_a_form_says_how_long_it_is_and_what_must_be_answered(
    client: FlaskClient, session: Session, code: str
) -> None:
    page = client.get(f"/k/{code}").text
    assert "8 câu, khoảng nửa phút; thêm 3 câu về người trả lời. Trừ câu 1," in page
    assert "về việc gì? (cần chọn)</legend>" in page
    point = session.get_one(ServicePoint, 1)
    point.fields = "land"
    session.commit()
    page = client.get(f"/k/{code}").text
    assert "Trừ câu 1" not in page
    assert "cần chọn" not in page


def test_a_free_text_says_what_becomes_of_it(client: FlaskClient, code: str) -> None:
    for language, words in (("vi", "không được đăng nguyên văn"), ("en", "is not published")):
        assert words in client.get(f"/k/{code}?lang={language}").text


@pytest.mark.parametrize("form", instrument.shipped(), ids=lambda form: form.code)
def test_hints_name_answers_as_they_are_written_and_no_range_twice(form: Instrument) -> None:
    hints = [asked.hint for asked in (*form.items, *form.questions) if asked.hint]
    for language in ("vi", "en"):
        written = phrases(language)["citizen.not_used"]
        texts = [hint.get(language) for hint in hints]
        assert all(f"“{written}”" in text for text in texts if "“" in text)
        assert not [text for text in texts if re.search(r"\b0 (đến|to) 100", text)]


@pytest.mark.parametrize("form", instrument.shipped(), ids=lambda form: form.code)
def test_who_is_not_poor_is_not_called_other(form: Instrument) -> None:
    asked = [question for question in form.questions if question.label.vi.startswith("Mức sống")]
    assert all(question.options[-1].label.vi != "Khác" for question in asked)
