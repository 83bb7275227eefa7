"""Where an account may bring answers in: interviews, paper forms, and the sheets to print."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask import abort, render_template, request

from app import session as current
from app.documents import paper as documents
from app.documents.paper import Batch
from app.documents.typesetting import Unprintable
from app.office import desks
from app.office.desks import Desk
from surveys.fieldwork import paper, waves
from surveys.fieldwork.waves import NoOpenWave
from surveys.places import collectors, units
from surveys.tables import Collector, ServicePoint, Unit

Answer = flask.typing.ResponseReturnValue


@dataclass(frozen=True, slots=True)
class Spot:
    """A service point with its staffed codes."""

    unit: Unit
    point: ServicePoint
    collectors: tuple[Collector, ...]
    #: Whether something is asked there today.
    asked: bool


def collecting() -> Answer:
    """All places of the account with a staffed code."""
    session = current.current_session()
    spots = _spots()
    codes = [one.id or 0 for spot in spots for one in spot.collectors]
    programme = current.current_programme()
    return render_template(
        "office/collecting.html",
        spots=spots, waiting=paper.waiting(session, codes), most=documents.MOST_SHEETS,
        demo=waves.made_up(session, programme.code),
    )  # fmt: skip


def paper_file(code: str) -> Answer:
    """Sheets to print, numbered from one number on."""
    desk = desks.opened(desks.find(code), late=True) or abort(404)
    first = request.args.get("tu", 1, type=int)
    size = request.args.get("so", 1, type=int)
    if not 1 <= size <= documents.MOST_SHEETS or not 1 <= first <= paper.HIGHEST_SERIAL - size:
        abort(400)
    try:
        content = documents.typeset(_batch(desk, first, size))
    except Unprintable:
        abort(422)
    answer = flask.Response(content, mimetype="application/pdf")
    name = f"phieu-{desk.place.code}-{first}-{first + size - 1}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _batch(desk: Desk, first: int, size: int) -> Batch:
    place = desk.place
    return Batch(
        desk.instrument, desk.fields, place.unit.name, place.point.name, place.code, first, size
    )


def _spots() -> list[Spot]:
    session, on = current.current_session(), current.today()
    holders = {unit.id or 0: unit for unit in _units()}
    points = units.points_of(session, holders, on=on)
    in_use = collectors.in_use(session, [point.id or 0 for point in points], on=on)
    asked = {kind for kind in {point.kind for point in points} if _asked(kind)}
    found = []
    for point in points:
        staffed = tuple(one for one in in_use.get(point.id or 0, ()) if one.kind == "staffed")
        if staffed:
            found.append(Spot(holders[point.unit_id], point, staffed, point.kind in asked))
    return found


def _asked(kind: str) -> bool:
    """Whether something is asked today at points of a kind."""
    anywhere = ServicePoint(unit_id=0, code="", name="", kind=kind, valid_from=current.today())
    try:
        waves.form_for(current.current_session(), anywhere, on=current.today())
    except NoOpenWave:
        return False
    return True


def _units() -> list[Unit]:
    """The units whose answers the account may bring in."""
    session, on, account = current.current_session(), current.today(), desks.account()
    if account.unit_id is not None:
        return units.below(session, account.unit_id, on=on)
    if account.sector is not None:
        return units.of_sector(session, account.sector, on=on)
    return units.existing(session, on=on)
