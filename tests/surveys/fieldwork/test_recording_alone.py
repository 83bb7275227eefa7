"""An answer recorded by one statement is the same answer, and is refused where it must be."""

from __future__ import annotations

import dataclasses
import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveys import database
from surveys.counts import upkeep
from surveys.fieldwork import responses, waves
from surveys.fieldwork.responses import Submission
from surveys.tables import Collector, PsuSum, Response, TallyChange, Wave
from tests import builders

#: What differs between two answers that say the same.
_OWN = {"id", "submission_key", "digest", "receipt"}


@pytest.fixture
def sent(session: Session, code: Collector) -> Submission:
    """A submission to an open wave, with everything committed and nothing locked."""
    session.expire_on_commit = False
    made = builders.submission(session, code, given=builders.answers("50-4"))
    session.commit()
    return made


def test_the_row_is_the_one_that_a_session_stores(
    engine: Engine, session: Session, sent: Submission
) -> None:
    alone = responses.record_alone(engine, sent)
    assert alone is not None
    responses.record(session, dataclasses.replace(sent, key=responses.new_key()))
    session.commit()
    first, second = (row.model_dump(exclude=_OWN) for row in session.exec(select(Response)))
    assert first == second
    assert alone.response.model_dump(exclude=_OWN).items() <= first.items()
    assert session.get_one(Response, alone.response.id).receipt == alone.response.receipt


@pytest.mark.parametrize("case", ["again", "closed", "late", "comment"])
def test_where_one_statement_is_not_enough_nothing_is_stored(
    engine: Engine, session: Session, sent: Submission, case: str
) -> None:
    if case == "again":
        assert responses.record_alone(engine, sent) is not None
    if case == "closed":
        waves.close(session, sent.wave, now=builders.NOW)
    if case == "late":
        sent = dataclasses.replace(sent, now=builders.NOW + dt.timedelta(days=400))
    if case == "comment":
        sent = dataclasses.replace(sent, answers=builders.answers(comment="Tốt"))
    session.commit()
    assert responses.record_alone(engine, sent) is None
    assert len(session.exec(select(Response)).all()) == (case == "again")


def test_it_waits_for_a_wave_that_is_being_closed(
    engine: Engine, session: Session, sent: Submission
) -> None:
    with ThreadPoolExecutor(1) as pool:
        with database.writing(engine) as closing:
            waves.close(closing, closing.get_one(Wave, sent.wave.id), now=builders.NOW)
            late = pool.submit(responses.record_alone, engine, sent)
            assert not late.done()
        assert late.result(timeout=30) is None
    assert session.exec(select(Response)).all() == []


def test_sums_are_brought_up_to_date_in_strides(
    engine: Engine, session: Session, sent: Submission, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "EVERY", 1)
    responses.record_alone(engine, sent)
    assert session.exec(select(TallyChange)).all() == []
    assert session.exec(select(PsuSum.people)).all() == [1]
