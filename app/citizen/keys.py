"""The key of an opened form: it makes an answer count once, however often it is sent.

A key is 128 random bits and the moment of opening, signed for one collector; of a split form also
what it asks, so that the answer can only be for that and the server need not remember it. It
carries nothing about the person, and a form may stay open for days: what ends is the wave, not
the key.

    KeyRefused(ValueError)   no key, or one that this service did not make for this collector
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import NamedTuple

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner

from app.session import current_moment
from surveys.fieldwork import responses
from surveys.questionnaires.routing import WHOLE, Block

#: Stands between the random part and what is asked; the first has no such sign.
_MARK = "~"


class KeyRefused(ValueError):
    """A form came without a key of ours."""


class Opened(NamedTuple):
    """What a good key says."""

    #: The random part, which is recorded: whoever reads it there cannot sign another form.
    token: str
    #: What the form asks.
    block: Block


def issue(code: str, block: Block = WHOLE) -> str:
    """A fresh key for a form of this collector that asks this block."""
    asked = "" if block == WHOLE else f"{_MARK}{block.size}{_MARK}{block.number}"
    return _signer(code).sign(responses.new_key() + asked).decode()


def redeem(code: str, key: str) -> Opened:
    """What a key of this collector says; KeyRefused for any other."""
    try:
        said = _signer(code).unsign(key.encode(errors="replace")).decode()
    except BadSignature:
        raise KeyRefused from None
    token, *asked = said.split(_MARK)
    return Opened(token, Block(*map(int, asked)) if asked else WHOLE)


def opened(code: str, key: str) -> dt.datetime:
    """The moment at which the form of a key that was redeemed was opened."""
    return _signer(code).unsign(key.encode(), return_timestamp=True)[1]


class _Signer(TimestampSigner):
    """Signs with the moment of the request."""

    def get_timestamp(self) -> int:
        return int(current_moment().timestamp())


def _signer(code: str) -> _Signer:
    secret = current_app.config["SECRET_KEY"]
    return _Signer(secret, salt=f"citizen.key.{code}", digest_method=hashlib.sha256)
