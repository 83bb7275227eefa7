"""What an office sees: its sector, or its unit and those below it, never more."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from typing import Any

import flask
from flask import abort, redirect, render_template, request, url_for

from app import memory, weighting
from app import session as current
from app.language import current_language
from app.office import choices, dashboards, groups, periods, plates
from app.office.dashboards import View
from app.sampling import advice
from surveys.fieldwork import modes, waves
from surveys.offices import staff
from surveys.places import units
from surveys.questionnaires.programme import Sector
from surveys.results import estimates, steering, trends
from surveys.results.estimates import Scope
from surveys.results.figures import collect
from surveys.results.steering import Plan
from surveys.results.trends import Trend
from surveys.tables import ServicePoint, Staff, Unit

Answer = flask.typing.ResponseReturnValue


#: How many rows of each table of a plan stand on a page, those first that lack most.
_ROWS = 100

#: Where accounts go that see no results.
_NO_RESULTS = {"administrator": "central.accounts", "entry": "office.collecting"}


def home() -> Answer:
    """To the one page of a sector or unit office; for the whole house, all its sectors."""
    account = _account()
    if account.role in _NO_RESULTS:
        return redirect(url_for(_NO_RESULTS[account.role]), 303)
    if account.role == "sector":
        return redirect(url_for("office.sector", sector=account.sector), 303)
    if account.role == "unit":
        own = current.current_session().get_one(Unit, account.unit_id)
        return redirect(url_for("office.unit", code=own.code), 303)
    reports = [(known, reported(known)) for known in current.current_programme().sectors]
    demo = any(report.period.demo for _, report in reports if report)
    return render_template("office/home.html", reports=reports, demo=demo)


def duties() -> Answer:
    """What waits for the account."""
    session, programme = current.current_session(), current.current_programme()
    demo = waves.made_up(session, programme.code)
    return render_template("office/duties.html", demo=demo)


def sector(sector: str) -> Answer:
    """The results of a sector."""
    known = visible_sector(sector)
    report = reported(known, asked=request.args.get("dot"))
    return _page("office/sector.html", report, sector=known)


def unit(code: str) -> Answer:
    """The results of a unit; one that only holds others shows which."""
    session, on = current.current_session(), current.today()
    found = visible_unit(code)
    below = [other for other in units.below(session, found.id or 0, on=on) if other != found]
    if found.sector is None:
        return render_template("office/place.html", unit=found, below=below, demo=False)
    known = current.current_programme().sector(found.sector)
    report = reported(known, asked=request.args.get("dot"), unit=found)
    points = units.points_of(session, [found.id or 0], on=on)
    wide = staff.may_see_sector(_account(), known.key)
    return _page(
        "office/unit.html", report, sector=known, unit=found, below=below, wide=wide,
        points=points,
    )  # fmt: skip


def point(code: str, point: str) -> Answer:
    """What people said at one service point of a unit."""
    report, found, place = at_point(code, point)
    known = current.current_programme().sector(found.sector or "")
    return _page("office/point.html", report, sector=known, unit=found, place=place)


def sector_groups(sector: str) -> Answer:
    """The people of a sector told apart by one thing."""
    known = visible_sector(sector)
    return _told_apart(reported(known, asked=request.args.get("dot")), known)


def unit_groups(code: str) -> Answer:
    """The people of a unit told apart by one thing."""
    found = visible_unit(code)
    if found.sector is None:
        abort(404)
    known = current.current_programme().sector(found.sector)
    return _told_apart(reported(known, asked=request.args.get("dot"), unit=found), known, found)


def _told_apart(report: View | None, sector: Sector, unit: Unit | None = None) -> Answer:
    by = request.args.get("theo") or next(iter(groups.CHARTS))
    if report is None or by not in groups.CHARTS:
        abort(404)
    plate = groups.plate(report, by)
    return render_template(
        "office/groups.html", report=report, sector=sector, unit=unit, by=by,
        offered=groups.offered(report), plates=[plate] if plate else [],
        chart=_chart_address(report), demo=report.period.demo,
    )  # fmt: skip


def sector_chart(sector: str, name: str, kind: str) -> Answer:
    """One chart of a sector's page as a file."""
    return _file(reported(visible_sector(sector), asked=request.args.get("dot")), name, kind)


