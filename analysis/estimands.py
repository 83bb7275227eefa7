"""Estimates of any variable: totals, means, ratios, levels, composites, and many domains jointly.

`estimate_figures` makes all figures of a questionnaire at once; this module makes one at a time, of
any variable whose sums per row are known. Both use the same scores and the same variance.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Integers
from analysis.calibration import Calibration
from analysis.errors import TotalsError
from analysis.estimators import Linearised, pooled, ratio, weighted_mean
from analysis.joint import Joint
from analysis.rows import SampledRows, checked_column, rows_of
from analysis.totals import Totals
from analysis.variance import deviations
from analysis.weighted import WeightedRows


@dataclass(frozen=True, slots=True)
class Variable:
    """Sums of one variable per row: Σz, the people m who have it, and Σz² (for design effects).

    All ways to make one raise TotalsError.
    """

    sums: Floats
    counts: Floats
    squares: Floats | None = None

    @classmethod
    def of_flag(cls, yes: ArrayLike, answered: ArrayLike) -> Variable:
        """A 0/1 variable: how many say yes, of how many; its mean is a share."""
        counts = np.asarray(answered, dtype=float)
        sums = checked_column("yes", yes, counts.size)
        if (sums > counts).any():
            row = int(np.flatnonzero(sums > counts)[0])
            raise TotalsError(f"{sums[row]:g} of {counts[row]:g} people say yes in row {row}")
        return cls(sums, counts, sums)

    @classmethod
    def of_item(cls, totals: Totals, code: str) -> Variable:
        """Whether people are satisfied with an item of these totals."""
        place = _place(totals, code)
        by_level = totals.counts[:, place].astype(float)
        yes = by_level @ totals.items.satisfied[place].astype(float)
        return cls(yes, by_level.sum(axis=1), yes)

    @classmethod
    def of_scores(cls, totals: Totals, code: str) -> Variable:
        """The points that people give to an item of these totals."""
        place = _place(totals, code)
        by_level = totals.counts[:, place].astype(float)
        points = np.nan_to_num(totals.items.scores[place])
        return cls(by_level @ points, by_level.sum(axis=1), by_level @ points**2)

    @classmethod
    def of_people(cls, values: ArrayLike) -> Variable:
        """The values of people, one per row, NaN where there is none."""
        given = np.asarray(values, dtype=float)
        plain = np.nan_to_num(given)
        return cls(plain, (~np.isnan(given)).astype(float), plain**2)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Weighted rows, ready for estimates; a domain is row indices or a mask, None for all.

    Every estimate raises TotalsError where nobody of the domain has the variable, and
    SinglePsuError as the design says.
    """

    weighted: WeightedRows

    @classmethod
    def of(
        cls,
        rows: SampledRows,
        calibration: Calibration | None = None,
        final_weight: ArrayLike | None = None,
    ) -> Sample:
        """The sample with weights d·g, or with `final_weight` where they were trimmed."""
        return cls(WeightedRows.of(rows, calibration, final_weight))

    def total(self, variable: Variable, domain: ArrayLike | None = None) -> Joint:
        """The population total Σw·z."""
        rows = self._rows(domain, variable)
        found = self._joint(("total",), [variable.sums], rows, variable.counts, lambda sums: sums)
        size = self._size(rows, variable)
        spread = self._spread(rows, [variable])
        return found.with_spread(None if spread is None else spread * size**2, size)

    def mean(self, variable: Variable, domain: ArrayLike | None = None) -> Joint:
        """The mean Σw·z/Σw·m; of a flag, the share."""
        rows = self._rows(domain, variable)
        columns = [variable.sums, variable.counts]
        found = self._joint(("mean",), columns, rows, variable.counts, _halves)
        return found.with_spread(self._spread(rows, [variable]), self._size(rows, variable))

    def means(
        self, variables: Mapping[Hashable, Variable], domain: ArrayLike | None = None
    ) -> Joint:
        """The means of several variables with their covariance."""
        rows = self._rows(domain, *variables.values())
        return self._of_means(tuple(variables), list(variables.values()), rows, _halves)

    def ratio(
        self, numerator: Variable, denominator: Variable, domain: ArrayLike | None = None
    ) -> Joint:
        """Σw·y/Σw·x of two variables that the same people have."""
        rows = np.intersect1d(self._rows(domain, numerator), self._rows(domain, denominator))
        if not self.weighted.weight[rows] @ denominator.sums[rows]:
            raise TotalsError("the denominator sums to 0 in the domain: there is no ratio")
        return self._joint(
            ("ratio",),
            [numerator.sums, denominator.sums],
            rows,
            numerator.counts,
            _halves,
        )

    def levels(
        self, counts: ArrayLike, labels: Sequence[Hashable], domain: ArrayLike | None = None
    ) -> Joint:
        """The distribution over levels: each level's share of all answers.

        `counts` (R, L) are the people at each level.
        """
        table = np.asarray(counts, dtype=float)
        if table.ndim != 2 or table.shape[1] != len(labels):
            raise TotalsError(f"counts of shape {table.shape} for {len(labels)} levels")
        everyone = table.sum(axis=1)
        flags = {
            label: Variable(table[:, place], everyone, table[:, place])
            for place, label in enumerate(labels)
        }
        found = self.means(flags, domain)
        rows = self._rows(domain, *flags.values())
        spread = self._spread(rows, list(flags.values()))
        return found.with_spread(spread, self._size(rows, flags[labels[0]]))

    def composite(
        self,
        variables: Sequence[Variable],
        weights: Sequence[float],
        domain: ArrayLike | None = None,
    ) -> Joint:
        """The weighted mean of several means, with the covariance between them (an index)."""
        rows = self._rows(domain, *variables)
        given = _checked(weights, variables)
        return self._of_means(
            ("composite",), variables, rows, lambda sums: weighted_mean(_halves(sums), given)
        )

    def pooled(self, variables: Sequence[Variable], domain: ArrayLike | None = None) -> Joint:
        """All answers to several variables in one mean."""
        rows = self._rows(domain, *variables)
        ones, half = np.ones((1, len(variables))), len(variables)
        return self._of_means(
            ("pooled",),
            variables,
            rows,
            lambda sums: ratio(pooled(sums[:half], ones), pooled(sums[half:], ones)),
        )

    def by(
        self,
        variable: Variable,
        groups: Mapping[Hashable, ArrayLike],
        domain: ArrayLike | None = None,
    ) -> Joint:
        """The mean in each of several groups (units, sexes, waves) with their covariance.

        What two waves at the same service points have in common is in the covariance, as long as
        a PSU has the same label in both. The degrees of freedom are those of all groups together.
        """
        return self.composite_by([variable], [1.0], groups, domain)

    def composite_by(
        self,
        variables: Sequence[Variable],
        weights: Sequence[float],
        groups: Mapping[Hashable, ArrayLike],
        domain: ArrayLike | None = None,
    ) -> Joint:
        """The composite (index) in each of several groups, e.g. waves, with their covariance."""
        given = _checked(weights, variables)
        self._rows(domain, *variables)
        size = self.weighted.weight.size
        inside = [np.isin(np.arange(size), rows_of(members, size)) for members in groups.values()]
        if domain is not None:
            within = np.isin(np.arange(size), rows_of(domain, size))
            inside = [mask & within for mask in inside]
        parts = [
            Variable(variable.sums * mask, variable.counts * mask)
            for mask in inside
            for variable in variables
        ]
        names = [
            f"variable {place + 1} in group {label!r}"
            for label in groups
            for place in range(len(variables))
        ]
        blocks: Floats = np.kron(np.eye(len(groups)), given).astype(float)
        return self._of_means(
            tuple(groups),
            parts,
            self._rows(None, *parts),
            lambda sums: weighted_mean(_halves(sums), blocks),
            names,
        )

    def difference(
        self,
        variable: Variable,
        first: ArrayLike,
        second: ArrayLike,
        domain: ArrayLike | None = None,
    ) -> Joint:
        """The mean of the first group less that of the second."""
        both = self.by(variable, {"first": first, "second": second}, domain)
        return both.contrast({"first": 1.0, "second": -1.0})

    def change(
        self,
        variable: Variable,
        before: ArrayLike,
        after: ArrayLike,
        domain: ArrayLike | None = None,
    ) -> Joint:
        """The mean after less the mean before, with the covariance of the PSUs kept in both."""
        return self.difference(variable, after, before, domain)

    def _rows(self, domain: ArrayLike | None, *variables: Variable) -> Integers:
        """The rows of the domain where somebody has one of the variables. Raises TotalsError."""
        size = self.weighted.weight.size
        if any(v.sums.shape != (size,) or v.counts.shape != (size,) for v in variables):
            raise TotalsError(f"a variable's sums or counts are not of {size} rows: one per row")
        has = np.any([variable.counts > 0 for variable in variables], axis=0)
        rows = np.flatnonzero(has)
        if domain is not None:
            rows = np.intersect1d(rows, rows_of(domain, size))
        if not rows.size:
            raise TotalsError("nobody of the domain has the variable: there is no estimate")
        return rows

    def _of_means(
        self,
        labels: tuple[Hashable, ...],
        variables: Sequence[Variable],
        rows: Integers,
        estimator: Callable[[Linearised], Linearised],
        names: Sequence[str] = (),
    ) -> Joint:
        """An estimator of the sums, then the counts, of several variables."""
        for place, variable in enumerate(variables):
            if not variable.counts[rows].any():
                name = names[place] if names else f"variable {place + 1}"
                raise TotalsError(f"nobody of the domain has {name}: leave it out")
        columns = [v.sums for v in variables] + [v.counts for v in variables]
        most = np.max([v.counts for v in variables], axis=0)
        return self._joint(labels, columns, rows, most, estimator)

    def _joint(
        self,
        labels: tuple[Hashable, ...],
        columns: Sequence[Floats],
        rows: Integers,
        counts: Floats,
        estimator: Callable[[Linearised], Linearised],
    ) -> Joint:
        """The estimator of the weighted column totals, with its deviations."""
        sums = np.column_stack([column[rows] for column in columns])
        units, totals = self.weighted.linearised(sums, rows)
        found = estimator(totals)
        design = self.weighted.design
        spread = deviations(found.scores, units, design)
        psus = np.unique(design.psu_of_row[rows])
        df = psus.size - np.unique(design.stratum_of_psu[psus]).size
        return Joint(labels, found.values, spread, df, int(counts[rows].sum()))

    def _size(self, rows: Integers, variable: Variable) -> float:
        """The estimated number of people who have the variable."""
        return float(self.weighted.weight[rows] @ variable.counts[rows])

    def _spread(self, rows: Integers, variables: Sequence[Variable]) -> Floats | None:
        """S² = n/(n − 1)·Σw(z − z̄)²/Σw of each, as R `svyvar`; None without the squares."""
        if any(variable.squares is None for variable in variables):
            return None
        weight = self.weighted.weight[rows]
        found = []
        for variable in variables:
            n, size = float(variable.counts[rows].sum()), self._size(rows, variable)
            mean = float(weight @ variable.sums[rows]) / size
            squares = float(weight @ np.asarray(variable.squares)[rows]) / size
            found.append(max(squares - mean**2, 0.0) * n / max(n - 1, 1))
        return np.array(found)


def _place(totals: Totals, code: str) -> int:
    if code not in totals.items.codes:
        raise TotalsError(f"no item {code!r}: the items are {list(totals.items.codes)}")
    return totals.items.codes.index(code)


def _checked(weights: Sequence[float], variables: Sequence[Variable]) -> Floats:
    """The weights of a composite as a row. Raises TotalsError."""
    given = np.asarray(weights, dtype=float)[None, :]
    if given.shape[1] != len(variables) or not (np.isfinite(given) & (given > 0)).all():
        raise TotalsError(
            f"weights {list(weights)} for {len(variables)} variables: one above 0 for each"
        )
    return given


def _halves(sums: Linearised) -> Linearised:
    """The ratios of the first half of the totals to the second."""
    half = sums.values.size // 2
    return ratio(sums[:half], sums[half:])
