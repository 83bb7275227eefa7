"""The page of one item: of a sector, a unit or a point, as its address says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import flask
from flask import abort, render_template, request, url_for

from analysis import Estimate
from app import charts, filters, memory
from app import session as current
from app.charts.levels import Stack, stacked
from app.language import current_language, phrase
from app.office import plates
from app.office.dashboards import View, shares
from app.office.plates import Column, Plate, Row
from app.office.views import at_point, reported, visible_sector, visible_unit
from surveys.fieldwork import comments as cases
from surveys.fieldwork import waves
from surveys.places import units
from surveys.questionnaires.programme import Sector
from surveys.questionnaires.questionnaire import Instrument
from surveys.results import estimates, levels, trends
from surveys.results.figures import Figure, Scope
from surveys.results.trends import Point

Answer = flask.typing.ResponseReturnValue
#: What narrows the page, beside the filters of the other pages.
UNIT, POINT = "donvi", "diem"
#: Comments that the page shows at most; the others are in the list of comments.
_COMMENTS = 10


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item with its figure at the place looked at."""

    view: View
    instrument: Instrument
    figure: Figure
    #: The mean on the scale of the answers; None where the figure is held back.
    mean: Estimate | None


def item(sector: str, form: str, item: str) -> Answer:
    """What people said to one item, where, since when, and in their own words."""
    found, known = _found(sector, form, item)
    view = found.view
    return render_template(
        "office/item.html",
        report=view, found=found, sector=known, unit=view.unit, place=view.point,
        form_title=found.instrument.title.get(current_language()), plates=list(_plates(found)),
        chart=partial(
            url_for, "office.item_chart", sector=sector, form=form, item=item, **_address(view)
        ),
        queue=_comments(found), demo=view.period.demo,
    )  # fmt: skip


def item_chart(sector: str, form: str, item: str, name: str, kind: str) -> Answer:
    """One chart of an item's page as a file."""
    found, _ = _found(sector, form, item)
    plate = next((one for one in _plates(found) if one.key == name), None)
    return plates.file(plate, kind) if plate is not None else abort(404)


def _found(sector: str, form: str, item: str) -> tuple[ItemView, Sector]:
    """The item at the place that the address names; 404 where nobody was asked it there."""
    view = _view(sector)
    if view is None:
        abort(404)
    scope: Scope = "unit" if view.unit else "sector"
    figure = next(
        (
            row
            for row in view.figures.where(scope=scope, instrument=form)
            if row.key == item and row.measure in {"item", "overall"} and _here(view, row)
        ),
        None,
    )
    asked = next((one for one in view.study.forms if form in _names(one.instrument)), None)
    if figure is None or asked is None:
        abort(404)
    part = asked.parts.get(view.domain)
    mean = part.estimates.get(("mean_score", item)) if part and figure.value is not None else None
    return ItemView(view, asked.instrument, figure, mean), view.sector


def _view(sector: str) -> View | None:
    code, point = request.args.get(UNIT), request.args.get(POINT)
    asked = request.args.get("dot")
    if code is None:
        return reported(visible_sector(sector), asked=asked)
    found = visible_unit(code)
    if found.sector != sector:
        abort(404)
    if point is not None:
        return at_point(code, point)[0]
    return reported(current.current_programme().sector(sector), asked=asked, unit=found)


def _here(view: View, row: Figure) -> bool:
    return view.unit is None or row.unit_code == view.unit.code


def _names(form: Instrument) -> set[str]:
    return {form.code, f"{form.code}.v{form.version}"}


def _address(view: View) -> dict[str, Any]:
    """What a link to the same view carries."""
    place = {UNIT: view.unit and view.unit.code, POINT: view.point and view.point.code}
    return {"dot": view.period.key, **view.choice.address, **place}


def _plates(found: ItemView) -> Iterator[Plate]:
    yield from _levels(found)
    yield from _units(found)
    yield from _trend(found)


def _levels(found: ItemView) -> Iterator[Plate]:
    view = found.view
    for spread in levels.spreads(view.study.weighed, view.domain, view.scope.within):
        if (spread.form, spread.item.code) != (found.instrument.code, found.figure.key):
            continue
        if not spread.shares or not spread.counts:
            continue
        title, about = phrase("dash.item.levels"), phrase("dash.item.levels_about")
        names = tuple(level.label.get(current_language()) for level in spread.levels)
        name = spread.item.label.get(current_language())
        drawing = stacked([Stack(name, spread.shares)], names, title=title, about=about)
        columns = (
            Column(phrase("dash.item.level")), Column(phrase("figures.answers"), "number"),
            Column(phrase("dash.item.share"), "percent"),
        )  # fmt: skip
        rows = tuple(map(Row, zip(names, spread.counts, spread.shares, strict=True)))
        yield Plate("muc", title, about, columns, rows, drawing)


def _units(found: ItemView) -> Iterator[Plate]:
    """The units, the least satisfying first; what is held back stands last."""
    view, figure = found.view, found.figure
    if view.unit is not None:
        return
    each = memory.recall(
        ("units", view.scope.key, figure.measure), view.scope.waves,
        lambda _: estimates.of_units(view.scope, view.study, figure.measure),
    )  # fmt: skip
    rows = [row for row in each.where(instrument=figure.instrument) if row.key == figure.key]
    if len(rows) > 1:
        rows.sort(key=lambda row: (row.value is None, row.value or 0.0, row.unit_code or ""))
        title, about = phrase("dash.item.units"), phrase("dash.item.units_about")
        yield shares("don-vi", title, about, [(row.unit_name, row) for row in rows])


def _trend(found: ItemView) -> Iterator[Plate]:
    """The item wave by wave, where nothing is left out: a trend compares whole waves."""
    view = found.view
    points = [] if view.scope.partial else list(_points(found))
    if len(points) > 1:
        title, about = phrase("dash.item.trend"), phrase("office.trend_about")
        drawing = charts.trend(points, title=title, description=about)
        plate = shares("dot", title, about, [(one.wave.name, one.figure) for one in points])
        yield replace(plate, drawing=drawing)


def _points(found: ItemView) -> Iterator[Point]:
    view = found.view
    session, programme = current.current_session(), current.current_programme()
    for wave in reversed(waves.of_sector(session, programme.code, view.sector.key)):
        if wave.status == "draft":
            continue
        scope = replace(view.scope, waves=(wave,))
        items = memory.recall(
            ("items", wave.id, view.unit and view.unit.id), (wave,),
            partial(trends.items, scope=scope, unit=view.unit),
        )  # fmt: skip
        figure = items.get((found.instrument.code, found.figure.key))
        if figure is not None:
            yield Point(wave, figure)


def _comments(found: ItemView) -> list[cases.Item]:
    """Screened comments on the same form; not of one point, whose people are too few to hide."""
    view = found.view
    if view.point is not None:
        return []
    session, on = current.current_session(), current.today()
    own = [view.unit] if view.unit else units.of_sector(session, view.sector.key, on=on)
    queue = cases.of_units(session, [unit.id or 0 for unit in own], form=found.instrument.code)
    in_period = {wave.id for wave in view.period.waves}
    return [one for one in queue.items if one.wave.id in in_period][:_COMMENTS]


def written(mean: Estimate) -> str:
    """A mean with its interval, as it is written."""
    limits = mean.confidence_interval()
    ends = f"{filters.number(limits.low, 2)}–{filters.number(limits.high, 2)}"
    return f"{filters.number(mean.value, 2)} ({ends})"
