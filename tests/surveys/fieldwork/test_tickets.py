"""Tickets: one answer each on both databases, known apart, and not linked to their answers."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select, text

from surveys import database
from surveys.fieldwork import responses, tickets, waves
from surveys.fieldwork.responses import KeyReused, Recorded
from surveys.fieldwork.tickets import (
    ExpiredTicket,
    HandedOut,
    Minted,
    MintError,
    NotSampled,
    Returns,
    SpentTicket,
    UnknownTicket,
    WrongExpiry,
    WrongNumber,
)
from surveys.fieldwork.waves import NoOpenWave
from surveys.places import codes
from surveys.tables import Collector, Response, ServicePoint, Ticket, TicketBatch, Wave
from tests import builders, dumps, fieldwork
from tests.builders import NOW, TODAY

ATTEMPTS = 32
LAST = dt.date(2026, 3, 20)
LATER = NOW + dt.timedelta(days=15)


@pytest.fixture
def code(session: Session) -> Collector:
    """The collector for tickets of a counter where a wave is open."""
    builders.open_wave(session)
    return fieldwork.collector(session, builders.counter(session), "sampled")


def mint(session: Session, code: Collector, size: int = 3, **changes: Any) -> Minted:
    """A batch of tickets that are good until the twentieth of March."""
    given = {"every": 5, "size": size, "expires_on": LAST, "by": "Nội vụ", "now": NOW, **changes}
    return tickets.mint(session, code, **given)


def spend(session: Session, code: Collector, token: str, number: int = 1) -> Recorded:
    """An answer with a ticket, under a key of its own."""
    return tickets.answer(session, token, builders.submission(session, code, number))


def test_a_token_has_128_bits_fits_a_small_qr_code_and_only_its_hash_is_kept(
    session: Session, code: Collector, engine: Engine
) -> None:
    minted = mint(session, code, 24)
    session.commit()
    assert len(set(minted.tokens)) == 24
    assert all(codes.is_wellformed(token, tickets.TOKEN_LENGTH) for token in minted.tokens)
    assert len(codes.ALPHABET) ** (tickets.TOKEN_LENGTH - 1) >= 2**128
    kept = repr(dumps.contents(engine))
    assert not [token for token in minted.tokens if token in kept]
    assert (minted.batch.every, minted.batch.size, minted.batch.minted_by) == (5, 24, "Nội vụ")


def test_a_ticket_is_good_for_one_answer(session: Session, code: Collector) -> None:
    token = mint(session, code).tokens[0]
    made = spend(session, code, token).response
    assert (made.presence, made.collector_kind) == ("ticket", "sampled")
    with pytest.raises(SpentTicket):
        spend(session, code, token, 2)
    assert len(session.exec(select(Response)).all()) == 1


def test_a_token_may_be_typed_in_small_letters_and_groups(
    session: Session, code: Collector
) -> None:
    token = mint(session, code).tokens[0]
    assert not spend(session, code, f" {token[:9]}-{token[9:].lower()}").repeated


def test_the_same_form_again_has_the_same_receipt_also_after_the_last_day(
    session: Session, code: Collector
) -> None:
    token = mint(session, code).tokens[0]
    first = spend(session, code, token)
    again = dataclasses.replace(builders.submission(session, code), now=LATER)
    found = tickets.answer(session, token, again)
    assert (found.repeated, found.response.receipt) == (True, first.response.receipt)
    with pytest.raises(KeyReused):
        tickets.answer(session, token, dataclasses.replace(again, answers=builders.answers("1111")))


@pytest.mark.parametrize("change", [1, -1, 0], ids=["too long", "too short", "never minted"])
def test_a_forged_token_is_unknown(session: Session, code: Collector, change: int) -> None:
    mint(session, code)
    forged = codes.draw(random.Random(1), tickets.TOKEN_LENGTH + change)
    with pytest.raises(UnknownTicket):
        tickets.check(session, forged, on=TODAY)
    with pytest.raises(UnknownTicket):
        spend(session, code, forged)


def test_a_ticket_ends_with_its_last_day_or_with_its_wave(
    session: Session, code: Collector
) -> None:
    token, other = mint(session, code).tokens[:2]
    tickets.check(session, token, on=LAST)
    with pytest.raises(ExpiredTicket):
        tickets.check(session, token, on=LAST + dt.timedelta(1))
    sent = builders.submission(session, code, now=NOW)
    with pytest.raises(ExpiredTicket):
        tickets.answer(session, token, dataclasses.replace(sent, now=LATER))
    spend(session, code, other)
    waves.close(session, session.exec(select(Wave)).one(), now=NOW)
    with pytest.raises(ExpiredTicket):
        tickets.check(session, token, on=TODAY)
    with pytest.raises(SpentTicket):
        tickets.check(session, other, on=TODAY)


def test_what_cannot_be_recorded_leaves_the_ticket_good(session: Session, code: Collector) -> None:
    token = mint(session, code).tokens[0]
    sent = builders.submission(session, code, given=builders.answers(field=None))
    with pytest.raises(responses.FieldMissing):
        tickets.answer(session, token, sent)
    assert not spend(session, code, token).repeated


@pytest.mark.parametrize("same_key", [True, False], ids=["one form", "many forms"])
def test_of_32_at_once_one_is_recorded(
    session: Session, code: Collector, engine: Engine, same_key: bool
) -> None:
    token = mint(session, code).tokens[0]
    session.commit()
    together = threading.Barrier(ATTEMPTS)

    def attempt(number: int) -> str:
        together.wait()
        with database.writing(engine) as own:
            sampled = own.exec(select(Collector)).one()
            try:
                found = spend(own, sampled, token, 1 if same_key else number)
            except SpentTicket:
                return "spent"
            return "again" if found.repeated else "recorded"

    with ThreadPoolExecutor(ATTEMPTS) as pool:
        outcomes = list(pool.map(attempt, range(ATTEMPTS)))
    others = "again" if same_key else "spent"
    assert sorted(outcomes) == sorted(["recorded"] + [others] * (ATTEMPTS - 1))
    session.rollback()
    assert len(session.exec(select(Response)).all()) == 1
    assert [one.number for one in session.exec(select(Ticket).where(col(Ticket.spent)))] == [1]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"every": 0}, WrongNumber),
        ({"size": 0}, WrongNumber),
        ({"size": tickets.MOST + 1}, WrongNumber),
        ({"expires_on": TODAY - dt.timedelta(1)}, WrongExpiry),
        ({"expires_on": dt.date(2026, 4, 1)}, WrongExpiry),
    ],
)
def test_tickets_that_cannot_be_are_not_minted(
    session: Session, code: Collector, changes: dict[str, Any], error: type[MintError]
) -> None:
    with pytest.raises(error):
        mint(session, code, **changes)
    assert not session.exec(select(TicketBatch)).all()


def test_a_poster_has_no_tickets(session: Session) -> None:
    builders.open_wave(session)
    with pytest.raises(NotSampled):
        mint(session, builders.collector(session, builders.counter(session)))


def test_tickets_are_minted_ahead_for_a_wave_that_was_opened(session: Session) -> None:
    code = fieldwork.collector(session, builders.counter(session), "sampled")
    with pytest.raises(NoOpenWave):
        mint(session, code)
    wave = builders.open_wave(session)
    before = NOW - dt.timedelta(days=20)
    assert mint(session, code, now=before).batch.wave_id == wave.id


def test_what_was_not_handed_out_is_called_back(session: Session, code: Collector) -> None:
    minted = mint(session, code, 10)
    spend(session, code, minted.tokens[3])
    with pytest.raises(HandedOut) as caught:
        tickets.call_back(session, minted.batch, handed_out=3)
    assert caught.value.number == 4
    with pytest.raises(WrongNumber):
        tickets.call_back(session, minted.batch, handed_out=11)
    assert tickets.call_back(session, minted.batch, handed_out=6) == 4
    assert minted.batch.size == 6
    tickets.check(session, minted.tokens[5], on=TODAY)
    with pytest.raises(UnknownTicket):
        tickets.check(session, minted.tokens[6], on=TODAY)
    whole = mint(session, code, 2)
    gone = whole.batch.id
    assert tickets.call_back(session, whole.batch, handed_out=0) == 2
    assert len(session.exec(select(TicketBatch)).all()) == 1
    assert mint(session, code, 2).batch.id == (gone or 0) + 1  # never the same number again


def test_counts_tell_issued_answered_and_expired_by_place(
    session: Session, code: Collector
) -> None:
    point = session.get_one(ServicePoint, code.point_id)
    early = mint(session, code, 4, expires_on=TODAY)
    late = mint(session, code, 6)
    for number, token in enumerate((early.tokens[1], late.tokens[0], late.tokens[4])):
        spend(session, code, token, number)
    wave_id = early.batch.wave_id
    on = TODAY + dt.timedelta(1)
    assert tickets.counts(session, [wave_id], on=TODAY) == {point.id: Returns(10, 3, 0)}
    assert tickets.counts(session, [wave_id], on=on) == {point.id: Returns(10, 3, 3)}
    assert tickets.counts(session, [wave_id], on=on, unit_ids=[0]) == {}
    known = tickets.standings(session, [wave_id])
    assert tickets.by_unit(known, on=LATER.date()) == {point.unit_id: Returns(10, 3, 7)}
    assert (Returns(10, 3).rate, Returns().rate) == (0.3, None)


def traces(session: Session, batch: TicketBatch) -> list[tuple[Any, ...]]:
    """All that the database has of a batch, hidden columns too, in the order in which it lies."""
    postgresql = session.get_bind().dialect.name == "postgresql"
    hidden = "ctid, xmin::text" if postgresql else "rowid, 0"
    rows = session.connection().execute(
        text(f"SELECT number, spent, {hidden} FROM ticket WHERE batch_id = :batch ORDER BY 3"),
        {"batch": batch.id},
    )
    # Which transaction it was matters less than whether it tells one row from another.
    found = [(row[0], bool(row[1]), row[3]) for row in rows]
    assert len({writer for *_, writer in found}) == 1
    return [(number, spent) for number, spent, _ in found]


def answer_in_order(
    session: Session, code: Collector, minted: Minted, order: Sequence[int], start: int
) -> None:
    """One committed answer after another, with the tickets of these numbers."""
    for place, number in enumerate(order):
        spend(session, code, minted.tokens[number - 1], start + place)
        session.commit()


def test_nothing_that_a_database_keeps_tells_in_which_order_tickets_were_spent(
    session: Session, code: Collector
) -> None:
    first, second = (mint(session, code, 12) for _ in range(2))
    session.commit()
    answer_in_order(session, code, first, [3, 7, 11, 1], 100)
    answer_in_order(session, code, second, [11, 1, 7, 3], 200)
    assert traces(session, first.batch) == traces(session, second.batch)
    assert [number for number, _ in traces(session, first.batch)] == list(range(1, 13))


def test_two_dumps_do_not_tell_which_answer_belongs_to_which_ticket(
    session: Session, code: Collector, engine: Engine
) -> None:
    minted = mint(session, code, 8)
    session.commit()
    before = dumps.contents(engine)
    answer_in_order(session, code, minted, [6, 2, 5], 1)
    after = dumps.contents(engine)
    hashes = {row[0] for row in after["ticket"]}
    changed = {table for table in after if after[table] != before[table]}
    assert changed == {"ticket", "response", "tally_change"}
    for table in ("response", "tally_change"):
        told = repr(after[table])
        assert not [one for one in (*hashes, *minted.tokens) if one in told]
    # The only columns of a ticket are its hash, its batch, its number and whether it is spent.
    assert {len(row) for row in after["ticket"]} == {4}
    spent = sorted(row[2] for row in after["ticket"] if row[3])
    assert spent == [2, 5, 6]
