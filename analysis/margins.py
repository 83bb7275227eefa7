"""Calibration to margins: raking and regression, linear or bounded, with one factor per cell."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Integers, encode
from analysis.auxiliaries import Auxiliaries
from analysis.calibration import Calibration, reported
from analysis.distances import Bounds, distance
from analysis.errors import CalibrationError
from analysis.rows import WeightedPeople
from analysis.solver import PRECISION, TOLERANCE, Equations, named, solve

#: Margin → level → population.
Margins = Mapping[Any, Mapping[Any, float]]
#: Factors of bounded calibration stay between these.
USUAL_BOUNDS = (0.3, 3.0)
MOST_CYCLES = 1000


def level_of(cell: Any, margin: Any, factors: Sequence[Hashable]) -> Hashable:
    """The level that a cell, a tuple with one entry per factor, has in a margin.

    A margin is a factor's name or a tuple of names; its level is then a tuple, too.
    """
    if isinstance(margin, tuple) and margin not in factors:
        return tuple(cell[factors.index(name)] for name in margin)
    return cell[factors.index(margin)]  # type: ignore[no-any-return] # cells are tuples of labels


def rake(
    totals: WeightedPeople,
    margins: Margins,
    *,
    factors: Sequence[Hashable],
    as_r_rake: bool = False,
) -> Calibration:
    """The factors of iterative proportional fitting: each margin in turn, until all are met.

    `factors` name the entries of the cell labels (tuples); `margins` maps a factor, or a tuple
    of factors, to the population of each level. Deming & Stephan (1940). The variance is that
    of the residuals of the regression on the margins, as R `calibrate(calfun="raking")`; with
    `as_r_rake` that of R `rake`, which is up to 3 % off. Raises CalibrationError, naming margin
    and level.
    """
    table = _Table.of(totals, margins, factors)
    equations = table.equations(None)
    g, cycles = np.ones(len(totals.cells)), 0
    while equations.worst(g) > PRECISION and cycles < MOST_CYCLES:
        cycles += 1
        for levels, aims in zip(table.levels, table.targets, strict=True):
            reached = np.bincount(levels, table.design * g, minlength=aims.size)
            ratios = (aims / np.where(reached > 0, reached, 1.0))[levels]
            # Nothing holds the factor of a cell without people.
            g = np.where(table.design > 0, g * ratios, 1.0)
    if equations.worst(g) > TOLERANCE:
        raise CalibrationError(table.complaint(g))
    return _calibration(totals, table, g, cycles, as_r_rake=as_r_rake)


def calibrate(
    totals: WeightedPeople,
    margins: Margins,
    *,
    factors: Sequence[Hashable],
    method: str = "raking",
    bounds: Bounds = USUAL_BOUNDS,
) -> Calibration:
    """The factors nearest to 1 that meet all margins: "linear" (GREG), "raking" or "logit".

    `bounds` keep g = w/d inside a range, instead of trimming afterwards; None for no bounds.
    Margins and factors as in `rake`. Deville & Särndal (1992). Raises CalibrationError
    (infeasible, not converging, margins that do not fit) and MethodError.
    """
    curve = distance(method, bounds)
    table = _Table.of(totals, margins, factors)
    g, steps = solve(table.equations(bounds), curve)
    return _calibration(totals, table, g, steps)


def calibrate_to(
    totals: WeightedPeople,
    auxiliaries: Mapping[Hashable, ArrayLike],
    population: Mapping[Any, float],
    *,
    method: str = "linear",
    bounds: Bounds = None,
) -> Calibration:
    """The factors that meet the population totals of any variables that are known of each cell.

    `auxiliaries` maps a name to one value per cell (in the order of `totals.cells`),
    `population` the same name to its total; an intercept is a variable that is 1 everywhere.
    Raises CalibrationError and MethodError.
    """
    curve = distance(method, bounds)
    names = tuple(auxiliaries)
    if set(names) != set(population):
        raise CalibrationError(
            f"auxiliaries {list(names)} but totals of {list(population)}: give one total to each"
        )
    matrix = np.column_stack([np.asarray(column, dtype=float) for column in auxiliaries.values()])
    aims = np.array([float(population[name]) for name in names])
    if matrix.shape[0] != len(totals.cells) or not np.isfinite([*matrix.ravel(), *aims]).all():
        raise CalibrationError(
            f"auxiliaries for {matrix.shape[0]} cells of {len(totals.cells)}: give a finite number "
            "to each cell, and a finite total to each name"
        )
    known = Auxiliaries.of_matrix(names, matrix)
    g, steps = solve(Equations(known, _design(totals), aims, bounds), curve)
    nobody = np.full(len(totals.cells), -1)
    return Calibration(g, nobody, auxiliaries=known, report=reported(totals, g, steps))


@dataclass(frozen=True, slots=True)
class _Table:
    """The cells by margin: their level (C,) in each, the population of its levels, Σd·n (C,)."""

    margins: tuple[Hashable, ...]
    names: tuple[tuple[Hashable, ...], ...]
    levels: tuple[Integers, ...]
    targets: tuple[Floats, ...]
    design: Floats

    @classmethod
    def of(cls, totals: WeightedPeople, margins: Margins, factors: Sequence[Hashable]) -> _Table:
        """The checked table. Raises CalibrationError."""
        _check_labels(totals, margins, factors)
        design = _design(totals)
        answers = np.bincount(totals.cell_of_row, totals.respondents, design.size).tolist()
        names, levels, targets = [], [], []
        for margin, population in margins.items():
            labels = [level_of(cell, margin, factors) for cell in totals.cells]
            _check_margin(margin, population, _people(labels, answers))
            # Cells without people may have any level: they get g = 1 in effect, and no weight.
            found, codes = encode([*population, *labels])
            names.append(found)
            levels.append(codes[len(population) :])
            targets.append(np.array([float(population.get(label, 0.0)) for label in found]))
        _check_agreement(margins)
        return cls(tuple(margins), tuple(names), tuple(levels), tuple(targets), design)

    def known(self, *, swept: bool = False) -> Auxiliaries:
        """The levels of all margins side by side."""
        names = [
            (margin, label)
            for margin, labels in zip(self.margins, self.names, strict=True)
            for label in labels
        ]
        before = np.cumsum([0, *(aims.size for aims in self.targets[:-1])])
        return Auxiliaries.of_levels(names, np.column_stack(self.levels) + before, swept=swept)

    def equations(self, bounds: Bounds) -> Equations:
        """The calibration equations, one per level of every margin."""
        return Equations(self.known(), self.design, np.concatenate(self.targets), bounds)

    def complaint(self, factors: Floats) -> str:
        """What to say when raking does not end: some total cannot be met by positive weights."""
        equations = self.equations(None)
        gap = equations.misfit(factors)
        place = int(np.argmax(np.abs(gap) / equations.scale))
        name = named(equations.known.names[place])
        return (
            f"raking did not converge in {MOST_CYCLES} cycles: {name} is off by "
            f"{gap[place]:.6g}; some combinations of levels have nobody in the sample: "
            "merge levels or leave a margin out"
        )


def _calibration(
    totals: WeightedPeople, table: _Table, g: Floats, steps: int, *, as_r_rake: bool = False
) -> Calibration:
    nobody = np.full(len(totals.cells), -1)
    known = table.known(swept=as_r_rake)
    return Calibration(g, nobody, auxiliaries=known, report=reported(totals, g, steps))


def _design(totals: WeightedPeople) -> Floats:
    """Σ d·n of each cell. Raises CalibrationError where nobody answered."""
    people = totals.respondents * totals.base_weight
    if not people.any():
        raise CalibrationError("nobody answered: there is nobody to weight")
    return np.bincount(totals.cell_of_row, people, minlength=len(totals.cells)).astype(float)


def _check_labels(totals: WeightedPeople, margins: Margins, factors: Sequence[Hashable]) -> None:
    if not margins:
        raise CalibrationError("no margins: give at least one, or do not calibrate")
    for cell in totals.cells:
        if not isinstance(cell, tuple) or len(cell) != len(factors):
            raise CalibrationError(
                f"cell {cell!r} does not have one entry for each of the factors {list(factors)}"
            )
    for margin in margins:
        parts = margin if isinstance(margin, tuple) and margin not in factors else (margin,)
        missing = [part for part in parts if part not in factors]
        if missing:
            raise CalibrationError(
                f"margin {margin!r}: {missing[0]!r} is not among the factors {list(factors)}"
            )


def _people(labels: list[Hashable], answers: list[float]) -> dict[Hashable, float]:
    """The people of each level that has some."""
    found: dict[Hashable, float] = {}
    for label, people in zip(labels, answers, strict=True):
        if people:
            found[label] = found.get(label, 0.0) + people
    return found


def _check_margin(
    margin: Any, population: Mapping[Any, float], sampled: Mapping[Hashable, float]
) -> None:
    for level, total in population.items():
        where, people = f"margin {margin!r}, level {level!r}", sampled.get(level, 0.0)
        if not (math.isfinite(total) and total >= 0):
            raise CalibrationError(f"{where}: population {total}: give a number, 0 or more")
        if total > 0 and not people:
            raise CalibrationError(
                f"{where}: a population of {total:g} but nobody in the sample: "
                "merge it with another level, in the sample and in the population"
            )
        if 0 < total < people:
            raise CalibrationError(
                f"{where}: {people:g} answers but a population of {total:g}: "
                "correct its total, or the level of its answers"
            )
    unknown = [level for level in sampled if not population.get(level)]
    if unknown:
        raise CalibrationError(
            f"margin {margin!r}, level {min(unknown, key=repr)!r}: people in the sample but no "
            "population: add its total, or merge it with another level"
        )


def _check_agreement(margins: Margins) -> None:
    sums = {margin: math.fsum(levels.values()) for margin, levels in margins.items()}
    (first, whole), *others = sums.items()
    for margin, total in others:
        if not math.isclose(total, whole, rel_tol=1e-9):
            raise CalibrationError(
                f"margin {margin!r} sums to {total:.10g} but margin {first!r} to {whole:.10g}: "
                "all margins describe one population, so correct or rescale one"
            )
