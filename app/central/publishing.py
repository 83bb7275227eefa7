"""What was published, and a sector's year made ready: its figures frozen in a draft."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import session as current
from app import weighting
from app.central.forms import Publish
from app.language import phrase
from surveys.fieldwork import waves
from surveys.publishing import proposals, publication, steps
from surveys.publishing.proposals import PublicationError, WeightsFailed
from surveys.questionnaires.programme import Sector
from surveys.tables import Release, ReleaseDraft, Wave

Answer = flask.typing.ResponseReturnValue


@dataclass(frozen=True, slots=True)
class Year:
    """A sector's year and what stands in the way of a draft."""

    sector: Sector
    year: int
    waves: tuple[Wave, ...]
    #: The release in force, which a new one would replace.
    before: Release | None
    #: The draft that is on its way: it comes first.
    pending: ReleaseDraft | None
    #: Why nothing can be frozen today.
    refusal: PublicationError | None = None

    @property
    def unfinished(self) -> tuple[Wave, ...]:
        """Waves that take answers yet."""
        return tuple(wave for wave in self.waves if wave.status == "open")

    @property
    def ready(self) -> bool:
        """Whether a draft can be made."""
        return self.pending is None and self.refusal is None


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
        "central/releases.html", programme=programme, years=years, done=done, demo=demo,
        on_the_way=[*steps.waiting(session), *steps.checked(session)], status_of=steps.status_of,
    )  # fmt: skip


def publish(sector: str, year: int) -> Answer:
    """What a year's draft would rest on, then the draft; a refusal says why."""
    form = Publish()
    if flask.request.method in current.READING:
        return _page(form, _year(sector, year))
    if not form.validate_on_submit():
        return _page(form, _year(sector, year), "central.reason_long"), 400
    found = _year(sector, year, propose=False)
    try:
        made = steps.draft(
            current.current_session(),
            programme=current.current_programme(),
            sector=sector,
            year=year,
            by=current.current_staff() or abort(401),
            now=current.current_moment(),
            reason=form.reason.data or "",
        )
    except PublicationError as refused:
        return _page(form, _year(sector, year), _why(refused)), 409
    flash(phrase("drafts.done_drafted", sector=found.sector.label.vi, year=year))
    return redirect(url_for("central.draft", number=made.id), 303)


def _page(form: Publish, found: Year, problem: str | None = None) -> str:
    session, programme = current.current_session(), current.current_programme()
    failed = found.refusal if isinstance(found.refusal, WeightsFailed) else None
    return render_template(
        "central/publish.html",
        form=form,
        found=found,
        refusal=_why(found.refusal) if found.refusal else None,
        failure=weighting.failure(session, programme, failed.failure) if failed else None,
        problem=problem,
        demo=any(wave.demo for wave in found.waves),
    )


def _year(sector: str, year: int, *, propose: bool = True) -> Year:
    session, programme = current.current_session(), current.current_programme()
    known = {one.key: one for one in programme.sectors}.get(sector)
    if known is None:
        abort(404)
    every = waves.of_sector(session, programme.code, sector)
    of_year = tuple(wave for wave in every if wave.year == year)
    if not of_year:
        abort(404)
    before = publication.latest(session, programme.code, sector, year)
    pending = steps.pending(session, programme.code, sector, year)
    refusal = _refusal(sector, year, before) if propose and pending is None else None
    return Year(known, year, of_year, before, pending, refusal)


def _refusal(sector: str, year: int, before: Release | None) -> PublicationError | None:
    """Why no draft can be made today, as far as it does not hang on what is typed."""
    session, programme = current.current_session(), current.current_programme()
    try:
        found = proposals.propose(session, programme, sector, year)
        if before is not None:
            proposals.check_correction(session, found, before, "…")
    except PublicationError as refused:
        return refused
    return None


def _why(refused: PublicationError) -> str:
    return f"central.refused.{type(refused).__name__}"
