"""The key of an opened form: it makes an answer count once, however often it is sent.

A key is 128 random bits and the moment of opening, signed for one collector and for the way in
which the form was opened; of a split form also what it asks, so that the answer can only be for
that and the server need not remember it. It carries nothing about the person, and a form may stay
open for days: what ends is the wave, not the key.

A form that a telephone or a tablet keeps is answered more than once. The device puts 128 random
bits of its own behind the key, "signed~own", a fresh one for each answer. What is recorded is a
hash of both, so that nobody can tell from the records which answers came from one device.

    KeyRefused(ValueError)   no key, or one that this service did not make for this collector
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner

from app.session import current_moment
from surveys.database import day_of
from surveys.fieldwork import responses
from surveys.questionnaires.routing import WHOLE, Block

#: How a form was opened: by a printed code; by one on a screen that changes; with a slip; on a
#: tablet.
Way = Literal["printed", "shown", "ticket", "kiosk"]
#: What is recorded of each way: mode and presence.
RECORDED: dict[Way, tuple[str, str]] = {
    "printed": ("self", "printed"),
    "shown": ("self", "shown"),
    "ticket": ("self", "ticket"),
    "kiosk": ("kiosk", "none"),
}
#: These are good for one answer: the next person scans, or has a slip, for themselves.
_ONCE = frozenset({"shown", "ticket"})
#: Stands between the random part and what is asked; whole forms have no such sign.
_MARK = "*"
_OWN = re.compile(r"[\w-]{22}", re.ASCII)


class KeyRefused(ValueError):
    """A form came without a key of ours."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What a key says of the form that carries it."""

    #: What is recorded: whoever reads it there cannot sign another form.
    key: str
    way: Way
    #: When it was signed.
    at: dt.datetime
    #: What the form asks.
    block: Block

    @property
    def on(self) -> dt.date:
        """The day in Viet Nam on which it was signed."""
        return day_of(self.at)

    @property
    def mode(self) -> str:
        """How the form was filled in, as a response has it."""
        return RECORDED[self.way][0]

    @property
    def presence(self) -> str:
        """Where its code was read, as a response has it."""
        return RECORDED[self.way][1]


def issue(code: str, way: Way = "printed", block: Block = WHOLE) -> str:
    """A fresh key for a form of this collector that asks this block."""
    asked = "" if block == WHOLE else f"{_MARK}{block.size}{_MARK}{block.number}"
    return _signer(code, way).sign(responses.new_key() + asked).decode()


def redeem(code: str, key: str) -> Opened:
    """What a key says; KeyRefused for one that is not ours, or not for this collector."""
    signed, _, own = key.partition("~")
    for way in RECORDED:
        try:
            said, moment = _signer(code, way).unsign(
                signed.encode(errors="replace"), return_timestamp=True
            )
        except BadSignature:
            continue
        random, *asked = said.decode().split(_MARK)
        block = Block(*map(int, asked)) if asked else WHOLE
        return Opened(_recorded(random, own, way), way, moment, block)
    raise KeyRefused


def _recorded(random: str, own: str, way: Way) -> str:
    if way in _ONCE or not own:
        return random
    if not _OWN.fullmatch(own):
        raise KeyRefused
    digest = hashlib.sha256((random + own).encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


class _Signer(TimestampSigner):
    """Signs at the moment of the request, which is the one that tests set."""

    def get_timestamp(self) -> int:
        return int(current_moment().timestamp())


def _signer(code: str, way: Way) -> _Signer:
    return _known_signer(current_app.config["SECRET_KEY"], code, way)


@lru_cache(maxsize=4096)
def _known_signer(secret: str, code: str, way: Way) -> _Signer:
    """Made once for a code: making it takes as long as signing with it."""
    salt = f"citizen.key.{code}" if way == "printed" else f"citizen.key.{way}.{code}"
    return _Signer(secret, salt=salt, digest_method=hashlib.sha256)
