"""Cells held back: somebody who knows every sum that is told tries to work them out."""

from __future__ import annotations

import numpy as np
import pytest

from analysis import TotalsError
from analysis.arrays import Booleans, Integers
from analysis.disclosure import FEWEST, bridges, held_back


def given_away(table: Integers, hidden: Booleans) -> list[tuple[int, int]]:
    """The hidden cells that follow from what is told, found by linear algebra.

    Rows add up to their totals, told from ten people on, and columns to the last row: a cell is
    fixed where no solution of these equations without people moves it.
    """
    places = np.argwhere(hidden)
    rows, columns = hidden.shape
    equations = np.zeros((rows + columns, len(places)))
    for number, (row, column) in enumerate(places):
        equations[row, number] = table[row].sum() >= FEWEST
        equations[rows + column, number] = -1 if row == rows - 1 else 1
    _, sizes, right = np.linalg.svd(equations)
    free = right[int((sizes > 1e-9).sum()) :]
    fixed = np.abs(free).max(axis=0, initial=0) < 1e-9
    return [(int(row), int(column)) for row, column in places[fixed]]


def by_totals(whole: Integers) -> set[tuple[int, int]]:
    """The cells that are all of a row, or all of the rows whose totals are held back."""
    untold = whole.sum(axis=1) < FEWEST
    groups = [[row] for row in np.flatnonzero(~untold)] + [np.flatnonzero(untold).tolist()]
    found = [[(r, c) for r in rows for c in np.flatnonzero(whole[r])] for rows in groups]
    return {cells[0] for cells in found if len(cells) == 1}


def random_tables() -> list[Integers]:
    rng = np.random.default_rng(20260310)
    sizes = [(1, 2), (1, 3), (2, 2), (3, 3), (8, 4), (30, 3), (60, 6)]
    return [
        rng.poisson(rng.choice([4, 15, 40, 200], size)).astype(np.int64)
        for size in sizes
        for _ in range(12)
    ]


@pytest.mark.parametrize("table", random_tables())
def test_nobody_works_out_a_hidden_cell(table: Integers) -> None:
    whole, hidden = np.vstack([table, table.sum(axis=0)]), held_back(table)
    assert not (((whole > 0) & (whole < FEWEST)) & ~hidden).any()
    assert set(given_away(whole, hidden)) <= by_totals(whole)
    people = np.where(hidden, whole, 0)
    rows = people.sum(axis=1)[whole.sum(axis=1) >= FEWEST]
    for behind in (rows, people.sum(axis=0)[~hidden[-1]]):
        assert ((behind == 0) | (behind >= FEWEST)).all()


@pytest.mark.parametrize("table", random_tables()[:40])
def test_bridges_are_what_linear_algebra_finds(table: Integers) -> None:
    whole = np.vstack([table, table.sum(axis=0)])
    untold = whole.sum(axis=1) < FEWEST
    assert bridges(whole < 20, untold) == given_away(whole, whole < 20)


@pytest.mark.parametrize(
    ("table", "hidden"),
    [
        # One small cell: without another of its row the total would tell it, and so on.
        ([[4, 30, 90], [50, 40, 80]], [[1, 1, 0], [1, 1, 0], [0, 0, 0]]),
        ([[12, 30], [50, 40]], [[0, 0], [0, 0], [0, 0]]),
        # What the totals of all other units tell, no cell can hide.
        ([[5, 0], [60, 40], [70, 80]], [[1, 0], [0, 0], [0, 0], [0, 0]]),
        ([[0, 0], [30, 20]], [[0, 0], [0, 0], [0, 0]]),
        # Two small cells of one row hide five people together: a third joins them.
        ([[2, 3, 90]], [[1, 1, 1], [1, 1, 1]]),
    ],
)
def test_small_tables(table: list[list[int]], hidden: list[list[int]]) -> None:
    assert held_back(table).astype(int).tolist() == hidden


@pytest.mark.parametrize("table", [[1, 2], [[1, -1]]])
def test_what_is_no_table_of_people_is_refused(table: list[object]) -> None:
    with pytest.raises(TotalsError, match="table of people"):
        held_back(table)
