"""What accounts do at the offices' doors is written to the audit trail, with the deed itself.

Every request of an account that is not a mere reading leaves an entry: who, which page, about
what; and so does every file that an account takes with it. Of a form or an address only the
fields named in `KEPT` are written, beside what a page says by `note`: no password, no token, and
nothing of what a citizen said. Who answers as a citizen leaves no entry, whoever is signed in.
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

#: What an address of a results page chooses: the wave, the field of procedure, the way of asking.
_VIEW = ("dot", "linhvuc", "cach")
#: The fields that are written down, by endpoint; of other forms only that they were sent.
KEPT: dict[str, tuple[str, ...]] = {
    "central.publish": ("reason",),
    "central.check_draft": ("read",),
    "central.return_draft": ("reason",),
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
    "central.add_webhook": ("url",),
    "central.make_api_key": ("name", "scopes", "sector", "unit", "every", "expires_on"),
    "central.invite": ("username", "name", "role", "sector", "unit"),
    "central.mint_tickets": ("every", "expires_on"),
    "central.ticket_files": ("batch",),
    "central.call_back_tickets": ("batch", "handed_out"),
    "office.entry": ("serial", "day"),
    "office.report_file": ("dot",),
    "office.paper_file": ("tu", "so"),
    "central.posters_file": ("nganh", "don-vi", "diem"),
    "office.sector_chart": _VIEW,
    "office.unit_chart": _VIEW,
    "office.point_chart": _VIEW,
    "office.item_chart": (*_VIEW, "donvi", "diem"),
}
#: Readings that are written down as well: what leaves the house.
READINGS: frozenset[str] = frozenset(
    {
        "central.download",
        "central.posters_file",
        "office.points_file",
        "office.report_file",
        "office.sector_chart",
        "office.unit_chart",
        "office.point_chart",
        "office.item_chart",
        "office.yearbook",
    }
)
#: Doors that know no accounts: an officer who answers is a citizen.
_UNSEEN = "citizen"
#: Parts of an address that open something.
_SECRET = frozenset({"token"})
_LONGEST = 1000


def install(app: flask.Flask) -> None:
    """Write an entry after each deed of an account, before it is committed."""
    app.before_request(_look_at_files)
    app.after_request(_write)


def note(**detail: object) -> None:
    """Nothing; what a page found out of its deed is written down with it, by names like `KEPT`."""
    g.trail_notes = {**g.get("trail_notes", {}), **detail}


def _look_at_files() -> None:
    """Take the checksum of what is sent, for whoever reads a file closes it."""
    names = KEPT.get(request.endpoint or "", ())
    sent = [] if request.method in READING else [one for one in names if one in request.files]
    g.trail_files = {name: _file(request.files[name]) for name in sent}


def _write(response: flask.Response) -> flask.Response:
    if request.endpoint is None or response.status_code >= 400:
        return response
    if request.blueprint == _UNSEEN:
        return response
    # Who reads is not even asked, for the answer would then hang on a cookie.
    # Who comes back from a provider comes by GET, and has done something if that says so.
    reading = request.method in READING and "trail_notes" not in g
    if reading and request.endpoint not in READINGS:
        return response
    account = current_staff()
    if account is None:
        return response
    entry = {"actor": account.username, "action": request.endpoint}
    if not reading:
        _append(current_session(), entry)
    elif request.method == "GET":
        # The session of a reading cannot write; without the entry nothing leaves the house.
        with database.writing(current_app.extensions["engine"]) as session:
            _append(session, entry)
    return response


def _append(session: Session, entry: dict[str, str]) -> None:
    audit.append(session, **entry, detail=_detail(entry["action"]), now=current_moment())


def _detail(endpoint: str) -> dict[str, object]:
    given = request.view_args or {}
    sent = request.args if request.method in READING else request.form
    detail: dict[str, object] = {name: given[name] for name in given if name not in _SECRET}
    for name in KEPT.get(endpoint, ()):
        if name in g.trail_files:
            detail[name] = g.trail_files[name]
        elif name in sent:
            values = [value[:_LONGEST] for value in sent.getlist(name)]
            detail[name] = values[0] if len(values) == 1 else values
    notes: dict[str, object] = g.get("trail_notes", {})
    return detail | notes


def _file(sent: FileStorage) -> dict[str, object]:
    """What tells one file from another."""
    digest = hashlib.sha256(sent.stream.read()).hexdigest()
    sent.stream.seek(0)
    return {"name": sent.filename, "sha256": digest}
