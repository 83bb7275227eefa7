"""Which cells of a table must be held back so that nobody can work out what few people said.

A table tells its rows' totals, and what the rows of each column add up to. A cell of few people is
held back; so are others, until no sum that is told gives a cell away, or the few behind several.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Booleans, Integers
from analysis.errors import TotalsError

#: Fewer people could be recognised by what they said.
FEWEST = 10

#: A row or a column, both numbered in one line: the first column comes after the last row.
_Line = int


def held_back(counts: ArrayLike, *, fewest: int = FEWEST) -> Booleans:
    """Whether each cell (R + 1, C) of a table of people (R, C) is held back; the last row sums.

    A cell of 1 to `fewest` − 1 people is. Each column adds up to its sum, each row to its total,
    which is told from `fewest` people on: a hidden cell can be worked out exactly if it is a bridge
    of the graph whose nodes are rows and columns and whose edges are hidden cells (Gusfield 1988),
    all rows without a total being one node. Others are added, the fewest first, until there is
    none, and every line that is told hides nobody or at least `fewest`. Raises TotalsError.
    """
    table = np.asarray(counts, dtype=np.int64)
    if table.ndim != 2 or (table < 0).any():
        raise TotalsError("counts: give a table of people, rows by columns, none below 0")
    whole: Integers = np.vstack([table, table.sum(axis=0)])
    untold = whole.sum(axis=1) < fewest
    # A cell that is all of its row, or of all untold rows, follows from totals and shields none.
    alone = np.count_nonzero(whole, axis=1) == 1
    alone &= ~untold | (np.count_nonzero(whole[untold]) == 1)
    small = (whole > 0) & (whole < fewest)
    hidden = small & ~alone[:, None]
    free = (whole > 0) & ~alone[:, None]
    while cells := _next(whole, hidden, untold, free=free & ~hidden, fewest=fewest):
        for cell in cells:
            hidden[cell] = True
    found: Booleans = hidden | small
    return found


def bridges(hidden: Booleans, untold: Booleans) -> list[tuple[int, int]]:
    """The hidden cells that the sums of rows and columns give away; some rows' sums are untold."""
    ground = int(np.argmax(untold))
    places = [(int(row), int(column)) for row, column in np.argwhere(hidden)]
    lines = len(hidden)
    edges = [(ground if untold[row] else row, lines + column) for row, column in places]
    forest = _Forest(lines + hidden.shape[1])
    spare = [edge for edge in edges if not forest.joined(*edge)]
    forest.hang()
    for edge in spare:
        forest.close(*edge)
    return [place for place, edge in zip(places, edges, strict=True) if forest.holds_open(*edge)]


class _Forest:
    """A spanning forest of lines, to tell which of its edges lie on no circle."""

    def __init__(self, lines: int) -> None:
        self._beside: list[list[_Line]] = [[] for _ in range(lines)]
        self._root = list(range(lines))
        self._above = [-1] * lines
        self._depth = [0] * lines
        self._closed = [False] * lines

    def joined(self, one: _Line, other: _Line) -> bool:
        """Whether an edge became part of the forest; if not, it closes a circle."""
        first, second = self._top(one), self._top(other)
        if first == second:
            return False
        self._root[first] = second
        self._beside[one].append(other)
        self._beside[other].append(one)
        return True

    def hang(self) -> None:
        """Give every line the one above it."""
        for top in (line for line, root in enumerate(self._root) if line == root):
            waiting = [top]
            while waiting:
                line = waiting.pop()
                for below in self._beside[line]:
                    if below != self._above[line]:
                        self._above[below], self._depth[below] = line, self._depth[line] + 1
                        waiting.append(below)

    def close(self, one: _Line, other: _Line) -> None:
        """Mark the edges of the circle that an edge closes."""
        while one != other:
            if self._depth[one] < self._depth[other]:
                one, other = other, one
            self._closed[one] = True
            one = self._above[one]

    def holds_open(self, one: _Line, other: _Line) -> bool:
        """Whether an edge is part of the forest and no circle closes it."""
        below = one if self._above[one] == other else other
        return self._above[below] in {one, other} and not self._closed[below]

    def _top(self, line: _Line) -> _Line:
        while self._root[line] != line:
            line = self._root[line]
        return line


def _next(
    whole: Integers, hidden: Booleans, untold: Booleans, *, free: Booleans, fewest: int
) -> list[tuple[int, int]]:
    """More of the free cells to hold back, if need be."""
    for cell in bridges(hidden, untold):
        if square := _square(whole, hidden | free, hidden, cell):
            return square
    wanted = np.zeros_like(hidden)
    for row, column in bridges(hidden, untold):
        wanted[row] |= free[row]
        wanted[:, column] |= free[:, column]
    people = np.where(hidden, whole, 0)
    in_rows = np.where(untold, 0, people.sum(axis=1))[:, None]
    # Where a column's sum is held back too, its hidden people are not told even together.
    in_columns = np.where(hidden[-1], 0, people.sum(axis=0))[None, :]
    for few in (in_rows, in_columns):
        wanted |= free & (few > 0) & (few < fewest)
    if not wanted.any():
        return []
    rows, columns = np.nonzero(wanted)
    first = int(np.argmin(whole[rows, columns]))
    return [(int(rows[first]), int(columns[first]))]


def _square(
    whole: Integers, usable: Booleans, hidden: Booleans, cell: tuple[int, int]
) -> list[tuple[int, int]]:
    """The cells that close the smallest circle of four around one, as far as they are shown."""
    row, column = cell
    cost = np.where(hidden, 0, whole).astype(float)
    cost[~usable] = np.inf
    around = cost + cost[row][None, :] + cost[:, column][:, None]
    around[row], around[:, column] = np.inf, np.inf
    other, beside = np.unravel_index(int(np.argmin(around)), around.shape)
    if not np.isfinite(around[other, beside]):
        return []
    corners = [(row, int(beside)), (int(other), column), (int(other), int(beside))]
    return [corner for corner in corners if not hidden[corner]]
