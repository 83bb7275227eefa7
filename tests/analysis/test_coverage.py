"""The default interval and the sequence keep their word in simulations; other methods do not.

A fast version, with a fixed seed, of `python -m tests.bench.coverage`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from tests.bench.coverage import Looking, Outcome, Setting, looked, outcomes

#: Small and large units, near and far from 100 %, alike and not.
HARD = [
    Setting(0.80, 10, 2, 0.0),
    Setting(0.95, 20, 4, 0.05),
    Setting(0.90, 30, 5, 0.15),
    Setting(0.99, 60, 6, 0.0),
    Setting(0.95, 60, 6, 0.15),
    Setting(0.97, 120, 10, 0.15),
    Setting(0.90, 300, 15, 0.15),
    Setting(0.97, 300, 15, 0.05),
]
WRONG = ["korn_graubard_nchs", "clopper_pearson", "beta", "logit", "wilson", "wald"]


@pytest.fixture(scope="module")
def found() -> Mapping[Setting, Mapping[str, Outcome]]:
    """1,500 units in each setting, the same for every method."""
    return outcomes(HARD, runs=1500, seed=5, methods=["korn_graubard", *WRONG])


def keeps_its_word(found: Mapping[Setting, Mapping[str, Outcome]], method: str) -> bool:
    """Whether coverage is 95 % or more and either one-sided error 5 % or less, everywhere."""
    return all(
        one[method].coverage >= 0.95 and max(one[method].too_high, one[method].too_low) <= 0.05
        for one in found.values()
    )


def test_the_default_interval_keeps_its_word(
    found: Mapping[Setting, Mapping[str, Outcome]],
) -> None:
    assert keeps_its_word(found, "korn_graubard")


@pytest.mark.parametrize("method", WRONG)
def test_no_other_method_does(found: Mapping[Setting, Mapping[str, Outcome]], method: str) -> None:
    assert not keeps_its_word(found, method)


def test_its_price_is_moderate(found: Mapping[Setting, Mapping[str, Outcome]]) -> None:
    """A fifth wider than Wald's where that has its best case, 300 answers far from 100 %."""
    best = found[Setting(0.90, 300, 15, 0.15)]
    assert 1 < best["korn_graubard"].width / best["wald"].width < 1.4


@pytest.mark.parametrize(
    "looking", [Looking(0.90, steps=400), Looking(0.90, step=10, steps=60, icc=0.05)]
)
def test_whoever_looks_every_day_needs_the_sequence(looking: Looking) -> None:
    wrong = looked(looking, runs=2000, seed=6)
    assert 0 < wrong["false met, e-process"] <= 0.05
    assert 0 < wrong["truth lost, sequence"] <= 0.05
    assert wrong["false met, closed verdict"] > 0.15
    assert wrong["truth lost, interval"] > 0.15
