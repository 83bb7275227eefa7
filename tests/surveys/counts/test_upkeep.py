"""The kept sums equal a count of all responses, at every moment and whatever happens at once."""

from __future__ import annotations

import datetime as dt
import multiprocessing
import os
import random
import signal
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import numpy as np
import pytest
from alembic import command
from sqlalchemy import Engine, delete, func, insert, text, update
from sqlmodel import Session, col, select

from surveys import database, schema
from surveys.counts import tallies, upkeep
from surveys.fieldwork import responses, waves
from surveys.questionnaires.answers import Answers
from surveys.tables import (
    Collector,
    PsuSum,
    Response,
    ServicePoint,
    StoredInstrument,
    TallyChange,
    Wave,
)  # fmt: skip
from tests import builders, fieldwork

OTHERS = ("0902---1", "----010-", "2001110-")
WRITERS, ANSWERS_EACH = 8, 25


@pytest.fixture
def place(session: Session) -> ServicePoint:
    """A counter in a wave that is open; committed."""
    builders.open_wave(session)
    made = builders.counter(session)
    builders.collector(session, made)
    session.commit()
    return made


def the_wave(session: Session) -> Wave:
    return session.exec(select(Wave)).one()


def the_form(session: Session) -> StoredInstrument:
    return session.exec(select(StoredInstrument)).one()


def people(session: Session) -> int:
    tally = tallies.tally(session, the_form(session), [the_wave(session).id or 0])
    return 0 if tally is None else int(tally.respondents.sum())


def rows(session: Session, table: type[TallyChange | PsuSum]) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def right(session: Session) -> bool:
    """Whether sums, with and without profiles, are what a count of the responses gives."""
    session.flush()
    return upkeep.verify(session, [the_wave(session)]) == []


def values(place: ServicePoint, session: Session, rng: random.Random) -> dict[str, object]:
    """A response of any kind, day, field and person."""
    kind = rng.choice(tallies.KINDS)
    day = builders.TODAY + dt.timedelta(rng.randint(0, 2))
    return {
        "wave_id": the_wave(session).id, "instrument_id": the_form(session).id,
        "unit_id": place.unit_id, "point_id": place.id, "collector_kind": kind,
        "collector_id": fieldwork.collector(session, place, kind).id,
        "field": rng.choice(["land", "justice"]), "day": day, "answered_at": builders.NOW,
        "language": "vi", "answers": "".join(rng.choices("12345-.0", k=4)),
        "others": rng.choice(OTHERS), "sex": rng.choice([None, "1", "2"]),
        "age_band": rng.choice([None, "1"]), "digest": "",
        "submission_key": uuid.uuid4().hex, "receipt": uuid.uuid4().hex,
    }  # fmt: skip


def chosen(session: Session, rng: random.Random) -> int | None:
    """The number of some response, if there is any."""
    ids = session.exec(select(Response.id).order_by(col(Response.id))).all()
    return rng.choice(ids) if ids else None


Step = Callable[[Session, ServicePoint, random.Random], object]


def record(session: Session, place: ServicePoint, rng: random.Random) -> None:
    many = [values(place, session, rng) for _ in range(rng.randint(1, 9))]
    session.execute(insert(Response), many)


def exclude_or_readmit(session: Session, place: ServicePoint, rng: random.Random) -> None:
    row = session.get(Response, chosen(session, rng) or 0)
    if row and row.excluded_at is None:
        responses.exclude(session, row.id or 0, reason="trùng", now=builders.NOW)
    elif row:
        responses.readmit(session, row.id or 0, reason="nhầm", now=builders.NOW)


def correct(session: Session, place: ServicePoint, rng: random.Random) -> None:
    number = chosen(session, rng)
    with suppress(responses.NothingCorrected, responses.UnknownResponse):
        given = entered(rng)
        responses.correct(session, number or 0, given, reason="nhập lại", now=builders.NOW)


