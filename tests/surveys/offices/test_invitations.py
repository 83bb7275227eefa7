"""Invitations: good once, for three days, the newest only."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, select

from surveys.offices import invitations, staff
from surveys.offices.invitations import InvitationGone
from surveys.offices.staff import PasswordTooWeak, WrongCredentials
from surveys.tables import Staff, StaffInvitation
from tests.builders import NOW

PASSWORD = "mật khẩu dài"


@pytest.fixture
def new(session: Session) -> Staff:
    """An account without a password."""
    return staff.add(session, username="an", name="An", role="auditor")


def test_the_owner_sets_the_password(session: Session, new: Staff) -> None:
    with pytest.raises(WrongCredentials):
        staff.identify(session, "an", "")
    token = invitations.invite(session, new, now=NOW)
    assert invitations.waiting(session, now=NOW) == {new.id}
    assert invitations.accept(session, token, PASSWORD, now=NOW) is new
    assert staff.identify(session, "an", PASSWORD) is new
    assert invitations.waiting(session, now=NOW) == set()


def test_a_link_is_good_once(session: Session, new: Staff) -> None:
    token = invitations.invite(session, new, now=NOW)
    invitations.accept(session, token, PASSWORD, now=NOW)
    with pytest.raises(InvitationGone):
        invitations.accept(session, token, "một mật khẩu khác", now=NOW)
    assert staff.identify(session, "an", PASSWORD) is new


def test_only_the_newest_link_is_good_and_not_for_ever(session: Session, new: Staff) -> None:
    old, token = (invitations.invite(session, new, now=NOW) for _ in range(2))
    for wrong, later in ((old, 0), (token[:-1], 0), ("", 0), ("\ud800", 0), (token, 72)):
        with pytest.raises(InvitationGone):
            invitations.invited(session, wrong, now=NOW + dt.timedelta(hours=later))
    assert invitations.invited(session, token, now=NOW + dt.timedelta(hours=71)) is new


def test_a_weak_password_leaves_the_link_good(session: Session, new: Staff) -> None:
    token = invitations.invite(session, new, now=NOW)
    with pytest.raises(PasswordTooWeak):
        invitations.accept(session, token, "ngắn", now=NOW)
    assert invitations.invited(session, token, now=NOW) is new


def test_a_closed_account_is_not_invited(session: Session, new: Staff) -> None:
    token = invitations.invite(session, new, now=NOW)
    staff.disable(session, new, now=NOW)
    with pytest.raises(InvitationGone):
        invitations.invited(session, token, now=NOW)


def test_the_database_does_not_hold_the_link(session: Session, new: Staff) -> None:
    token = invitations.invite(session, new, now=NOW)
    assert token not in session.exec(select(StaffInvitation.token_hash)).one()
