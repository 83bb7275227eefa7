"""Rows with their final weights, and the residuals of their calibration: what variance rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Integers, sum_by
from analysis.auxiliaries import Auxiliaries
from analysis.calibration import Calibration, uncalibrated
from analysis.design import Design
from analysis.estimators import Linearised
from analysis.regression import Regression
from analysis.rows import SampledRows, checked_weights

#: So many times R's `rake` takes the means of all margins out of a variable.
ROUNDS = 10


@dataclass(frozen=True, slots=True, eq=False)
class Sweeps:
    """R `rake`: in turn the unweighted means of each margin, ten times; `people` (C,) per cell."""

    known: Auxiliaries
    people: Floats

    @classmethod
    def of(cls, rows: SampledRows, known: Auxiliaries) -> Sweeps:
        """The sweeps over all rows."""
        people = np.bincount(rows.cell_of_row, rows.respondents, len(rows.cells))
        return cls(known, people.astype(float))

    def fitted(self, cell_of_row: Integers, sums: Floats) -> Floats:
        """(C, F) what the sweeps take from every person of a cell; weights play no part."""
        cells, by_cell = sum_by(cell_of_row, sums)
        whole = np.zeros((self.people.size, sums.shape[1]))
        whole[cells] = by_cell
        taken = np.zeros_like(whole)
        for _ in range(ROUNDS):
            for level in self.known.places.T:
                people = np.maximum(np.bincount(level, self.people), 1.0)
                levels, left = sum_by(level, whole - self.people[:, None] * taken)
                taken += (left / people[levels, None])[np.searchsorted(levels, level)]
        return taken


@dataclass(frozen=True, slots=True, eq=False)
class WeightedRows:
    """Rows with their final weights d·g·(what `trimming` did); made by `of`.

    `order` has the rows of each post-stratum side by side, from `bounds[c]` to `bounds[c + 1]`;
    `regression`, or `sweeps`, take the place of post-strata after calibration to margins.
    """

    rows: SampledRows
    weight: Floats
    calibrated: Floats
    trimming: Floats
    poststratum: Integers
    order: Integers
    bounds: Integers
    regression: Regression | None
    sweeps: Sweeps | None

    @classmethod
    def of(
        cls,
        rows: SampledRows,
        calibration: Calibration | None = None,
        final_weight: ArrayLike | None = None,
    ) -> WeightedRows:
        """The rows with the weights d·g, or with `final_weight` where these were trimmed."""
        calibration = calibration or uncalibrated(rows)
        poststratum = calibration.poststratum[rows.cell_of_row]
        order = np.argsort(poststratum, kind="stable")
        numbers = np.arange(poststratum.max(initial=-1) + 2)
        calibrated = rows.base_weight * calibration.factors[rows.cell_of_row]
        weight = calibrated
        if final_weight is not None:
            weight = checked_weights(final_weight, calibrated.size)
        known = calibration.auxiliaries
        swept = known is not None and known.swept
        return cls(
            rows=rows,
            weight=weight,
            calibrated=calibrated,
            # A factor may be 0; then nothing was left to trim.
            trimming=np.divide(weight, calibrated, out=np.ones_like(weight), where=calibrated != 0),
            poststratum=poststratum,
            order=order,
            bounds=np.searchsorted(poststratum[order], numbers),
            regression=None if known is None or swept else Regression.of(rows, known, calibrated),
            sweeps=Sweeps.of(rows, known) if known is not None and swept else None,
        )

    @property
    def design(self) -> Design:
        """Where the rows were drawn."""
        return self.rows.design

    def linearised(self, sums: Floats, rows: Integers) -> tuple[Integers, Linearised]:
        """The weighted totals of `sums` (r, F) over the domain of `rows`, with their scores.

        The scores belong to the units of the design's last stage that come with them: those of
        the domain, and those whose people helped to calibrate it. A person's score is the
        residual w(z − x'b), z = 0 outside the domain, so sums over the people of a row suffice.
        """
        if self.regression is not None:
            return self._regressed(sums, rows, self.regression)
        touched = self._touched_by(rows)
        plain = sums
        if not np.array_equal(touched, rows):
            plain = np.zeros((touched.size, sums.shape[1]))
            plain[np.searchsorted(touched, rows)] = sums
        explained = self._explained(touched, plain)
        weighted = self.weight[touched, None] * plain
        values = weighted.sum(axis=0)
        # In place: of a whole sector each such table is ten megabytes.
        weighted -= explained
        del explained
        units, scores = sum_by(self.design.unit_of_row[touched], weighted)
        return units, Linearised(values, scores)

    def _regressed(
        self, sums: Floats, rows: Integers, regression: Regression
    ) -> tuple[Integers, Linearised]:
        """The same after a regression, which has to do with all units of the parts it touches."""
        weighted = self.weight[rows, None] * sums
        unit_of_row = self.design.unit_of_row[rows]
        strata = np.unique(self.design.stratum_of_unit[unit_of_row])
        known = (self.trimming[rows] * self.rows.base_weight[rows])[:, None] * sums
        found = regression.explained(self.rows.cell_of_row[rows], known, strata)
        units = np.concatenate([unit_of_row, *(units for units, _ in found)])
        scores = np.vstack([weighted, *(-explained for _, explained in found)])
        if not self.design.separable:
            # Then the rule for single PSUs looks at all strata together.
            everyone = np.arange(self.design.stratum_of_unit.size)
            units = np.concatenate([units, everyone])
            scores = np.vstack([scores, np.zeros((everyone.size, scores.shape[1]))])
        units, scores = sum_by(units, scores)
        return units, Linearised(weighted.sum(axis=0), scores)

    def _touched_by(self, rows: Integers) -> Integers:
        """The rows of a domain and those that were calibrated together with it, ascending."""
        if self.sweeps is not None:
            return np.arange(self.weight.size)
        used = np.unique(self.poststratum[rows])
        parts = [self.order[self.bounds[c] : self.bounds[c + 1]] for c in used[used >= 0].tolist()]
        return np.unique(np.concatenate([rows, *parts]))

    def _explained(self, touched: Integers, plain: Floats) -> Floats:
        """What the calibration explains of each row's weighted sums: w·n·x'b, w before trimming.

        Trimmed weights are treated as R does: their variable is z times final by calibrated weight.
        """
        people = self.rows.respondents[touched]
        calibrated = self.calibrated[touched]
        both = np.empty((touched.size, plain.shape[1] + 1))
        sums = np.multiply(plain, self.trimming[touched, None], out=both[:, 1:])
        if self.sweeps is not None:
            cells = self.rows.cell_of_row[touched]
            return (calibrated * people)[:, None] * self.sweeps.fitted(cells, sums)[cells]
        cells = self.poststratum[touched]
        both[:, 0] = calibrated * people
        sums *= calibrated[:, None]
        names, totals = sum_by(cells, both)
        del both, sums
        means = totals[:, 1:] / totals[:, :1] * (names >= 0)[:, None]
        explained: Floats = means[np.searchsorted(names, cells)]
        explained *= (calibrated * people)[:, None]
        return explained
