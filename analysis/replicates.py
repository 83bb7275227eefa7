"""Replicate weights: a second opinion on every variance, by recomputing instead of linearising."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats
from analysis.calibration import Calibration
from analysis.design import Design
from analysis.errors import DesignError, WeightError
from analysis.joint import Joint
from analysis.rows import Rows, SampledRows, rows_of

#: A column counts to the rank if more than this share of it is new (R's `qr`, as in `degf`).
NEW = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """B sets of weights: `factors` (R, B) multiply the base weights, `scales` (B,) the squares.

        V = Σ_b scale_b (θ_b − θ̄)(θ_b − θ̄)ᵀ

    θ̄ is the mean of the replicates, or the full sample's θ with `around_full` (R `mse=TRUE`).
    Wolter (2007), ch. 4; Rao & Wu (1988) for the bootstrap.
    """

    factors: Floats
    scales: Floats
    around_full: bool = False

    @classmethod
    def jackknife(cls, design: Design, *, around_full: bool = False) -> Replicates:
        """JKn: each PSU left out in turn, the others of its stratum weighted up.

        From the sums: a row is any part of a PSU. A stratum with one PSU has no replicate and
        adds nothing; under the rule "fail" it is refused, as is a design of such strata alone.
        """
        lonely = np.flatnonzero((design.psus_per_stratum == 1) & (design.fractions < 1))
        if design.single_psu == "fail":
            design.refuse_single(design.first, np.arange(len(design.strata)), lonely)
        stratum_of_row = design.stratum_of_psu[design.psu_of_row]
        sampled = design.psus_per_stratum[design.stratum_of_psu]
        left_out = np.flatnonzero(sampled > 1)
        if not left_out.size:
            raise DesignError("no stratum has two PSUs: nothing can be left out")
        n = sampled[left_out]
        same = stratum_of_row[:, None] == design.stratum_of_psu[left_out]
        factors = np.where(same, n / (n - 1), 1.0)
        factors[design.psu_of_row[:, None] == left_out] = 0.0
        fractions = design.fractions[design.stratum_of_psu[left_out]]
        return cls(factors, (n - 1) / n * (1 - fractions), around_full)

    @classmethod
    def given(
        cls, factors: ArrayLike, scale: float | ArrayLike, *, around_full: bool = False
    ) -> Replicates:
        """Replicates made elsewhere, e.g. a bootstrap: (R, B) factors, and one scale or B.

        Raises WeightError.
        """
        table = np.asarray(factors, dtype=float)
        if table.ndim != 2 or not (np.isfinite(table) & (table >= 0)).all():
            raise WeightError(
                f"replicate factors of shape {table.shape}: "
                "give finite numbers, 0 or more, as (rows, replicates)"
            )
        scales = np.broadcast_to(np.asarray(scale, dtype=float), table.shape[1:]).copy()
        if not (np.isfinite(scales) & (scales >= 0)).all():
            raise WeightError(f"scales {scales.tolist()}: give finite numbers, 0 or more")
        return cls(table, scales, around_full)

    def apply(
        self,
        rows: SampledRows,
        statistic: Callable[[Floats], ArrayLike],
        *,
        calibrate: Callable[[SampledRows], Calibration] | None = None,
        domain: ArrayLike | None = None,
    ) -> Joint:
        """The statistic (F,) of final weights (R,), with the covariance of its replicates.

        Every replicate is calibrated anew, so the variance holds what calibration does. Degrees
        of freedom: the rank of the replicates' weights in the domain less 1, as R. Raises
        WeightError.
        """
        size = rows.base_weight.size
        if self.factors.shape[0] != size:
            raise WeightError(f"replicate factors for {self.factors.shape[0]} of {size} rows")
        inside = np.arange(size) if domain is None else rows_of(domain, size)
        plain = Rows(rows.design, rows.cells, rows.cell_of_row, rows.respondents, rows.base_weight)

        def final(base: Floats) -> Floats:
            if calibrate is None:
                return base
            found = calibrate(replace(plain, base_weight=base))
            weights: Floats = base * found.factors[rows.cell_of_row]
            return weights

        full = np.atleast_1d(np.asarray(statistic(final(rows.base_weight)), dtype=float))
        weights = [final(rows.base_weight * column) for column in self.factors.T]
        found = np.array([np.atleast_1d(statistic(one)) for one in weights])
        centre = full if self.around_full else found[self.scales > 0].mean(axis=0)
        spread = (found - centre) * np.sqrt(self.scales)[:, None]
        rank = _rank(np.column_stack(weights)[inside])
        answers = int(rows.respondents[inside].sum())
        return Joint(tuple(range(full.size)), full, spread, max(rank - 1, 0), answers)


def _rank(columns: Floats) -> int:
    """How many columns are not, in order, combinations of those before them."""
    basis = np.zeros((columns.shape[0], 0))
    for column in columns.T:
        rest = column - basis @ (basis.T @ column)
        # Twice is enough: the second pass takes what rounding left of the first.
        rest -= basis @ (basis.T @ rest)
        size = float(np.linalg.norm(rest))
        if size > NEW * float(np.linalg.norm(column)):
            basis = np.column_stack([basis, rest / size])
    return basis.shape[1]
