"""Margins kept as levels: which parts hang together, and their regression beside a dense one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.arrays import Floats
from analysis.auxiliaries import Auxiliaries

#: Two units with two fields each; sex is told by unit, or (−1) not at all.
LEVELS = np.array([[0, 4], [0, 5], [1, 4], [2, 6], [3, 7], [3, -1], [-1, -1]])


def matrix(known: Auxiliaries) -> Floats:
    """The same as one dense matrix (C, P)."""
    whole = np.eye(len(known.names))
    return (known.values[:, :, None] * whole[known.places]).sum(axis=1)


def tables(size: int, draw: np.random.Generator) -> Auxiliaries:
    """Three margins of several units, or of all, and one variable."""
    units = draw.integers(0, 4, size)
    shared = draw.integers(0, 2)
    levels = np.column_stack([
        units * 3 + draw.integers(0, 3, size),
        12 + draw.integers(0, 2, size) + 2 * units * shared,
        np.where(draw.random(size) < 0.2, -1, 20 + draw.integers(0, 3, size) + 3 * units * shared),
    ])  # fmt: skip
    known = Auxiliaries.of_levels(range(33), levels)
    number = draw.normal(size=(size, 1)) * 100 * draw.integers(0, 2)
    places = np.column_stack([known.places, np.full(size, 32)])
    return Auxiliaries(known.names, places, np.hstack([known.values, number]))


def test_units_without_a_common_total_fall_apart() -> None:
    parts = Auxiliaries.of_levels("abcdefghij", LEVELS).parts()
    assert sorted(part.cells.tolist() for part in parts) == [[0, 1, 2], [3], [4, 5]]
    assert sorted(sorted(part.known.names) for part in parts) == [
        ["a", "b", "e", "f"],
        ["c", "g"],
        ["d", "h"],
    ]


def test_totals_that_share_no_cell_are_one_part_whichever_column_they_are_in() -> None:
    (part,) = Auxiliaries.of_levels("abc", np.array([[0, -1], [-1, 1], [-1, 2]])).parts()
    assert (part.levels, part.rest.shape) == (3, (3, 0))


def test_a_long_chain_is_one_part() -> None:
    chain = np.column_stack([np.arange(50), np.arange(50) // 2 + 60, np.arange(1, 51) // 2 + 100])
    (part,) = Auxiliaries.of_levels(range(200), chain).parts()
    assert part.cells.size == 50


def test_a_total_of_nobody_is_in_no_part() -> None:
    known = Auxiliaries.of_matrix("ab", np.array([[1.0, 0.0], [1.0, 0.0]]))
    (part,) = known.parts()
    assert part.known.names == ("a",)
    assert known.summed(np.ones(2)).tolist() == [2, 0]


def test_joined_parts_have_totals_and_cells_of_their_own() -> None:
    first = Auxiliaries.of_levels("ab", np.array([[0], [1]]))
    second = Auxiliaries.of_levels("cde", np.array([[0, 1], [0, 2]]))
    both = Auxiliaries.joined(5, [(np.array([4, 0]), first), (np.array([1, 3]), second)])
    assert matrix(both).tolist() == [
        [0, 1, 0, 0, 0], [0, 0, 1, 1, 0], [0, 0, 0, 0, 0], [0, 0, 1, 0, 1], [1, 0, 0, 0, 0],
    ]  # fmt: skip


@given(st.integers(0, 2**32), st.integers(1, 40), st.booleans())
@settings(deadline=None)
def test_the_parts_do_what_the_dense_matrix_does(seed: int, size: int, ridge: bool) -> None:
    draw = np.random.default_rng(seed)
    known = tables(size, draw)
    dense = matrix(known)
    weight, values = draw.uniform(0.1, 9, size), draw.normal(size=size)
    added = draw.uniform(0.1, 1, dense.shape[1]) * ridge
    assert known.summed(values) == pytest.approx(values @ dense)
    assert known.sizes(values) == pytest.approx(np.abs(values) @ np.abs(dense))
    fitted = np.zeros(size)
    for part in known.parts():
        right = part.known.summed((weight * values)[part.cells])
        normal = part.normal(weight[part.cells], added[part.names])
        fitted[part.cells] = part.known.fitted(normal.solve(right))
    roots = np.sqrt(weight)
    rows = np.vstack([roots[:, None] * dense, np.diag(np.sqrt(added))])
    slopes = np.linalg.lstsq(rows, np.append(roots * values, 0 * added), rcond=1e-11)[0]
    assert fitted == pytest.approx(dense @ slopes, rel=1e-9, abs=1e-9)
