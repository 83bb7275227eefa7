"""Where an account may bring answers in: interviews, paper forms, and the sheets to print."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import flask
from flask import abort, render_template, request

from app import session as current
from app.documents import paper as documents
from app.documents.paper import Batch
from app.documents.typesetting import Unprintable
from app.filters import number
from app.language import phrase
from app.office import desks
from app.office.desks import Desk
from surveys.fieldwork import paper, printed, waves
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


@dataclass(frozen=True, slots=True)
class Asked:
    """The numbers of sheets that were asked for, as they were typed."""

    code: str
    first: str
    size: str
    #: What is wrong with them, by field.
    wrong: Mapping[str, str]


def collecting() -> Answer:
    """All places of the account with a staffed code."""
    return _page()


def paper_file(code: str) -> Answer:
    """Sheets to print, numbered from one number on; what was printed can be typed in."""
    desk = desks.opened(desks.find(code), late=True) or abort(404)
    typed = request.form.get("tu", ""), request.form.get("so", "")
    first, size = (_whole(text) for text in typed)
    wrong = _wrong(first, size)
    if wrong:
        return _page(Asked(desk.place.code, *typed, wrong)), 422
    try:
        content = documents.typeset(_batch(desk, first, size))
    except Unprintable as error:
        unprintable = phrase("collecting.unprintable", detail=str(error))
        return _page(Asked(desk.place.code, *typed, {"tu": unprintable})), 422
    printed.keep(
        current.current_session(), desk.wave, desk.place.collector, first=first, size=size,
        by=desks.account(), now=current.current_moment(),
    )  # fmt: skip
    answer = flask.Response(content, mimetype="application/pdf")
    name = f"phieu-{desk.place.code}-{first}-{first + size - 1}.pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(asked: Asked | None = None) -> str:
    session = current.current_session()
    spots = _spots()
    codes = [one.id or 0 for spot in spots for one in spot.collectors]
    programme = current.current_programme()
    return render_template(
        "office/collecting.html",
        spots=spots, waiting=paper.waiting(session, codes), most=documents.MOST_SHEETS,
        next=printed.next_serials(session, codes), asked=asked,
        demo=waves.made_up(session, programme.code),
    )  # fmt: skip


def _whole(text: str) -> int:
    """A whole number as typed; 0 where it is none."""
    return int(text) if re.fullmatch(r"[0-9]{1,6}", text.strip()) else 0


def _wrong(first: int, size: int) -> dict[str, str]:
    """What is wrong with numbers of sheets, by field."""
    highest = printed.HIGHEST_SERIAL
    found = {}
    if first < 1:
        found["tu"] = phrase("collecting.wrong_first", highest=number(highest))
    if not 1 <= size <= documents.MOST_SHEETS:
        found["so"] = phrase("collecting.wrong_size", most=documents.MOST_SHEETS)
    if not found and first + size - 1 > highest:
        found["tu"] = phrase("collecting.too_high", highest=number(highest))
    return found


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
