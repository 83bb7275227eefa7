"""What a report says of one sector rests on this: frozen figures of a year, or those of waves.

    NothingClosed(LookupError)   no wave of the period is closed, or nobody answered

A year that is published is told by its release; everything else is computed from the closed waves
of the period and is a draft. Waves that still take answers are left out, and named.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlmodel import Session

from app.documents import edition
from app.documents.edition import Line
from app.documents.report.period import Period
from app.summary import Summary
from surveys.fieldwork import waves
from surveys.publishing import publication, release_method
from surveys.questionnaires.programme import Programme, Sector
from surveys.results import estimates, respondents, trends, wishes
from surveys.results.estimates import Scope
from surveys.results.figures import Figures
from surveys.results.respondents import FormLevels, Profile
from surveys.results.trends import Trend
from surveys.results.wishes import FormWishes
from surveys.tables import Release, Wave
from surveys.weighting.calibrations import CalibrationFailed


class NothingClosed(LookupError):
    """No wave of the period is closed, or nobody answered."""


@dataclass(frozen=True)
class Source:
    """A sector over a period, with everything that is told of it."""

    programme: Programme
    sector: Sector
    period: Period
    figures: Figures
    #: How the figures were made, as it is frozen with a release.
    method: Mapping[str, Any]
    #: None where the figures are a draft.
    release: Release | None
    #: What was published for the year before, beside this year's; of drafts, wave by wave.
    compared: tuple[Line, ...]
    trends: tuple[Trend, ...]
    #: Empty where the answers are no longer those that were published.
    profiles: tuple[Profile, ...]
    levels: tuple[FormLevels, ...]
    #: Empty, too, where their weights cannot be made any more.
    wishes: tuple[FormWishes, ...]
    #: Waves of the period that still take answers.
    left_out: tuple[Wave, ...]
    demo: bool

    @cached_property
    def summary(self) -> Summary:
        """The figures as a page reads them."""
        return Summary(self.figures)

    @cached_property
    def forms(self) -> dict[str, str]:
        """Titles of the forms by the names that figures use: a code, or with its version."""
        titles = {}
        for form in self.method["instruments"]:
            titles[form["code"]] = form["title"]["vi"]
            titles[f"{form['code']}.v{form['version']}"] = (
                f"{form['title']['vi']} (v{form['version']})"
            )
        return titles

    @property
    def asks_wishes(self) -> bool:
        """Whether a form asks what people wish to see improved."""
        codes = [form["code"] for form in self.method["instruments"]]
        return any(self.programme.wishes_of(code) for code in codes)

    @property
    def answers(self) -> int:
        """How many answers count."""
        return sum(wave["answers"] for wave in self.method["waves"])


def load(session: Session, programme: Programme, sector: Sector, period: Period) -> Source:
    """What there is to report of a sector. Raises NothingClosed and CalibrationFailed."""
    known = waves.of_sector(session, programme.code, sector.key)
    held = [wave for wave in reversed(known) if wave.status != "draft" and period.holds(wave)]
    closed = tuple(wave for wave in held if wave.status != "open")
    if not closed:
        raise NothingClosed(sector.key)
    left_out = tuple(wave for wave in held if wave.status == "open")
    if period.whole_year and period.year is not None:
        release = publication.latest(session, programme.code, sector.key, period.year)
        if release is not None:
            return _published(session, programme, release, closed, left_out)
    return _draft(session, Scope(programme, sector.key, closed), period, left_out)


def _published(
    session: Session,
    programme: Programme,
    release: Release,
    closed: Sequence[Wave],
    left_out: tuple[Wave, ...],
) -> Source:
    found = edition.load(session, programme, release)
    told = {wave["code"]: wave["answers"] for wave in found.method["waves"]}
    held = [wave for wave in closed if wave.code in told]
    ids = _ids(held)
    counted = waves.answers(session, ids)
    same = told == {wave.code: counted.get(wave.id or 0, 0) for wave in held}
    groups = (None, *(unit.unit_code for unit in Summary(found.figures).statistics))
    compared = [line for code in dict.fromkeys(groups) for line in found.compared(code)]
    return Source(
        programme, found.sector, Period(release.year), found.figures, found.method, release,
        tuple(compared), (),
        respondents.profiles(session, ids) if same else (),
        respondents.levels(session, ids) if same else (),
        _still_wished(session, Scope(programme, release.sector, tuple(held))) if same else (),
        left_out, release.demo,
    )  # fmt: skip


def _draft(session: Session, scope: Scope, period: Period, left_out: tuple[Wave, ...]) -> Source:
    study = estimates.study(session, scope)
    if not study.figures:
        raise NothingClosed(scope.sector)
    # Through JSON, as the method of a release went: lists and not tuples, texts as keys.
    method = json.loads(json.dumps(release_method.describe(session, scope, study)))
    return Source(
        scope.programme, scope.programme.sector(scope.sector), period, study.figures, method, None,
        (), _trends(session, scope),
        respondents.profiles(session, _ids(scope.waves)),
        respondents.levels(session, _ids(scope.waves)),
        wishes.of_weighed(session, scope, study.weighed),
        left_out, any(wave.demo for wave in scope.waves),
    )  # fmt: skip


def _still_wished(session: Session, scope: Scope) -> tuple[FormWishes, ...]:
    """The wishes behind what is published, whose weights may need a frame that is gone."""
    try:
        return wishes.wishes(session, scope)
    except CalibrationFailed:
        return ()


def _trends(session: Session, scope: Scope) -> tuple[Trend, ...]:
    """The waves of the period, each with its change since the one before."""
    ids = _ids(scope.waves)
    found = trends.wave_trend(session, scope.programme, scope.sector)
    told = (
        Trend(each.target_key, tuple(point for point in each.points if point.wave.id in ids))
        for each in found
        if each.target_key is not None
    )
    return tuple(each for each in told if each.points)


def _ids(held: Collection[Wave]) -> list[int]:
    return [wave.id or 0 for wave in held]
