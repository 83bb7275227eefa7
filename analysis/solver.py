"""The factors that meet known totals: Newton's method on the calibration equations."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from analysis.arrays import Floats
from analysis.distances import Bounds, Distance
from analysis.errors import CalibrationError

#: Totals are met when none is off by more than this share of it.
PRECISION = 1e-12
#: What rounding may leave after the last useful step.
TOLERANCE = 1e-9
MOST_STEPS = 200
MOST_HALVINGS = 60
#: Added to the curvature in every direction, times the largest relative misfit.
DAMPING = 1e-6


@dataclass(frozen=True, slots=True)
class Equations:
    """Σ_c d_c·g_c·x_c = T: the known totals, one per name, and what each cell (C) adds to them."""

    names: tuple[Hashable, ...]
    matrix: Floats
    design: Floats
    targets: Floats
    bounds: Bounds = None

    def misfit(self, factors: Floats) -> Floats:
        """(P,) how far the weighted totals are from the known ones."""
        gap: Floats = self.targets - (self.design * factors) @ self.matrix
        return gap

    def scale(self) -> Floats:
        """(P,) what a misfit is measured against: the total, or what its parts add up to."""
        parts = np.abs(self.design) @ np.abs(self.matrix)
        size = np.maximum(np.abs(self.targets), parts)
        return np.where(size > 0, size, 1.0)

    def worst(self, factors: Floats) -> float:
        """The largest misfit as a share of its total."""
        return float(np.max(np.abs(self.misfit(factors)) / self.scale(), initial=0.0))


def solve(equations: Equations, distance: Distance) -> tuple[Floats, int]:
    """The factors (C,) that meet the totals nearest to 1 in this distance, and the steps taken.

    Newton's method (Deville & Särndal 1992, sec. 3) on the convex function whose lowest point
    solves the equations; steps are halved until they lead down. Redundant totals do no harm.
    Raises CalibrationError, naming the total that is off.
    """
    multipliers = np.zeros(equations.targets.size)
    factors = distance.factor(equations.matrix @ multipliers)
    steps = 0
    while equations.worst(factors) > PRECISION and steps < MOST_STEPS:
        steps += 1
        moved = _backtrack(equations, distance, multipliers)
        if moved is None:
            break
        multipliers = moved
        factors = distance.factor(equations.matrix @ multipliers)
    if equations.worst(factors) > TOLERANCE:
        raise _fault(equations, factors)
    return factors, steps


def _direction(equations: Equations, distance: Distance, start: Floats) -> Floats:
    """Newton's step, damped by how far the totals are off, which leaves no way without slope."""
    scores = equations.matrix @ start
    gap = equations.misfit(distance.factor(scores))
    # Free of units: curvatures are 1 or a little more.
    scale = equations.scale() / np.sqrt(equations.design.sum())
    scaled = equations.matrix / scale
    jacobian = scaled.T @ ((equations.design * distance.slope(scores))[:, None] * scaled)
    off = min(1.0, equations.worst(distance.factor(scores)))
    damped = jacobian + DAMPING * off * np.eye(gap.size)
    step: Floats = np.linalg.lstsq(damped, gap / scale, rcond=1e-14)[0] / scale
    return step


def _backtrack(equations: Equations, distance: Distance, start: Floats) -> Floats | None:
    """The longest of the step, its half, quarter … that leads down; None where none does."""
    direction = _direction(equations, distance, start)

    def height(multipliers: Floats) -> float:
        scores = equations.matrix @ multipliers
        hill = float(equations.design @ distance.potential(scores))
        return hill - float(equations.targets @ multipliers)

    def off(multipliers: Floats) -> float:
        gap = equations.misfit(distance.factor(equations.matrix @ multipliers))
        return float(np.sum((gap / equations.scale()) ** 2))

    top, gap_before, length = height(start), off(start), 1.0
    # Where heights differ by no more than rounding, the totals tell which way is down.
    flat = 1e-11 * (abs(top) + float(equations.design.sum()))
    for _ in range(MOST_HALVINGS):
        moved: Floats = start + length * direction
        change = height(moved) - top
        if change < -flat or (change <= flat and off(moved) < gap_before):
            return moved
        length /= 2
    return None


def _fault(equations: Equations, factors: Floats) -> CalibrationError:
    """Whether the totals can be met at all, and which one is off the most."""
    alone = _impossible_alone(equations)
    if alone is not None:
        return alone
    nearest, excess = _closest(equations)
    if excess > TOLERANCE:
        name, value, target = _most_off(equations, nearest)
        return CalibrationError(
            f"no factors within {_range(equations.bounds)} meet all population totals: "
            f"{named(name)} comes no closer than {value:.6g} to {target:.6g}; widen the bounds, "
            "merge its levels, or correct the totals",
            name,
        )
    name, value, target = _most_off(equations, factors)
    return CalibrationError(
        f"calibration did not converge: {named(name)} stays at {value:.6g}, its total is "
        f"{target:.6g}; widen the bounds, merge thin levels, or use another distance",
        name,
    )


def _impossible_alone(equations: Equations) -> CalibrationError | None:
    """The total that the bounds alone put out of reach, if there is one."""
    if equations.bounds is None:
        return None
    parts = equations.design[:, None] * equations.matrix
    ends = np.array([parts * bound for bound in equations.bounds])
    low, high = ends.min(axis=0).sum(axis=0), ends.max(axis=0).sum(axis=0)
    beyond = np.maximum(low - equations.targets, equations.targets - high) / equations.scale()
    place = int(np.argmax(beyond))
    if beyond[place] <= TOLERANCE:
        return None
    name = equations.names[place]
    return CalibrationError(
        f"no factors within {_range(equations.bounds)} meet {named(name)}: its total is "
        f"{equations.targets[place]:.6g}, within reach are {low[place]:.6g} to "
        f"{high[place]:.6g}; widen the bounds, merge its levels, or correct the total",
        name,
    )


def _closest(equations: Equations) -> tuple[Floats, float]:
    """The factors inside the bounds with the smallest largest relative misfit, and that misfit."""
    cells, totals = equations.matrix.shape
    scaled = (equations.design[:, None] * equations.matrix / equations.scale()).T
    aims = equations.targets / equations.scale()
    excess = np.full((totals, 1), -1.0)
    found = linprog(
        np.append(np.zeros(cells), 1.0),
        A_ub=np.vstack([np.hstack([scaled, excess]), np.hstack([-scaled, excess])]),
        b_ub=np.concatenate([aims, -aims]),
        bounds=[equations.bounds or (None, None)] * cells + [(0, None)],
    )
    return np.asarray(found.x[:-1]), float(found.x[-1])


def _most_off(equations: Equations, factors: Floats) -> tuple[Hashable, float, float]:
    gap = equations.misfit(factors)
    place = int(np.argmax(np.abs(gap) / equations.scale()))
    target = float(equations.targets[place])
    return equations.names[place], target - float(gap[place]), target


def named(name: Hashable) -> str:
    """A total's name in a message: a pair is a margin and its level."""
    if isinstance(name, tuple) and len(name) == 2:
        return f"margin {name[0]!r}, level {name[1]!r}"
    return f"total {name!r}"


def _range(bounds: Bounds) -> str:
    return "any range" if bounds is None else f"{bounds[0]:g}–{bounds[1]:g}"
