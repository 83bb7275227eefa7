"""`flask database recount`: sums that are wrong are said and made right."""

from __future__ import annotations

import flask
import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy import func
from sqlmodel import Session, select

from surveys.counts import upkeep
from surveys.tables import PsuSum, TallyChange
from tests import builders, fieldwork


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


def test_wrong_sums_are_counted_again(run: FlaskCliRunner, session: Session) -> None:
    wave = builders.open_wave(session)
    fieldwork.answered(session, wave, builders.counter(session), ["5555", "1234"])
    upkeep.fold_all(session)
    kept = session.exec(select(PsuSum)).one()
    # The last of the sums: one more person would come back.
    kept.sums = kept.sums[:-1] + bytes([kept.sums[-1] + 1])
    session.commit()
    first, second = (run.invoke(args=["database", "recount"]).output for _ in range(2))
    assert "dot-1: số tổng sai, đã đếm lại 2 phiếu" in first
    assert second == "Đã so 1 đợt: 1 đúng, 0 đã sửa.\n"


def test_what_waits_is_summed(run: FlaskCliRunner, session: Session) -> None:
    wave = builders.open_wave(session)
    fieldwork.answered(session, wave, builders.counter(session), ["5555", "1234"])
    session.commit()
    assert run.invoke(args=["database", "recount"]).exit_code == 0
    assert session.exec(select(func.count()).select_from(TallyChange)).one() == 0
