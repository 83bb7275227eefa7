"""What the terminal does with one answer, on real databases."""

from __future__ import annotations

import re

import flask
import pytest
from flask.testing import FlaskCliRunner
from sqlmodel import Session

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


def test_a_response_is_left_out_once_and_with_a_reason(
    run: FlaskCliRunner, session: Session
) -> None:
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session))
    receipt = builders.response(session, code).receipt
    session.commit()
    assert "được tính" in said(run, "show", receipt.lower())
    assert "--reason" in said(run, "exclude", receipt, code=1)
    said(run, "exclude", receipt, "--reason", "gửi thử")
    assert "bị loại: gửi thử" in said(run, "show", receipt)
    again = said(run, "exclude", receipt, "--reason", "khác", code=1)
    assert "đã bị loại trước đó: gửi thử" in again


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
    assert "không có đợt “dot-9”" in said(run, "flagged", "dot-9", code=1)
