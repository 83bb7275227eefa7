"""The audit trail: a list of actions that nobody can change without its being seen.

Every entry carries the SHA-256 of the one before, so that a changed, missing or added entry breaks
the chain at its place. Whoever can rewrite the whole database can rewrite the whole chain, too:
therefore releases name its newest checksum, which is public from then on (`seal`).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from surveys.tables import TrailEnd, TrailEntry

#: What stands before the first entry.
NOTHING = "0" * 64
#: Rows read at a time.
_BATCH = 1000


@dataclass(frozen=True, slots=True)
class Seal:
    """How many entries there are, and the checksum that binds them all."""

    number: int
    sha256: str


class TrailBroken(Exception):
    """The trail was altered: the number of the first entry that is not as it was written.

    `kind`: "changed" (its content), "cut" (it, or all after it, is missing), "joined" (it does
    not follow the one before), or "sealed" (a seal given from outside does not fit).
    """

    def __init__(self, number: int, kind: str) -> None:
        self.number, self.kind = number, kind
        super().__init__(f"entry {number}: {kind}")


def append(
    session: Session,
    *,
    actor: str,
    action: str,
    detail: Mapping[str, object],
    now: dt.datetime,
) -> TrailEntry:
    """A new last entry, in the transaction of what it tells of: both are kept, or neither."""
    end = session.exec(
        select(TrailEnd).with_for_update().execution_options(populate_existing=True)
    ).one()
    entry = TrailEntry(
        number=end.number + 1, at=now, actor=actor, action=action,
        detail=json.dumps(detail, ensure_ascii=False, sort_keys=True, default=str),
        before=end.sha256, sha256="",
    )  # fmt: skip
    entry.sha256 = checksum(entry)
    end.number, end.sha256 = entry.number, entry.sha256
    session.add(entry)
    session.flush()
    return entry


def checksum(entry: TrailEntry) -> str:
    """The SHA-256 of an entry and, through `before`, of all before it."""
    moment = entry.at.astimezone(dt.UTC).isoformat()
    sealed = [entry.before, entry.number, moment, entry.actor, entry.action, entry.detail]
    text = json.dumps(sealed, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def seal(session: Session) -> Seal:
    """The newest entry's number and checksum: written down elsewhere, it binds all before it."""
    end = session.exec(select(TrailEnd)).one()
    return Seal(end.number, end.sha256)


def verify(session: Session, *, seals: Sequence[Seal] = ()) -> Seal:
    """The newest seal, if every entry is as it was written; else TrailBroken with the first.

    `seals` are those written down elsewhere: entries that were all made anew do not fit them.
    """
    known = {given.number: given.sha256 for given in seals}
    number, before = 0, NOTHING
    query = select(TrailEntry).order_by(col(TrailEntry.number))
    # Closed at once where the chain is broken: on PostgreSQL the rest waits on the server.
    with session.exec(query.execution_options(yield_per=_BATCH)) as found:
        for entry in found:
            number += 1
            _check(entry, number, before)
            before = entry.sha256
            if known.pop(number, before) != before:
                raise TrailBroken(number, "sealed")
    end = seal(session)
    if (end.number, end.sha256) != (number, before):
        raise TrailBroken(min(end.number, number) + 1, "cut")
    if known:
        raise TrailBroken(number + 1, "cut")
    return end


def entries(
    session: Session, *, actor: str = "", action: str = "", before: int | None = None, most: int
) -> list[TrailEntry]:
    """At most so many entries, the newest first: of an actor or action, older than a number."""
    query = select(TrailEntry).order_by(col(TrailEntry.number).desc()).limit(most)
    if actor:
        query = query.where(TrailEntry.actor == actor)
    if action:
        query = query.where(TrailEntry.action == action)
    if before is not None:
        query = query.where(TrailEntry.number < before)
    return list(session.exec(query))


def actors(session: Session) -> list[str]:
    """Everybody who did anything, by name."""
    return sorted(session.exec(select(TrailEntry.actor).distinct()))


def _check(entry: TrailEntry, number: int, before: str) -> None:
    if entry.number != number:
        raise TrailBroken(number, "cut")
    if checksum(entry) != entry.sha256:
        raise TrailBroken(number, "changed")
    if entry.before != before:
        raise TrailBroken(number, "joined")
