"""Identities: sealed, tied to one account, and opening it; on both databases."""

from __future__ import annotations

import datetime as dt
from functools import partial

import pytest
from sqlmodel import Session, select

from surveys.offices import attempts, identities, invitations, signing_in, staff
from surveys.offices.attempts import TooManyAttempts
from surveys.offices.identities import AccountClosed, IdentityTaken, UnknownIdentity
from surveys.offices.invitations import InvitationGone
from surveys.offices.staff import WrongCredentials
from surveys.tables import Staff, StaffIdentity
from tests.builders import NOW

PASSWORD = "mật khẩu dài"
ISSUER, SUBJECT = "https://id.example", "001099012345"
SEALED = identities.seal(b"key", ISSUER, SUBJECT)


@pytest.fixture
def an(session: Session) -> Staff:
    """An account with a password."""
    return staff.add(session, username="an", name="An", password=PASSWORD, role="auditor")


@pytest.fixture
def binh(session: Session) -> Staff:
    """Another."""
    return staff.add(session, username="binh", name="Bình", password=PASSWORD, role="auditor")


def test_an_identity_opens_its_account_until_it_is_taken_away(session: Session, an: Staff) -> None:
    identities.tie(session, an, SEALED, now=NOW)
    assert signing_in.recognise(session, SEALED, now=NOW) is an
    identities.untie(session, an)
    assert identities.of(session, an) is None
    with pytest.raises(UnknownIdentity):
        signing_in.recognise(session, SEALED, now=NOW)


@pytest.mark.parametrize(
    "other",
    [
        identities.seal(b"key", ISSUER, "001099012346"),
        identities.seal(b"key", "https://id2.example", SUBJECT),
        identities.seal(b"other key", ISSUER, SUBJECT),
    ],
)
def test_another_issuer_subject_or_key_is_somebody_else(
    session: Session, an: Staff, other: str
) -> None:
    identities.tie(session, an, SEALED, now=NOW)
    with pytest.raises(UnknownIdentity):
        identities.identify(session, other)


def test_the_database_holds_nothing_of_the_subject(session: Session, an: Staff) -> None:
    identities.tie(session, an, SEALED, now=NOW)
    stored = session.exec(select(StaffIdentity)).one()
    assert len(stored.sealed) == 64
    assert SUBJECT not in stored.sealed


def test_an_identity_belongs_to_one_account(session: Session, an: Staff, binh: Staff) -> None:
    identities.tie(session, an, SEALED, now=NOW)
    with pytest.raises(IdentityTaken):
        identities.tie(session, binh, SEALED, now=NOW)
    assert identities.identify(session, SEALED) is an


def test_an_account_has_one_identity(session: Session, an: Staff) -> None:
    identities.tie(session, an, SEALED, now=NOW)
    identities.tie(session, an, identities.seal(b"key", ISSUER, "new"), now=NOW)
    with pytest.raises(UnknownIdentity):
        identities.identify(session, SEALED)


def test_a_closed_account_says_so(session: Session, an: Staff) -> None:
    identities.tie(session, an, SEALED, now=NOW)
    staff.disable(session, an, now=NOW)
    with pytest.raises(AccountClosed):
        signing_in.recognise(session, SEALED, now=NOW)


def test_strangers_are_counted_and_then_not_looked_at(session: Session, an: Staff) -> None:
    recognise = partial(signing_in.recognise, session, SEALED)
    for _ in range(attempts.MOST):
        with pytest.raises(UnknownIdentity):
            recognise(now=NOW)
    identities.tie(session, an, SEALED, now=NOW)
    with pytest.raises(TooManyAttempts):
        recognise(now=NOW)
    assert recognise(now=NOW + dt.timedelta(minutes=15)) is an


def test_guesses_of_the_password_do_not_shut_the_identity_out(session: Session, an: Staff) -> None:
    identities.tie(session, an, SEALED, now=NOW)
    for _ in range(attempts.MOST):
        attempts.failed(session, "an", None, now=NOW)
    assert signing_in.recognise(session, SEALED, now=NOW) is an


def test_an_invitation_is_accepted_with_an_identity_once(session: Session, an: Staff) -> None:
    token = invitations.invite(session, an, now=NOW)
    signed_in = staff.start(session, an, now=NOW)
    assert invitations.accept_identity(session, token, SEALED, now=NOW) is an
    assert identities.identify(session, SEALED) is an
    assert staff.account_of(session, signed_in, now=NOW) is None
    assert not staff.has_password(an)
    with pytest.raises(WrongCredentials):
        staff.identify(session, "an", PASSWORD)
    with pytest.raises(InvitationGone):
        invitations.accept_identity(session, token, SEALED, now=NOW)


def test_a_password_set_by_invitation_ends_the_identity(session: Session, an: Staff) -> None:
    identities.tie(session, an, SEALED, now=NOW)
    token = invitations.invite(session, an, now=NOW)
    invitations.accept(session, token, "một mật khẩu khác", now=NOW)
    with pytest.raises(UnknownIdentity):
        identities.identify(session, SEALED)
