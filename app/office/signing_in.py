"""Signing in and out: name and password, then digits where the account has them; invitations."""

from __future__ import annotations

import hashlib

import flask
from flask import current_app, redirect, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer, URLSafeTimedSerializer

from app import session as current
from app.filters import moment
from app.language import phrase
from app.office.forms import Digits, NewPassword, SignIn, own_path
from surveys.offices import invitations, signing_in, staff
from surveys.offices.attempts import TooManyAttempts
from surveys.offices.invitations import InvitationGone
from surveys.offices.signing_in import WrongDigits
from surveys.offices.staff import PasswordTooWeak, WrongCredentials
from surveys.tables import Staff

Answer = flask.typing.ResponseReturnValue

#: Time to type the digits after the password, in seconds.
_PATIENCE = 300
#: The cookie of a device on which somebody has signed in; for a year.
DEVICE = "device"
_YEAR = 365 * 24 * 3600


def sign_in() -> Answer:
    """The page where officials sign in; afterwards to where they wanted to go."""
    form = SignIn()
    if request.method in current.READING:
        return render_template("office/sign_in.html", form=form, wrong=None)
    if not form.validate_on_submit():
        wrong = phrase("office.fill_in")
        return render_template("office/sign_in.html", form=form, wrong=wrong), 400
    try:
        account = signing_in.identify(
            current.current_session(), form.username.data, form.password.data,
            device=_known_device(form.username.data), now=current.current_moment(),
        )  # fmt: skip
    except (WrongCredentials, TooManyAttempts) as refusal:
        wrong, status = _refused(refusal, "office.wrong")
        return render_template("office/sign_in.html", form=form, wrong=wrong), status
    if account.totp_secret is not None:
        return ask_for_digits(account, onward=_next())
    return let_in(account, onward=_next())


def second_step() -> Answer:
    """In, if the digits are good; else the page that asks for them again."""
    form = Digits()
    try:
        number = _passes().loads(form.ticket.data or "", max_age=_PATIENCE)
    except BadSignature:
        return redirect(url_for("office.sign_in", next=_next()), 303)
    account = current.current_session().get_one(Staff, number)
    try:
        signing_in.confirm(
            current.current_session(), account, form.digits.data or "",
            device=_known_device(account.username), now=current.current_moment(),
        )  # fmt: skip
    except (WrongDigits, TooManyAttempts) as refusal:
        wrong, status = _refused(refusal, "office.wrong_digits")
        return _digits(form.ticket.data, onward=_next(), wrong=wrong), status
    return let_in(account, onward=_next())


def sign_out() -> Answer:
    """To the sign-in page, with the session ended on the server too."""
    current.forget()
    return redirect(url_for("office.sign_in"), 303)


def invitation(token: str) -> Answer:
    """The page of a link where the owner of an account sets its password, and is then in."""
    session, now = current.current_session(), current.current_moment()
    try:
        account = invitations.invited(session, token, now=now)
    except InvitationGone:
        return render_template("office/invitation_gone.html"), 410
    form = NewPassword()
    shown = {"form": form, "owner": account, "token": token}
    if request.method in current.READING:
        return render_template("office/invitation.html", **shown, wrong=None)
    try:
        password = form.password.data if form.validate_on_submit() else ""
        account = invitations.accept(session, token, password, now=now)
    except PasswordTooWeak:
        wrong = phrase("account.weak", least=staff.MIN_PASSWORD, most=staff.MAX_PASSWORD)
        return render_template("office/invitation.html", **shown, wrong=wrong), 400
    return let_in(account, onward=_next())


def _refused(refusal: Exception, words: str) -> tuple[str, int]:
    """What to say; the failure is kept, though the answer is a refusal."""
    current.keep()
    if isinstance(refusal, TooManyAttempts):
        return phrase("office.too_many", until=moment(refusal.until)), 429
    return phrase(words), 401


def ask_for_digits(account: Staff, *, onward: str | None) -> str:
    """The page that asks an account, of which the first factor is known, for its digits."""
    return _digits(_passes().dumps(account.id), onward=onward)


def _digits(ticket: str | None, *, onward: str | None, wrong: str | None = None) -> str:
    form = Digits(ticket=ticket)
    return render_template("office/digits.html", form=form, onward=onward, wrong=wrong)


def let_in(account: Staff, *, onward: str | None, vouched: bool = False) -> Answer:
    """On to where the account wanted to go, its browser signed in and its device known."""
    session, now = current.current_session(), current.current_moment()
    token = staff.start(session, account, now=now, vouched=vouched)
    current.remember(token)
    response = redirect(onward or url_for("office.home"), 303)
    response.set_cookie(
        DEVICE, _devices().dumps([_folded_hash(account.username), staff.token_hash_of(token)[:22]]),
        max_age=_YEAR, path="/dang-nhap", httponly=True, samesite="Lax",
        secure=current.settings().secure,
    )  # fmt: skip
    return response


def _next() -> str | None:
    return own_path(request.args.get("next", ""))


def _known_device(username: str) -> str | None:
    """The number of this device, if the account was signed in on it before."""
    try:
        owner, number = _devices().loads(request.cookies.get(DEVICE, ""))
    except (BadSignature, ValueError, TypeError):
        return None
    return str(number) if owner == _folded_hash(staff.folded(username)) else None


def _folded_hash(username: str) -> str:
    return hashlib.sha256(username.encode(errors="replace")).hexdigest()[:22]


def _passes() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(
        current_app.config["SECRET_KEY"], salt="office.digits", signer_kwargs=_SIGNER
    )


def _devices() -> URLSafeSerializer:
    return URLSafeSerializer(
        current_app.config["SECRET_KEY"], salt="office.device", signer_kwargs=_SIGNER
    )


_SIGNER = {"digest_method": hashlib.sha256}
