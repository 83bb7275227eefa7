"""Tickets: slips good for one answer each, spent together with it and never linked to it.

TicketError(LookupError)     a token that opens no form
├── UnknownTicket            nothing was minted with it: misread, forged, or called back
├── SpentTicket              an answer was given with it
└── ExpiredTicket            its last day has passed, or its wave was closed

MintError(ValueError)        tickets that cannot be minted or called back
├── NotSampled               the collector is not one for tickets
├── WrongNumber              an interval or a number of tickets that cannot be
├── WrongExpiry              a last day outside the days in which answers will be taken
└── HandedOut                an answer was already given with a ticket that is called back

What keeps a ticket apart from its answer: its row has no time, no order and no response, and the
response has nothing of the token. That both are written in one transaction could still tell: a
database notes for itself by which transaction a row was written, and where it put the new version.
So spending one ticket writes all rows of its batch anew, in the order in which they lie; what is
left is which tickets of a batch are spent, and which answers came through its collector.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import and_, delete, exists, insert, or_, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from surveys.database import day_of
from surveys.fieldwork import responses, waves
from surveys.fieldwork.responses import Recorded, Submission
from surveys.fieldwork.waves import NoOpenWave
from surveys.places import codes, collectors
from surveys.tables import (
    Collector,
    ServicePoint,
    StoredInstrument,
    Ticket,
    TicketBatch,
    Wave,
    WaveInstrument,
)

#: 26 random characters, 130 bits, and the check character; capitals make a small QR code.
TOKEN_LENGTH = 27
#: Twenty sheets of slips: every answer writes its whole batch anew.
MOST = 480


class TicketError(LookupError):
    """A token that opens no form."""


class UnknownTicket(TicketError):
    """Nothing was minted with this token, or it was called back."""


class SpentTicket(TicketError):
    """An answer was given with this ticket; which one, nobody can tell."""


class ExpiredTicket(TicketError):
    """The last day of the ticket has passed, or its wave was closed."""

    def __init__(self, batch: TicketBatch) -> None:
        self.batch = batch
        super().__init__(f"{batch.expires_on}")


class MintError(ValueError):
    """Tickets that cannot be minted or called back."""


class NotSampled(MintError):
    """The collector stands for a poster or for staff: its answers are no sample."""


class WrongNumber(MintError):
    """An interval or a number of tickets that cannot be."""


class WrongExpiry(MintError):
    """The last day lies before today or after the wave's own."""

    def __init__(self, wave: Wave) -> None:
        self.wave = wave
        super().__init__(wave.code)


class HandedOut(MintError):
    """An answer was given with a ticket that is said not to have been handed out."""

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(str(number))


