"""A published year of a sector as pages and files show it: frozen rows, nothing computed anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlmodel import Session

from surveys import publication
from surveys.figures import Figure, Figures, collect
from surveys.programme import Programme, Sector
from surveys.tables import Release


@dataclass(frozen=True, slots=True)
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
    def method(self) -> Mapping[str, Any]:
        """How the figures were made, as it was frozen with them."""
        return cast("Mapping[str, Any]", json.loads(self.release.method))

    @property
    def lines(self) -> tuple[Line, ...]:
        """All figures in order, each beside the same figure of the year before."""
        before = {_identity(figure): figure for figure in self.previous}
        return tuple(Line(self, figure, before.get(_identity(figure))) for figure in self.figures)

    def headlines(self) -> tuple[Line, ...]:
        """The figures that a target judges for the whole sector or a group of its fields."""
        return tuple(
            line
            for line in self.lines
            if line.figure.scope != "unit" and line.figure.measure == "index" and line.judged
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
        return self.figure.target is not None

    @property
    def change(self) -> float | None:
        """The difference from the year before; None where one of the two is not published."""
        if self.before is None or self.before.value is None or self.figure.value is None:
            return None
        return self.figure.value - self.before.value


def load(session: Session, programme: Programme, release: Release) -> Edition:
    """The edition of a release, beside the newest release of the year before."""
    previous = publication.latest(session, programme.code, release.sector, release.year - 1)
    return Edition(
        programme,
        release,
        publication.figures_of(session, release),
        previous,
        publication.figures_of(session, previous) if previous else collect(()),
    )


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
