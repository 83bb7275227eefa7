"""Accounts of offices: passwords, signed-in browsers, and what each account may see.

StaffError(Exception)
├── WrongCredentials   unknown name, wrong password or disabled account: never said which
├── UsernameTaken      another account has the name
├── PasswordTooWeak    shorter than `MIN_PASSWORD` or longer than `MAX_PASSWORD`
└── WrongScope         a role without the sector or unit it is about, or with one it is not about
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import unicodedata
from typing import Literal, get_args

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError
from sqlalchemy import delete
from sqlmodel import Session, col, select

from surveys.constraints import enforced
from surveys.places import units
from surveys.tables import Staff, StaffSession, Unit

Role = Literal["administrator", "central", "sector", "unit", "entry", "auditor"]
ROLES: tuple[Role, ...] = get_args(Role)
MIN_PASSWORD, MAX_PASSWORD = 10, 256
SIGNED_IN_FOR = dt.timedelta(hours=12)
#: OWASP's parameters for argon2id: 19 MiB, two passes, one lane.
HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1, type=Type.ID)
#: A hash that no password has: checking it takes the same time as checking a real one.
NOBODYS_HASH = (
    f"$argon2id$v=19$m={HASHER.memory_cost},t={HASHER.time_cost},p={HASHER.parallelism}"
    f"${'A' * 22}${'A' * 43}"
)


class StaffError(Exception):
    """An account or a sign-in that cannot be."""


class WrongCredentials(StaffError):
    """Name and password do not open an account; it is never said which of them is wrong."""


class UsernameTaken(StaffError):
    """Another account has the name."""

    def __init__(self, username: str) -> None:
        self.username = username
        super().__init__(username)


class PasswordTooWeak(StaffError):
    """The password is shorter than `MIN_PASSWORD` or longer than `MAX_PASSWORD` characters."""


class WrongScope(StaffError):
    """A role without the sector or unit it is about, or with one it is not about."""

    def __init__(self, role: str) -> None:
        self.role = role
        super().__init__(role)


def add(
    session: Session,
    *,
    username: str,
    name: str,
    role: Role,
    password: str | None = None,
    sector: str | None = None,
    unit_id: int | None = None,
    demo: bool = False,
) -> Staff:
    """A new account; without a password it opens nothing until its owner is invited."""
    staff = Staff(
        username=folded(username), name=name, role=role, sector=sector, unit_id=unit_id, demo=demo,
        password_hash=NOBODYS_HASH if password is None else _hash(password),
    )  # fmt: skip
    errors = {
        "uq_staff_username": UsernameTaken(staff.username),
        "ck_staff_role": WrongScope(role),
        "ck_staff_sector_scope": WrongScope(role),
        "ck_staff_unit_scope": WrongScope(role),
    }
    with enforced(session, errors):
        session.add(staff)
    return staff


def find(session: Session, username: str) -> Staff | None:
    """The account with a name, if there is one."""
    return session.exec(select(Staff).where(Staff.username == folded(username))).one_or_none()


def everyone(session: Session) -> list[tuple[Staff, str | None]]:
    """All accounts by name, each with the code of the unit it is about, if it is about one."""
    query = select(Staff, Unit.code).join(Unit, col(Unit.id) == Staff.unit_id, isouter=True)
    return [(account, code) for account, code in session.exec(query.order_by(Staff.username))]


def set_password(session: Session, staff: Staff, password: str) -> None:
    """Gives an account another password and signs it out everywhere."""
    staff.password_hash = _hash(password)
    end_sessions(session, staff)


def close_password(session: Session, staff: Staff) -> None:
    """Leaves an account without a password and signs it out everywhere."""
    staff.password_hash = NOBODYS_HASH
    end_sessions(session, staff)


def has_password(staff: Staff) -> bool:
    """Whether a password opens the account at all."""
    return staff.password_hash != NOBODYS_HASH


def disable(session: Session, staff: Staff, *, now: dt.datetime) -> None:
    """Closes an account and signs it out everywhere; what it did keeps its name."""
    staff.disabled_at = now
    end_sessions(session, staff)


def identify(session: Session, username: str, password: str) -> Staff:
    """The account of a name and password; WrongCredentials in the same time for any reason."""
    staff = find(session, username)
    matches = _matches(staff.password_hash if staff else NOBODYS_HASH, password)
    if staff is None or not matches or staff.disabled_at is not None:
        raise WrongCredentials
    if HASHER.check_needs_rehash(staff.password_hash):
        staff.password_hash = HASHER.hash(_composed(password))
    return staff


def start(session: Session, staff: Staff, *, now: dt.datetime, vouched: bool = False) -> str:
    """The token of a new signed-in browser; `vouched` where a provider saw a second factor."""
    token = secrets.token_urlsafe(32)
    session.exec(delete(StaffSession).where(col(StaffSession.ends_at) <= now))
    session.add(
        StaffSession(
            token_hash=token_hash_of(token), staff_id=staff.id or 0,
            started_at=now, ends_at=now + SIGNED_IN_FOR, vouched=vouched,
        )
    )  # fmt: skip
    session.flush()
    return token


def account_of(session: Session, token: str, *, now: dt.datetime) -> Staff | None:
    """The account that a token signs in at this moment, if it does."""
    query = (
        select(Staff)
        .join(StaffSession, col(StaffSession.staff_id) == Staff.id)
        .where(StaffSession.token_hash == token_hash_of(token), StaffSession.ends_at > now)
        .where(col(Staff.disabled_at).is_(None))
    )
    return session.exec(query).one_or_none()


def sessions_of(session: Session, staff: Staff, *, now: dt.datetime) -> list[StaffSession]:
    """The signed-in browsers of an account, the newest first."""
    query = select(StaffSession).where(
        StaffSession.staff_id == staff.id, StaffSession.ends_at > now
    )
    return list(session.exec(query.order_by(col(StaffSession.started_at).desc())))


def end_session(session: Session, staff: Staff, token_hash: str) -> None:
    """Ends one signed-in browser of an account; nothing happens where it is another's."""
    of_account = col(StaffSession.staff_id) == staff.id
    session.exec(delete(StaffSession).where(of_account, col(StaffSession.token_hash) == token_hash))


