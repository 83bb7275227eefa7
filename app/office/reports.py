"""The reports that an office owes, to be taken away: a page of links, and the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import flask
from flask import abort, make_response, redirect, render_template, request, url_for

from app import session as current
from app.documents import par, yearbook
from app.documents.report import making
from app.documents.report import period as periods
from app.documents.report.period import Period, UnknownPeriod
from app.documents.report.source import NothingClosed
from app.language import FIRST, current_language
from surveys.fieldwork import waves
from surveys.offices import staff
from surveys.publishing import publication
from surveys.questionnaires.programme import Sector
from surveys.tables import Wave

Answer = flask.typing.ResponseReturnValue

#: In an address: all sectors in one report.
ALL = "tat-ca"


@dataclass(frozen=True, slots=True)
class Offer:
    """The reports of a sector, or of all, that can be made now."""

    #: Its key in addresses, and what it is called; None for all sectors.
    key: str
    sector: Sector | None
    periods: tuple[Period, ...]
    #: Closed waves to choose from, the newest first.
    waves: tuple[Wave, ...]
    #: Years whose figures are published.
    published: frozenset[int]


def reports() -> Answer:
    """Every report that can be made now, and the points of units by year."""
    sectors = _visible()
    offers = [_offer(sector) for sector in sectors]
    if len(offers) > 1:
        found = {period.key: period for offer in offers for period in offer.periods}
        together = tuple(sorted(found.values(), key=_newest_first))
        offers.insert(0, Offer(ALL, None, together, (), frozenset()))
    years = sorted({p.year for offer in offers for p in offer.periods if p.year}, reverse=True)
    demo = any(wave.demo for offer in offers for wave in offer.waves)
    scoring = current.current_programme().scoring
    return render_template(
        "office/reports.html", offers=offers, years=years, scoring=scoring,
        kinds=list(making.KINDS), demo=demo,
    )  # fmt: skip


def report_file(sector: str, period: str, kind: str) -> Answer:
    """A report as a file; one that cannot be made is a page that does not exist."""
    if current_language() != FIRST:
        return _in_vietnamese()
    if kind not in making.KINDS:
        abort(404)
    sectors = _asked_for(sector)
    try:
        held = periods.read(period, tuple(request.args.getlist("dot")))
        made = making.report(
            current.current_session(), current.current_programme(), sectors, held,
            now=current.current_moment(),
        )  # fmt: skip
    except (UnknownPeriod, NothingClosed):
        abort(404)
    asked = making.KINDS[kind]
    data = asked.build(made, current.current_moment())
    return _file(data, asked.mimetype, f"bao-cao-{held.key}-{sector}.{kind}")


def points_file(sector: str, year: int, kind: str) -> Answer:
    """The points of the units of a year as a file."""
    if current_language() != FIRST:
        return _in_vietnamese()
    if kind not in making.POINTS_KINDS:
        abort(404)
    sectors = _asked_for(sector)
    try:
        found = making.points(current.current_session(), current.current_programme(), sectors, year)
    except (NothingClosed, par.NoScoring):
        abort(404)
    asked = making.POINTS_KINDS[kind]
    return _file(asked.build(found), asked.mimetype, f"diem-hai-long-{year}-{sector}.{kind}")


def yearbook_file(sector: str, year: int) -> Answer:
    """The published indices of a year with who answered, as a workbook."""
    sectors = _asked_for(sector)
    try:
        data = yearbook.build(current.current_session(), current.current_programme(), sectors, year)
    except NothingClosed:
        abort(404)
    return _file(data, making.POINTS_KINDS["xlsx"].mimetype, f"chi-so-{year}-{sector}.xlsx")


def _visible() -> list[Sector]:
    """The sectors of which the account sees everything; of a unit's account none, which is 403."""
    account = current.current_staff() or abort(401)
    known = current.current_programme().sectors
    return [each for each in known if staff.may_see_sector(account, each.key)] or abort(403)


def _asked_for(sector: str) -> list[Sector]:
    """The sector with this key, or all that the account may see; else 403 or 404."""
    found = [each for each in _visible() if sector in {each.key, ALL}]
    known = {each.key for each in current.current_programme().sectors}
    return found or abort(403 if sector in known else 404)


def _offer(sector: Sector) -> Offer:
    session, programme = current.current_session(), current.current_programme()
    known = waves.of_sector(session, programme.code, sector.key)
    closed = tuple(wave for wave in known if wave.status not in {"draft", "open"})
    found = {period.key: period for wave in closed for period in _periods(wave)}
    years = {release.year for release in publication.years(session, programme.code)
             if release.sector == sector.key}  # fmt: skip
    ordered = tuple(sorted(found.values(), key=_newest_first))
    return Offer(sector.key, sector, ordered, closed, frozenset(years))


def _periods(wave: Wave) -> Iterator[Period]:
    """The periods to which a wave belongs."""
    yield Period(wave.year)
    ended = (Period(wave.closes_on.year, part) for part in periods.PARTS)
    yield from (period for period in ended if period.holds(wave))


def _newest_first(period: Period) -> tuple[int, str]:
    return -(period.year or 0), period.part


def _in_vietnamese() -> Answer:
    """To the same file without another language: an official paper has but one."""
    given = {name: request.args.getlist(name) for name in request.args if name != "lang"}
    values = {**(request.view_args or {}), **given, "lang": FIRST}
    return redirect(url_for(request.endpoint or "", **values), 303)


def _file(data: bytes, mimetype: str, name: str) -> flask.Response:
    response = make_response(data)
    response.mimetype = mimetype
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
