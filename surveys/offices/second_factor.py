"""The second factor: six digits that a program on the owner's phone shows (TOTP, RFC 6238)."""

from __future__ import annotations

import datetime as dt
import hmac

import pyotp

from surveys.tables import Staff

#: Accounts that can change figures or accounts sign in with digits, too.
REQUIRED = frozenset({"administrator", "central"})
_ISSUER = "Hài lòng"
#: Clocks may differ by so many half minutes.
_DRIFT = 1


def is_missing(staff: Staff) -> bool:
    """Whether an account must set up its digits before it does anything else."""
    return staff.role in REQUIRED and staff.totp_secret is None and not staff.demo


def new_secret() -> str:
    """A secret of 160 random bits, in base 32 as programs take it."""
    return pyotp.random_base32()


def address(secret: str, username: str) -> str:
    """What the QR code of a secret says."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def set_up(staff: Staff, secret: str, digits: str, *, now: dt.datetime) -> bool:
    """Whether the digits are those of the secret, which is then the account's."""
    step = _step(secret, digits, after=0, now=now)
    if step is None:
        return False
    staff.totp_secret, staff.totp_step = secret, step
    return True


def opens(staff: Staff, digits: str, *, now: dt.datetime) -> bool:
    """Whether the digits are good now; the same are not good again."""
    if staff.totp_secret is None:
        return False
    step = _step(staff.totp_secret, digits, after=staff.totp_step, now=now)
    if step is None:
        return False
    staff.totp_step = step
    return True


def remove(staff: Staff) -> None:
    """Takes the second factor away, for an owner who lost the phone."""
    staff.totp_secret, staff.totp_step = None, 0


def _step(secret: str, digits: str, *, after: int, now: dt.datetime) -> int | None:
    """The half minute of which these are the digits, later than one; None where they are wrong."""
    typed = "".join(digits.split()).encode(errors="replace")
    code = pyotp.TOTP(secret)
    present = code.timecode(now)
    for step in range(present - _DRIFT, present + _DRIFT + 1):
        if step > after and hmac.compare_digest(code.generate_otp(step).encode(), typed):
            return step
    return None
