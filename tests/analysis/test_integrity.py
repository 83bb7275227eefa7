"""Signs of suspicion: planted ones are found, chance ones are rare."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import IndexRule, MethodError, Node, TotalsError, post_stratify
from analysis.integrity import (
    Burst,
    Turnout,
    burst,
    hasty,
    seconds_per_item,
    sensitivity,
    straight_lines,
    turnout,
    unusual_groups,
)
from tests.analysis.samples import ONE_ITEM, Row, sums, whole

NONE = np.nan


def test_a_straight_line_is_one_value_throughout() -> None:
    answers = [
        [5, 5, 5, 5, 5, 5],
        [5, 5, 5, 5, 5, 4],
        [4, NONE, 4, 4, 4, 4],
        [4, NONE, NONE, 4, 4, 4],
        [NONE] * 6,
    ]
    assert straight_lines(answers).tolist() == [True, False, True, False, False]
    assert straight_lines(answers, fewest=0).tolist() == [True, False, True, True, False]
    assert straight_lines(np.zeros((2, 0))).tolist() == [False, False]


def test_the_hasty_are_far_below_the_usual() -> None:
    assert seconds_per_item([60, 10], [10, 5]).tolist() == [6, 2]
    assert hasty([60, 60, 60, 19, 21], [10] * 5).tolist() == [False, False, False, True, False]
    assert hasty([], []).size == 0


def test_a_group_is_compared_with_the_others() -> None:
    flagged = {"a": 30, "b": 4, "c": 6, "d": 0}
    people = dict.fromkeys(flagged, 100)
    assert list(unusual_groups(flagged, people)) == ["a"]
    assert unusual_groups({"a": 5}, {"a": 5}) != {}
    assert unusual_groups({}, {}) == {}


def test_groups_that_differ_by_chance_are_rarely_listed() -> None:
    rng = np.random.default_rng(13)
    people = dict.fromkeys(range(20), 80)
    lists = [
        unusual_groups(dict(enumerate(rng.binomial(80, 0.1, 20).tolist())), people)
        for _ in range(300)
    ]
    assert np.mean([bool(names) for names in lists]) < 0.13


def test_a_burst_is_found_where_it_is() -> None:
    calm = np.arange(480, 960, 16.0)
    found = burst([*calm, *[700.0] * 9], window=10, day=(480, 960))
    assert (found.start, found.answers) == (700, 10)
    assert found.p_value < 0.001
    assert burst(calm, window=10, day=(480, 960)).p_value == 1
    assert burst([500], window=300, day=(480, 960)) == Burst(500, 1, 1.0)


def test_a_window_reaches_up_to_its_end_without_it() -> None:
    assert burst([0, 4, 5, 9], window=5, day=(0, 100)).answers == 2


@pytest.mark.parametrize(("answers", "window"), [(60, 30), (20, 15), (200, 10)])
def test_an_even_day_has_a_burst_as_rarely_as_it_says(answers: int, window: float) -> None:
    rng = np.random.default_rng(14)
    days = [burst(rng.random(answers) * 480, window=window, day=(0, 480)) for _ in range(4_000)]
    for level in (0.01, 0.05):
        assert np.mean([day.p_value <= level for day in days]) <= level + 0.006


def test_more_answers_than_transactions_are_too_many() -> None:
    found = turnout({"a": 50, "b": 130, "c": 7}, {"a": 100, "b": 100})
    assert found == {
        "b": Turnout(130, 100, 30, 1.3),
        "c": Turnout(7, 0, 7, None),
        "a": Turnout(50, 100, 0, 0.5),
    }
    assert list(found) == ["b", "c", "a"]


#: Three days; the kiosk's answers of each day are rows of their own.
DAYS: list[Row] = [
    ("u", 1, "c", 4, 4),
    ("u", 1, "c", 2, 2),
    ("u", 2, "c", 4, 3),
    ("u", 2, "c", 3, 3),
    ("u", 3, "c", 4, 2),
]
KIOSK = [1, 3]


def test_the_index_without_the_flagged() -> None:
    found = sensitivity(sums(DAYS), ONE_ITEM, flagged=KIOSK)
    assert found.whole == whole(sums(DAYS))["index"]
    assert found.without.value == pytest.approx(9 / 12)
    assert found.difference.value == pytest.approx(14 / 17 - 9 / 12)
    assert found.flagged_people == 5


def test_the_variance_of_the_difference_by_hand() -> None:
    """T_j = Σ(y − p)/17 − Σ_kept(y − p')/12 with p = 14/17, p' = 9/12; V = 3/2 Σ T²."""
    p, q = 14 / 17, 9 / 12
    scores = [
        (6 - 6 * p) / 17 - (4 - 4 * q) / 12,
        (6 - 7 * p) / 17 - (3 - 4 * q) / 12,
        (2 - 4 * p) / 17 - (2 - 4 * q) / 12,
    ]
    found = sensitivity(sums(DAYS), ONE_ITEM, flagged=KIOSK).difference
    assert found.variance == pytest.approx(1.5 * sum(score**2 for score in scores))
    assert found.df == 2
    interval = found.confidence_interval()
    assert -1 <= interval.low <= found.value <= interval.high <= 1


def test_nobody_flagged_changes_nothing() -> None:
    found = sensitivity(sums(DAYS), ONE_ITEM, flagged=[])
    assert (found.difference.value, found.difference.variance) == (0, 0)
    assert found.whole == found.without


def test_a_domain_and_its_weights_are_kept() -> None:
    rows: list[Row] = [
        ("u", 1, "land", 5, 5, 4),
        ("u", 1, "other", 5, 4, 5),
        ("u", 2, "land", 5, 4, 3),
        ("u", 2, "other", 5, 3, 5),
        ("v", 1, "else", 5, 3, 1),
        ("v", 2, "else", 5, 1, 1),
    ]
    totals = sums(rows, codes=("A1", "A2"))
    rule = IndexRule(Node("index", members=("A1", "A2")))
    calibration = post_stratify(totals, {"land": 30, "other": 70, "else": 900})
    mask = np.array([True] * 4 + [False] * 2)
    found = sensitivity(totals, rule, flagged=[1], domain=mask, calibration=calibration)
    same = whole(totals, rule, calibration=calibration)
    assert found.whole.value != same["index"].value
    assert found.whole.value == pytest.approx((0.3 * 0.9 + 0.7 * 0.7 + 0.3 * 0.7 + 0.7) / 2)
    assert found.difference.value == pytest.approx(found.whole.value - found.without.value)
    assert found.difference.variance > 0


def test_a_whole_flagged_or_unanswered_index_is_refused() -> None:
    with pytest.raises(TotalsError, match="'without'"):
        sensitivity(sums(DAYS), ONE_ITEM, flagged=[0, 1, 2, 3, 4])


@pytest.mark.parametrize(
    "call",
    [
        lambda: straight_lines([1, 2]),
        lambda: seconds_per_item([1], [0]),
        lambda: seconds_per_item([1, 2], [1]),
        lambda: hasty([-1], [1]),
        lambda: hasty([1], [1], part=1),
        lambda: burst([], window=5, day=(0, 10)),
        lambda: burst([11], window=5, day=(0, 10)),
        lambda: burst([5], window=10, day=(0, 10)),
        lambda: burst([5], window=1, day=(10, 0)),
        lambda: turnout({"a": -1}, {}),
        lambda: unusual_groups({"a": 1}, {"a": 2}, level=0),
    ],
)
def test_what_cannot_be_is_refused(call: Any) -> None:
    with pytest.raises(MethodError):
        call()


@pytest.mark.parametrize(("flagged", "people"), [({"a": 3}, {"a": 2}), ({"a": 3}, {})])
def test_flags_need_their_people(flagged: Any, people: Any) -> None:
    with pytest.raises(TotalsError):
        unusual_groups(flagged, people)
