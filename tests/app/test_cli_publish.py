"""What publishing says in the terminal, on real databases."""

from __future__ import annotations

import datetime as dt
import re

import flask
import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner
from sqlmodel import Session, select

from surveys.fieldwork import responses, waves
from surveys.tables import Response
from tests import builders, fieldwork, releasing


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


def said(result: Result, code: int = 0) -> str:
    """What a command printed; the test fails where it did not end with this exit code."""
    assert result.exit_code == code, result.output
    return result.output


@pytest.mark.parametrize(
    ("months", "words"),
    [((), "chưa có số lượt phục vụ"), ((3,), "thiếu số lượt tháng 04/2026"), ((3, 4), "")],
)
def test_publishing_names_the_units_whose_people_served_are_missing(
    run: FlaskCliRunner, session: Session, months: tuple[int, ...], words: str
) -> None:
    place = builders.counter(session)
    wave = builders.draft(session, closes_on=dt.date(2026, 4, 30))
    waves.open_wave(session, wave)
    for day in fieldwork.DAYS:
        fieldwork.say(session, wave, place, 9, of=10, day=day)
    for month in months:
        fieldwork.served(session, place, 400, month=dt.date(2026, month, 1))
    waves.close(session, wave, now=builders.NOW)
    releasing.pair(session)
    session.commit()
    args = ["publish", "draft", "administration", "2026", "--by", "nguoi-soan"]
    result = run.invoke(args=args)
    expected = f"Chú ý: Đơn vị mot-cua-17266: {words}\n" if words else ""
    assert (result.exit_code, result.stderr) == (0, expected)


def test_a_year_is_published_once_and_corrected_with_a_reason(
    run: FlaskCliRunner, session: Session
) -> None:
    place = builders.counter(session)
    wave = builders.open_wave(session)
    for day in fieldwork.DAYS:
        fieldwork.say(session, wave, place, 9, of=10, day=day)
    session.commit()
    releasing.pair(session)
    session.commit()

    def publish(step: str, *more: str, code: int = 0, by: str = "nguoi-soan") -> str:
        args = ["publish", step, "administration", "2026", "--by", by, *more]
        return said(run.invoke(args=args), code)

    assert "Đợt dot-1 còn mở" in publish("draft", code=1)
    assert "60 phiếu" in said(run.invoke(args=["waves", "close", "dot-1"]))
    assert "không có bản thảo" in publish("check", "--yes", code=1)
    assert "năm 2026, lần 1\nSHA-256 " in publish("draft")
    assert "bản thảo đang chờ" in publish("draft", code=1)
    assert "không ở bước này" in publish("release", code=1)
    assert "phải là người khác" in publish("check", "--yes", code=1)
    assert "Không có tài khoản" in publish("check", "--yes", code=1, by="ai-do")
    assert "Đã kiểm tra Hành chính" in publish("check", "--yes", by="nguoi-kiem")
    assert "năm 2026, lần 1\nSHA-256 " in publish("release")
    assert "không công bố lại" in publish("draft", code=1)
    responses.exclude(
        session, session.exec(select(Response.id)).first() or 0, reason="trùng", now=builders.NOW
    )
    session.commit()
    assert "--reason" in publish("draft", code=1)
    assert "lần 2" in publish("draft", "--reason", "bỏ phiếu trùng")
    assert "phải ghi lý do" in publish("return", code=1)
    assert "Đã trả lại" in publish("return", "--reason", "Sai đợt", by="nguoi-kiem")
    listed = said(run.invoke(args=["publish", "status", "administration"]))
    assert re.findall("đã trả lại|đã công bố", listed) == ["đã trả lại", "đã công bố"]
    early = ["publish", "draft", "administration", "2025", "--by", "nguoi-soan"]
    assert "Chưa có đợt nào" in said(run.invoke(args=early), 1)
