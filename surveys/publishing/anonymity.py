"""Who could be recognised by what is said of a person: no fewer than five people look alike.

The rule is fixed, so that everybody can tell what was done. Inside a stratum people are told apart
by one column after the other. Whoever has a value that fewer than five share is withheld in this
column and all later ones; if those are fewer than five together, the rarest other value joins
them, then the next. So everybody looks like at least four others, in what is told and in what is
withheld; a stratum of fewer than five people is withheld from the first column on.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

#: k: so many people at least look alike.
ALIKE = 5

Codes = NDArray[np.int64]
Flags = NDArray[np.bool_]


def withheld(columns: Codes) -> Flags:
    """(n, Q) which cells of the people of one stratum must not be told; columns in their order."""
    hidden = np.zeros(columns.shape, dtype=bool)
    # Ranks, for what they count is an array, and nothing has to be sorted again on the way.
    ranks = [np.unique(column, return_inverse=True)[1] for column in columns.T]
    _walk(ranks, np.arange(len(columns)), 0, hidden)
    return hidden


def _walk(ranks: Sequence[Codes], people: Codes, column: int, hidden: Flags) -> None:
    if column == len(ranks):
        return
    of = ranks[column][people]
    counts = np.bincount(of)
    said = np.flatnonzero(counts)
    rare = np.zeros(counts.size, dtype=bool)
    rare[said] = _rare(counts[said])
    if rare.any():
        hidden[people[rare[of]], column:] = True
    for value in said[~rare[said]].tolist():
        _walk(ranks, people[of == value], column + 1, hidden)


def _rare(counts: Codes) -> Flags:
    """Which values are withheld: all below the bound, and as many more as make them enough."""
    rare = counts < ALIKE
    together = int(counts[rare].sum())
    if together:
        for value in np.argsort(counts, kind="stable").tolist():
            if together >= ALIKE:
                break
            together += 0 if rare[value] else int(counts[value])
            rare[value] = True
    return rare


def blurred(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights of one stratum; one that fewer than five share becomes the mean of the rare ones.

    A weight may tell sex and age as well as a column does. The sum stays.
    """
    _, of, counts = np.unique(weights, return_inverse=True, return_counts=True)
    rare = _rare(counts)[of]
    if not rare.any():
        return weights
    return np.where(rare, weights[rare].mean(), weights)
