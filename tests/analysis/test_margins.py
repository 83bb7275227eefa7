"""Answers fitted to several margins at once, and what cannot be fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import (
    CalibrationError,
    Design,
    Rows,
    Sample,
    Variable,
    calibrate,
    calibrate_to,
    post_stratify,
    rake,
)
from analysis.margins import level_of

FACTORS = ("sex", "age")
CELLS = [("F", "young"), ("F", "old"), ("M", "young"), ("M", "old")]
SEX = {"F": 60.0, "M": 40.0}
AGE = {"young": 55.0, "old": 45.0}
MARGINS = {"sex": SEX, "age": AGE}


def rows(people: Any = (10, 20, 5, 15), weight: Any = (2, 2, 2, 2), cells: Any = CELLS) -> Rows:
    """One PSU per cell, all in one stratum."""
    design = Design.from_rows(None, range(len(cells)))
    return Rows.from_rows(design, cell=cells, respondents=people, base_weight=weight)


def reached(sampled: Rows, factors: np.ndarray, place: int, level: str) -> float:
    """The weighted people of one level."""
    inside = [cell[place] == level for cell in sampled.cells]
    people = np.bincount(sampled.cell_of_row, sampled.respondents * sampled.base_weight)
    return float((people * factors)[inside].sum())


@pytest.mark.parametrize(
    ("method", "bounds"),
    [
        ("linear", None),
        ("linear", (0.6, 2.1)),
        ("raking", None),
        ("raking", (0.3, 3)),
        ("raking", (0.6, 2.1)),
        ("logit", (0.5, 2)),
    ],
)
def test_all_margins_are_met_inside_the_bounds(method: str, bounds: Any) -> None:
    found = calibrate(rows(), MARGINS, factors=FACTORS, method=method, bounds=bounds)
    for place, margin in enumerate([SEX, AGE]):
        for level, population in margin.items():
            total = reached(rows(), found.factors, place, level)
            assert total == pytest.approx(population, rel=1e-11)
    low, high = bounds or (-np.inf, np.inf)
    assert low - 1e-12 <= found.factors.min() <= found.factors.max() <= high + 1e-12


def test_raking_is_calibration_with_the_raking_distance() -> None:
    by_turns = rake(rows(), MARGINS, factors=FACTORS)
    by_newton = calibrate(rows(), MARGINS, factors=FACTORS, bounds=None)
    assert by_turns.factors == pytest.approx(by_newton.factors, rel=1e-11)
    # What raking keeps: the odds ratio of the sample.
    f = by_turns.factors
    assert f[0] * f[3] / (f[1] * f[2]) == pytest.approx(1)


def test_one_margin_is_post_stratification() -> None:
    raked = rake(rows(), {"sex": SEX}, factors=FACTORS)
    stratified = post_stratify(rows(), SEX, by=lambda cell: cell[0])
    assert raked.factors == pytest.approx(stratified.factors)
    joint = dict(zip(CELLS, [20.0, 40.0, 10.0, 30.0], strict=True))
    crossed = rake(rows(), {("sex", "age"): joint}, factors=FACTORS)
    assert crossed.factors == pytest.approx([1, 1, 1, 1])


def test_the_report_tells_what_it_cost() -> None:
    found = rake(rows(), MARGINS, factors=FACTORS)
    assert found.report is not None
    assert found.report.before.deff == 1
    assert found.report.after.deff > 1
    assert found.report.after.effective == pytest.approx(50 / found.report.after.deff)
    assert (found.report.smallest, found.report.largest) == pytest.approx(
        (found.factors.min(), found.factors.max())
    )
    assert found.report.iterations > 1


def test_numbers_can_be_met_too() -> None:
    ages = [25.0, 60.0, 25.0, 60.0]
    found = calibrate_to(
        rows(), {"one": [1, 1, 1, 1], "age": ages}, {"one": 100, "age": 4000}, method="linear"
    )
    people = np.array([20, 40, 10, 30]) * found.factors
    assert people.sum() == pytest.approx(100)
    assert people @ ages == pytest.approx(4000)


def test_totals_of_large_numbers_that_cancel_are_met_as_far_as_digits_go() -> None:
    draw = np.random.default_rng(1)
    values = draw.normal(size=(2, 4)) * 1e9
    known = np.array([0.9, 1.2, 1.0, 0.8]) * [20, 40, 10, 30]
    totals = {name: float(known @ values[name]) for name in range(2)}
    found = calibrate_to(rows(), {0: values[0], 1: values[1]}, totals)
    people = np.array([20, 40, 10, 30]) * found.factors
    assert values @ people == pytest.approx(list(totals.values()), rel=1e-9)


def test_scaling_all_totals_scales_all_factors() -> None:
    double = {margin: {k: 2 * v for k, v in levels.items()} for margin, levels in MARGINS.items()}
    once, twice = (rake(rows(), margins, factors=FACTORS) for margins in (MARGINS, double))
    assert twice.factors == pytest.approx(2 * once.factors)


def test_a_cell_that_no_longer_counts_does_no_harm() -> None:
    """Old women are all there is of the old, so raking leaves nothing to young women."""
    holes = rows(people=(1, 1, 1), weight=(1, 1, 1), cells=CELLS[:3])
    margins = {"sex": {"F": 50.0, "M": 50.0}, "age": {"young": 50.0, "old": 50.0}}
    found = calibrate(holes, margins, factors=FACTORS, method="linear", bounds=(0, 100))
    assert found.factors == pytest.approx([0, 50, 50], abs=1e-9)
    share = Sample.of(holes, found).mean(Variable.of_flag([1, 1, 0], [1, 1, 1]))
    assert share.value == pytest.approx(0.5)
    assert np.isfinite(share.standard_error)


def test_a_margin_may_cross_factors_and_a_name_may_be_a_tuple() -> None:
    assert level_of(("a", "b", "c"), ("y", "x"), ("x", "y", "z")) == ("b", "a")
    assert level_of(("a", "b"), ("x", "y"), (("x", "y"), "z")) == "a"


@pytest.mark.parametrize(
    ("margins", "message"),
    [
        ({}, "no margins"),
        ({"sex": SEX, "age": {"young": 55.0, "old": 55.0}}, "margin 'age' sums to 110 but"),
        ({"sex": {"F": 100.0}}, "margin 'sex', level 'M': people in the sample but no population"),
        ({"sex": {**SEX, "X": 1.0}}, "level 'X': a population of 1 but nobody in the sample"),
        ({"sex": {"F": 60.0, "M": 19.0}}, "level 'M': 20 answers but a population of 19"),
        ({"sex": {"F": -1.0, "M": 2.0}}, "level 'F': population -1.0"),
        ({"sex": {"F": float("nan"), "M": 2.0}}, "population nan"),
        ({"mode": {"qr": 1.0}}, "margin 'mode': 'mode' is not among the factors"),
        ({("sex", "mode"): {}}, "'mode' is not among the factors"),
    ],
)
@pytest.mark.parametrize("fit", [rake, calibrate])
def test_margins_that_cannot_be_are_refused_by_name(fit: Any, margins: Any, message: str) -> None:
    with pytest.raises(CalibrationError, match=message):
        fit(rows(), margins, factors=FACTORS)


@pytest.mark.parametrize("fit", [rake, calibrate])
def test_where_nobody_answered_nobody_can_be_weighted(fit: Any) -> None:
    with pytest.raises(CalibrationError, match="nobody answered"):
        fit(rows(people=[0] * 4), {"sex": {"F": 0.0}}, factors=FACTORS)


def test_cells_need_one_entry_per_factor() -> None:
    with pytest.raises(CalibrationError, match="does not have one entry for each of the factors"):
        rake(rows(), MARGINS, factors=("sex",))


def test_bounds_that_are_too_tight_are_refused_by_the_margin_that_suffers() -> None:
    with pytest.raises(
        CalibrationError,
        match=r"within 0\.9–1\.1 meet margin 'sex', level 'M': its total is 65, .* 36 to 44",
    ):
        calibrate(rows(), {"sex": {"F": 45.0, "M": 65.0}}, factors=FACTORS, bounds=(0.9, 1.1))


def test_an_empty_corner_may_make_raking_impossible() -> None:
    """Without old men and with few young women the margins want negative people."""
    holes = rows(people=(10, 20, 5), weight=(1, 1, 1), cells=CELLS[:3])
    margins = {"sex": {"F": 40.0, "M": 60.0}, "age": {"young": 50.0, "old": 50.0}}
    with pytest.raises(CalibrationError, match=r"raking did not converge .* merge levels"):
        rake(holes, margins, factors=FACTORS)
    with pytest.raises(CalibrationError, match="no factors within 0–100"):
        calibrate(holes, margins, factors=FACTORS, bounds=(0, 100))
    with pytest.raises(CalibrationError, match=r"did not converge: margin .* another distance"):
        calibrate(holes, margins, factors=FACTORS, bounds=None)
    # Regression meets them, with a negative factor, and says so.
    found = calibrate(holes, margins, factors=FACTORS, method="linear", bounds=None)
    assert found.report is not None
    assert found.report.smallest < 0


@pytest.mark.parametrize(
    ("auxiliaries", "population", "message"),
    [
        ({"one": [1, 1, 1, 1]}, {"two": 3}, "give one total to each"),
        ({"one": [1, 1]}, {"one": 3}, "auxiliaries for 2 cells of 4"),
        ({"one": [1, 1, 1, np.nan]}, {"one": 3}, "finite"),
        (
            {"none": [0, 0, 0, 0]},
            {"none": 3},
            "all population totals: total 'none' comes no closer than 0 to 3",
        ),
    ],
)
def test_auxiliaries_that_cannot_be_met_are_refused(
    auxiliaries: Any, population: Any, message: str
) -> None:
    with pytest.raises(CalibrationError, match=message):
        calibrate_to(rows(), auxiliaries, population)


@pytest.mark.parametrize("method", ["linear", "raking", "logit"])
@pytest.mark.parametrize("bounds", [(0.3, 3.0), (0.6, 1.6), (0.9, 1.15)])
def test_margins_that_can_be_met_are_met(method: str, bounds: tuple[float, float]) -> None:
    """Totals made with known factors, many of them close to a bound."""
    draw = np.random.default_rng(20261122)
    for _ in range(20):
        sizes = draw.integers(2, 6, size=3).tolist()
        cells = [tuple(place) for place in np.ndindex(*sizes) if draw.random() < 0.8]
        known = np.where(
            draw.random(len(cells)) < 0.5,
            draw.uniform(*bounds, len(cells)),
            draw.choice([bounds[0] + 1e-3, bounds[1] - 1e-3], len(cells)),
        )
        sampled = rows(draw.integers(1, 40, len(cells)), draw.uniform(4, 50, len(cells)), cells)
        people = sampled.respondents * sampled.base_weight * known
        margins = {
            place: {
                level: float(people[[cell[place] == level for cell in cells]].sum())
                for level in {cell[place] for cell in cells}
            }
            for place in range(3)
        }
        found = calibrate(sampled, margins, factors=(0, 1, 2), method=method, bounds=bounds)
        for place, margin in margins.items():
            for level, population in margin.items():
                inside = [cell[place] == level for cell in cells]
                weighted = (sampled.respondents * sampled.base_weight * found.factors)[inside]
                assert weighted.sum() == pytest.approx(population, rel=1e-9)
        assert bounds[0] - 1e-9 <= found.factors.min()
        assert found.factors.max() <= bounds[1] + 1e-9


def test_the_total_that_is_out_of_reach_is_kept_with_the_error() -> None:
    with pytest.raises(CalibrationError, match="within reach") as caught:
        calibrate(rows(), {"sex": {"F": 70.0, "M": 20.0}}, factors=FACTORS, bounds=(0.99, 1.01))
    assert caught.value.total in {("sex", "F"), ("sex", "M")}


#: Two units with margins of their own.
DISTRICT = [(unit, *cell) for unit in ("north", "south") for cell in CELLS]
OF_UNITS = ("unit", "sex", "age")


def of_units(old: float = AGE["old"]) -> dict[Any, dict[Any, float]]:
    """Each unit's own margins; in the south there may be other numbers of old people."""
    ages = {("south", "old"): old, ("south", "young"): 100 - old}
    return {
        ("unit", "sex"): {(u, s): n for u in ("north", "south") for s, n in SEX.items()},
        ("unit", "age"): {("north", a): n for a, n in AGE.items()} | ages,
    }


