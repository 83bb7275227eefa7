"""The printed codes: where each hangs, what it looks like, and new ones."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask import abort, flash, redirect, render_template, request, url_for

from app import session as current
from app import trail
from app.central.forms import Confirm, Issue
from app.language import phrase
from surveys.fieldwork import waves
from surveys.places import collectors, pins, units
from surveys.questionnaires.programme import Sector
from surveys.tables import Collector, ServicePoint, Unit


@dataclass(frozen=True, slots=True)
class Place:
    """A service point with its codes in use."""

    unit: Unit
    point: ServicePoint
    collectors: tuple[Collector, ...]


def codes() -> flask.typing.ResponseReturnValue:
    """The service points of a sector with their codes."""
    known = {sector.key: sector for sector in current.current_programme().sectors}
    sector = known.get(request.args.get("nganh") or next(iter(known)))
    if sector is None:
        abort(404)
    return _page(sector, Issue(formdata=None))


def issue() -> flask.typing.ResponseReturnValue:
    """A new code for a service point, and back to the list at that point."""
    session, on = current.current_session(), current.today()
    form = Issue()
    if not form.validate_on_submit():
        abort(400)
    point = session.get(ServicePoint, form.point.data) if form.point.data < 2**31 else None
    unit = session.get(Unit, point.unit_id) if point else None
    if point is None or unit is None:
        abort(404)
    made = collectors.issue(session, point, kind=form.kind.data, today=on)
    trail.note(made=made.code, place=f"{unit.name}: {point.name}")
    flash(phrase("central.code_made", code=made.code, point=point.name, unit=unit.name))
    return redirect(url_for("central.codes", nganh=unit.sector, _anchor=f"p{point.id}"), 303)


def renew_pin(code: str) -> flask.typing.ResponseReturnValue:
    """A new PIN for the devices of a code, told this once, and back to the list at its point."""
    session = current.current_session()
    if not Confirm().validate_on_submit():
        abort(400)
    try:
        collector = collectors.find(session, code, on=current.today())
    except collectors.CodeError:
        abort(404)
    pin = pins.spaced(pins.renew(session, collector))
    point = session.get_one(ServicePoint, collector.point_id)
    unit = session.get_one(Unit, point.unit_id)
    trail.note(place=f"{unit.name}: {point.name}")
    flash(phrase("central.pin_made", code=collector.code, pin=pin, point=point.name))
    return redirect(url_for("central.codes", nganh=unit.sector, _anchor=f"p{point.id}"), 303)


def _page(sector: Sector, form: Issue) -> str:
    return render_template(
        "central/codes.html",
        form=form,
        sector=sector,
        sectors=current.current_programme().sectors,
        places=_places(sector),
        demo=waves.made_up(current.current_session(), current.current_programme().code),
        address=_address,
    )


def _places(sector: Sector) -> list[Place]:
    session, on = current.current_session(), current.today()
    holders = {unit.id or 0: unit for unit in units.of_sector(session, sector.key, on=on)}
    points = units.points_of(session, holders, on=on)
    in_use = collectors.in_use(session, [point.id or 0 for point in points], on=on)
    return [
        Place(holders[point.unit_id], point, tuple(in_use.get(point.id or 0, ())))
        for point in points
    ]


def _address(collector: Collector) -> str:
    return collectors.address(current.settings().base_url, collector.code)
