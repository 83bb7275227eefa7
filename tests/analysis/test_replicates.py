"""Replicates, by hand and as a second opinion on the linearised variance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import (
    Design,
    DesignError,
    Replicates,
    Rows,
    Sample,
    SinglePsuError,
    Variable,
    WeightError,
    rake,
)


def survey(psus: int = 40, seed: int = 7) -> tuple[Rows, Variable]:
    """Two strata of clustered people in cells of sex × age, in sums."""
    draw = np.random.default_rng(seed)
    cells = [(sex, age) for sex in "FM" for age in "yo"]
    stratum = np.repeat([p % 2 for p in range(psus)], 4).tolist()
    psu = np.repeat(range(psus), 4).tolist()
    people = draw.integers(2, 9, 4 * psus)
    chance = np.repeat(draw.beta(8, 2, psus), 4)
    rows = Rows.from_rows(
        Design.from_rows(stratum, psu),
        cell=cells * psus,
        respondents=people,
        base_weight=np.repeat(draw.uniform(5, 15, psus), 4),
    )
    return rows, Variable.of_flag(draw.binomial(people, chance), people)


def test_the_jackknife_of_a_total_is_its_variance_to_the_last_digit() -> None:
    """For a linear statistic leaving PSUs out says exactly what their spread says."""
    rows, satisfied = survey()
    total = Sample.of(rows).total(satisfied)
    again = Replicates.jackknife(rows.design).apply(rows, lambda w: w @ satisfied.sums)
    assert again.value == pytest.approx(total.value)
    assert again.standard_error == pytest.approx(total.standard_error, rel=1e-12)
    assert again.df == total.df


def test_the_jackknife_agrees_with_the_linearised_share() -> None:
    rows, satisfied = survey(psus=200)
    share = Sample.of(rows).mean(satisfied)
    for around_full in (False, True):
        again = Replicates.jackknife(rows.design, around_full=around_full).apply(
            rows, lambda w: w @ satisfied.sums / (w @ satisfied.counts)
        )
        assert again.standard_error == pytest.approx(share.standard_error, rel=0.01)


def test_the_jackknife_sees_what_raking_explains() -> None:
    rows, satisfied = survey(psus=200)
    margins = {"sex": {"F": 4000.0, "M": 5000.0}, "age": {"y": 4500.0, "o": 4500.0}}

    def raked(sampled: Any) -> Any:
        return rake(sampled, margins, factors=("sex", "age"))

    linear = Sample.of(rows, raked(rows)).mean(satisfied)
    again = Replicates.jackknife(rows.design).apply(
        rows, lambda w: w @ satisfied.sums / (w @ satisfied.counts), calibrate=raked
    )
    assert again.value == pytest.approx(linear.value)
    assert again.standard_error == pytest.approx(linear.standard_error, rel=0.02)


def test_a_known_fraction_shrinks_the_jackknife_too() -> None:
    design = Design.from_rows(None, [1, 2, 3], sampling_fraction={"all": 0.75})
    found = Replicates.jackknife(design).apply(Rows.from_rows(design), lambda w: w @ [1, 2, 3])
    # Without the fraction 3/2·2 = 3.
    assert found.standard_error**2 == pytest.approx(0.25 * 3)


def test_a_stratum_with_one_psu_has_no_replicate_or_is_refused() -> None:
    labels = (["a", "a", "b"], [1, 2, 1])
    assert Replicates.jackknife(Design.from_rows(*labels, single_psu="remove")).scales.size == 2
    with pytest.raises(SinglePsuError, match="stratum 'b' has a single PSU"):
        Replicates.jackknife(Design.from_rows(*labels))
    with pytest.raises(DesignError, match="nothing can be left out"):
        Replicates.jackknife(Design.from_rows(["b"], [1], single_psu="remove"))


def test_given_replicates_by_hand() -> None:
    rows = Rows.from_rows(Design.from_rows(None, [1, 2]))
    given = Replicates.given([[2, 0], [0, 2]], 0.5)
    found = given.apply(rows, lambda w: w @ [1.0, 3.0], domain=[0, 1])
    # Replicates 2 and 6 around 4: 0.5·(4 + 4).
    assert (found.value, found.standard_error**2) == (4, pytest.approx(4))
    assert (found.df, found.answers) == (1, 2)


@pytest.mark.parametrize(
    ("factors", "scale", "message"),
    [
        ([1, 2], 1, r"shape \(2,\)"),
        ([[1, -2]], 1, "0 or more"),
        ([[1, 2]], [1, -1], "scales"),
        ([[1, 2]], float("nan"), "scales"),
    ],
)
def test_replicates_that_cannot_be_are_refused(factors: Any, scale: Any, message: str) -> None:
    with pytest.raises(WeightError, match=message):
        Replicates.given(factors, scale)


def test_replicates_of_other_rows_are_refused() -> None:
    rows = Rows.from_rows(Design.from_rows(None, [1, 2]))
    with pytest.raises(WeightError, match="for 1 of 2 rows"):
        Replicates.given([[1, 2]], 1).apply(rows, lambda w: w)
