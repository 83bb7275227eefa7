"""The published figures, for everybody: frozen rows as they are, nothing is computed."""

from __future__ import annotations

import json

import flask
from flask import request, url_for

from app import freshness
from app.api.problems import Problem
from app.session import current_programme, current_session, settings
from surveys.publishing import publication
from surveys.tables import Release

_JSON = "application/json"


def releases() -> flask.Response:
    """Every release that was published, the newest year first."""
    session, programme = current_session(), current_programme().code
    found = [
        each
        for newest in publication.years(session, programme)
        for each in publication.revisions(session, programme, newest.sector, newest.year)
    ]
    said = {"releases": [_described(each) for each in found]}
    return _for_all(
        freshness.answer(found, lambda: json.dumps(said, ensure_ascii=False), mimetype=_JSON)
    )


def release(year: int, sector: str) -> flask.Response:
    """A release as the very text that its checksum covers."""
    chosen = _chosen(year, sector)
    response = freshness.answer([chosen], lambda: _text(chosen), mimetype=_JSON)
    response.headers["X-Release-SHA256"] = chosen.sha256
    return _for_all(response)


def unit(year: int, sector: str, unit: str) -> flask.Response:
    """The figures of one unit in a release."""
    chosen = _chosen(year, sector)
    rows = [
        json.loads(row.figure)
        for row in publication.rows_of(current_session(), chosen)
        if row.unit_code == unit
    ]
    if not rows:
        raise Problem("not_found")
    said = {"release": _described(chosen), "rows": rows}
    return _for_all(
        freshness.answer([chosen], lambda: json.dumps(said, ensure_ascii=False), mimetype=_JSON)
    )


def _for_all(response: flask.Response) -> flask.Response:
    """The answer, which pages of other houses may read as well."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _text(release: Release) -> str:
    return publication.canonical_text(release, publication.rows_of(current_session(), release))


def _chosen(year: int, sector: str) -> Release:
    """The revision that is asked for, the newest where none is."""
    programme, session = current_programme(), current_session()
    # Asked before the database, which refuses some of what an address can hold.
    known = any(one.key == sector for one in programme.sectors)
    found = publication.revisions(session, programme.code, sector, year) if known else []
    if not found:
        raise Problem("not_found")
    wanted = request.args.get("revision", str(found[-1].revision))
    chosen = {str(each.revision): each for each in found}.get(wanted)
    if chosen is None:
        raise Problem("not_found")
    return chosen


def _described(release: Release) -> dict[str, object]:
    place = {"year": release.year, "sector": release.sector, "revision": release.revision}
    path = url_for("api.release", **place)  # type: ignore[arg-type]
    return {
        "programme": release.programme,
        **place,
        "reason": release.reason,
        "published_at": release.published_at.isoformat(),
        "published_by": release.published_by,
        "sha256": release.sha256,
        "demo": release.demo,
        "address": settings().base_url + path,
    }
