"""Failures to sign in are counted; the owner's device is not shut out by a stranger's."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveys import database
from surveys.offices import attempts
from surveys.offices.attempts import TooManyAttempts
from surveys.tables import SignInFailure
from tests.builders import NOW

MINUTE = dt.timedelta(minutes=1)


def fail(session: Session, times: int, device: str | None = None, name: str = "an") -> None:
    for _ in range(times):
        attempts.failed(session, name, device, now=NOW)


def test_the_tenth_failure_ends_the_attempts_for_a_while(session: Session) -> None:
    fail(session, 9)
    attempts.check(session, "an", None, now=NOW)
    fail(session, 1)
    with pytest.raises(TooManyAttempts) as caught:
        attempts.check(session, "an", None, now=NOW + 14 * MINUTE)
    assert caught.value.until == NOW + 15 * MINUTE
    attempts.check(session, "an", None, now=NOW + 15 * MINUTE)


def test_a_stranger_does_not_shut_out_the_owner(session: Session) -> None:
    fail(session, 50)
    attempts.check(session, "an", "máy của an", now=NOW)
    attempts.check(session, "binh", None, now=NOW)


def test_a_known_device_is_counted_too(session: Session) -> None:
    fail(session, 10, "máy của an")
    with pytest.raises(TooManyAttempts):
        attempts.check(session, "an", "máy của an", now=NOW)
    attempts.check(session, "an", None, now=NOW)


def test_getting_in_forgets_the_failures(session: Session) -> None:
    fail(session, 9)
    attempts.succeeded(session, "an", None)
    fail(session, 9)
    attempts.check(session, "an", None, now=NOW)


def test_old_failures_are_forgotten_and_no_name_is_kept(session: Session) -> None:
    fail(session, 3)
    attempts.failed(session, "binh", None, now=NOW + 16 * MINUTE)
    (kept,) = session.exec(select(SignInFailure)).all()
    assert (kept.failures, len(kept.subject)) == (1, 64)


def test_failures_at_the_same_moment_are_all_counted(engine: Engine) -> None:
    def work() -> None:
        with database.writing(engine) as session:
            fail(session, 1)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        assert session.exec(select(SignInFailure.failures)).one() == 8
