"""What publishing says in the terminal, on real databases."""

from __future__ import annotations

import datetime as dt

import flask
import pytest
from flask.testing import FlaskCliRunner
from sqlmodel import Session

from surveys.fieldwork import waves
from tests import builders, fieldwork


@pytest.fixture
def run(app: flask.Flask) -> FlaskCliRunner:
    """The terminal."""
    return app.test_cli_runner()


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
    session.commit()
    result = run.invoke(args=["publish", "administration", "2026"])
    expected = f"Chú ý: Đơn vị mot-cua-17266: {words}\n" if words else ""
    assert (result.exit_code, result.stderr) == (0, expected)