def entered(rng: random.Random) -> Answers:
    """What a second entry of a paper form may say."""
    return Answers(
        "".join(rng.choices("12345-.0", k=4)), rng.choice(OTHERS), rng.choice([None, "1", "2"]),
        rng.choice([None, "1"]), (), rng.choice([None, "land", "justice"]),
    )  # fmt: skip


def change_by_hand(session: Session, place: ServicePoint, rng: random.Random) -> None:
    names = rng.sample(["answers", "others", "sex", "age_band", "field", "day"], 2)
    new = values(place, session, rng)
    session.execute(
        update(Response)
        .where(col(Response.id) == (chosen(session, rng) or 0))
        .values({name: new[name] for name in names})
    )


def remove(session: Session, place: ServicePoint, rng: random.Random) -> None:
    session.execute(delete(Response).where(col(Response.id) == (chosen(session, rng) or 0)))


def take_back(session: Session, place: ServicePoint, rng: random.Random) -> None:
    session.flush()
    nested = session.begin_nested()
    record(session, place, rng)
    upkeep.fold(session, the_form(session))
    nested.rollback()


def fold(session: Session, place: ServicePoint, rng: random.Random) -> None:
    upkeep.fold(session, the_form(session), at_most=rng.choice([1, 3, 1000]))


def recount(session: Session, place: ServicePoint, rng: random.Random) -> None:
    upkeep.recount(session, the_wave(session))


STEPS: tuple[Step, ...] = (
    record, record, record, exclude_or_readmit, exclude_or_readmit, correct, change_by_hand,
    remove,
    take_back, fold, fold, fold, recount,
)  # fmt: skip


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


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_nobody_waits_for_a_recount(engine: Engine, session: Session, place: ServicePoint) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555", "1234"])
    session.commit()
    with Session(engine) as repairing, Session(engine) as writer:
        assert upkeep.fold_all(repairing) == 2
        assert upkeep.recount(repairing, the_wave(repairing)) == 2
        writer.execute(text("SET LOCAL lock_timeout = '3s'"))
        fieldwork.answered(writer, the_wave(writer), place, ["5555"])
        writer.commit()
        assert upkeep.fold_all(repairing) == 1
        repairing.commit()
    assert people(session) == 3
    assert right(session)


def test_recount_sums_what_waits_only_once(session: Session, place: ServicePoint) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555", "1234"])
    assert upkeep.recount(session, the_wave(session)) == 0
    assert (rows(session, PsuSum), rows(session, TallyChange)) == (0, 2)
    assert right(session)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_two_do_not_fold_a_form_at_once(
    engine: Engine, session: Session, place: ServicePoint
) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555"])
    session.commit()
    with Session(engine) as first, Session(engine) as second:
        # Who does not look for the lock would wait for the other's changes for ever.
        second.execute(text("SET LOCAL lock_timeout = '3s'"))
        assert upkeep.fold(first, the_form(first)) == 1
        assert upkeep.fold(second, the_form(second)) == 0
        assert people(second) == 1
        first.commit()
        assert people(second) == 1


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_answer_committed_late_under_an_early_number_is_not_lost(
    engine: Engine, session: Session, place: ServicePoint
) -> None:
    wave, rng = the_wave(session), random.Random(1)
    late_values, early_values = (values(place, session, rng) for _ in range(2))
    session.commit()
    with Session(engine) as late, Session(engine) as early:
        late.execute(insert(Response), [late_values])
        early.execute(insert(Response), [early_values])
        early.commit()
        assert upkeep.fold_all(early) == 1
        early.commit()
        late.commit()
    assert people(session) == 2
    assert upkeep.fold_all(session) == 1
    assert wave.id
    assert right(session)


