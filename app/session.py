"""What belongs to one request: its database session, its moment, and who is signed in.

A GET gets a session that cannot write (but see `_RETURNS`). Any other request gets one that is
committed after a response below 400, before the client hears of it, and rolled back otherwise:
views never commit.
"""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from typing import cast

import flask
from flask import current_app, g, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from sqlalchemy import Engine
from sqlmodel import Session

from app.settings import Settings
from surveys import database
from surveys.offices import staff
from surveys.questionnaires import programme
from surveys.questionnaires.programme import Programme
from surveys.tables import Staff, StaffSession

READING = frozenset({"GET", "HEAD", "OPTIONS"})
#: Deeds in the form of a reading: a provider of identities sends people back by GET.
_RETURNS = frozenset({"office.answered"})
_TOKEN = "staff"  # noqa: S105 - the name of a cookie's field


class VisitorSessions(SecureCookieSessionInterface):
    """Cookies of sessions as Flask has them; who brings none has no signature to be checked."""

    def open_session(self, app: flask.Flask, request: flask.Request) -> SecureCookieSession | None:
        """The session of a request, which is empty for a visitor."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        return super().open_session(app, request)


def install(app: flask.Flask, engine: Engine, settings: Settings) -> None:
    """Give the app its engine and settings, and close each request's session at its end."""
    app.session_interface = VisitorSessions()
    app.extensions["engine"] = engine
    app.extensions["settings"] = settings
    app.extensions["programme"] = programme.load(settings.programme)
    app.jinja_env.globals["current_staff"] = current_staff
    app.after_request(_finish)
    app.teardown_request(_abandon)


def settings() -> Settings:
    """The installation's settings."""
    return cast("Settings", current_app.extensions["settings"])


def current_programme() -> Programme:
    """The programme that this installation serves."""
    return cast("Programme", current_app.extensions["programme"])


def current_engine() -> Engine:
    """The engine of this installation."""
    return cast("Engine", current_app.extensions["engine"])


def current_session() -> Session:
    """The session of this request, opened when first asked for."""
    if "session" not in g:
        reads = request.method in READING and request.endpoint not in _RETURNS
        opened = database.reading if reads else database.writing
        g.session_stack = ExitStack()
        g.session = g.session_stack.enter_context(opened(current_engine()))
    return cast("Session", g.session)


def is_in_session() -> bool:
    """Whether this request has its session already: then all that it writes belongs into it."""
    return "session_stack" in g


def current_moment() -> dt.datetime:
    """The moment of this request: the same however often it is asked."""
    moment: dt.datetime | None = g.get("moment")
    if moment is None:
        moment = g.moment = settings().clock()
    return moment


def today() -> dt.date:
    """The day in Viet Nam."""
    return database.day_of(current_moment())


def current_staff() -> Staff | None:
    """The account that is signed in; None for a visitor, who is not even given a cookie."""
    if "staff" not in g:
        token = flask.session.get(_TOKEN)
        found = staff.account_of(current_session(), token, now=current_moment()) if token else None
        g.staff = found
    return cast("Staff | None", g.staff)


def remember(token: str) -> None:
    """Put the token of a signed-in account into the browser's cookie."""
    flask.session.clear()
    flask.session[_TOKEN] = token
    g.pop("staff", None)  # nobody was signed in until now


def session_here() -> str | None:
    """What is stored of the token of this browser's session."""
    token = flask.session.get(_TOKEN)
    return staff.token_hash_of(token) if token else None


def is_vouched() -> bool:
    """Whether a provider saw a second factor when this browser was signed in."""
    found = current_session().get(StaffSession, session_here() or "")
    return found is not None and found.vouched


def keep() -> None:
    """Commit at the end of this request though its answer is a refusal, or redirect."""
    g.keep = True


def forget() -> None:
    """End the session of this browser, in the database and in its cookie."""
    token = flask.session.get(_TOKEN)
    current_staff()  # who it was is still asked for when this request ends
    if token:
        staff.sign_out(current_session(), token)
    flask.session.clear()


def _finish(response: flask.Response) -> flask.Response:
    stack = cast("ExitStack | None", g.pop("session_stack", None))
    if stack is None:
        return response
    if response.status_code >= 400 and "keep" not in g:
        g.session.rollback()
    stack.close()
    return response


def _abandon(_error: BaseException | None) -> None:
    stack = cast("ExitStack | None", g.pop("session_stack", None))
    if stack is not None:
        g.session.rollback()
        stack.close()
