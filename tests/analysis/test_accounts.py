"""The sums behind an index: they give its value and variance, however it was put together."""

from __future__ import annotations

from typing import Any

import pytest

from analysis import (
    IndexRule,
    Node,
    Totals,
    TotalsError,
    estimate_figures,
    index_account,
    post_stratify,
)
from tests.analysis.samples import ONE_ITEM, THREE_DAYS, sums

TWO = (Node("item", "A1", weight=3.0), Node("item", "A2"))
RULES = [
    IndexRule(Node("index", members=TWO)),
    IndexRule(Node("index", members=("A1", "A2")), "pooled"),
]
ROWS = [
    ("u", 1, "u x", 10, 9, (8, 7)), ("u", 1, "u y", 6, 5, 2), ("u", 2, "u x", 9, 4, 6),
    ("u", 3, "u y", 5, 5, 5), ("v", 1, "v x", 12, 9, 3), ("v", 2, "v y", 7, (0, 0), 1),
    ("w", 1, "w x", 8, 2, 8),
]  # fmt: skip


def totals(**options: Any) -> Totals:
    return sums(
        ROWS, codes=("A1", "A2"), single_psu="adjust", fractions={"u": 0.2, "v": 0.5}, **options
    )


@pytest.mark.parametrize("rule", RULES, ids=["mean", "pooled"])
@pytest.mark.parametrize("domain", [range(7), range(4), [0, 2, 4]], ids=["all", "unit", "field"])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_sums_give_the_index_and_its_variance(
    rule: IndexRule, domain: Any, weighted: bool
) -> None:
    found = totals()
    population = dict.fromkeys(found.cells, 100.0)
    calibration = post_stratify(found, population) if weighted else None
    index = estimate_figures(found, rule, domains={"d": list(domain)}, calibration=calibration)[
        "d"
    ]["index"]
    account = index_account(found, rule, domain=list(domain), calibration=calibration)
    assert account.value == pytest.approx(index.value, rel=1e-12)
    assert account.variance == pytest.approx(index.variance, rel=1e-12)


def test_the_sums_by_hand() -> None:
    account = index_account(sums(THREE_DAYS), ONE_ITEM, domain=[0, 1, 2])
    (item,), (stratum,) = account.items, account.strata
    assert (item.part, item.satisfied, item.answered) == (1, 9, 12)
    # Days 1/12, 0 and −1/12 from the mean.
    assert (stratum.stratum, stratum.psus) == ("u", 3)
    assert stratum.squares == pytest.approx(2 / 144)


def test_an_index_that_nobody_answered_has_no_sums() -> None:
    silent = sums([("u", 1, "c", 10, (0, 0)), ("u", 2, "c", 10, (0, 0))])
    with pytest.raises(TotalsError, match="nobody"):
        index_account(silent, ONE_ITEM, domain=[0, 1])
