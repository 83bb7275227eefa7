"""The satisfied share of a unit as points of the yearly scoring of its administrative reform.

The bands are the programme's data. A share is an estimate, so beside its points stand those that
both ends of its interval would bring: where they differ, the answers do not settle the points.
"""

from __future__ import annotations

from dataclasses import dataclass

from surveys.questionnaires.programme import Scoring
from surveys.results.figures import Figure


@dataclass(frozen=True, slots=True)
class Points:
    """The points of a figure, and those at the ends of its interval."""

    points: float
    least: float
    most: float

    @property
    def settled(self) -> bool:
        """Whether the whole interval brings the same points."""
        return self.least == self.most


def points_of(scoring: Scoring, share: float) -> float:
    """The points of the highest band that a share reaches; 0 below all of them."""
    # A share such as 0.9 may come out of its sums a last digit lower.
    reached = (band.points for band in scoring.bands if share >= band.reaches - 1e-12)
    return next(reached, 0.0)


def score(scoring: Scoring, figure: Figure) -> Points | None:
    """The points of a figure; None where it may not be shown."""
    if figure.value is None:
        return None
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    ends = (points_of(scoring, low), points_of(scoring, high))
    return Points(points_of(scoring, figure.value), *ends)
