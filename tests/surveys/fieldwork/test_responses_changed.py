"""A response is left out, taken in again or corrected with a reason, and nothing is lost by it."""

from __future__ import annotations

import dataclasses
import json

import pytest
from sqlmodel import Session, select

from surveys.fieldwork import responses
from surveys.tables import Collector, Comment
from tests import builders
from tests.builders import NOW


def test_excluded_response_keeps_its_answers_and_its_reason(
    session: Session, code: Collector
) -> None:
    made = builders.response(session, code)
    excluded = responses.exclude(session, made.id or 0, reason=" gửi thử ", now=NOW)
    session.commit()
    assert (excluded.excluded_at, excluded.excluded_reason) == (NOW, "gửi thử")
    assert excluded.answers == "5435"
    with pytest.raises(responses.AlreadyExcluded) as caught:
        responses.exclude(session, made.id or 0, reason="lần nữa", now=NOW)
    assert caught.value.response is made


def test_exclusion_needs_a_reason_and_a_response(session: Session, code: Collector) -> None:
    made = builders.response(session, code)
    with pytest.raises(responses.ReasonMissing):
        responses.exclude(session, made.id or 0, reason=" ", now=NOW)
    with pytest.raises(responses.UnknownResponse):
        responses.exclude(session, 10**6, reason="gửi thử", now=NOW)
    assert made.excluded_at is None


def test_readmitted_response_counts_again_and_all_reasons_are_kept(
    session: Session, code: Collector
) -> None:
    made = builders.response(session, code)
    with pytest.raises(responses.NotExcluded):
        responses.readmit(session, made.id or 0, reason="nhầm", now=NOW)
    responses.exclude(session, made.id or 0, reason="gửi thử", now=NOW)
    responses.readmit(session, made.id or 0, reason=" nhầm ", now=NOW)
    assert (made.excluded_at, made.excluded_reason) == (None, None)
    told = [(one.kind, one.reason, one.before) for one in responses.changes(session, made)]
    assert told == [("excluded", "gửi thử", ""), ("readmitted", "nhầm", "")]


def test_corrected_response_keeps_what_stood_there_and_its_receipt(
    session: Session, code: Collector
) -> None:
    sent = builders.submission(session, code, given=builders.answers(comment="Tốt"))
    made = responses.record(session, sent).response
    entered = dataclasses.replace(builders.answers("5535", field=None), sex=None, texts=())
    responses.correct(session, made.id or 0, entered, reason="nhập lại", now=NOW)
    assert (made.answers, made.sex, made.field) == ("5535", None, "land")
    (change,) = responses.changes(session, made)
    assert (change.kind, change.reason, change.changed_at) == ("corrected", "nhập lại", NOW)
    assert json.loads(change.before) == {
        "answers": "5435", "others": "0902---1", "sex": "2", "age_band": "1", "field": "land",
    }  # fmt: skip
    assert session.exec(select(Comment.text)).all() == ["Tốt"]
    # The form that was sent, sent again, is still the one that this receipt is for.
    again = responses.record(session, sent)
    assert (again.repeated, again.response) == (True, made)


def test_correction_must_fit_the_form_change_something_and_have_a_reason(
    session: Session, code: Collector
) -> None:
    made = builders.response(session, code)
    for given, reason, error in (
        ("5435", "nhập lại", responses.NothingCorrected),
        ("543", "nhập lại", responses.WrongAnswers),
        ("5535", " ", responses.ReasonMissing),
    ):
        with pytest.raises(error):
            responses.correct(
                session, made.id or 0, builders.answers(given), reason=reason, now=NOW
            )
    assert (made.answers, responses.changes(session, made)) == ("5435", [])