def unit_chart(code: str, name: str, kind: str) -> Answer:
    """One chart of a unit's page as a file."""
    found = visible_unit(code)
    if found.sector is None:
        abort(404)
    known = current.current_programme().sector(found.sector)
    return _file(reported(known, asked=request.args.get("dot"), unit=found), name, kind)


def point_chart(code: str, point: str, name: str, kind: str) -> Answer:
    """One chart of a service point's page as a file."""
    return _file(at_point(code, point)[0], name, kind)


def sampling(sector: str) -> Answer:
    """What the open waves of a sector still lack, unit by unit, and tickets that would bring it."""
    known = visible_sector(sector)
    session, programme, on = (
        current.current_session(), current.current_programme(), current.today(),
    )  # fmt: skip
    running = [
        wave
        for wave in waves.of_sector(session, programme.code, known.key)
        if wave.status == "open" and wave.opens_on <= on
    ]
    places = units.of_sector(session, known.key, on=on)
    plans = [
        steering.plan(
            session, wave, memory.study_of(Scope(programme, known.key, (wave,))), places,
            memory.recall(("hours", wave.id), (wave,), partial(steering.hours, wave=wave)), on=on,
        )
        for wave in running
    ]  # fmt: skip
    rows = max((max(len(plan.needs), len(plan.hours)) for plan in plans), default=0)
    pages = max(1, math.ceil(rows / _ROWS))
    page = min(max(1, request.args.get("trang", 1, type=int)), pages)
    return render_template(
        "office/sampling.html", sector=known, plans=[_part(plan, page) for plan in plans],
        page=page, pages=pages, bands=steering.BANDS, advice=advice,
        fields={field.key: field.label for field in programme.fields},
        demo=any(wave.demo for wave in running),
    )  # fmt: skip


def _part(plan: Plan, page: int) -> Plan:
    """A plan with the rows of one page."""
    rows = slice((page - 1) * _ROWS, page * _ROWS)
    return replace(plan, needs=plan.needs[rows], hours=plan.hours[rows])


def at_point(code: str, name: str) -> tuple[View | None, Unit, ServicePoint]:
    """The view of a service point with its unit; 404 where the unit has none of this name."""
    session, on = current.current_session(), current.today()
    found = visible_unit(code)
    points = {one.code: one for one in units.points_of(session, [found.id or 0], on=on)}
    if found.sector is None or name not in points:
        abort(404)
    known = current.current_programme().sector(found.sector)
    asked = request.args.get("dot")
    return reported(known, asked=asked, unit=found, point=points[name]), found, points[name]


def _file(report: View | None, name: str, kind: str) -> flask.Response:
    if report is None:
        abort(404)
    if name in groups.CHARTS:
        plate = groups.plate(report, name)
    else:
        found = dashboards.plates(report, _trends(report))
        plate = next((one for one in found if one.key == name), None)
    return plates.file(plate, kind) if plate is not None else abort(404)


def explain() -> Answer:
    """How to read the figures, by those of the page one comes from, or of one's own page."""
    report = _explained()
    rows = report.summary.headlines if report else ()
    figure = next((row for row in rows if row.value is not None), None)
    demo = report is not None and report.period.demo
    return render_template("office/explain.html", report=report, figure=figure, demo=demo)


def _explained() -> View | None:
    """The report to explain; None where there is none yet."""
    account, asked = _account(), request.args.get("dot")
    code, key = request.args.get("donvi"), request.args.get("nganh")
    if code is None and key is None and account.role == "unit":
        code = current.current_session().get_one(Unit, account.unit_id).code
    if code is not None:
        found = _with_results(visible_unit(code))
        if found is None or found.sector is None:
            return None
        known = current.current_programme().sector(found.sector)
        return reported(known, asked=asked, unit=found)
    own = account.sector or current.current_programme().sectors[0].key
    return reported(visible_sector(key or own), asked=asked)


