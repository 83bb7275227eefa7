"""What is known of each cell, kept sparse, and the regression on it of a part that hangs together.

A margin is one number per cell, its level; so thousands of totals cost no more than a few columns,
and units that share no total fall into parts that are solved one by one.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.arrays import Floats, Integers, sum_by

#: Directions that matter less than this share of the largest are left out as redundant.
REDUNDANT = 1e-14


@dataclass(frozen=True, slots=True, eq=False)
class Auxiliaries:
    """What C cells add to P totals, one per name, e.g. ("sex", "F"), in M columns.

    A column is a margin, of which a cell has one level at most, or a variable: `places` (C, M) says
    to which total a cell adds, `values` (C, M) how much per person; 0 where it adds nothing. No
    total is in two columns. The variance rests on the residuals of the regression on them, weighted
    by design (GREG); with `swept` on those that R's `rake` leaves: ten rounds of unweighted means
    taken out, margin by margin.
    """

    names: tuple[Hashable, ...]
    places: Integers
    values: Floats
    swept: bool = False

    @classmethod
    def of_matrix(cls, names: Sequence[Hashable], matrix: Floats) -> Auxiliaries:
        """Variables: one column of the (C, P) matrix per name."""
        places = np.broadcast_to(np.arange(len(names)), matrix.shape)
        return cls(tuple(names), places, matrix)

    @classmethod
    def of_levels(
        cls, names: Sequence[Hashable], levels: Integers, *, swept: bool = False
    ) -> Auxiliaries:
        """Margins: `levels` (C, M) are places among the names, −1 for a cell outside the margin."""
        return cls(tuple(names), np.maximum(levels, 0), (levels >= 0).astype(float), swept)

    @classmethod
    def joined(cls, size: int, parts: Iterable[tuple[Integers, Auxiliaries]]) -> Auxiliaries:
        """Parts with nothing in common side by side: which of `size` cells each is, and what of."""
        given = list(parts)
        wide = max(known.places.shape[1] for _, known in given)
        places, values = np.zeros((size, wide), dtype=np.int64), np.zeros((size, wide))
        before = 0
        for cells, known in given:
            columns = slice(known.places.shape[1])
            places[cells, columns] = np.where(known.values != 0, known.places + before, 0)
            values[cells, columns] = known.values
            before += len(known.names)
        return cls(tuple(range(before)), places, values)

    def summed(self, by_cell: Floats) -> Floats:
        """(P,) Σ x_c·z_c over the cells."""
        return self._sum(self.values, by_cell)

    def sizes(self, by_cell: Floats) -> Floats:
        """(P,) Σ |x_c·z_c|, what rounding is measured against."""
        return self._sum(np.abs(self.values), np.abs(by_cell))

    def _sum(self, values: Floats, by_cell: Floats) -> Floats:
        parts = (values * by_cell[:, None]).ravel()
        return np.bincount(self.places.ravel(), parts, len(self.names)).astype(float)

    def fitted(self, slopes: Floats) -> Floats:
        """(C,) x_c'b of each cell."""
        fitted: Floats = (self.values * slopes[self.places]).sum(axis=1)
        return fitted

    def parts(self) -> list[Part]:
        """The parts that share no cell and no total; totals that share no cell make one part.

        Cells and totals that have nothing to do with each other are in none.
        """
        there = self.values != 0
        of_name = _connected(self.places, there, len(self.names))
        alone = np.bincount(of_name, minlength=of_name.size)[of_name] == 1
        of_name = np.where(alone, -1, of_name)
        first = np.where(there, of_name[self.places], of_name.size).min(axis=1)
        inside = np.flatnonzero(there.any(axis=1))
        order = inside[np.argsort(first[inside], kind="stable")]
        cuts = np.flatnonzero(np.diff(first[order])) + 1
        return [Part.of(self, cells) for cells in np.split(order, cuts) if cells.size]


