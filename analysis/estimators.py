"""Estimators as a value and its linearised scores, so that each is built from the ones before it.

Scores are sums per PSU: the score of a total is the PSU's weighted (post-stratified) total, and
every smooth function of totals follows by its derivative (Woodruff 1971).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Integers


@dataclass(frozen=True, slots=True)
class Linearised:
    """F estimates: their `values` (F,) and `scores` (J, F), one row of scores per PSU."""

    values: Floats
    scores: Floats

    def __getitem__(self, columns: slice | Integers) -> Linearised:
        return Linearised(self.values[columns], self.scores[:, columns])


def ratio(numerator: Linearised, denominator: Linearised) -> Linearised:
    """R̂ = Ŷ/X̂ with scores (y − R̂·x)/X̂ (Särndal et al. 1992, eq. 5.6.9)."""
    values = numerator.values / denominator.values
    return Linearised(values, (numerator.scores - values * denominator.scores) / denominator.values)


def share(satisfied: Linearised, answered: Linearised) -> Linearised:
    """The satisfied share: satisfied answers over all answers, a ratio of two totals."""
    return ratio(satisfied, answered)


def mean(points: Linearised, answered: Linearised) -> Linearised:
    """The mean score: points over all answers, a ratio of two totals."""
    return ratio(points, answered)


def difference(first: Linearised, second: Linearised) -> Linearised:
    """First less second, in one design: what the two have in common cancels in the scores."""
    return Linearised(first.values - second.values, first.scores - second.scores)


def weighted_mean(parts: Linearised, weights: Floats) -> Linearised:
    """Means of the F estimates, one per row of `weights` (G, F); each row is divided by its sum."""
    shares = weights / weights.sum(axis=1, keepdims=True)
    return Linearised((parts.values * shares).sum(axis=1), parts.scores @ shares.T)


def pooled(parts: Linearised, members: Floats) -> Linearised:
    """Sums of the F totals, one per row of the 0/1 matrix `members` (G, F)."""
    return Linearised((parts.values * members).sum(axis=1), parts.scores @ members.T)


def stacked(*blocks: Linearised) -> Linearised:
    """The estimates of all blocks side by side, for one joint covariance."""
    return Linearised(
        np.concatenate([block.values for block in blocks]),
        np.concatenate([block.scores for block in blocks], axis=1),
    )