@pytest.mark.parametrize("fit", [rake, calibrate])
def test_units_calibrated_at_once_are_as_if_each_were_alone(fit: Any) -> None:
    both = rows((10, 20, 5, 15, 9, 9, 9, 9), [2] * 8, DISTRICT)
    found = fit(both, of_units(), factors=OF_UNITS)
    for people, place in (((10, 20, 5, 15), slice(0, 4)), ((9, 9, 9, 9), slice(4, 8))):
        alone = fit(rows(people), MARGINS, factors=FACTORS)
        assert found.factors[place] == pytest.approx(alone.factors, rel=1e-11)


def test_levels_and_columns_of_zeros_and_ones_are_one_calibration() -> None:
    both = rows((10, 20, 5, 15, 9, 9, 9, 9), [2] * 8, DISTRICT)
    margins = of_units()
    columns = {
        (margin, level): [level_of(cell, margin, OF_UNITS) == level for cell in DISTRICT]
        for margin, levels in margins.items()
        for level in levels
    }
    totals = {
        (margin, level): n for margin, levels in margins.items() for level, n in levels.items()
    }
    dense = calibrate_to(both, columns, totals, method="raking")
    found = calibrate(both, margins, factors=OF_UNITS, bounds=None)
    assert found.factors == pytest.approx(dense.factors, rel=1e-11)