@dataclass(frozen=True, slots=True)
class Minted:
    """New tickets. Their tokens are told this once: only hashes are kept."""

    batch: TicketBatch
    #: In the order of the slips' numbers, the first is number 1.
    tokens: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Returns:
    """How tickets were met: the rate is the share of the issued ones that was answered."""

    issued: int = 0
    answered: int = 0
    #: Not answered, and no longer good.
    expired: int = 0

    @property
    def rate(self) -> float | None:
        """Answered by issued; None where none was issued."""
        return self.answered / self.issued if self.issued else None

    def __add__(self, other: Returns) -> Returns:
        """Both together."""
        return Returns(
            self.issued + other.issued,
            self.answered + other.answered,
            self.expired + other.expired,
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """A batch with its place, and how many of its tickets were answered."""

    batch: TicketBatch
    point: ServicePoint
    wave: Wave
    answered: int

    def returns(self, on: dt.date) -> Returns:
        """How its tickets were met up to a day."""
        over = _is_over(self.batch, self.wave, on)
        size = self.batch.size
        return Returns(size, self.answered, size - self.answered if over else 0)


def mint(
    session: Session,
    collector: Collector,
    *,
    every: int,
    size: int,
    expires_on: dt.date,
    by: str,
    now: dt.datetime,
    rng: random.Random = codes.UNGUESSABLE,
) -> Minted:
    """A batch of tickets, one for every k-th person served at the collector's point.

    They are for the wave that is open there, or the next one that was opened ahead of its first
    day: NoOpenWave where there is none. Raises MintError.
    """
    if collector.kind != "sampled":
        raise NotSampled(collector.code)
    if every < 1 or not 1 <= size <= MOST:
        raise WrongNumber(every, size)
    today = day_of(now)
    wave = wave_of(session, session.get_one(ServicePoint, collector.point_id), on=today)
    if not max(today, wave.opens_on) <= expires_on <= wave.closes_on:
        raise WrongExpiry(wave)
    batch = TicketBatch(
        wave_id=wave.id or 0, collector_id=collector.id or 0, every=every, size=size,
        minted_on=today, expires_on=expires_on, minted_by=by, minted_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    tokens = tuple(codes.draw(rng, TOKEN_LENGTH) for _ in range(size))
    rows = [
        {"token_hash": token_hash(token), "batch_id": batch.id, "number": number, "spent": False}
        for number, token in enumerate(tokens, 1)
    ]
    session.execute(insert(Ticket), rows)
    return Minted(batch, tokens)


def collector_of(session: Session, point: ServicePoint, *, today: dt.date) -> Collector:
    """The collector that the answers to a point's tickets come through, made where none is."""
    known = collectors.in_use(session, [point.id or 0], on=today).get(point.id or 0, [])
    sampled = next((one for one in known if one.kind == "sampled"), None)
    return sampled or collectors.issue(session, point, kind="sampled", today=today)


def call_back(session: Session, batch: TicketBatch, *, handed_out: int) -> int:
    """How many tickets of a batch were left over: those with higher numbers are good no longer.

    Only what was handed out counts as issued. Raises HandedOut where one of them was answered.
    """
    session.refresh(batch, with_for_update=True)
    if not 0 <= handed_out <= batch.size:
        raise WrongNumber(handed_out)
    left = (col(Ticket.batch_id) == batch.id, col(Ticket.number) > handed_out)
    spent = select(Ticket.number).where(*left, col(Ticket.spent))
    highest = session.exec(spent.order_by(col(Ticket.number).desc())).first()
    if highest is not None:
        raise HandedOut(highest)
    gone = batch.size - handed_out
    session.execute(delete(Ticket).where(*left))
    if handed_out:
        batch.size = handed_out
    else:
        session.delete(batch)
    session.flush()
    return gone


def are_all_of(session: Session, batch: TicketBatch, tokens: Sequence[str]) -> bool:
    """Whether these are the tokens of a batch, in the order of their numbers, and no others."""
    query = select(Ticket.token_hash).where(Ticket.batch_id == batch.id)
    kept = session.exec(query.order_by(col(Ticket.number))).all()
    return list(kept) == [token_hash(token) for token in tokens]


def batch_of(session: Session, token: str) -> TicketBatch:
    """The batch that a token was minted in, whatever became of it. Raises UnknownTicket."""
    return _batch(session, token)[0]


def check(session: Session, token: str, *, on: dt.date) -> None:
    """Nothing, if a ticket is good on a day; otherwise the TicketError that says why not."""
    batch, spent = _batch(session, token)
    if spent:
        raise SpentTicket
    if _is_over(batch, session.get_one(Wave, batch.wave_id), on):
        raise ExpiredTicket(batch)


def answer(session: Session, token: str, submission: Submission) -> Recorded:
    """The response of a submission, recorded while its ticket is spent: both or neither.

    The same submission again has the same receipt, also when the ticket has expired since.
    Raises TicketError, and what `responses.record` raises.
    """
    batch, _ = _batch(session, token, hold=True)
    earlier = responses.earlier(session, submission)
    if earlier is not None:
        return earlier
    with session.begin_nested():
        check(session, token, on=day_of(submission.now))
        _spend(session, token, batch)
        return responses.record(session, replace(submission, presence="ticket"))


def standings(
    session: Session,
    wave_ids: Collection[int],
    *,
    unit_ids: Collection[int] | None = None,
    stored: StoredInstrument | None = None,
) -> list[Standing]:
    """The batches for some waves, of all units or some, by point, the oldest first.

    Of all forms, or of those that ask one.
    """
    spent = (
        select(col(Ticket.batch_id), func.count().label("answered"))
        .where(col(Ticket.spent))
        .group_by(col(Ticket.batch_id))
        .subquery()
    )
    query = (
        select(TicketBatch, ServicePoint, Wave, func.coalesce(spent.c.answered, 0))
        .join(Collector, col(Collector.id) == TicketBatch.collector_id)
        .join(ServicePoint, col(ServicePoint.id) == Collector.point_id)
        .join(Wave, col(Wave.id) == TicketBatch.wave_id)
        .outerjoin(spent, spent.c.batch_id == TicketBatch.id)
        .where(col(TicketBatch.wave_id).in_(wave_ids))
        .order_by(col(ServicePoint.unit_id), ServicePoint.code, col(TicketBatch.id))
    )
    if unit_ids is not None:
        query = query.where(col(ServicePoint.unit_id).in_(unit_ids))
    if stored is not None:
        asked = (
            col(WaveInstrument.wave_id) == TicketBatch.wave_id,
            col(WaveInstrument.point_kind) == ServicePoint.kind,
            col(WaveInstrument.instrument_id) == stored.id,
        )
        query = query.join(WaveInstrument, and_(*asked))
    return [Standing(*row) for row in session.execute(query).all()]


def counts(
    session: Session,
    wave_ids: Collection[int],
    *,
    on: dt.date,
    unit_ids: Collection[int] | None = None,
) -> dict[int, Returns]:
    """How tickets for some waves were met up to a day, by number of the service point."""
    found: dict[int, Returns] = {}
    for one in standings(session, wave_ids, unit_ids=unit_ids):
        point = one.point.id or 0
        found[point] = found.get(point, Returns()) + one.returns(on)
    return found


def by_unit(found: Iterable[Standing], *, on: dt.date) -> Mapping[int, Returns]:
    """How tickets were met up to a day, by number of the unit."""
    units: dict[int, Returns] = {}
    for one in found:
        units[one.point.unit_id] = units.get(one.point.unit_id, Returns()) + one.returns(on)
    return units


def wave_of(session: Session, point: ServicePoint, *, on: dt.date) -> Wave:
    """The wave that is open at a point on a day, or the next opened one; NoOpenWave."""
    try:
        return waves.form_for(session, point, on=on).wave
    except NoOpenWave as pause:
        if pause.next is None:
            raise
        return pause.next


def write_anew(session: Session, batch: TicketBatch) -> None:
    """Writes all rows of a batch anew: nothing tells any more which of them was written when."""
    statement = update(Ticket).where(col(Ticket.batch_id) == batch.id)
    session.execute(
        statement.values(spent=Ticket.spent).execution_options(synchronize_session=False)
    )


def _is_over(batch: TicketBatch, wave: Wave, on: dt.date) -> bool:
    return on > batch.expires_on or wave.status != "open"


def token_hash(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _batch(session: Session, token: str, *, hold: bool = False) -> tuple[TicketBatch, bool]:
    """The batch of a token and whether it is spent; held, nobody else answers with it meanwhile."""
    typed = codes.normalise(token)
    if not codes.is_wellformed(typed, TOKEN_LENGTH):
        raise UnknownTicket
    query = select(TicketBatch, Ticket.spent).join(Ticket, col(Ticket.batch_id) == TicketBatch.id)
    query = query.where(Ticket.token_hash == token_hash(typed))
    if hold:
        query = query.with_for_update(of=TicketBatch)
    found = session.exec(query).one_or_none()
    if found is None:
        raise UnknownTicket
    return found


def _spend(session: Session, token: str, batch: TicketBatch) -> None:
    """Spends a ticket that is not spent, and writes its whole batch anew. Raises SpentTicket."""
    digest, fresh = token_hash(codes.normalise(token)), aliased(Ticket)
    unspent = exists().where(col(fresh.token_hash) == digest, col(fresh.spent).is_(False))
    statement = (
        update(Ticket)
        .where(col(Ticket.batch_id) == batch.id, unspent)
        .values(spent=or_(col(Ticket.spent), col(Ticket.token_hash) == digest))
        .execution_options(synchronize_session=False)
    )
    if not session.connection().execute(statement).rowcount:
        raise SpentTicket
