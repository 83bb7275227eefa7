"""The audit trail as a page: who did what, the newest first."""

from __future__ import annotations

import flask
from flask import render_template, request

from app import session as current
from app.central import entries
from surveys.offices import audit

_PAGE = 50


def trail() -> flask.typing.ResponseReturnValue:
    """Fifty entries of everybody or of one account, older ones by their number."""
    session = current.current_session()
    actor, before = request.args.get("ai", ""), request.args.get("truoc", type=int)
    found = audit.entries(session, actor=actor, before=before, most=_PAGE + 1)
    shown = found[:_PAGE]
    return render_template(
        "central/trail.html",
        entries=[entries.told(entry) for entry in shown],
        actors=audit.actors(session), actor=actor,
        older=shown[-1].number if len(found) > _PAGE else None,
        seal=audit.seal(session), demo=False,
    )  # fmt: skip
