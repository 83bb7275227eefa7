"""Scores as they stand now, for programs whose key is about the sector or the unit."""

from __future__ import annotations

import json
from collections.abc import Sequence

import flask
from flask import request

from app.api import access
from app.api.problems import Problem
from app.session import current_moment, current_programme, current_session, today
from surveys.fieldwork import waves
from surveys.offices import api_keys
from surveys.publishing import disclosure
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.figures import Figures
from surveys.tables import Wave
from surveys.weighting.calibrations import CalibrationFailed


def sector(sector: str) -> flask.Response:
    """The figures of a sector and of its units; few answers are held back as on every page."""
    known = any(one.key == sector for one in current_programme().sectors)
    if not known or not access.caller().sees_sector(sector):
        raise Problem("not_found")
    return _answer(sector, None)


def unit(sector: str, unit: str) -> flask.Response:
    """The figures of one unit."""
    session, on = current_session(), today()
    # PostgreSQL knows no text with a NUL in it.
    found = api_keys.unit_of(session, access.caller(), unit, on=on) if unit.isprintable() else None
    if found is None or found.sector != sector:
        raise Problem("not_found")
    return _answer(sector, found.code)


def _answer(sector: str, unit: str | None) -> flask.Response:
    chosen = _waves(sector)
    rows = _figures(sector, chosen)
    shown = rows if unit is None else rows.where(unit_code=unit)
    said = {
        "sector": sector,
        "unit": unit,
        "as_of": current_moment().isoformat(),
        "provisional": any(wave.status == "open" for wave in chosen),
        "demo": any(wave.demo for wave in chosen),
        "waves": [_described(wave) for wave in chosen],
        "rows": [json.loads(figure.canonical()) for figure in shown],
    }
    response = flask.Response(json.dumps(said, ensure_ascii=False), mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _figures(sector: str, chosen: Sequence[Wave]) -> Figures:
    """The figures of the whole sector, of which a unit's are part: they are judged together."""
    scope = Scope(current_programme(), sector, tuple(chosen))
    try:
        study = estimates.study(current_session(), scope)
    except CalibrationFailed:
        raise Problem("not_weighed") from None
    return disclosure.protected_study(study).figures


def _waves(sector: str) -> tuple[Wave, ...]:
    """The wave that is asked for; otherwise all that are open, or the newest."""
    known = waves.of_sector(current_session(), current_programme().code, sector)
    offered = [wave for wave in known if wave.status != "draft" and wave.opens_on <= today()]
    running = [wave for wave in offered if wave.status == "open"]
    asked = request.args.get("wave")
    chosen = running or offered[:1]
    if asked is not None:
        chosen = [wave for wave in offered if wave.code == asked]
    if not chosen:
        raise Problem("not_found")
    return tuple(chosen)


def _described(wave: Wave) -> dict[str, object]:
    return {
        "code": wave.code,
        "name": wave.name,
        "opens_on": wave.opens_on.isoformat(),
        "closes_on": wave.closes_on.isoformat(),
        "status": wave.status,
    }
