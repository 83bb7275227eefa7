"""A published year of a sector as pages and files show it: frozen rows, nothing computed anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from sqlmodel import Session

from app.language import current_language
from surveys.publishing import publication
from surveys.questionnaires.programme import Programme, Sector, Target
from surveys.results.figures import Figure, Figures, collect
from surveys.tables import Release


@dataclass(frozen=True)
class Edition:
    """A release with its figures, and those that were in force for the year before."""

    programme: Programme
    release: Release
    figures: Figures
    #: None where nothing was published for the year before.
    previous_release: Release | None
    previous: Figures

    @property
    def sector(self) -> Sector:
        """The sector it is about."""
        return self.programme.sector(self.release.sector)

    @property
    def targets(self) -> Mapping[str, Target]:
        """The programme's targets by key."""
        return {target.key: target for target in self.programme.targets}

    @cached_property
    def method(self) -> Mapping[str, Any]:
        """How the figures were made, as it was frozen with them."""
        return cast("Mapping[str, Any]", json.loads(self.release.method))

    @cached_property
    def form_titles(self) -> dict[str, str]:
        """The titles of the forms by their code, as they were when the figures were frozen."""
        titles = {form["code"]: form["title"] for form in self.method["instruments"]}
        language = current_language()
        return {code: title.get(language, title["vi"]) for code, title in titles.items()}

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """All figures in order, each beside the same figure of the year before."""
        before = {_identity(figure): figure for figure in self.previous}
        return tuple(Line(self, figure, before.get(_identity(figure))) for figure in self.figures)

    def headlines(self) -> tuple[Line, ...]:
        """What targets judge in the sector and its groups, in the order of the programme."""
        order = [target.key for target in self.programme.targets]
        judged = [line for line in self.lines if line.judged and line.figure.scope != "unit"]
        return tuple(sorted(judged, key=lambda line: order.index(line.figure.target_key or "")))

    def compared(self, unit_code: str | None = None) -> tuple[Line, ...]:
        """The judged figures of the sector, or of a unit, that were published a year before too."""
        return tuple(
            line
            for line in self.lines
            if line.judged and line.before is not None and line.figure.unit_code == unit_code
        )


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of an edition, and the same figure of the year before where there was one."""

    edition: Edition
    figure: Figure
    before: Figure | None

    @property
    def judged(self) -> bool:
        """True where a target of the programme applies to it."""
        return self.figure.target_key is not None

    @property
    def apart(self) -> bool:
        """True where the two intervals do not meet: more than chance."""
        now, before = self.figure, self.before
        if before is None or None in {now.low, now.high, before.low, before.high}:
            return False
        return (now.low or 0) > (before.high or 0) or (now.high or 0) < (before.low or 0)

    @property
    def change(self) -> float | None:
        """The difference from the year before; None where one of the two is not published."""
        if self.before is None or self.before.value is None or self.figure.value is None:
            return None
        return self.figure.value - self.before.value


def load(
    session: Session, programme: Programme, release: Release, figures: Figures | None = None
) -> Edition:
    """The edition of a release, beside the newest release of the year before.

    A draft is no release yet, and brings its `figures` along.
    """
    previous = publication.latest(session, programme.code, release.sector, release.year - 1)
    return Edition(
        programme,
        release,
        publication.figures_of(session, release) if figures is None else figures,
        previous,
        publication.figures_of(session, previous) if previous else collect(()),
    )


def overview(session: Session, programme: Programme, release: Release) -> Edition:
    """The edition of a release with the indices of the sector and its groups alone."""
    return Edition(programme, release, publication.indices_of(session, release), None, collect(()))


def _identity(figure: Figure) -> tuple[object, ...]:
    """What makes two figures of two years the same one."""
    return (
        figure.scope,
        figure.measure,
        figure.key,
        figure.instrument,
        figure.unit_code,
        figure.target_key,
    )
