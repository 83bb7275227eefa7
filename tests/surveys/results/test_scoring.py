"""Shares as points of the yearly scoring, by bands that are data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from surveys.questionnaires.labels import Label
from surveys.questionnaires.programme import Band, Scoring
from surveys.results import scoring
from surveys.results.scoring import Points
from tests import builders, released

RULE = Scoring(Label("Điểm", "Points"), "chờ đối chiếu", "", (Band(0.9, 9), Band(0.8, 7.5)))


@pytest.mark.parametrize(
    ("share", "points"),
    [(1, 9), (0.9, 9), (0.3 * 3, 9), (0.8999, 7.5), (0.8, 7.5), (0.79, 0), (0, 0)],
)
def test_a_share_has_the_points_of_the_highest_band_it_reaches(share: float, points: float) -> None:
    assert scoring.points_of(RULE, share) == points


def test_points_stand_beside_those_at_the_ends_of_the_interval() -> None:
    found = scoring.score(RULE, replace(released.UNIT, value=0.887, low=0.79, high=0.94))
    assert found == Points(7.5, 0, 9)
    assert not found.settled
    sure = scoring.score(RULE, replace(released.UNIT, value=0.95, low=0.93, high=0.97))
    assert sure is not None
    assert sure.settled


def test_what_is_held_back_has_no_points() -> None:
    assert scoring.score(RULE, released.SILENT) is None


def test_the_bands_that_ship_say_that_they_are_assumed() -> None:
    rule = builders.programme().scoring
    assert rule is not None
    assert rule.status == "chờ đối chiếu"
    assert "Giả định" in rule.source
