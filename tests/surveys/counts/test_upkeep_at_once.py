"""The kept sums are right at every moment while many write, fold, recount, or are killed."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy import Engine, func, insert, text
from sqlmodel import Session, col, select

from surveys import database
from surveys.counts import tallies, upkeep
from surveys.fieldwork import responses
from surveys.tables import PsuSum, Response, ServicePoint, TallyChange
from tests import builders, fieldwork
from tests.surveys.counts.happenings import (
    entered,
    people,
    right,
    rows,
    the_form,
    the_wave,
    values,
)

WRITERS, ANSWERS_EACH = 8, 25


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