def test_reader_at_any_moment_of_folding_sees_every_answer_once(
    engine: Engine, session: Session, place: ServicePoint
) -> None:
    many, seen = 60, []
    fieldwork.answered(session, the_wave(session), place, ["5555"] * many)
    session.commit()

    def fold_one_by_one() -> None:
        for _ in range(many):
            with database.writing(engine) as writer:
                assert upkeep.fold(writer, the_form(writer), at_most=1) == 1

    with ThreadPoolExecutor(1) as pool:
        folding = pool.submit(fold_one_by_one)
        while not folding.done():
            # Not `reading`: on PostgreSQL each statement here sees what was committed before it.
            with engine.connect().execution_options(read_only=True) as connection:
                seen.append(people(Session(connection)))
        folding.result()
    assert len(seen) > 3
    assert set(seen) == {many}


def change(session: Session, row: Response, rng: random.Random, turn: int) -> None:
    """Does what an office may do to a response; another may have done it a moment before."""
    number, now = row.id or 0, builders.NOW
    with suppress(responses.ResponseError):
        if turn % 2:
            responses.correct(session, number, entered(rng), reason="nhập lại", now=now)
        elif row.excluded_at is None:
            responses.exclude(session, number, reason="trùng", now=now)
        else:
            responses.readmit(session, number, reason="nhầm", now=now)


def worker(engine: Engine, number: int) -> None:
    """Records answers, leaves some out and takes them in again, corrects some, folds at times."""
    rng = random.Random(number)
    for turn in range(ANSWERS_EACH):
        with database.writing(engine) as session:
            place = session.exec(select(ServicePoint)).one()
            session.execute(insert(Response), [values(place, session, rng) for _ in range(2)])
            known = session.exec(select(Response.id).order_by(col(Response.id).desc())).all()
            # Often the same as another worker has in hand.
            row = session.get_one(Response, known[rng.randrange(min(len(known), 20))])
            change(session, row, rng, turn)
            if turn % 4 == number % 4:
                session.flush()
                upkeep.fold(session, the_form(session), at_most=7)


@contextmanager
def watching(engine: Engine) -> Iterator[list[bool]]:
    """Readers who compare the sums with the responses, again and again."""
    seen: list[bool] = []
    ended = threading.Event()

    def watch() -> None:
        while not ended.is_set():
            with database.reading(engine) as session:
                seen.append(right(session))

    with ThreadPoolExecutor(1) as pool:
        watcher = pool.submit(watch)
        try:
            yield seen
        finally:
            ended.set()
        watcher.result()


def test_no_reader_ever_sees_a_wrong_sum(
    engine: Engine, session: Session, place: ServicePoint
) -> None:
    for kind in tallies.KINDS:
        fieldwork.collector(session, place, kind)
    session.commit()
    with watching(engine) as seen, ThreadPoolExecutor(WRITERS + 1) as pool:
        writers = [pool.submit(worker, engine, number) for number in range(WRITERS)]
        for _ in range(5):
            with database.writing(engine) as other:
                upkeep.recount(other, the_wave(other))
        for writer in writers:
            writer.result()
    assert len(seen) > 3
    assert all(seen)
    assert rows(session, TallyChange) > 0 or rows(session, PsuSum) > 0
    assert upkeep.fold_all(session) >= 0
    assert right(session)
    assert (
        people(session)
        == session.exec(select(func.count()).where(col(Response.excluded_at).is_(None))).one()
    )


def killed_in_the_middle(url: str) -> None:
    """A process that dies after it folded and before it committed."""
    engine = database.connect(url)
    with database.writing(engine) as session:
        place = session.exec(select(ServicePoint)).one()
        fieldwork.answered(session, the_wave(session), place, ["1111"])
        upkeep.fold_all(session)
        os.kill(os.getpid(), signal.SIGKILL)


def test_killed_writer_leaves_the_sums_as_they_were(
    database_url: str, session: Session, place: ServicePoint
) -> None:
    fieldwork.answered(session, the_wave(session), place, ["5555", "4444"])
    session.commit()
    process = multiprocessing.get_context("spawn").Process(
        target=killed_in_the_middle, args=(database_url,)
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    assert (people(session), rows(session, TallyChange)) == (2, 2)
    assert upkeep.fold_all(session) == 2
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
