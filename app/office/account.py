"""What people do with their own account: password, digits, and where it is signed in."""

from __future__ import annotations

import base64
import hashlib

import flask
from flask import abort, current_app, flash, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer

from app import qr
from app import session as current
from app.language import phrase
from app.office.forms import Digits, Email, EndSession, NewPassword
from surveys.offices import identities, reminders, second_factor, staff
from surveys.offices.reminders import WrongEmail
from surveys.offices.staff import PasswordTooWeak
from surveys.tables import Staff

Answer = flask.typing.ResponseReturnValue


def account() -> Answer:
    """The account that is signed in, and its browsers."""
    return _page()


def new_password() -> Answer:
    """Another password; every browser but this one is signed out."""
    session, own = current.current_session(), _own()
    form = NewPassword()
    if not form.validate_on_submit() or not staff.opens(own, form.before.data or ""):
        return _page(wrong=phrase("account.wrong_password")), 400
    try:
        staff.set_password(session, own, form.password.data)
    except PasswordTooWeak:
        weak = phrase("account.weak", least=staff.MIN_PASSWORD, most=staff.MAX_PASSWORD)
        return _page(wrong=weak), 400
    current.remember(staff.start(session, own, now=current.current_moment()))
    flash(phrase("account.password_set"))
    return redirect(url_for("office.account"), 303)


def set_email() -> Answer:
    """Another address for reminders, or none."""
    form, own = Email(), _own()
    if not form.validate_on_submit():
        return _page(wrong=phrase("mail.wrong")), 400
    try:
        reminders.set_email(current.current_session(), own, form.email.data or "")
    except WrongEmail:
        return _page(wrong=phrase("mail.wrong")), 400
    flash(phrase("mail.kept", email=own.email) if own.email else phrase("mail.stopped"))
    return redirect(url_for("office.account"), 303)


def end_session() -> Answer:
    """One browser signed out, or all of them."""
    form = EndSession()
    if not form.validate_on_submit():
        abort(400)
    if form.session.data:
        staff.end_session(current.current_session(), _own(), form.session.data)
    else:
        staff.end_sessions(current.current_session(), _own())
    return redirect(url_for("office.account"), 303)


def digits() -> Answer:
    """Setting up the six digits: a code to scan, and the digits that prove that it was."""
    own, form = _own(), Digits()
    if request.method in current.READING:
        return _set_up(second_factor.new_secret())
    try:
        owner, secret = _secrets().loads(form.ticket.data or "")
    except BadSignature:
        abort(400)
    if owner != own.id or not form.validate_on_submit():
        abort(400)
    if not second_factor.set_up(own, secret, form.digits.data, now=current.current_moment()):
        return _set_up(secret, wrong=phrase("office.wrong_digits")), 400
    current.current_session().add(own)
    flash(phrase("account.digits_set"))
    return redirect(url_for("office.home"), 303)


def _set_up(secret: str, *, wrong: str | None = None) -> str:
    own = _own()
    picture = qr.svg(second_factor.address(secret, own.username))
    return render_template(
        "office/set_up_digits.html",
        form=Digits(formdata=None, ticket=_secrets().dumps([own.id, secret])),
        picture="data:image/svg+xml;base64," + base64.b64encode(picture).decode(),
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        required=second_factor.is_missing(own), wrong=wrong, demo=False,
    )  # fmt: skip


def _page(*, wrong: str | None = None) -> str:
    session, own = current.current_session(), _own()
    return render_template(
        "office/account.html",
        account=own, wrong=wrong, form=NewPassword(formdata=None), end=EndSession(formdata=None),
        mail=Email(formdata=None),
        sessions=staff.sessions_of(session, own, now=current.current_moment()),
        here=current.session_here(), tied=identities.of(session, own),
        has_password=staff.has_password(own), demo=False,
    )  # fmt: skip


def _own() -> Staff:
    own = current.current_staff()
    return own if own is not None else abort(401)


def _secrets() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"], salt="office.secret",
        signer_kwargs={"digest_method": hashlib.sha256},
    )  # fmt: skip