def end_sessions(session: Session, staff: Staff) -> None:
    """Ends all signed-in browsers of an account."""
    session.add(staff)
    session.exec(delete(StaffSession).where(col(StaffSession.staff_id) == staff.id))
    session.flush()


def opens(staff: Staff, password: str) -> bool:
    """Whether a password opens an account now."""
    return staff.disabled_at is None and _matches(staff.password_hash, password)


def sign_out(session: Session, token: str) -> None:
    """Ends a signed-in browser; nothing happens where the token is unknown."""
    session.exec(delete(StaffSession).where(col(StaffSession.token_hash) == token_hash_of(token)))


def sees_everything(staff: Staff) -> bool:
    """Whether an account sees the figures of all sectors."""
    return staff.role in {"central", "auditor"}


def may_see_sector(staff: Staff, sector: str) -> bool:
    """Whether an account may see the figures of a whole sector."""
    return sees_everything(staff) or (staff.role == "sector" and staff.sector == sector)


def may_see_unit(session: Session, staff: Staff, unit: Unit, *, on: dt.date) -> bool:
    """Whether an account may see the figures of a unit on a day.

    A unit's account sees its unit and those below it, a sector's account the units of its sector.
    """
    if staff.unit_id is not None:
        below = units.below(session, staff.unit_id, on=on)
        return unit.id == staff.unit_id or unit.id in {one.id for one in below}
    if staff.role == "sector":
        return unit.sector == staff.sector
    return sees_everything(staff)


def folded(username: str) -> str:
    """The user name as it is kept: whoever types it otherwise means the same account."""
    # PostgreSQL takes no NUL, and whoever types one into the form shall get an ordinary refusal.
    return unicodedata.normalize("NFC", username).replace("\0", "").strip().casefold()


def _composed(password: str) -> str:
    # Keyboards differ in how they compose Vietnamese letters: the same word must stay the same.
    return unicodedata.normalize("NFC", password)


def _hash(password: str) -> str:
    if not MIN_PASSWORD <= len(_composed(password)) <= MAX_PASSWORD:
        raise PasswordTooWeak
    return HASHER.hash(_composed(password))


def _matches(password_hash: str, password: str) -> bool:
    try:
        return HASHER.verify(password_hash, _composed(password))
    except VerifyMismatchError:
        return False


def token_hash_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()
