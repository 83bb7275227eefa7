"""The factors that meet known totals: Newton's method on the calibration equations."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import numpy as np

from analysis.arrays import Floats
from analysis.auxiliaries import Auxiliaries, Part
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
    """Σ_c d_c·g_c·x_c = T: the known totals, one per name, and what each cell (C) adds to them.

    `scale` (P,) is what a misfit is measured against: the total, or what its parts add up to.
    """

    known: Auxiliaries
    design: Floats
    targets: Floats
    bounds: Bounds = None
    scale: Floats = field(init=False)

    def __post_init__(self) -> None:
        size = np.maximum(np.abs(self.targets), self.known.sizes(self.design))
        object.__setattr__(self, "scale", np.where(size > 0, size, 1.0))

    def misfit(self, factors: Floats) -> Floats:
        """(P,) how far the weighted totals are from the known ones."""
        gap: Floats = self.targets - self.known.summed(self.design * factors)
        return gap

    def worst(self, factors: Floats) -> float:
        """The largest misfit as a share of its total."""
        return float(np.max(np.abs(self.misfit(factors)) / self.scale, initial=0.0))


def solve(equations: Equations, distance: Distance) -> tuple[Floats, int]:
    """The factors (C,) that meet the totals nearest to 1 in this distance, and the steps taken.

    What hangs together is solved together, and by itself; the steps are those of the part that took
    the most. Redundant totals do no harm. Raises CalibrationError, naming the total that is off.
    """
    factors, steps = distance.factor(np.zeros(equations.design.size)), 0
    for part in equations.known.parts():
        design, targets = equations.design[part.cells], equations.targets[part.names]
        if design.any():
            own = Equations(part.known, design, targets, equations.bounds)
            factors[part.cells], taken = _solved(own, part, distance)
            steps = max(steps, taken)
    if equations.worst(factors) > TOLERANCE:
        raise _fault(equations, factors)
    return factors, steps


def _solved(equations: Equations, part: Part, distance: Distance) -> tuple[Floats, int]:
    """The factors of one part, as near as they come, and the steps taken.

    Newton's method (Deville & Särndal 1992, sec. 3) on the convex function whose lowest point
    solves the equations; steps are halved until they lead down.
    """
    multipliers = np.zeros(equations.targets.size)
    factors = distance.factor(part.known.fitted(multipliers))
    steps = 0
    while equations.worst(factors) > PRECISION and steps < MOST_STEPS:
        steps += 1
        moved = _backtrack(equations, part, distance, multipliers)
        if moved is None:
            break
        multipliers = moved
        factors = distance.factor(part.known.fitted(multipliers))
    return factors, steps


def _direction(equations: Equations, part: Part, distance: Distance, start: Floats) -> Floats:
    """Newton's step, damped by how far the totals are off, which leaves no way without slope."""
    scores = part.known.fitted(start)
    factors = distance.factor(scores)
    # Free of units: curvatures are 1 or a little more.
    scale = equations.scale / np.sqrt(equations.design.sum())
    off = min(1.0, equations.worst(factors))
    normal = part.normal(equations.design * distance.slope(scores), DAMPING * off * scale**2)
    return normal.solve(equations.misfit(factors))


def _backtrack(
    equations: Equations, part: Part, distance: Distance, start: Floats
) -> Floats | None:
    """The longest of the step, its half, quarter … that leads down; None where none does."""
    direction = _direction(equations, part, distance, start)

    def height(multipliers: Floats) -> float:
        hill = float(equations.design @ distance.potential(part.known.fitted(multipliers)))
        return hill - float(equations.targets @ multipliers)

    def off(multipliers: Floats) -> float:
        gap = equations.misfit(distance.factor(part.known.fitted(multipliers)))
        return float(np.sum((gap / equations.scale) ** 2))

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
    known = equations.known
    parts = equations.design[:, None] * known.values
    ends = np.array([parts * bound for bound in equations.bounds])
    low, high = (
        np.bincount(known.places.ravel(), end.ravel(), len(known.names))
        for end in (ends.min(axis=0), ends.max(axis=0))
    )
    beyond = np.maximum(low - equations.targets, equations.targets - high) / equations.scale
    place = int(np.argmax(beyond))
    if beyond[place] <= TOLERANCE:
        return None
    name = equations.known.names[place]
    return CalibrationError(
        f"no factors within {_range(equations.bounds)} meet {named(name)}: its total is "
        f"{equations.targets[place]:.6g}, within reach are {low[place]:.6g} to "
        f"{high[place]:.6g}; widen the bounds, merge its levels, or correct the total",
        name,
    )


def _closest(equations: Equations) -> tuple[Floats, float]:
    """The factors inside the bounds with the smallest largest relative misfit, and that misfit."""
    from scipy.optimize import linprog  # noqa: PLC0415 - large, and only for what has no answer
    from scipy.sparse import coo_array, hstack, vstack  # noqa: PLC0415 - likewise

    known = equations.known
    cells, totals = known.places.shape[0], len(known.names)
    cell, column = np.nonzero(known.values)
    place = known.places[cell, column]
    parts = known.values[cell, column] * equations.design[cell] / equations.scale[place]
    # Sparse, for thousands of totals and cells would fill the memory with zeros.
    scaled = coo_array((parts, (place, cell)), shape=(totals, cells))
    aims = equations.targets / equations.scale
    excess = coo_array(np.full((totals, 1), -1.0))
    found = linprog(
        np.append(np.zeros(cells), 1.0),
        A_ub=vstack([hstack([scaled, excess]), hstack([-scaled, excess])]),
        b_ub=np.concatenate([aims, -aims]),
        bounds=[equations.bounds or (None, None)] * cells + [(0, None)],
    )
    return np.asarray(found.x[:-1]), float(found.x[-1])


def _most_off(equations: Equations, factors: Floats) -> tuple[Hashable, float, float]:
    gap = equations.misfit(factors)
    place = int(np.argmax(np.abs(gap) / equations.scale))
    target = float(equations.targets[place])
    return equations.known.names[place], target - float(gap[place]), target


def named(name: Hashable) -> str:
    """A total's name in a message: a pair is a margin and its level."""
    if isinstance(name, tuple) and len(name) == 2:
        return f"margin {name[0]!r}, level {name[1]!r}"
    return f"total {name!r}"


def _range(bounds: Bounds) -> str:
    return "any range" if bounds is None else f"{bounds[0]:g}–{bounds[1]:g}"
