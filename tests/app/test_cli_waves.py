"""`flask waves split`: what a wave asks each person is set while it is a draft."""

from __future__ import annotations

import flask
import pytest
from click.testing import Result
from flask.testing import FlaskCliRunner
from sqlmodel import Session, select

from surveys.tables import WaveInstrument


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


def said(result: Result, code: int = 0) -> str:
    """What a command printed; it must have ended with this code."""
    assert result.exit_code == code, result.output
    return result.output


def test_a_draft_is_split_from_the_command_line(run: FlaskCliRunner, session: Session) -> None:
    said(run.invoke(args=["instruments", "store"]))
    create = ["waves", "create", "administration", "2026", "hc", "2026-01-01", "2026-12-31"]
    said(run.invoke(args=create))

    def split(*args: str, code: int = 0) -> str:
        return said(run.invoke(args=["waves", "split", "hc", *args]), code)

    assert "[counter]: mỗi người được hỏi câu chung và 5 trong 16 câu khác" in split("counter", "5")
    assert "từ 1 đến 15 câu ngoài câu chung" in split("counter", "16", code=1)
    assert "không hỏi ở điểm loại “quầy”" in split("quầy", "5", code=1)
    assert "[household]: mỗi người được hỏi hết" in split("household", "0")
    said(run.invoke(args=["waves", "open", "hc"]))
    assert "trạng thái Đang mở [open]" in split("counter", "6", code=1)
    rows = session.exec(select(WaveInstrument)).all()
    assert {row.point_kind: row.subset for row in rows} == {"counter": 5, "household": 0}