def test_the_unit_that_cannot_be_met_is_named_among_those_that_can() -> None:
    both = rows((10, 20, 5, 15, 9, 9, 9, 9), [2] * 8, DISTRICT)
    with pytest.raises(CalibrationError, match=r"within reach are 18 to 54") as caught:
        calibrate(both, of_units(old=80.0), factors=OF_UNITS, bounds=(0.5, 1.5))
    assert caught.value.total == (("unit", "age"), ("south", "old"))
    # Old men and old women are within reach one by one, and not together.
    with pytest.raises(CalibrationError, match="all population totals") as caught:
        calibrate(
            rows((10, 20, 5, 15, 9, 9, 0, 9), [2] * 8, DISTRICT), of_units(old=30.0),
            factors=OF_UNITS, bounds=(0.5, 9),
        )  # fmt: skip
    assert "south" in str(caught.value)


def test_a_level_of_one_unit_that_nobody_has_is_named() -> None:
    with pytest.raises(
        CalibrationError, match=r"level \('south', 'old'\): a population of 45 but nob"
    ):
        rake(rows((10, 20, 5, 15, 9, 0, 9, 0), [2] * 8, DISTRICT), of_units(), factors=OF_UNITS)


@pytest.mark.parametrize("fit", [rake, calibrate])
def test_a_unit_in_which_nobody_answered_is_left_alone(fit: Any) -> None:
    north = rows((10, 20, 5, 15, 0, 0, 0, 0), [2] * 8, DISTRICT)
    margins = {
        margin: {level: n for level, n in levels.items() if level[0] == "north"}
        for margin, levels in of_units().items()
    }
    found = fit(north, margins, factors=OF_UNITS)
    assert found.factors[4:].tolist() == [1, 1, 1, 1]
    few = Variable.of_flag([4, 4, 4, 4, 0, 0, 0, 0], north.respondents)
    alone = fit(rows(), MARGINS, factors=FACTORS)
    one = Sample.of(rows(), alone).mean(Variable.of_flag([4] * 4, rows().respondents))
    assert Sample.of(north, found).mean(few).value == pytest.approx(one.value, rel=1e-11)
