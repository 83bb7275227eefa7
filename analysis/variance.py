"""The one kernel: linearised scores per PSU → stratified between-PSU covariance."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Floats, Integers, sum_by
from analysis.design import Design


def covariance(scores: Floats, psus: Integers, design: Design) -> Floats:
    """The (F, F) covariance of F estimates from their linearised scores summed per PSU.

    `scores` (J, F) belong to the PSUs at the places `psus` of the design; sampled PSUs of the
    same strata that are not named had nothing in the domain and count as zeros.

        V = Σ_h (1 − f_h) n_h/(n_h − 1) Σ_j (T_hj − T̄_h)(T_hj − T̄_h)ᵀ

    Särndal, Swensson & Wretman (1992), eq. 4.5.3 for PSU totals; the single-PSU rules are those of
    R `survey` (`survey.lonely.psu`). Raises SinglePsuError.
    """
    strata, sums = sum_by(design.stratum_of_psu[psus], scores)
    design.refuse_single(strata)
    sampled = design.psus_per_stratum[strata]
    means = np.where(
        (sampled == 1)[:, None] & (design.single_psu == "adjust"), 0.0, sums / sampled[:, None]
    )
    factor = np.sqrt((1 - design.fractions[strata]) * sampled / np.maximum(sampled - 1, 1))
    place = np.searchsorted(strata, design.stratum_of_psu[psus])
    present = (scores - means[place]) * factor[place, None]
    silent = sampled - np.bincount(place, minlength=strata.size)
    absent = means * (factor * np.sqrt(silent))[:, None]
    between: Floats = present.T @ present + absent.T @ absent
    return between * _averaging(design, strata)


def _averaging(design: Design, strata: Integers) -> float:
    """How much the sum grows where strata of one PSU get the average of the others ("average")."""
    if design.single_psu != "average":
        return 1.0
    lonely = (design.psus_per_stratum[strata] == 1) & (design.fractions[strata] < 1)
    return float(strata.size / (strata.size - lonely.sum()))
