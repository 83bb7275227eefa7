"""Tickets for programs: one for a finished dossier, drawn by chance, the same however often asked.

Nothing of the dossier is stored. Whether a request is drawn and which token it gets both follow
from a secret of the installation and the request's own name: who asks again is told the same, and
the token's hash, which every ticket has, is what makes it one. Whoever has the database alone can
test no dossier number against it.

DrawError(Exception)
└── OtherRequest   the same name was used for another place

A person who is told "not drawn" cannot be drawn by asking again, nor can the program choose whom
it asks: each has the chance of one in k, independently.
"""

from __future__ import annotations

import datetime as dt
import hmac
from dataclasses import dataclass

from sqlmodel import Session, col, select

from surveys.database import day_of
from surveys.fieldwork import tickets
from surveys.offices.api_keys import Caller
from surveys.places import codes
from surveys.tables import Collector, ServicePoint, Ticket, TicketBatch, Wave

_LETTERS = tickets.TOKEN_LENGTH - 1


class DrawError(Exception):
    """A request for a ticket that cannot be met."""


class OtherRequest(DrawError):
    """The same name was used before for another service point."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A ticket that was drawn."""

    token: str
    expires_on: dt.date
    #: Made by this very request, not by one before it.
    new: bool


def draw(
    session: Session,
    point: ServicePoint,
    *,
    caller: Caller,
    request: str,
    secret: bytes,
    now: dt.datetime,
) -> Drawn | None:
    """The ticket of a request; None where it is not drawn.

    Raises NoOpenWave and OtherRequest. Of two who ask at once the second finds the ticket of the
    first: the point is held, in a way that people who answer there need not wait for.
    """
    seed = hmac.digest(secret, f"ticket\0{caller.id}\0{request}".encode(), "sha256")
    if int.from_bytes(seed[:8]) % caller.every:
        return None
    token = _token(hmac.digest(secret, b"token\0" + seed, "sha256"))
    holding = select(ServicePoint).where(ServicePoint.id == point.id)
    session.exec(holding.with_for_update(key_share=True)).one()
    known = _known(session, token)
    if known is not None:
        return _again(session, token, known, point)
    collector = tickets.collector_of(session, point, today=day_of(now))
    wave = tickets.wave_of(session, point, on=day_of(now))
    batch = _batch_with_room(session, collector, wave, caller, now)
    fresh = Ticket(token_hash=tickets.token_hash(token), batch_id=batch.id or 0, number=batch.size)
    session.add(fresh)
    session.flush()
    tickets.write_anew(session, batch)
    return Drawn(token, batch.expires_on, new=True)


def _token(digest: bytes) -> str:
    """A token as slips have it: 130 of the digest's bits and the check character."""
    number = int.from_bytes(digest)
    body = "".join(codes.ALPHABET[number >> 5 * place & 31] for place in range(_LETTERS))
    return body + codes.check_character(body)


def _known(session: Session, token: str) -> TicketBatch | None:
    try:
        return tickets.batch_of(session, token)
    except tickets.UnknownTicket:
        return None


def _again(session: Session, token: str, batch: TicketBatch, point: ServicePoint) -> Drawn:
    if session.get_one(Collector, batch.collector_id).point_id != point.id:
        raise OtherRequest
    return Drawn(token, batch.expires_on, new=False)


def _batch_with_room(
    session: Session, collector: Collector, wave: Wave, caller: Caller, now: dt.datetime
) -> TicketBatch:
    """The program's batch with one ticket more, held; a new one where none has room.

    Tickets stay together by the hundred, because an answer writes the batch of its ticket anew:
    in a batch of one the two would stand side by side.
    """
    query = select(TicketBatch).where(
        TicketBatch.collector_id == collector.id, TicketBatch.wave_id == wave.id,
        TicketBatch.every == caller.every, TicketBatch.minted_by == caller.actor,
        TicketBatch.expires_on == wave.closes_on, TicketBatch.size < tickets.MOST,
    )  # fmt: skip
    newest = query.order_by(col(TicketBatch.id).desc()).limit(1).with_for_update()
    found = session.exec(newest.execution_options(populate_existing=True)).first()
    if found is not None:
        found.size += 1
        return found
    made = TicketBatch(
        wave_id=wave.id or 0, collector_id=collector.id or 0, every=caller.every, size=1,
        minted_on=day_of(now), expires_on=wave.closes_on, minted_by=caller.actor, minted_at=now,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made
