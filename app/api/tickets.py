"""A ticket for a finished dossier: drawn by chance, the same however often it is asked for."""

from __future__ import annotations

import re

import flask
from flask import request, url_for

from app.api import access, shapes
from app.api.problems import Problem, Wrong
from app.session import current_moment, current_session, settings, today
from surveys.fieldwork import draws
from surveys.fieldwork.draws import Drawn, OtherRequest
from surveys.fieldwork.waves import NoOpenWave
from surveys.offices import api_keys
from surveys.places import units
from surveys.tables import ServicePoint

#: As the draft standard has it, in quotes, or bare: the number of a dossier, or a random one.
REQUEST_KEY = r'^(?:"[!#-\[\]-~]{8,128}"|[!#-\[\]-~]{8,128})$'


def draw() -> flask.Response:
    """The address of a slip for a person who was served, or that this one is not drawn."""
    name = _request_key()
    asked = shapes.read(shapes.TicketAsked)
    try:
        drawn = draws.draw(
            current_session(), _point(asked), caller=access.caller(), request=name,
            secret=settings().ticket_secret, now=current_moment(),
        )  # fmt: skip
    except NoOpenWave:
        raise Problem("no_open_wave") from None
    except OtherRequest:
        raise Problem("other_request") from None
    if drawn is not None and drawn.new:
        access.note("api.draw_ticket", unit=asked.unit, point=asked.point)
    return _answer(drawn)


def _answer(drawn: Drawn | None) -> flask.Response:
    said: dict[str, object] = {"drawn": drawn is not None, "every": access.caller().every}
    if drawn is not None:
        path = url_for("citizen.ticket", token=drawn.token)
        said |= {
            "address": settings().base_url + path, "expires_on": drawn.expires_on.isoformat()
        }  # fmt: skip
    response = flask.jsonify(said)
    response.status_code = 200 if drawn is None else 201
    response.headers["Cache-Control"] = "no-store"
    return response


def _request_key() -> str:
    given = request.headers.get("Idempotency-Key", "")
    if not re.fullmatch(REQUEST_KEY, given):
        raise Problem("no_request_key")
    return given.strip('"')


def _point(asked: shapes.TicketAsked) -> ServicePoint:
    """The point, if the key is about its unit; whose it is otherwise is not told."""
    session, on = current_session(), today()
    unit = api_keys.unit_of(session, access.caller(), asked.unit, on=on)
    if unit is None:
        raise Problem("invalid", wrong=[Wrong("/unit", "api.row.unit")])
    points = {one.code: one for one in units.points_of(session, [unit.id or 0], on=on)}
    if asked.point not in points:
        raise Problem("invalid", wrong=[Wrong("/point", "api.row.point")])
    return points[asked.point]