def _with_results(found: Unit) -> Unit | None:
    """The unit, or the first below it where it only holds others; None where it holds none."""
    if found.sector is not None:
        return found
    below = units.below(current.current_session(), found.id or 0, on=current.today())
    return next((unit for unit in below if unit.sector is not None), None)


def visible_sector(key: str) -> Sector:
    """The sector, if it exists and the account may see it."""
    known = {one.key: one for one in current.current_programme().sectors}.get(key)
    if known is None:
        abort(404)
    if not staff.may_see_sector(_account(), key):
        abort(403)
    return known


def visible_unit(code: str) -> Unit:
    """The unit, if it exists and the account may see it."""
    session, on = current.current_session(), current.today()
    # PostgreSQL knows no text with a NUL in it.
    found = units.find(session, code, on=on) if code.isprintable() else None
    if found is None:
        abort(404)
    if not staff.may_see_unit(session, _account(), found, on=on):
        abort(403)
    return found


def _account() -> Staff:
    account = current.current_staff()
    return account if account is not None else abort(401)


def reported(
    known: Sector,
    *,
    asked: str | None = None,
    unit: Unit | None = None,
    point: ServicePoint | None = None,
) -> View | None:
    """The figures of a sector, a unit or a point of it; None before its first wave."""
    session, programme = current.current_session(), current.current_programme()
    period = periods.choose(session, programme, known.key, asked=asked, on=current.today())
    if period is None:
        return None
    choice = choices.chosen(session, programme, period)
    points = frozenset([point.id or 0] if point else [])
    scope = choice.narrow(Scope(programme, known.key, period.waves), points=points)
    study = memory.study_of(scope)
    figures = study.figures
    if unit is not None:
        others = (row for row in figures if row.unit_code != unit.code)
        figures = collect([*others, *estimates.of_unit(scope, study, unit)])
    return View(known, period, choice, scope, study, figures, unit, point)


def _trends(report: View) -> tuple[Trend, ...]:
    """Wave by wave, where nothing is left out: a trend compares whole waves."""
    if report.scope.partial:
        return ()
    session, programme = current.current_session(), current.current_programme()
    return trends.wave_trend(
        session, programme, report.sector.key, unit=report.unit,
        known=None if report.unit else (report.scope, report.study), recall=memory.recall,
    )  # fmt: skip


def _chart_address(report: View) -> partial[str]:
    """What gives the address of a chart's file, by `name` and `kind`, for the same view."""
    kept: dict[str, Any] = {"dot": report.period.key, **report.choice.address}
    if report.unit is None:
        return partial(url_for, "office.sector_chart", sector=report.sector.key, **kept)
    kept["code"] = report.unit.code
    if report.point is None:
        return partial(url_for, "office.unit_chart", **kept)
    return partial(url_for, "office.point_chart", point=report.point.code, **kept)


def _page(template: str, report: View | None, *, unit: Unit | None = None, **values: object) -> str:
    """A page of results: the report, and what explains it."""
    session, programme = current.current_session(), current.current_programme()
    targets = {target.key: target for target in programme.targets}
    if report is None:
        return render_template(
            template, report=None, targets=targets, demo=False, unit=unit, **values
        )
    found = _trends(report)
    waves_ = [wave.id or 0 for wave in report.period.waves]
    unit_ids = [unit.id or 0] if unit else None
    return render_template(
        template,
        report=report,
        targets=targets,
        demo=report.period.demo,
        unit=unit,
        trends=found,
        plates=list(dashboards.plates(report, found)),
        chart=_chart_address(report),
        failures=weighting.failures(session, programme, found),
        modes=memory.recall(
            ("modes", *waves_, unit_ids and unit_ids[0]),
            report.period.waves,
            partial(modes.counts, wave_ids=waves_, unit_ids=unit_ids),
        ),
        split=any(any(waves.subsets_of(session, one).values()) for one in report.period.waves),
        titles=periods.form_titles(session, report.period, current_language()),
        **values,
    )
