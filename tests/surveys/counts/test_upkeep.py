"""The kept sums equal a count of all responses, whatever happens one after the other."""

from __future__ import annotations

import random

import numpy as np
import pytest
from alembic import command
from sqlalchemy import Engine, delete, func, insert
from sqlmodel import Session, select

from surveys import schema
from surveys.counts import tallies, upkeep
from surveys.fieldwork import responses, waves
from surveys.tables import Collector, PsuSum, Response, ServicePoint, TallyChange
from tests import builders, fieldwork
from tests.surveys.counts.happenings import STEPS, people, right, rows, the_form, the_wave, values


@pytest.mark.parametrize("seed", range(6))
def test_sums_are_right_after_whatever_happened(
    session: Session, place: ServicePoint, seed: int
) -> None:
    rng = random.Random(seed)
    done = []
    for _ in range(60):
        step = rng.choice(STEPS)
        done.append(step.__name__)
        step(session, place, rng)
        assert right(session), done
    upkeep.fold_all(session)
    assert right(session)
    assert rows(session, TallyChange) == 0


def test_reader_finds_an_answer_before_and_after_it_is_summed(
    session: Session, place: ServicePoint
) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555", "1234"])
    assert (people(session), rows(session, TallyChange), rows(session, PsuSum)) == (2, 2, 0)
    before = tallies.tally(session, the_form(session), [the_wave(session).id or 0])
    assert upkeep.fold(session, the_form(session)) == 2
    assert (people(session), rows(session, TallyChange), rows(session, PsuSum)) == (2, 0, 1)
    after = tallies.tally(session, the_form(session), [the_wave(session).id or 0])
    assert upkeep.same(before, after)


def test_sums_without_people_go(session: Session, place: ServicePoint) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555"])
    upkeep.fold_all(session)
    session.execute(delete(Response))
    upkeep.fold_all(session)
    assert rows(session, PsuSum) == 0


def test_rows_can_be_had_by_sex_and_age_band_or_for_some_kinds(
    session: Session, place: ServicePoint
) -> None:
    rng = random.Random(1)
    session.execute(insert(Response), [values(place, session, rng) for _ in range(200)])
    form, wave_ids = the_form(session), [the_wave(session).id or 0]
    for _ in range(2):
        whole = tallies.tally(session, form, wave_ids)
        fine = tallies.tally(session, form, wave_ids, by=tallies.PERSONAL)
        assert whole
        assert fine
        assert fine.told_apart(lambda _: None, lambda label: label[1:])[0] == [
            (None, (sex, age)) for sex in ("", "1", "2") for age in ("", "1")
        ]
        assert fine.counts.sum(axis=0).tolist() == whole.counts.sum(axis=0).tolist()
        apart = [tallies.tally(session, form, wave_ids, kinds=[kind]) for kind in tallies.KINDS]
        assert [int(one.respondents.sum()) for one in apart if one] == whole.kinds.sum(
            axis=0
        ).tolist()
        assert np.array_equal(
            sum(one.counts.sum(axis=0) for one in apart if one), whole.counts.sum(axis=0)
        )
        upkeep.fold_all(session)


def test_recording_brings_the_sums_up_to_date_now_and_then(
    session: Session, place: ServicePoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "EVERY", 4)
    code = session.exec(select(Collector)).one()
    for number in range(1, 11):
        builders.response(session, code, number)
        assert people(session) == number
    assert rows(session, TallyChange) < 4


def test_text_of_another_width_stops_the_figures_but_not_the_recording(
    session: Session, place: ServicePoint
) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555", "555"])
    assert upkeep.fold(session, the_form(session)) == 1
    with pytest.raises(ValueError, match="reshape"):
        people(session)


@pytest.mark.parametrize("column", ["people", "sums", "fine_sums"])
def test_wrong_sums_are_found_and_made_right(
    session: Session, place: ServicePoint, column: str
) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555", "1234"])
    upkeep.fold_all(session)
    kept = session.exec(select(PsuSum)).one()
    was = getattr(kept, column)
    # Packed, the last number is that of the people who chose whether they would come back.
    setattr(kept, column, was + 1 if column == "people" else was[:-1] + bytes([was[-1] - 1]))
    session.flush()
    found = upkeep.verify(session, [the_wave(session)])
    assert [(one.wave.code, one.stored.code) for one in found] == [("dot-1", "small")]
    assert upkeep.recount(session, the_wave(session)) == 2
    assert right(session)


def test_recount_sums_what_waits_only_once(session: Session, place: ServicePoint) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555", "1234"])
    assert upkeep.recount(session, the_wave(session)) == 0
    assert (rows(session, PsuSum), rows(session, TallyChange)) == (0, 2)
    assert right(session)


def test_answers_from_before_there_were_sums_are_summed(
    engine: Engine, session: Session, place: ServicePoint
) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555", "1234"])
    newest = session.exec(select(func.max(Response.id))).one()
    responses.exclude(session, newest or 0, reason="trùng", now=builders.NOW)
    session.commit()
    with engine.begin() as connection:
        command.downgrade(schema.configuration(connection), "0001_first_tables")
        command.upgrade(schema.configuration(connection), "head")
    assert people(session) == 1
    assert right(session)


def test_closing_a_wave_loses_no_answer(session: Session, place: ServicePoint) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555"])
    waves.close(session, the_wave(session), now=builders.NOW)
    assert people(session) == 1
