"""What accounts do at the offices' doors is written to the audit trail, with the deed itself.

Every request of an account that is not a mere reading leaves an entry: who, which page, about
what. Of a form only the fields named in `KEPT` are written: no password, no token, and nothing
of what a citizen said.
"""

from __future__ import annotations

import hashlib

import flask
from flask import current_app, g, request
from sqlmodel import Session
from werkzeug.datastructures import FileStorage

from app.session import READING, current_moment, current_session, current_staff
from surveys import database
from surveys.offices import audit

#: The fields of a form that are written down, by endpoint; of others only that it was sent.
KEPT: dict[str, tuple[str, ...]] = {
    "central.publish": ("reason",),
    "central.issue_code": ("point", "kind"),
    "central.frame": ("file", "seen"),
    "central.margins": ("file", "wave"),
    "central.units": ("file", "seen"),
    "central.points": ("file", "seen"),
    "central.weights": ("method", "keys", "low", "high", "smallest"),
    # Of a comment never the text, nor what is made of it.
    "central.screen_comment": ("category", "owner", "due_on"),
    "office.comment": ("status",),
    "central.change_integrity": ("sign", "step", "reason"),
    "central.new_waves": (
        "year",
        "rhythm",
        "opens_on",
        "closes_on",
        "prefix",
        "forms",
        "size",
        "plan",
    ),
    "central.make_api_key": ("name", "scopes", "sector", "unit", "every", "expires_on"),
    "central.invite": ("username", "name", "role", "sector", "unit"),
}
#: Readings that are written down as well: what leaves the house.
READINGS: frozenset[str] = frozenset({"central.download"})
#: Parts of an address that open something.
_SECRET = frozenset({"token"})
_LONGEST = 1000


def install(app: flask.Flask) -> None:
    """Write an entry after each deed of an account, before it is committed."""
    app.before_request(_look_at_files)
    app.after_request(_write)


def _look_at_files() -> None:
    """Take the checksum of what is sent, for whoever reads a file closes it."""
    names = KEPT.get(request.endpoint or "", ())
    sent = [] if request.method in READING else [one for one in names if one in request.files]
    g.trail_files = {name: _file(request.files[name]) for name in sent}


def _write(response: flask.Response) -> flask.Response:
    if request.endpoint is None or response.status_code >= 400:
        return response
    # Who reads is not even asked, for the answer would then hang on a cookie.
    if request.method in READING and request.endpoint not in READINGS:
        return response
    account = current_staff()
    if account is None:
        return response
    entry = {"actor": account.username, "action": request.endpoint}
    if request.method not in READING:
        _append(current_session(), entry)
    elif request.method == "GET" and request.endpoint in READINGS:
        # The session of a reading cannot write; without the entry nothing leaves the house.
        with database.writing(current_app.extensions["engine"]) as session:
            _append(session, entry)
    return response


def _append(session: Session, entry: dict[str, str]) -> None:
    audit.append(session, **entry, detail=_detail(entry["action"]), now=current_moment())


def _detail(endpoint: str) -> dict[str, object]:
    given = request.view_args or {}
    detail: dict[str, object] = {name: given[name] for name in given if name not in _SECRET}
    for name in KEPT.get(endpoint, ()):
        if name in g.trail_files:
            detail[name] = g.trail_files[name]
        elif name in request.form:
            values = [value[:_LONGEST] for value in request.form.getlist(name)]
            detail[name] = values[0] if len(values) == 1 else values
    return detail


def _file(sent: FileStorage) -> dict[str, object]:
    """What tells one file from another."""
    digest = hashlib.sha256(sent.stream.read()).hexdigest()
    sent.stream.seek(0)
    return {"name": sent.filename, "sha256": digest}
