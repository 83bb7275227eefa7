"""PINs of devices: told once, kept slow to guess, and renewed."""

from __future__ import annotations

import hashlib

import pytest
from sqlmodel import Session

from surveys.places import pins
from surveys.places.pins import Hash
from tests import builders


def test_a_pin_fits_however_it_is_typed_and_no_other_does(session: Session) -> None:
    code = builders.collector(session, builders.counter(session))
    assert pins.of(code) is None
    pin = pins.renew(session, code)
    session.commit()
    session.refresh(code)
    kept = pins.of(code)
    assert kept is not None
    assert kept.rounds == pins.ROUNDS
    assert kept.fits(pin)
    assert kept.fits(f" {pins.spaced(pin)} ")
    assert not kept.fits(pin[:-1])
    assert not kept.fits("")
    assert pin not in code.kiosk_pin


def test_a_new_pin_is_another_with_another_salt(session: Session) -> None:
    code = builders.collector(session, builders.counter(session))
    made = [(pins.renew(session, code, rounds=1), code.kiosk_pin) for _ in range(20)]
    assert len({pin for pin, _ in made}) == 20
    assert len({kept.split(":")[1] for _, kept in made}) == 20
    assert {len(pin) for pin, _ in made} == {pins.DIGITS}


@pytest.mark.parametrize("typed", ["12345678", "1234 5678", "12-34-56-78"])
def test_the_hash_is_the_one_that_browsers_compute(typed: str) -> None:
    digest = hashlib.pbkdf2_hmac("sha256", b"12345678", b"\x01\x02", 10).hex()
    assert Hash(10, "0102", digest).fits(typed)
    assert str(Hash(10, "0102", digest)) == f"10:0102:{digest}"
