"""The audit trail as a page: who did what, the newest first."""

from __future__ import annotations

import json

import flask
from flask import render_template, request

from app import session as current
from surveys.offices import audit
from surveys.tables import TrailEntry

_PAGE = 50


def trail() -> flask.typing.ResponseReturnValue:
    """Fifty entries of everybody or of one account, older ones by their number."""
    session = current.current_session()
    actor, before = request.args.get("ai", ""), request.args.get("truoc", type=int)
    found = audit.entries(session, actor=actor, before=before, most=_PAGE + 1)
    shown = found[:_PAGE]
    return render_template(
        "central/trail.html",
        entries=[(entry, _said(entry)) for entry in shown],
        actors=audit.actors(session), actor=actor,
        older=shown[-1].number if len(found) > _PAGE else None,
        seal=audit.seal(session), demo=False,
    )  # fmt: skip


def _said(entry: TrailEntry) -> str:
    """The detail in one line."""
    return "; ".join(f"{name}: {_text(value)}" for name, value in json.loads(entry.detail).items())


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