def _connected(places: Integers, there: np.ndarray, size: int) -> Integers:
    """(P,) the first of the totals that hang together with each, by way of cells."""
    cell, column = np.nonzero(there)
    name = places[cell, column]
    of_name = np.arange(size)
    while True:
        of_cell = np.full(places.shape[0], size)
        np.minimum.at(of_cell, cell, of_name[name])
        lowest = of_name.copy()
        np.minimum.at(lowest, name, of_cell[cell])
        # Jumping to the label's own label makes long chains short.
        lowest = lowest[lowest]
        if (lowest == of_name).all():
            return of_name
        of_name = lowest


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Cells and totals that hang together; made by `of`.

    `cells` (C,) and `names` (P,) are places in the whole, of which `known` is the part. The first
    totals are those of its longest margin: `level` (C,) and `value` (C,) say what a cell adds to
    them; `rest` (C, P − L) what to the others. Means by level take the longest margin out of
    everything, and what is left to solve is as small as the other margins are (Frisch & Waugh
    1933).
    """

    cells: Integers
    names: Integers
    known: Auxiliaries
    level: Integers
    value: Floats
    rest: Floats

    @classmethod
    def of(cls, whole: Auxiliaries, cells: Integers) -> Part:
        """The part that these cells are."""
        places, values = whole.places[cells], whole.values[cells]
        if (np.count_nonzero(values, axis=1) == 1).all():
            # Totals that share no cell: one margin, whichever columns they are in.
            only = np.argmax(values != 0, axis=1)[:, None]
            places = np.take_along_axis(places, only, axis=1)
            values = np.take_along_axis(values, only, axis=1)
        columns = [np.unique(c[v != 0]) for c, v in zip(places.T, values.T, strict=True)]
        order = np.argsort([-names.size for names in columns], kind="stable")
        names = np.concatenate([columns[m] for m in order])
        place_of = np.zeros(len(whole.names), dtype=np.int64)
        place_of[names] = np.arange(names.size)
        places, values = np.where(values != 0, place_of[places], 0)[:, order], values[:, order]
        known = Auxiliaries(tuple(whole.names[n] for n in names.tolist()), places, values)
        levels = columns[order[0]].size
        rest = np.zeros((cells.size, names.size - levels))
        cell, other = np.nonzero(values[:, 1:])
        rest[cell, places[cell, other + 1] - levels] = values[cell, other + 1]
        return cls(cells, names, known, places[:, 0], values[:, 0], rest)

    @property
    def levels(self) -> int:
        """L, the length of the longest margin."""
        return int(self.names.size - self.rest.shape[1])

    def normal(self, weight: Floats, ridge: Floats | None = None) -> Normal:
        """The regression with these weights (C,); `ridge` (P,) is added to the squares."""
        ridge = np.zeros(self.names.size) if ridge is None else ridge
        first, second = ridge[: self.levels], ridge[self.levels :]
        squares = np.bincount(self.level, weight * self.value**2, self.levels) + first
        means = np.zeros((self.levels, self.rest.shape[1]))
        used, sums = sum_by(self.level, (weight * self.value)[:, None] * self.rest)
        means[used] = sums
        means = np.divide(means, squares[:, None], out=means, where=squares[:, None] > 0)
        left = self.rest - self.value[:, None] * means[self.level]
        gram = left.T @ (weight[:, None] * left) + means.T @ (first[:, None] * means)
        gram += np.diag(second)
        # Columns in units of their own size: a total in millions and a flag are conditioned alike.
        size = np.sqrt(weight @ self.rest**2 + second)
        size[size == 0] = 1.0
        inverse = _inverse(gram / np.outer(size, size)) / np.outer(size, size)
        return Normal(squares, means, left, inverse)


@dataclass(frozen=True, slots=True, eq=False)
class Normal:
    """Normal equations X'WX·b = s of a part, after the longest margin was taken out.

    `squares` (L,) are Σw·x² of its levels, `means` (L, P − L) the means of the other totals in
    each, `left` (C, P − L) what these leave of them, `inverse` that of left'W·left.
    """

    squares: Floats
    means: Floats
    left: Floats
    inverse: Floats

    def solve(self, right: Floats) -> Floats:
        """(P,) the slopes; redundant totals do no harm."""
        levels = self.squares.size
        slopes = self.inverse @ (right[levels:] - self.means.T @ right[:levels])
        first = np.divide(
            right[:levels], self.squares, out=np.zeros(levels), where=self.squares > 0
        )
        return np.concatenate([first - self.means @ slopes, slopes])


def _inverse(gram: Floats) -> Floats:
    """The inverse of a scaled symmetric matrix without its redundant directions."""
    if not gram.size:
        return gram
    roots, directions = np.linalg.eigh(gram)
    kept = roots > REDUNDANT * max(1.0, float(roots[-1]))
    inverse: Floats = (directions[:, kept] / roots[kept]) @ directions[:, kept].T
    return inverse
