"""Accounts: who has one, and invitations to those who shall.

Nội vụ invites offices, units and who types in their forms; an administrator invites everybody.
"""

from __future__ import annotations

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import session as current
from app.central.forms import Account, Confirm
from app.language import phrase
from surveys.offices import invitations, reminders, second_factor, staff
from surveys.offices.reminders import WrongEmail
from surveys.offices.staff import UsernameTaken, WrongScope
from surveys.places import units
from surveys.tables import Staff

Answer = flask.typing.ResponseReturnValue


class _UnknownUnit(LookupError):
    """No unit has the code today that was typed."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


def accounts() -> Answer:
    """All accounts, and the form for another."""
    return _page(_blank())


def invite() -> Answer:
    """A new account, and the link for its owner, shown once."""
    form = _blank(sent=True)
    if not form.validate_on_submit():
        return _page(form, wrong=phrase("account.fill_in")), 400
    try:
        made = _add(form)
    except UsernameTaken as taken:
        return _page(form, wrong=phrase("account.taken", username=taken.username)), 400
    except _UnknownUnit as unknown:
        return _page(form, wrong=_no_such_unit(unknown.code)), 400
    except WrongScope:
        return _page(form, wrong=phrase("account.scope")), 400
    except WrongEmail:
        return _page(form, wrong=phrase("mail.wrong")), 400
    return _link(made)


def renew(username: str) -> Answer:
    """A new link for an account, for whom the first one got lost or the password forgotten."""
    return _link(_changeable(username))


def disable(username: str) -> Answer:
    """The account closed and signed out everywhere; what it did keeps its name."""
    found = _changeable(username)
    staff.disable(current.current_session(), found, now=current.current_moment())
    flash(phrase("account.disabled", name=found.name))
    return redirect(url_for("central.accounts"), 303)


def end_sessions(username: str) -> Answer:
    """The account signed out everywhere."""
    found = _changeable(username)
    staff.end_sessions(current.current_session(), found)
    flash(phrase("account.signed_out", name=found.name))
    return redirect(url_for("central.accounts"), 303)


def forget_digits(username: str) -> Answer:
    """The account without its second factor, for an owner who lost the phone."""
    found = _changeable(username)
    second_factor.remove(found)
    staff.end_sessions(current.current_session(), found)
    flash(phrase("account.digits_removed", name=found.name))
    return redirect(url_for("central.accounts"), 303)


def _add(form: Account) -> Staff:
    session = current.current_session()
    code = (form.unit.data or "").strip()
    unit = units.find(session, code, on=current.today()) if code else None
    if code and unit is None:
        raise _UnknownUnit(code)
    made = staff.add(
        session, username=form.username.data, name=form.name.data.strip(), role=form.role.data,
        sector=form.sector.data or None, unit_id=unit.id if unit else None,
    )  # fmt: skip
    reminders.set_email(session, made, form.email.data or "")
    return made


def _no_such_unit(code: str) -> str:
    """That no unit has a code, with those that may be meant."""
    near = units.nearest(current.current_session(), code, on=current.today())
    if not near:
        return phrase("account.no_unit", code=code)
    named = "; ".join(f"{unit.code} ({unit.name})" for unit in near)
    return phrase("account.no_unit_near", code=code, near=named)


def _link(account: Staff) -> str:
    token = invitations.invite(current.current_session(), account, now=current.current_moment())
    path = url_for("office.invitation", token=token)
    return render_template(
        "central/invited.html",
        invited=account, address=current.settings().base_url + path,
        days=invitations.GOOD_FOR.days, demo=False,
    )  # fmt: skip


def _changeable(username: str) -> Staff:
    if not Confirm().validate_on_submit():
        abort(400)
    found = staff.find(current.current_session(), username)
    if found is None:
        abort(404)
    own = current.current_staff()
    if found.role not in _inviting() or own is None or found.id == own.id:
        abort(403)
    return found


def _inviting() -> tuple[str, ...]:
    own = current.current_staff()
    return invitations.INVITES.get(own.role, ()) if own is not None else ()


def _blank(*, sent: bool = False) -> Account:
    form = Account() if sent else Account(formdata=None)
    form.role.choices = list(_inviting())
    form.sector.choices = ["", *(one.key for one in current.current_programme().sectors)]
    return form


def _page(form: Account, *, wrong: str | None = None) -> str:
    session, now = current.current_session(), current.current_moment()
    return render_template(
        "central/accounts.html",
        form=form, wrong=wrong, everyone=staff.everyone(session), may_change=_inviting(),
        waiting=invitations.waiting(session, now=now), confirm=Confirm(formdata=None),
        sectors={one.key: one for one in current.current_programme().sectors}, demo=False,
    )  # fmt: skip
