"""What the terminal does with one answer, on real databases."""

from __future__ import annotations

import re

import flask
import pytest
from flask.testing import FlaskCliRunner
from sqlmodel import Session, select

from surveys.tables import Response
from tests import builders


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


def said(run: FlaskCliRunner, *words: str, code: int = 0) -> str:
    """What `responses` printed; the test fails where it did not end with this exit code."""
    result = run.invoke(args=["responses", *words])
    assert result.exit_code == code, result.output
    return result.output


def recorded(session: Session) -> str:
    """The receipt of a response."""
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session))
    receipt = builders.response(session, code).receipt
    session.commit()
    return receipt


def test_a_response_is_left_out_once_and_with_a_reason(
    run: FlaskCliRunner, session: Session
) -> None:
    receipt = recorded(session)
    assert "được tính" in said(run, "show", receipt.lower())
    assert "--reason" in said(run, "exclude", receipt, code=1)
    said(run, "exclude", receipt, "--reason", "gửi thử")
    assert "bị loại: gửi thử" in said(run, "show", receipt)
    again = said(run, "exclude", receipt, "--reason", "khác", code=1)
    assert "đã bị loại trước đó: gửi thử" in again


def test_a_response_is_taken_in_again(run: FlaskCliRunner, session: Session) -> None:
    receipt = recorded(session)
    assert "không có gì để khôi phục" in said(run, "readmit", receipt, "--reason", "nhầm", code=1)
    said(run, "exclude", receipt, "--reason", "gửi thử")
    said(run, "readmit", receipt, "--reason", "nhầm")
    shown = said(run, "show", receipt)
    assert "được tính" in shown
    assert shown.index("loại: gửi thử") < shown.index("tính lại: nhầm")


def test_a_response_is_entered_anew(run: FlaskCliRunner, session: Session) -> None:
    receipt = recorded(session)
    said(run, "correct", receipt, "A1=1", "G1=95", "sex=1", "--reason", "nhập lại")
    session.expire_all()
    made = session.exec(select(Response)).one()
    assert (made.answers, made.others[:3], made.sex, made.field) == ("1---", "095", "1", "land")
    assert "sửa câu trả lời: nhập lại" in said(run, "show", receipt)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["A9=1"], "A9=1”: phải ghi dạng CÂU=TRẢ_LỜI"),
        (["A1"], "A1”: phải ghi dạng CÂU=TRẢ_LỜI"),
        (["A1=9"], "A1: Xin chọn một trong các mức đang có."),
        (["A1=5", "G1=999"], "G1: Xin ghi số từ 0 đến 200."),
        (["G1=90"], "phiếu: Chưa có câu nào được đánh giá."),
        (["A1=5", "field=khac"], "field: Xin chọn một việc trong danh sách."),
    ],
)
def test_a_bad_entry_is_refused(
    run: FlaskCliRunner, session: Session, given: list[str], words: str
) -> None:
    receipt = recorded(session)
    assert words in said(run, "correct", receipt, *given, "--reason", "nhập lại", code=1)
    session.expire_all()
    assert session.exec(select(Response.answers)).one() == "5435"


def test_an_unknown_receipt_is_said(run: FlaskCliRunner) -> None:
    assert "không có phiếu" in said(run, "show", "AAAAAAAAA", code=1)


def test_answers_that_look_odd_are_listed_and_the_others_are_not(
    run: FlaskCliRunner, session: Session
) -> None:
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session))
    made = [builders.response(session, code, number) for number in (1, 2, 3)]
    made[1].quality = made[2].quality = "fast burst"
    plain, odd, left_out = (response.receipt for response in made)
    session.commit()
    said(run, "exclude", left_out, "--reason", "bất thường: gửi lúc nửa đêm")
    listed = said(run, "flagged", "dot-1")
    assert plain not in listed
    (line,) = (line for line in listed.splitlines() if odd in line)
    assert re.search(r"fast burst +được tính +Đơn vị mot-cua-17266", line)
    assert re.search(rf"{left_out} .* bị loại", listed)
    assert "2 phiếu có dấu hiệu lạ." in listed
    assert "Không có đợt “dot-9”" in said(run, "flagged", "dot-9", code=1)
