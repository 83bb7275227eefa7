"""The one kernel: linearised scores per sampling unit → deviations inside strata and PSUs."""

from __future__ import annotations

import numpy as np

from analysis.arrays import Floats, Integers, sum_by
from analysis.design import Design, Stage


def deviations(scores: Floats, units: Integers, design: Design) -> Floats:
    """The matrix D of which DᵀD is the covariance of F estimates; column squares sum to variances.

    `scores` (J, F) are linearised scores summed over the last-stage units at the places `units`
    of the design (PSUs, where there is one stage); sampled units of the same groups that are not
    named had nothing in the domain and count as zeros.

        V = Σ_h (1 − f_h) n_h/(n_h − 1) Σ_j (T_hj − T̄_h)(T_hj − T̄_h)ᵀ
          + Σ_h f_h Σ_j (1 − f_hj) m_hj/(m_hj − 1) Σ_k (T_hjk − T̄_hj)(T_hjk − T̄_hj)ᵀ

    Särndal, Swensson & Wretman (1992), eq. 4.3.21 and 4.5.3 with PSU totals; the single-PSU
    rules are those of R `survey` (`survey.lonely.psu`, `survey.adjust.domain.lonely`).
    D has a row per named unit, one per group for the others; rows of units below 0 are deviations
    already, of strata that no other row is about. Raises SinglePsuError.
    """
    ready = units < 0
    if ready.any():
        rest = deviations(scores[~ready], units[~ready], design)
        return np.vstack([rest, scores[ready]])
    if design.second is None:
        return _between(scores, units, design.first, design)
    inside = _between(scores, units, design.second, design)
    psus, sums = sum_by(design.second.group_of_unit[units], scores)
    return np.vstack([_between(sums, psus, design.first, design), inside])


def _between(scores: Floats, units: Integers, stage: Stage, design: Design) -> Floats:
    """The scaled deviations of the units of one stage from the means of their groups."""
    groups, sums = sum_by(stage.group_of_unit[units], scores)
    place = np.searchsorted(groups, stage.group_of_unit[units])
    sampled, fractions = stage.sampled[groups], stage.fractions[groups]
    named = np.bincount(place, minlength=groups.size)
    lonely = (sampled == 1) & (fractions < 1)
    in_domain = (named == 1) & (sampled > 1) & (fractions < 1) & design.single_in_domain
    unknown = lonely | in_domain if design.single_psu == "average" else lonely
    design.refuse_single(stage, groups, groups[unknown])
    # R knows the rule for domains at the first stage only.
    at_zero = lonely | in_domain if stage.number == 1 else lonely
    zero_centred = at_zero & (design.single_psu == "adjust")
    means = np.where(zero_centred[:, None], 0.0, sums / sampled[:, None])
    factor = np.sqrt((1 - fractions) * sampled / np.maximum(sampled - 1, 1))
    if stage.number > 1:
        factor *= np.sqrt(design.fractions[design.stratum_of_psu[groups]])
    if design.single_psu == "average":
        factor *= ~unknown * np.sqrt(groups.size / max(groups.size - unknown.sum(), 1))
    present = (scores - means[place]) * factor[place, None]
    absent = means * (factor * np.sqrt(sampled - named))[:, None]
    return np.vstack([present, absent])
