"""What an office sees: its sector, or its unit and those below it, never more."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import flask
from flask import abort, redirect, render_template, request, url_for

from app import session as current
from app import weighting
from app.language import current_language
from app.office import periods
from app.office.periods import Period
from app.summary import Summary
from surveys.fieldwork import modes
from surveys.offices import staff
from surveys.places import units
from surveys.questionnaires.programme import Sector
from surveys.results import estimates, trends
from surveys.results.estimates import Scope
from surveys.tables import Staff, Unit

Answer = flask.typing.ResponseReturnValue


#: Where accounts go that see no results.
_NO_RESULTS = {"administrator": "central.accounts", "entry": "office.collecting"}


@dataclass(frozen=True, slots=True)
class Report:
    """A sector, or one unit of it, over a period."""

    sector: Sector
    period: Period
    summary: Summary


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
    reports = [(known, _report(known)) for known in current.current_programme().sectors]
    demo = any(report.period.demo for _, report in reports if report)
    return render_template("office/home.html", reports=reports, demo=demo)


def sector(sector: str) -> Answer:
    """The results of a sector."""
    known = _visible_sector(sector)
    report = _report(known, asked=request.args.get("dot"))
    return _page("office/sector.html", report, sector=known)


def unit(code: str) -> Answer:
    """The results of a unit; one that only holds others shows which."""
    session, on = current.current_session(), current.today()
    found = _visible_unit(code)
    below = [other for other in units.below(session, found.id or 0, on=on) if other != found]
    if found.sector is None:
        return render_template("office/place.html", unit=found, below=below, demo=False)
    known = current.current_programme().sector(found.sector)
    report = _report(known, asked=request.args.get("dot"), unit_code=code)
    wide = staff.may_see_sector(_account(), known.key)
    return _page(
        "office/unit.html", report, unit_ids=[found.id or 0],
        sector=known, unit=found, below=below, wide=wide,
    )  # fmt: skip


def explain() -> Answer:
    """How to read the figures, by those of the page one comes from, or of one's own page."""
    report = _explained()
    rows = report.summary.headlines if report else ()
    figure = next((row for row in rows if row.value is not None), None)
    demo = report is not None and report.period.demo
    return render_template("office/explain.html", report=report, figure=figure, demo=demo)


def _explained() -> Report | None:
    """The report to explain; None where there is none yet."""
    account, asked = _account(), request.args.get("dot")
    code, key = request.args.get("donvi"), request.args.get("nganh")
    if code is None and key is None and account.role == "unit":
        code = current.current_session().get_one(Unit, account.unit_id).code
    if code is not None:
        found = _with_results(_visible_unit(code))
        if found is None or found.sector is None:
            return None
        known = current.current_programme().sector(found.sector)
        return _report(known, asked=asked, unit_code=found.code)
    own = account.sector or current.current_programme().sectors[0].key
    return _report(_visible_sector(key or own), asked=asked)


def _with_results(found: Unit) -> Unit | None:
    """The unit, or the first below it where it only holds others; None where it holds none."""
    if found.sector is not None:
        return found
    below = units.below(current.current_session(), found.id or 0, on=current.today())
    return next((unit for unit in below if unit.sector is not None), None)


def _visible_sector(key: str) -> Sector:
    """The sector, if it exists and the account may see it."""
    known = {one.key: one for one in current.current_programme().sectors}.get(key)
    if known is None:
        abort(404)
    if not staff.may_see_sector(_account(), key):
        abort(403)
    return known


def _visible_unit(code: str) -> Unit:
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


def _report(
    known: Sector, *, asked: str | None = None, unit_code: str | None = None
) -> Report | None:
    """The figures of a sector or a unit of it; None before its first wave."""
    session, programme = current.current_session(), current.current_programme()
    period = periods.choose(session, programme, known.key, asked=asked, on=current.today())
    if period is None:
        return None
    figures = estimates.estimate(session, Scope(programme, known.key, period.waves))
    return Report(known, period, Summary(figures, unit_code))


def _page(
    template: str,
    report: Report | None,
    *,
    unit: Unit | None = None,
    unit_ids: Collection[int] | None = None,
    **values: object,
) -> str:
    """A page of results: the report, and what explains it."""
    targets = {target.key: target for target in current.current_programme().targets}
    if report is None:
        return render_template(
            template, report=None, targets=targets, demo=False, unit=unit, **values
        )
    session, programme = current.current_session(), current.current_programme()
    found = trends.wave_trend(session, programme, report.sector.key, unit=unit)
    waves_ = [wave.id or 0 for wave in report.period.waves]
    return render_template(
        template,
        report=report,
        targets=targets,
        demo=report.period.demo,
        unit=unit,
        trends=found,
        failures=weighting.failures(session, programme, found),
        modes=modes.counts(session, waves_, unit_ids=unit_ids),
        titles=periods.form_titles(session, report.period, current_language()),
        **values,
    )
