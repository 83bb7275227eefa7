"""Signing in at the provider of identities: there, back, and what is done with who comes.

The browser keeps in its signed cookie what was asked and what for; the answer must fit it, once.
"""

from __future__ import annotations

import datetime as dt
import hmac

import flask
from flask import abort, current_app, flash, make_response, redirect, render_template, request
from flask import url_for as to

from app import provider, trail
from app import session as current
from app.filters import moment
from app.language import phrase
from app.office import signing_in as doorway
from app.office.forms import AskProvider, own_path
from app.provider import Declined, Identity, Provider, ProviderDown, ProviderError, Untrusted
from surveys.offices import identities, invitations, signing_in, staff
from surveys.offices.attempts import TooManyAttempts
from surveys.offices.identities import AccountClosed, IdentityError, IdentityTaken, UnknownIdentity
from surveys.offices.invitations import InvitationGone
from surveys.tables import Staff

Answer = flask.typing.ResponseReturnValue

_ASKED = "asked"
#: Time to sign in over there, in seconds.
_PATIENCE = 600
#: What is said of each way to fail, and with which status.
_WORDS: dict[type[Exception], tuple[str, int]] = {
    ProviderDown: ("provider.down", 503),
    Declined: ("provider.declined", 403),
    Untrusted: ("provider.untrusted", 400),
    UnknownIdentity: ("provider.unknown", 403),
    AccountClosed: ("provider.closed", 403),
    IdentityTaken: ("provider.taken", 409),
}


def ask() -> Answer:
    """A page that goes on to the provider by itself.

    It is no redirection: the policy of our pages lets forms go nowhere else, and need not be
    opened for a provider whose page for signing in may stand anywhere.
    """
    chosen, form = provider.current_provider() or abort(404), AskProvider()
    if not form.validate_on_submit():
        abort(400)
    try:
        question = chosen.ask(_back())
    except ProviderError as failure:
        return _refused(failure)
    onward = own_path(request.args.get("next", "")) or to("office.home")
    flask.session[_ASKED] = {
        "state": question.state, "nonce": question.nonce, "verifier": question.verifier,
        "at": current.current_moment().isoformat(), "onward": onward,
        "purpose": form.purpose.data, "invitation": form.invitation.data,
    }  # fmt: skip
    words = {"address": question.address, "name": chosen.name}
    page = make_response(render_template("office/to_provider.html", **words))
    page.headers["Refresh"] = f"0; url={question.address}"
    return page


def answered() -> Answer:
    """Where the provider sends people back to: in, or why not."""
    asked, chosen = flask.session.pop(_ASKED, None), provider.current_provider()
    if chosen is None:
        return redirect(to("office.sign_in"), 303)
    try:
        # Before the database is opened: nobody shall wait for the provider with us.
        identity = _identity(chosen, asked or {})
        return _WAYS[asked["purpose"]](asked, identity)
    except (ProviderError, IdentityError, TooManyAttempts) as refusal:
        return _refused(refusal)


def untie() -> Answer:
    """The account's page, the identity taken away; an account must keep a way in."""
    own = current.current_staff() or abort(401)
    if not staff.has_password(own):
        abort(409)
    identities.untie(current.current_session(), own)
    flash(phrase("provider.untied"))
    return redirect(to("office.account"), 303)


def _identity(chosen: Provider, asked: dict[str, str]) -> Identity:
    """Whom the provider sent back; ProviderError where that is no answer to what was asked."""
    given = request.args
    fits = hmac.compare_digest(asked.get("state", "").encode(), given.get("state", "").encode())
    if not asked or not fits or _is_old(asked["at"]):
        raise Untrusted("no such question")
    if "code" not in given:
        raise Declined("error")
    return chosen.identity(given["code"], _back(), nonce=asked["nonce"], verifier=asked["verifier"])


def _is_old(asked_at: str) -> bool:
    age = current.current_moment() - dt.datetime.fromisoformat(asked_at)
    return age > dt.timedelta(seconds=_PATIENCE)


def _sign_in(asked: dict[str, str], identity: Identity) -> Answer:
    session, now = current.current_session(), current.current_moment()
    account = signing_in.recognise(session, _sealed(identity), now=now)
    return _go_on(account, asked, identity)


def _tie(_asked: dict[str, str], identity: Identity) -> Answer:
    own = current.current_staff()
    if own is None:  # the session ended meanwhile
        return redirect(to("office.sign_in", next=to("office.account")), 303)
    session, now = current.current_session(), current.current_moment()
    identities.tie(session, own, _sealed(identity), now=now)
    trail.note(way="tie")
    flash(phrase("provider.tied"))
    return redirect(to("office.account"), 303)


def _accept(asked: dict[str, str], identity: Identity) -> Answer:
    session, now = current.current_session(), current.current_moment()
    try:
        account = invitations.accept_identity(
            session, asked["invitation"], _sealed(identity), now=now
        )
    except InvitationGone:
        return render_template("office/invitation_gone.html"), 410
    return _go_on(account, asked, identity)


_WAYS = {"sign_in": _sign_in, "tie": _tie, "accept": _accept}


def _go_on(account: Staff, asked: dict[str, str], identity: Identity) -> Answer:
    """In; or first the digits, where the account has them and the provider saw no second factor."""
    if account.totp_secret is not None and not identity.vouched:
        return doorway.ask_for_digits(account, onward=asked["onward"])
    trail.note(way=asked["purpose"])
    return doorway.let_in(account, onward=asked["onward"], vouched=identity.vouched)


def _sealed(identity: Identity) -> str:
    key = current.settings().secret_key.encode()
    return identities.seal(key, identity.issuer, identity.subject)


def _back() -> str:
    # Registered with the provider as it stands: no host that a request names, no language.
    return current.settings().base_url + to("office.answered", lang=None)


def _refused(refusal: Exception) -> Answer:
    """The page that says why; a failure is kept, though the answer is a refusal."""
    if isinstance(refusal, ProviderError):
        kind = type(refusal).__name__
        current_app.logger.warning("the provider of identities: %s (%s)", kind, refusal)
    if isinstance(refusal, TooManyAttempts):
        until = moment(refusal.until)
        return _page("provider.too_many", until=until), 429
    if isinstance(refusal, UnknownIdentity | AccountClosed):
        current.keep()
    words, status = _WORDS[type(refusal)]
    return _page(words), status


def _page(words: str, *, until: str = "") -> str:
    return render_template("office/provider_refused.html", words=words, until=until)
