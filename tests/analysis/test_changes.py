"""A change between waves: against R `survey`, by hand, and where ordinary intervals fail."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from analysis import (
    Design,
    Estimate,
    IndexRule,
    MethodError,
    Node,
    Totals,
    TotalsError,
    blended,
    change,
    change_interval,
    post_stratify,
    scored_index,
)
from tests.analysis.parity import FILES
from tests.analysis.samples import ONE_ITEM, sums, two_values, whole

REFERENCE = json.loads((FILES / "wave_change.json").read_text(encoding="utf-8"))
ITEMS = ("s1", "s2", "s3")
RULE = IndexRule(Node("index", members=("s1", "s2", Node("item", "s3", weight=2.0))))
DIFFERENCE = {"after": 1.0, "before": -1.0}


def people(year: str) -> list[dict[str, str]]:
    with (FILES / "likertA2y.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["year"] == year]


def totals_of(rows: list[dict[str, str]]) -> Totals:
    counts = np.zeros((len(rows), 3, 2), dtype=int)
    for place, row in enumerate(rows):
        for item, code in enumerate(ITEMS):
            if row[code] not in {"", "NA"}:
                counts[place, item, int(row[code])] = 1
    return Totals.from_rows(
        Design.from_rows([row["stratum"] for row in rows], [row["spd"] for row in rows]),
        cell=[f"{row['year']} {row['stratum']}" for row in rows],
        respondents=[1] * len(rows),
        counts=counts,
        items=two_values(ITEMS),
        base_weight=[float(row["w"]) for row in rows],
    )


@pytest.mark.parametrize(
    ("part", "inside"), [("whole", lambda _: True), ("unit", lambda row: row["unit"] == "U03")]
)
def test_a_post_stratified_index_in_two_waves_changes_as_in_r(
    part: str, inside: Callable[[dict[str, str]], bool]
) -> None:
    waves = []
    for year in ("2024", "2025"):
        rows = people(year)
        totals = totals_of(rows)
        known = {c: n for c, n in REFERENCE["population"].items() if c.startswith(year)}
        domain = np.array([inside(row) for row in rows])
        calibration = post_stratify(totals, known)
        waves.append(scored_index(totals, RULE, domain=domain, calibration=calibration))
    found, wanted = change(*waves), REFERENCE[part]
    assert found.values == pytest.approx(wanted["values"], rel=1e-9)
    assert found.covariance.ravel() == pytest.approx(wanted["covariance"], rel=1e-9)
    difference = found.contrast(DIFFERENCE)
    assert difference.value == pytest.approx(wanted["difference"], rel=1e-9)
    assert difference.standard_error == pytest.approx(wanted["standard_error"], rel=1e-9)
    assert found.df == wanted["df"]


def wave(*satisfied: int, points: str = "abc", **options: Any) -> Totals:
    """Ten people at each point."""
    return sums([("u", p, "c", 10, y) for p, y in zip(points, satisfied, strict=True)], **options)


def scored(totals: Totals) -> Any:
    return scored_index(totals, ONE_ITEM, domain=totals.everything())


def test_points_that_are_kept_take_their_differences_away() -> None:
    before, after = scored(wave(9, 6, 3)), scored(wave(10, 8, 3))
    found = change(before, after).contrast(DIFFERENCE)
    # Differences 1, 2, 0 of 30, around 1: V = 3/2·(0 + 1 + 1)/900.
    assert (found.value, found.df) == (pytest.approx(0.1), 2)
    assert found.standard_error == pytest.approx(math.sqrt(3 / 900))
    half = change(before, after, sampling_fraction={"u": 0.5}).contrast(DIFFERENCE)
    assert half.standard_error == pytest.approx(math.sqrt(3 / 900 / 2))


def test_points_that_are_new_add_their_variance() -> None:
    before, after = scored(wave(9, 6, 3)), scored(wave(10, 8, 3, points="def"))
    found = change(before, after).contrast(DIFFERENCE)
    # Six points around 0: −3, 0, 3 before, 3, 1, −4 after, of 30 each: V = 6/5·(18 + 26)/900.
    assert found.standard_error == pytest.approx(math.sqrt(6 / 5 * 44 / 900))
    assert found.df == 5


def test_a_point_and_its_days_may_be_one_unit() -> None:
    days = wave(9, 6, 3, points="xyz")
    as_points = scored(days).placed(lambda place: (place[0], {"x": "a"}.get(place[1], "b")))
    assert change(as_points, as_points).df == 1


def test_estimates_of_forms_are_blended_by_people() -> None:
    one, other = scored(wave(9, 6, 3)), scored(wave(10, 10, 10, points="def"))
    both = blended([one, other], [3, 1])
    assert (both.value, both.answers) == (pytest.approx(0.7), 60)
    assert both.scores[:3] == pytest.approx(0.75 * one.scores)


@pytest.mark.parametrize("weights", [[], [1.0], [1.0, 0.0], [1.0, math.nan], [1.0, math.inf]])
def test_weights_that_blend_nothing_are_refused(weights: list[float]) -> None:
    one = scored(wave(9, 6, 3))
    with pytest.raises(MethodError, match="one above 0 each"):
        blended([one, one], weights)


def test_an_index_that_nobody_answered_is_refused() -> None:
    silent = sums([("u", 1, "c", 10, (0, 0)), ("u", 2, "c", 10, (0, 0))])
    with pytest.raises(TotalsError, match="nobody"):
        scored(silent)


def limits(before: Totals, after: Totals) -> Any:
    found = change(scored(before), scored(after))
    return change_interval(found, whole(before)["index"], whole(after)["index"])


def test_the_interval_of_a_change_is_at_least_students() -> None:
    found = limits(wave(9, 6, 3), wave(10, 8, 3))
    half = 4.302652729911275 * math.sqrt(3 / 900)
    assert found.low <= 0.1 - half
    assert found.high >= 0.1 + half
    assert -1 <= found.low < found.high <= 1


def test_from_everybody_to_everybody_satisfied_is_not_certain() -> None:
    before, after = wave(10, 10, 10), wave(10, 10, 10)
    found = limits(before, after)
    # Student has no width here; MOVER: each wave's own lower limit, 0.025^(1/30) below 1.
    assert found.high == pytest.approx(-found.low) == pytest.approx(1 - 0.025 ** (1 / 30))


def test_a_census_in_both_waves_changed_by_what_it_changed() -> None:
    every = {"u": 1.0}
    before, after = wave(9, 6, 3, fractions=every), wave(10, 8, 3, fractions=every)
    found = change(scored(before), scored(after), sampling_fraction=every)
    interval = change_interval(found, whole(before)["index"], whole(after)["index"])
    assert (interval.low, interval.high) == pytest.approx((0.1, 0.1))


def test_no_interval_leaves_the_scale() -> None:
    joint = change(scored(wave(0, 3, 0)), scored(wave(10, 7, 10)))
    wide = Estimate(0.1, 0.2, 1, 30), Estimate(0.9, 0.2, 1, 30)
    found = change_interval(joint, *wide)
    assert -1 <= found.low <= found.high <= 1
