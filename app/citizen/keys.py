"""The key of an opened form: it makes an answer count once, however often it is sent.

A key is 128 random bits and the moment of opening, signed for one collector. It carries nothing
about the person, and a form may stay open for days: what ends is the wave, not the key.

    KeyRefused(ValueError)   no key, or one that this service did not make for this collector
"""

from __future__ import annotations

import hashlib

from flask import current_app
from itsdangerous import BadSignature, TimestampSigner

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


def kept(code: str, key: str) -> str:
    """The same key where it is good, so that a corrected form is still the same form; or a new."""
    try:
        redeem(code, key)
    except KeyRefused:
        return issue(code)
    return key


def _signer(code: str) -> TimestampSigner:
    secret = current_app.config["SECRET_KEY"]
    return TimestampSigner(secret, salt=f"citizen.key.{code}", digest_method=hashlib.sha256)
