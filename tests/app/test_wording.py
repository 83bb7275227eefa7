"""What figures say: never more than their interval and their basis carry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import flask
import pytest

from analysis.presentation import Reason
from app import language, wording
from surveys.results.figures import Measure, Verdict
from tests.released import INDEX, SILENT

BASES = ("open", "sampled", "staffed", "mixed")


@pytest.fixture(autouse=True)
def request_in_vietnamese() -> Iterator[None]:
    with flask.Flask(__name__).test_request_context("/"):
        yield


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"verdict": "met", "low": 0.91}, "hài lòng tối thiểu 90 %: giới hạn dưới"),
        ({"verdict": "met", "low": 0.895}, "tối thiểu 90 %, với độ tin cậy 95 %."),
        ({"verdict": "not_met", "high": 0.88}, "chưa đạt mức tối thiểu 90 %: giới hạn trên"),
        ({"verdict": "not_met", "high": 0.905}, "tối thiểu 90 %, với độ tin cậy 95 %."),
        ({"verdict": "not_shown", "low": 0.85, "high": 0.93}, "đâu đó từ 85,0 % đến 93,0 %"),
        ({"verdict": "not_shown", "answers_needed": 1234}, "Cần thêm khoảng 1.300 phiếu"),
        ({"verdict": "not_shown", "answers_needed": 7}, "Cần thêm khoảng 7 phiếu"),
        ({"verdict": "not_shown", "answers_needed": None}, "ở sát chỉ tiêu"),
        ({"verdict": "not_shown", "answers_needed": 10**6, "population": 900}, "ở sát chỉ tiêu"),
        ({"verdict": "met", "indicative": True}, "Phiếu có phần tự nguyện cho thấy tỷ lệ"),
        ({"verdict": "not_met", "indicative": True}, "Phiếu có phần tự nguyện cho thấy chưa đạt"),
        ({"verdict": "met", "indicative": True, "low": 0.891}, "90 %, theo giới hạn một phía"),
        ({"verdict": "met", "indicative": True, "low": 0.91}, "khoảng tin cậy từ 91,0 % đến"),
        ({"verdict": "not_met", "indicative": True, "high": 0.905}, "90 %, theo giới hạn một phía"),
        ({"verdict": "met", "low": None, "high": None}, "với độ tin cậy 95 %."),
        ({"verdict": "met", "operator": ">", "target": 0.925, "low": 0.93}, "trên 92,5 %"),
        ({"verdict": None, "target": None}, "không đặt chỉ tiêu"),
    ],
)  # fmt: skip
def test_sentence_claims_what_the_interval_proves(changes: dict[str, Any], words: str) -> None:
    assert words in wording.sentence(replace(INDEX, **changes)).replace("\N{NO-BREAK SPACE}", " ")


def test_figure_that_is_held_back_says_why_instead() -> None:
    assert wording.sentence(SILENT) == wording.reason(SILENT) != ""


def test_reason_without_words_of_its_own_falls_back_to_what_is_done() -> None:
    figure = replace(INDEX, showing="review", reason="something_new")
    assert wording.reason(figure) == "Con số này cần được xem xét thêm trước khi dùng."


def test_figure_that_is_simply_shown_has_no_reason() -> None:
    assert wording.reason(INDEX) == ""


@pytest.mark.parametrize(
    ("changes", "amount", "span"),
    [
        ({}, "93,4 %", "91,7–94,8 %"),
        ({"measure": "mean_score", "value": 4.256, "low": 4.1, "high": 4.4}, "4,26", "4,10–4,40"),
        ({"value": None, "low": None, "high": None}, "–", "–"),
    ],
)
def test_value_and_interval_are_written_in_their_unit(
    changes: dict[str, Any], amount: str, span: str
) -> None:
    figure = replace(INDEX, **changes)
    written = (wording.amount(figure), wording.span(figure))
    assert tuple(text.replace("\N{NO-BREAK SPACE}", " ") for text in written) == (amount, span)


@pytest.mark.parametrize(("population", "share"), [(None, None), (0, None), (12340, 0.1)])
def test_share_served(population: int | None, share: float | None) -> None:
    assert wording.share_served(replace(INDEX, population=population)) == share


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((), ""),
        (("2026-03",), "03/2026"),
        (("2026-01", "2026-02", "2026-04"), "01–02/2026, 04/2026"),
        (("2025-11", "2025-12", "2026-01-01"), "11–12/2025, 01/2026"),
    ],
)
def test_months_that_follow_each_other_are_told_as_one(days: tuple[str, ...], words: str) -> None:
    assert wording.months(days) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"population": None}, "chưa có số lượt phục vụ"),
        ({"population": None, "missing": ("2026-11", "2026-12")},
         "thiếu số lượt tháng 11–12/2026"),
        ({"population": None, "missing": ("2026-12",), "weighted": False},
         "chưa có số lượt phục vụ"),
    ],
)  # fmt: skip
def test_what_is_not_known_of_people_served_is_said(changes: dict[str, Any], words: str) -> None:
    assert wording.unserved(replace(INDEX, **changes)) == words


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"break_even": 0.0198}, "phải kém hài lòng hơn người trả lời khoảng 2,0 điểm"),
        ({"break_even": -0.4, "verdict": "not_met"}, "phải hài lòng hơn người trả lời khoảng 40,0"),
        ({}, "kết luận vẫn giữ nguyên."),
        ({"verdict": "not_shown"}, "nếu họ đều hài lòng thì khoảng 99,1 %."),
        ({"verdict": None}, "nếu họ đều hài lòng thì khoảng 99,1 %."),
    ],
)
def test_what_volunteers_leave_open_is_said(changes: dict[str, Any], words: str) -> None:
    said = wording.unheard(replace(INDEX, bound_low=0.128, bound_high=0.991, **changes))
    said = said.replace("\N{NO-BREAK SPACE}", " ")
    assert "đều không hài lòng thì tỷ lệ của mọi người được phục vụ là khoảng 12,8 %" in said
    assert said.endswith(words) or words in said.partition("99,1 %.")[2]


def test_nothing_is_said_where_nothing_is_known_of_the_others() -> None:
    assert wording.unheard(INDEX) == wording.watching(INDEX) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"low": 0.96, "verdict": "not_shown"}, "Chưa thể kết luận về mức tối thiểu 90 %."),
        ({"low": 0.96}, "Có thể khẳng định tỷ lệ hài lòng tối thiểu 90 %, với độ tin cậy 95 %."),
        ({"low": 0.96, "indicative": True}, "tối thiểu 90 %, theo giới hạn một phía 95 %."),
    ],
)
def test_an_open_wave_names_no_interval_as_proof(changes: dict[str, Any], words: str) -> None:
    figure = replace(INDEX, open_low=0.89, open_high=0.97, **changes)
    assert words in wording.sentence(figure).replace("\N{NO-BREAK SPACE}", " ")
    assert "giới hạn an toàn khi xem hằng ngày" in wording.watching(figure)
    assert "từ 89,0" in wording.watching(figure)


def test_everything_a_figure_can_be_has_words_in_every_language() -> None:
    kinds = {
        "reason": (*get_args(Reason), "one_psu", "split_form"), "measure": get_args(Measure),
        "verdict": get_args(Verdict), "basis": BASES,
    }  # fmt: skip
    wanted = {f"figures.{kind}.{code}" for kind, codes in kinds.items() for code in codes}
    for spoken in language.languages():
        assert wanted <= language.phrases(spoken).keys()
