"""Six digits: as the standard says, good once, and required of who can change figures."""

from __future__ import annotations

import base64
import datetime as dt

import pyotp
import pytest

from surveys.offices import second_factor
from surveys.tables import Staff
from tests.builders import NOW

#: RFC 6238, appendix B: the secret "12345678901234567890", and the last six of its eight digits.
SECRET = base64.b32encode(b"12345678901234567890").decode()
STANDARD = [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")]


def account(role: str = "sector", secret: str | None = SECRET, *, demo: bool = False) -> Staff:
    return Staff(
        username="an", name="An", password_hash="x", role=role, totp_secret=secret, totp_step=0,
        demo=demo,
    )  # fmt: skip


def digits(now: dt.datetime, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(now)


@pytest.mark.parametrize(("seconds", "shown"), STANDARD)
def test_digits_are_those_of_the_standard(seconds: int, shown: str) -> None:
    now = dt.datetime.fromtimestamp(seconds, dt.UTC)
    assert second_factor.opens(account(), f" {shown[:3]} {shown[3:]} ", now=now)
    assert not second_factor.opens(account(), shown[::-1], now=now)


@pytest.mark.parametrize(("seconds", "good"), [(-65, False), (-30, True), (30, True), (65, False)])
def test_clocks_may_differ_by_half_a_minute(seconds: int, good: bool) -> None:
    shown = digits(NOW + dt.timedelta(seconds=seconds))
    assert second_factor.opens(account(), shown, now=NOW) is good


def test_digits_are_good_once() -> None:
    own = account()
    assert second_factor.opens(own, digits(NOW), now=NOW)
    assert not second_factor.opens(own, digits(NOW), now=NOW)
    later = NOW + dt.timedelta(seconds=30)
    assert second_factor.opens(own, digits(later), now=later)


@pytest.mark.parametrize("typed", ["", "000000000", "đ", "１２３４５６", "\x00"])
def test_other_texts_open_nothing(typed: str) -> None:
    assert not second_factor.opens(account(), typed, now=NOW)


def test_nothing_opens_what_is_not_set_up() -> None:
    assert not second_factor.opens(account(secret=None), digits(NOW), now=NOW)


def test_setting_up_needs_the_digits() -> None:
    own, secret = account(secret=None), second_factor.new_secret()
    assert not second_factor.set_up(own, secret, "000000", now=NOW)
    assert own.totp_secret is None
    assert second_factor.set_up(own, secret, digits(NOW, secret), now=NOW)
    assert own.totp_secret == secret
    second_factor.remove(own)
    assert (own.totp_secret, own.totp_step) == (None, 0)


@pytest.mark.parametrize(
    ("role", "missing"),
    [("administrator", True), ("central", True), ("sector", False), ("auditor", False)],
)
def test_who_can_change_figures_must_have_digits(role: str, missing: bool) -> None:
    assert second_factor.is_missing(account(role, None)) is missing
    assert not second_factor.is_missing(account(role))
    assert not second_factor.is_missing(account(role, None, demo=True))


def test_the_code_to_scan_names_service_and_account() -> None:
    found = pyotp.parse_uri(second_factor.address(SECRET, "an"))
    assert (found.issuer, found.name, found.secret) == ("Hài lòng", "an", SECRET)
