"""What an index is made of, as somebody adds it up by hand: item sums, and variance by stratum."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Integers, sum_by
from analysis.calibration import Calibration
from analysis.design import Design
from analysis.domains import domain_sums
from analysis.errors import TotalsError
from analysis.indices import BoundRule, IndexRule
from analysis.totals import Totals
from analysis.weighted import WeightedRows


@dataclass(frozen=True, slots=True)
class ItemSums:
    """The weighted people satisfied with an item and all who answered it; its part in the index.

    `part` is None where the index pools all answers.
    """

    code: str
    part: float | None
    satisfied: float
    answered: float


@dataclass(frozen=True, slots=True)
class StratumSums:
    """Sampled PSUs and sampling fraction of a stratum, and Σ(T − T̄)² of the PSUs' scores.

    A single PSU (rule "adjust") has T², and counts once.
    """

    stratum: Hashable
    psus: int
    fraction: float
    squares: float

    @property
    def variance(self) -> float:
        """(1 − f)·n/(n − 1)·Σ(T − T̄)²."""
        return (1 - self.fraction) * self.psus / max(self.psus - 1, 1) * self.squares


@dataclass(frozen=True, slots=True)
class Account:
    """An index with the sums that give its value and its variance."""

    items: tuple[ItemSums, ...]
    strata: tuple[StratumSums, ...]

    @property
    def value(self) -> float:
        """Σ part·satisfied/answered; where answers are pooled, all satisfied over all answers."""
        if any(item.part is None for item in self.items):
            whole = sum(item.answered for item in self.items)
            return sum(item.satisfied for item in self.items) / whole
        return sum((item.part or 0.0) * item.satisfied / item.answered for item in self.items)

    @property
    def variance(self) -> float:
        """The sum over strata."""
        return sum(stratum.variance for stratum in self.strata)


def index_account(
    totals: Totals,
    rule: IndexRule,
    *,
    domain: ArrayLike,
    calibration: Calibration | None = None,
) -> Account:
    """The sums behind the index of a domain; strata without any score are left out.

    For one stage and the single-PSU rule "adjust". Raises RuleError, and TotalsError where nobody
    answered an item of the index.
    """
    rows = totals.rows_of(domain)
    rows = rows[totals.respondents[rows] > 0]
    bound = BoundRule.of(rule, totals.items.codes)
    if not totals.counts[rows][:, bound.held[0]].any():
        raise TotalsError("nobody of the domain answered an item of the index")
    sums = domain_sums(totals, WeightedRows.of(totals, calibration), rows)
    heard = sums.answered.values > 0
    parts = bound.parts(heard)[0]
    index = bound.evaluate(sums.satisfied, sums.answered)
    items = tuple(
        ItemSums(
            bound.codes[k],
            None if rule.pooling == "pooled" else float(parts[k]),
            float(sums.satisfied.values[k]),
            float(sums.answered.values[k]),
        )
        for k in np.flatnonzero(bound.held[0] & heard).tolist()
    )
    return Account(items, _strata(totals.design, sums.units, index.scores[:, 0]))


def _strata(design: Design, units: Integers, scores: Floats) -> tuple[StratumSums, ...]:
    groups, columns = sum_by(
        design.stratum_of_psu[units], np.column_stack([scores, np.ones_like(scores), scores != 0])
    )
    place = np.searchsorted(groups, design.stratum_of_psu[units])
    sampled = design.psus_per_stratum[groups]
    means = np.where(sampled > 1, columns[:, 0] / sampled, 0.0)
    squares = np.bincount(place, (scores - means[place]) ** 2)
    # Sampled PSUs that are not named had nothing in the domain: their score is 0.
    squares += (sampled - columns[:, 1]) * means**2
    return tuple(
        StratumSums(
            design.strata[group], int(sampled[n]), float(design.fractions[group]), float(squares[n])
        )
        for n, group in enumerate(groups.tolist())
        if columns[n, 2]
    )
