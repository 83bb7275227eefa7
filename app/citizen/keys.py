"""The key of an opened form: it makes an answer count once, however often it is sent.

A key is 128 random bits and the moment of opening, signed for one collector. It carries nothing
about the person, and a form may stay open for days: what ends is the wave, not the key.

    KeyRefused(ValueError)   no key, or one that this service did not make for this collector
"""

from __future__ import annotations

import datetime as dt
import hashlib

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner

from app.session import current_moment
from surveys.fieldwork import responses


class KeyRefused(ValueError):
    """A form came without a key of ours."""


def issue(code: str) -> str:
    """A fresh key for a form of this collector."""
    return _signer(code).sign(responses.new_key()).decode()


def redeem(code: str, key: str) -> str:
    """The random part, which is recorded: whoever reads it there cannot sign another form."""
    try:
        return _signer(code).unsign(key.encode(errors="replace")).decode()
    except BadSignature:
        raise KeyRefused from None


def opened(code: str, key: str) -> dt.datetime:
    """The moment at which the form of a key that was redeemed was opened."""
    return _signer(code).unsign(key.encode(), return_timestamp=True)[1]


def kept(code: str, key: str) -> str:
    """The same key where it is good, so that a corrected form is still the same form; or a new."""
    try:
        redeem(code, key)
    except KeyRefused:
        return issue(code)
    return key


class _Signer(TimestampSigner):
    """Signs with the moment of the request."""

    def get_timestamp(self) -> int:
        return int(current_moment().timestamp())


def _signer(code: str) -> _Signer:
    secret = current_app.config["SECRET_KEY"]
    return _Signer(secret, salt=f"citizen.key.{code}", digest_method=hashlib.sha256)
