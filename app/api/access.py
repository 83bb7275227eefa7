"""Who asks: a program shows its key with every request, as a bearer token; no cookie is looked at.

What an endpoint asks of a key stands in `NEEDED`; one that is in neither table stays closed.
"""

from __future__ import annotations

from typing import cast

from flask import current_app, g, request
from sqlalchemy import Engine

from app.api.problems import Problem
from app.counters import TEN_MINUTES, Window, counters, stranger
from app.session import current_moment, current_session, today
from surveys import database
from surveys.offices import api_keys, audit
from surveys.offices.api_keys import Caller

#: The scope that an endpoint asks of a key.
NEEDED: dict[str, str] = {
    "api.draw_ticket": "tickets",
    "api.put_frame": "frame",
    "api.live_sector": "live",
    "api.live_unit": "live",
}
#: What anybody may read.
OPEN = frozenset({
    "api.page", "api.description", "api.releases", "api.release", "api.release_unit",
})  # fmt: skip
#: How often a key may ask within a minute, and a stranger try keys within ten.
PACE, GUESSES = 300, 60
_MINUTE = Window(5, 12)
_RETRY_AFTER = {"Retry-After": "60"}
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="api"'}


def guard() -> None:
    """Let a request pass whose key is good for it; Problem otherwise."""
    g.staff = None  # whoever is signed in at this browser has nothing to do with it
    endpoint = request.endpoint or ""
    if endpoint in OPEN or request.method == "OPTIONS":
        return
    caller = _identified()
    if counters().add(f"key:{caller.id}", current_moment(), _MINUTE) > PACE:
        raise Problem("too_many", headers=_RETRY_AFTER)
    if NEEDED.get(endpoint) not in caller.scopes:
        raise Problem("out_of_scope")
    g.caller = caller


def caller() -> Caller:
    """The program that asks."""
    return cast("Caller", g.caller)


def note(action: str, **detail: object) -> None:
    """Write what a program changed into the audit trail, in the transaction of the change."""
    audit.append(
        current_session(), actor=caller().actor, action=action, detail=detail,
        now=current_moment(),
    )  # fmt: skip


def _identified() -> Caller:
    """The program whose key is shown; the day of its last use is kept once a day."""
    kind, _, text = request.headers.get("Authorization", "").partition(" ")
    guesses = f"api:{stranger(current_moment(), request.remote_addr)}"
    if counters().add(guesses, current_moment(), TEN_MINUTES, 0) >= GUESSES:
        raise Problem("too_many", headers=_RETRY_AFTER)
    engine, on = cast("Engine", current_app.extensions["engine"]), today()
    if kind.lower() != "bearer" or not text.strip():
        raise Problem("no_key", headers=_CHALLENGE)
    with database.reading(engine) as session:
        found = api_keys.identify(session, text.strip(), on=on)
    if found is None:
        counters().add(guesses, current_moment(), TEN_MINUTES)
        raise Problem("no_key", headers=_CHALLENGE)
    known, used_today = found
    if not used_today:
        # A transaction of its own: a reading cannot write, and a refusal would take it back.
        with database.writing(engine) as session:
            api_keys.note_use(session, known, on=on)
    return known
