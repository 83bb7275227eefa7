"""The published indices: years, sectors and units as pages, and the same figures as files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import flask
from flask import abort, make_response, render_template, request

from app import freshness
from app.documents import edition as editions
from app.documents import method as documented_method
from app.documents import table, workbook
from app.documents.edition import Edition
from app.public import catalogue
from app.session import current_programme, current_session
from app.summary import Summary
from surveys.publishing import publication
from surveys.publishing.differences import Differences, differences
from surveys.tables import Release

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class File:
    """A kind of file: its type, and how it is made of editions."""

    mimetype: str
    build: Callable[[Sequence[Edition]], bytes]


FILES = {"csv": File("text/csv", table.build), "xlsx": File(_XLSX, workbook.build)}


def front() -> flask.Response:
    """The front door: what this is, a place to type a code, the newest indices."""
    newest = _in_force()
    return freshness.answer(newest, lambda: _overview("public/front.html", _newest_year(newest)))


def method() -> flask.Response:
    """How the figures are made, in plain words."""
    return freshness.answer((), lambda: render_template("public/method.html"))


def indices() -> flask.Response:
    """All years and sectors with the index in force."""
    found = _in_force()
    return freshness.answer(found, lambda: _overview("public/indices.html", found))


def year(year: int) -> flask.Response:
    """The yearly index: all sectors of a year."""
    found = _of_year(year)
    return freshness.answer(found, lambda: _overview("public/year.html", found, year=year))


def sector(year: int, sector: str) -> flask.Response:
    """A sector's index of a year, with everything needed to judge it."""
    chosen, revisions = _chosen(year, sector)
    return freshness.answer(
        [chosen, *revisions, *_year_before(chosen)],
        lambda: _edition_page("public/sector.html", chosen, revisions=revisions),
    )


def unit(year: int, sector: str, unit_code: str) -> flask.Response:
    """One unit in a sector's index of a year."""
    chosen, revisions = _chosen(year, sector)
    return freshness.answer(
        [chosen, *revisions, *_year_before(chosen)],
        lambda: _edition_page("public/unit.html", chosen, revisions=revisions, unit=unit_code),
    )


def year_file(year: int, kind: str) -> flask.Response:
    """The yearly index of all sectors as one file."""
    found = _of_year(year)
    before = [release for one in found for release in _year_before(one)]
    return _file(found, before, kind, name=f"chi-so-{year}")


def sector_file(year: int, sector: str, kind: str) -> flask.Response:
    """A sector's index of a year as a file; as JSON, the very text that the checksum covers."""
    chosen, _ = _chosen(year, sector)
    name = f"chi-so-{year}-{sector}"
    if chosen.revision > 1:
        name += f"-ban-{chosen.revision}"
    if kind == "json":
        response = freshness.answer(
            [chosen], lambda: _canonical(chosen), mimetype="application/json"
        )
    else:
        response = _file([chosen], _year_before(chosen), kind, name=name)
    response.headers["X-Release-SHA256"] = chosen.sha256
    return _named(response, f"{name}.{kind}")


def _file(
    releases: Sequence[Release], before: Sequence[Release], kind: str, *, name: str
) -> flask.Response:
    file = FILES[kind]
    response = freshness.answer(
        [*releases, *before],
        lambda: file.build([_edition(release) for release in releases]),
        mimetype=file.mimetype,
    )
    return _named(response, f"{name}.{kind}")


def _named(response: flask.Response, name: str) -> flask.Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _canonical(release: Release) -> str:
    session = current_session()
    return publication.canonical_text(release, publication.rows_of(session, release))


def _overview(template: str, releases: Sequence[Release], **values: object) -> str:
    """A page of several releases: the figures of each that a target judges."""
    session, programme = current_session(), current_programme()
    shown = [editions.overview(session, programme, release) for release in releases]
    return render_template(
        template,
        editions=shown,
        lines=[line for edition in shown for line in edition.headlines()],
        demo=any(release.demo for release in releases),
        **values,
    )


def _edition_page(
    template: str, release: Release, *, revisions: Sequence[Release], unit: str | None = None
) -> str:
    shown = _edition(release)
    named = shown.figures.where(unit_code=unit).first()
    if named is None:
        abort(_missing())
    return render_template(
        template,
        edition=shown,
        release=release,
        revisions=revisions,
        summary=Summary(shown.figures, unit),
        name=named.unit_name,
        method=documented_method.describe(shown),
        titles=shown.form_titles,
        dataset=catalogue.dataset(release) if unit is None else None,
        differences=_since(release, revisions, shown) if unit is None else None,
        demo=release.demo,
    )


def _since(release: Release, revisions: Sequence[Release], shown: Edition) -> Differences | None:
    """What a revision changed; None of the first."""
    before = [one for one in revisions if one.revision < release.revision]
    if not before:
        return None
    return differences(publication.figures_of(current_session(), before[-1]), shown.figures)


def _edition(release: Release) -> Edition:
    return editions.load(current_session(), current_programme(), release)


def _in_force() -> list[Release]:
    """The newest revision of every year and sector: newest year first, sectors in their order."""
    order = [sector.key for sector in current_programme().sectors]
    found = publication.years(current_session(), current_programme().code)
    return sorted(found, key=lambda release: (-release.year, order.index(release.sector)))


def _newest_year(releases: Sequence[Release]) -> list[Release]:
    return [release for release in releases if release.year == releases[0].year]


def _of_year(year: int) -> list[Release]:
    found = [release for release in _in_force() if release.year == year]
    return found or abort(_missing())


def _chosen(year: int, sector: str) -> tuple[Release, list[Release]]:
    """The revision that the address asks for (the newest without `?ban=`), and all revisions."""
    programme, session = current_programme(), current_session()
    # Asked before the database, which refuses some of what an address can hold.
    known = any(one.key == sector for one in programme.sectors)
    revisions = publication.revisions(session, programme.code, sector, year) if known else []
    if not revisions:
        abort(_missing())
    wanted = request.args.get("ban", str(revisions[-1].revision))
    chosen = {str(release.revision): release for release in revisions}.get(wanted)
    return chosen or abort(_missing()), revisions


def _year_before(release: Release) -> list[Release]:
    found = publication.latest(
        current_session(), release.programme, release.sector, release.year - 1
    )
    return [found] if found else []


def _missing() -> flask.Response:
    """A page that says that this is not published, and where the published figures are."""
    return make_response(render_template("public/missing.html", demo=False), 404)
