"""The people served, as the software of an office counts them: day by day, all or nothing."""

from __future__ import annotations

import flask

from app.api import access, shapes
from app.api.problems import Problem, Wrong
from app.session import current_moment, current_programme, current_session, today
from surveys.offices import api_keys
from surveys.weighting import days
from surveys.weighting.days import DayRow, DaysRefused


def put() -> flask.Response:
    """What became of the rows: each replaces what was told of its unit, field and day."""
    sent = shapes.read(shapes.Served)
    session, caller, on = current_session(), access.caller(), today()
    try:
        told = days.put(
            session, [DayRow(row.unit, row.field, row.day, row.total) for row in sent.rows],
            units=api_keys.units_of(session, caller, on=on),
            fields={field.key for field in current_programme().fields},
            source=caller.actor, now=current_moment(), today=on,
        )  # fmt: skip
    except DaysRefused as refused:
        wrong = [
            Wrong(shapes.pointer("rows", fault.row, fault.name), f"api.row.{fault.kind}")
            for fault in refused.faults
        ]
        raise Problem("invalid", wrong=wrong) from None
    said = {"added": told.added, "changed": told.changed, "unchanged": told.unchanged}
    if told.added or told.changed:
        first, last = min(row.day for row in sent.rows), max(row.day for row in sent.rows)
        access.note("api.put_frame", **said, first_day=first, last_day=last)
    response = flask.jsonify(said)
    response.headers["Cache-Control"] = "no-store"
    return response
