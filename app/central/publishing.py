"""Publishing a sector's year: what would be frozen, what is odd about it, then the freezing."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import deliveries, weighting
from app import session as current
from app.central.forms import Publish
from app.language import phrase
from app.summary import Summary
from surveys.fieldwork import waves
from surveys.publishing import disclosure, publication
from surveys.publishing.publication import PublicationError
from surveys.questionnaires.programme import Sector
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.figures import Figures, collect
from surveys.tables import Release, Wave
from surveys.weighting.calibrations import CalibrationFailed

Answer = flask.typing.ResponseReturnValue


@dataclass(frozen=True, slots=True)
class Proposal:
    """A sector's year as it would be published now."""

    sector: Sector
    year: int
    waves: tuple[Wave, ...]
    #: Waves of the year that are not closed: the year cannot be published yet.
    unfinished: tuple[Wave, ...]
    figures: Figures
    #: The release in force, which this one would replace.
    before: Release | None
    #: Why the answers have no weights, in words; then there are no figures.
    failure: str | None = None

    @property
    def unweighted(self) -> Figures:
        """The indices of units whose number of people served is not known."""
        return collect(row for row in self._units() if not row.weighted)

    @property
    def incomplete(self) -> Figures:
        """The indices of units of which some months of people served are missing."""
        return collect(row for row in self._units() if row.missing)

    @property
    def held_back(self) -> Figures:
        """The indices of units that will not be shown."""
        return collect(row for row in self._units() if row.showing == "suppressed")

    @property
    def ready(self) -> bool:
        """Whether it can be published."""
        return bool(self.waves) and not self.unfinished and self.failure is None

    def _units(self) -> Figures:
        return collect(row for table in Summary(self.figures).units() for row in table)


def releases() -> Answer:
    """Every publication with its revision, reason and checksum, and the years that can follow."""
    session, programme = current.current_session(), current.current_programme()
    years = {
        sector.key: sorted(
            {wave.year for wave in waves.of_sector(session, programme.code, sector.key)},
            reverse=True,
        )
        for sector in programme.sectors
    }
    done = [
        release
        for sector, known in years.items()
        for year in known
        for release in publication.revisions(session, programme.code, sector, year)
    ]
    demo = any(release.demo for release in done)
    return render_template(
        "central/releases.html", programme=programme, years=years, done=done, demo=demo
    )


def publish(sector: str, year: int) -> Answer:
    """First what would be frozen, then the freezing; a refusal says why."""
    form = Publish()
    proposal = _proposal(sector, year)
    if flask.request.method in current.READING:
        return _page(form, proposal)
    if not form.validate_on_submit():
        return _page(form, proposal, "central.reason_long"), 400
    account = current.current_staff()
    try:
        release = publication.publish(
            current.current_session(),
            programme=current.current_programme(),
            sector=sector,
            year=year,
            by=account.name if account else abort(401),
            now=current.current_moment(),
            reason=(form.reason.data or "").strip(),
        )
    except PublicationError as refused:
        return _page(form, proposal, _why(refused)), 409
    flash(phrase("central.published", sector=proposal.sector.label.vi, revision=release.revision))
    return deliveries.send_soon(flask.make_response(redirect(url_for("central.releases"), 303)))


def _page(form: Publish, proposal: Proposal, problem: str | None = None) -> str:
    return render_template(
        "central/publish.html",
        form=form,
        proposal=proposal,
        summary=Summary(proposal.figures),
        targets={target.key: target for target in current.current_programme().targets},
        problem=problem,
        demo=any(wave.demo for wave in proposal.waves),
    )


def _proposal(sector: str, year: int) -> Proposal:
    session, programme = current.current_session(), current.current_programme()
    known = {one.key: one for one in programme.sectors}.get(sector)
    if known is None:
        abort(404)
    of_year = [w for w in waves.of_sector(session, programme.code, sector) if w.year == year]
    if not of_year:
        abort(404)
    finished = tuple(wave for wave in of_year if wave.status in {"closed", "published"})
    figures, failure = collect([]), None
    try:
        if finished:
            found = estimates.estimate(session, Scope(programme, sector, finished))
            figures = disclosure.protected(found)
    except CalibrationFailed as failed:
        failure = weighting.failure(session, programme, failed)
    return Proposal(
        sector=known,
        year=year,
        waves=finished,
        unfinished=tuple(wave for wave in of_year if wave.status == "open"),
        figures=figures,
        before=publication.latest(session, programme.code, sector, year),
        failure=failure,
    )


def _why(refused: PublicationError) -> str:
    return f"central.refused.{type(refused).__name__}"
