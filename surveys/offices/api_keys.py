"""Keys of programs: who may ask for what, about which places, and until when.

ApiKeyError(ValueError)
├── NameTaken      another key has the name
└── WrongReach     no scope, an unknown one, a sector and a unit at once, or days that cannot be

A key is told once, when it is made; only its SHA-256 is kept. It is long and random, so that a
hash that is quickly computed guards it as well as a slow one would.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import update
from sqlmodel import Session, col, select

from surveys.constraints import enforced
from surveys.database import day_of
from surveys.places import units
from surveys.tables import ApiKey, Unit

KeyScope = Literal["tickets", "frame", "live"]
SCOPES: tuple[KeyScope, ...] = get_args(KeyScope)
#: A key that is never renewed is one day in wrong hands.
LONGEST = dt.timedelta(days=2 * 366)
MOST_EVERY = 9999
#: Bytes of the secret part: 192 bits.
_SECRET = 24


class ApiKeyError(ValueError):
    """A key that cannot be."""


class NameTaken(ApiKeyError):
    """Another key has the name, be it one that is good no longer."""


class WrongReach(ApiKeyError):
    """No scope or an unknown one, a sector and a unit at once, or an end that cannot be."""


@dataclass(frozen=True, slots=True)
class Caller:
    """A program that showed a good key."""

    id: int
    name: str
    scopes: frozenset[str]
    sector: str | None
    unit_id: int | None
    every: int

    @property
    def actor(self) -> str:
        """Its name in the audit trail and on what it made; no account is called so."""
        return f"API: {self.name}"

    def sees_sector(self, sector: str) -> bool:
        """Whether it is about a whole sector."""
        return self.unit_id is None and self.sector in {None, sector}


def make(
    session: Session,
    *,
    name: str,
    scopes: Collection[str],
    sector: str | None = None,
    unit_id: int | None = None,
    every: int = 1,
    expires_on: dt.date,
    by: str,
    now: dt.datetime,
) -> tuple[ApiKey, str]:
    """The new key and its text, which is told this once."""
    today = day_of(now)
    good = bool(scopes) and set(scopes) <= set(SCOPES) and not (sector and unit_id)
    if not good or not today <= expires_on <= today + LONGEST or not 1 <= every <= MOST_EVERY:
        raise WrongReach(name)
    prefix = f"hl_{secrets.token_hex(4)}"
    text = f"{prefix}_{secrets.token_urlsafe(_SECRET)}"
    made = ApiKey(
        name=name, prefix=prefix, secret_hash=_hash(text), sector=sector, unit_id=unit_id,
        scopes=" ".join(scope for scope in SCOPES if scope in scopes),
        every=every, made_by=by, made_at=now, expires_on=expires_on,
    )  # fmt: skip
    with enforced(session, {"uq_api_key_name": NameTaken(name)}):
        session.add(made)
    return made, text


def find(session: Session, name: str) -> ApiKey | None:
    """The key with a name, if there is one."""
    return session.exec(select(ApiKey).where(ApiKey.name == name)).one_or_none()


def everyone(session: Session) -> list[tuple[ApiKey, str | None]]:
    """All keys by name, each with the code of the unit it is about, if it is about one."""
    query = select(ApiKey, Unit.code).join(Unit, col(Unit.id) == ApiKey.unit_id, isouter=True)
    return [(key, code) for key, code in session.exec(query.order_by(ApiKey.name))]


def revoke(session: Session, key: ApiKey, *, now: dt.datetime) -> None:
    """Ends a key at once; one that was ended before keeps its moment."""
    key.revoked_at = key.revoked_at or now
    session.flush()


def good(key: ApiKey, *, on: dt.date) -> bool:
    """Whether a key opens anything on a day."""
    return key.revoked_at is None and on <= key.expires_on


def identify(session: Session, text: str, *, on: dt.date) -> tuple[Caller, bool] | None:
    """Whose key this is, and whether it was used today; None for one that opens nothing."""
    query = select(ApiKey).where(ApiKey.secret_hash == _hash(text))
    key = session.exec(query).one_or_none()
    if key is None or not good(key, on=on):
        return None
    scopes = frozenset(key.scopes.split())
    caller = Caller(key.id or 0, key.name, scopes, key.sector, key.unit_id, key.every)
    return caller, key.used_on == on


def note_use(session: Session, caller: Caller, *, on: dt.date) -> None:
    """Keeps the day as that of the key's last use."""
    session.execute(update(ApiKey).where(col(ApiKey.id) == caller.id).values(used_on=on))


def units_of(session: Session, caller: Caller, *, on: dt.date) -> dict[str, Unit]:
    """The units that a program may speak of on a day, by code."""
    if caller.unit_id is not None:
        found = units.below(session, caller.unit_id, on=on)
    elif caller.sector is not None:
        found = units.of_sector(session, caller.sector, on=on)
    else:
        found = units.existing(session, on=on)
    return {unit.code: unit for unit in found}


def unit_of(session: Session, caller: Caller, code: str, *, on: dt.date) -> Unit | None:
    """The unit with a code on a day; None where there is none, or it is none of the program's."""
    found = units.find(session, code, on=on)
    if found is None:
        return None
    if caller.unit_id is not None:
        own = units.below(session, caller.unit_id, on=on)
        return found if found.id in {unit.id for unit in own} else None
    return found if caller.sector in {None, found.sector} else None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
