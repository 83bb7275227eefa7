"""The one kernel: linearised scores per PSU → their deviations between the PSUs of each stratum."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Floats, Integers, sum_by
from analysis.design import Design


def deviations(scores: Floats, psus: Integers, design: Design) -> Floats:
    """The matrix D of which DᵀD is the covariance of F estimates; column squares sum to variances.

    `scores` (J, F) are linearised scores summed over the PSUs at the places `psus` of the design;
    sampled PSUs of the same strata that are not named had nothing in the domain and count as zeros.

        V = Σ_h (1 − f_h) n_h/(n_h − 1) Σ_j (T_hj − T̄_h)(T_hj − T̄_h)ᵀ

    Särndal, Swensson & Wretman (1992), eq. 4.5.3 for PSU totals; the single-PSU rules are those of
    R `survey` (`survey.lonely.psu`). D has a row per named PSU and one per stratum for the others.
    Raises SinglePsuError.
    """
    strata, sums = sum_by(design.stratum_of_psu[psus], scores)
    design.refuse_single(strata)
    sampled = design.psus_per_stratum[strata]
    zero_centred = (sampled == 1) & (design.single_psu == "adjust")
    means = np.where(zero_centred[:, None], 0.0, sums / sampled[:, None])
    factor = np.sqrt((1 - design.fractions[strata]) * sampled / np.maximum(sampled - 1, 1))
    place = np.searchsorted(strata, design.stratum_of_psu[psus])
    present = (scores - means[place]) * factor[place, None]
    others = sampled - np.bincount(place, minlength=strata.size)
    absent = means * (factor * np.sqrt(others))[:, None]
    spread: Floats = np.vstack([present, absent]) * np.sqrt(_averaging(design, strata))
    return spread


def _averaging(design: Design, strata: Integers) -> float:
    """How much the sum grows where strata of one PSU get the average of the others ("average")."""
    if design.single_psu != "average":
        return 1.0
    lonely = (design.psus_per_stratum[strata] == 1) & (design.fractions[strata] < 1)
    return float(strata.size / (strata.size - lonely.sum()))
