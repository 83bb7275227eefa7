"""Odd answers on Nội vụ's page and in the terminal."""

from __future__ import annotations

import datetime as dt
import re

import flask
import pytest
from sqlmodel import select

from surveys.tables import Response, ResponseChange
from tests.app import staffed
from tests.app.staffed import Offices, post, text

PAGE = "/noi-vu/dot/dot-3/phieu-la"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices; ten answers with a fault at the first counter came in too fast."""
    built = staffed.build(app)
    with built.session() as session:
        for row in session.exec(select(Response)):
            hour = 1 + (row.id or 0) % 8
            row.answered_at = dt.datetime.combine(row.day, dt.time(hour), tzinfo=dt.UTC)
            row.quality = "fast" if row.answers == "5355" else "offline"
        session.commit()
    return built


def test_the_index_is_shown_with_and_without_them(offices: Offices) -> None:
    page = text(offices.signed_in("noi-vu").get(PAGE).text)
    assert "10 trên 104 phiếu (9,6" in page
    assert re.search(
        r"Chỉ số là 9\d,\d %; nếu không tính 9,6 % số phiếu đáng ngờ thì là 100,0 %", page
    )
    assert re.search(r"Thay đổi \+\d,\d điểm phần trăm \(khoảng tin cậy [−+]\d,\d đến \+\d", page)
    assert offices.signed_in("vp").get(PAGE).status_code == 403


def test_they_are_left_out_with_a_reason_and_taken_in_again(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    sent = {"sign": "fast", "step": "exclude"}
    assert post(client, PAGE, **sent, reason=" ").status_code == 400
    assert post(client, PAGE, **sent, reason="máy gửi").status_code == 303
    page = text(client.get(PAGE).text)
    assert "Đã loại 10 phiếu" in page
    assert "Không có phiếu nào mang dấu hiệu" in page
    sent["step"] = "readmit"
    assert post(client, PAGE, **sent, reason="xem lại").status_code == 303
    with offices.session() as session:
        reasons = session.exec(select(ResponseChange.reason)).all()
    assert sorted(set(reasons)) == ["Bất thường (fast): máy gửi", "xem lại"]
    assert "10 trên 104" in text(client.get(PAGE).text)


def test_the_terminal_does_the_same(offices: Offices) -> None:
    runner = offices.app.test_cli_runner()
    shown = runner.invoke(args=["integrity", "show", "dot-3"])
    assert shown.exit_code == 0, shown.output
    assert "Nhanh quá mức" in shown.output
    assert runner.invoke(args=["integrity", "exclude", "dot-3", "fast"]).exit_code == 1
    gone = runner.invoke(args=["integrity", "exclude", "dot-3", "fast", "--reason", "máy"])
    assert "Đã loại 10 phiếu" in gone.output
    back = runner.invoke(args=["integrity", "readmit", "dot-3", "fast", "--reason", "nhầm"])
    assert "Đã tính lại 10 phiếu" in back.output
    assert runner.invoke(args=["integrity", "show", "khong-co"]).exit_code == 1
