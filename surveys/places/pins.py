"""PINs of devices on a counter: eight digits that staff type, kept as a salted slow hash.

The hash is PBKDF2, which browsers know as well as Python: a tablet checks the PIN without a
network. It keeps out people at the counter, not somebody who takes the tablet home; for those
there is a new PIN, with which no other device stays open.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from sqlmodel import Session

from surveys.tables import Collector

DIGITS = 8
#: OWASP's number for PBKDF2 with SHA-256.
ROUNDS = 600_000


@dataclass(frozen=True, slots=True)
class Hash:
    """A PIN as it is kept: "600000:salt:hash", the last two in hexadecimal."""

    rounds: int
    salt: str
    digest: str

    def __str__(self) -> str:
        """The text of the column."""
        return f"{self.rounds}:{self.salt}:{self.digest}"

    def fits(self, typed: str) -> bool:
        """Whether this is the PIN as somebody typed it, with or without spaces."""
        found = _digest(re.sub(r"\D", "", typed[:40]), bytes.fromhex(self.salt), self.rounds)
        return hmac.compare_digest(found, self.digest)


def renew(session: Session, collector: Collector, *, rounds: int = ROUNDS) -> str:
    """A new PIN of a collector, told only now; the one before opens nothing any more."""
    pin = "".join(secrets.choice("0123456789") for _ in range(DIGITS))
    salt = secrets.token_bytes(16)
    collector.kiosk_pin = str(Hash(rounds, salt.hex(), _digest(pin, salt, rounds)))
    session.add(collector)
    session.flush()
    return pin


def of(collector: Collector) -> Hash | None:
    """The kept PIN of a collector; None where it never got one."""
    if not collector.kiosk_pin:
        return None
    rounds, salt, digest = collector.kiosk_pin.split(":")
    return Hash(int(rounds), salt, digest)


def spaced(pin: str) -> str:
    """A PIN in two groups, to be read aloud."""
    return f"{pin[:4]} {pin[4:]}"


def _digest(pin: str, salt: bytes, rounds: int) -> str:
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), salt, rounds).hex()
