"""Nobody is recognised: at least five look alike, whatever the people are like."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from surveys.publishing import anonymity

PEOPLE = arrays(np.int64, st.tuples(st.integers(1, 40), st.just(3)), elements=st.integers(0, 3))


def told(columns: np.ndarray) -> list[tuple[int, ...]]:
    hidden = anonymity.withheld(columns)
    return [tuple(row) for row in np.where(hidden, -6, columns).tolist()]


@given(PEOPLE)
def test_at_least_five_look_alike_or_nothing_is_told(columns: np.ndarray) -> None:
    alike = Counter(told(columns))
    if len(columns) < anonymity.ALIKE:
        assert set(alike) == {(-6, -6, -6)}
    else:
        assert min(alike.values()) >= anonymity.ALIKE


def test_who_is_alone_takes_the_rarest_others_along() -> None:
    columns = np.array([[1]] * 9 + [[2]] * 6 + [[3]])
    assert Counter(told(columns)) == {(1,): 9, (-6,): 7}


def test_what_is_withheld_in_a_column_is_withheld_in_all_later_ones() -> None:
    columns = np.array([[1, 1]] * 6 + [[2, 1]] * 5 + [[3, 1]] * 5)
    assert anonymity.withheld(columns).any(axis=1).sum() == 0
    columns[0, 0] = 4
    assert Counter(told(columns)) == {(-6, -6): 6, (2, 1): 5, (3, 1): 5} or (
        Counter(told(columns)) == {(-6, -6): 6, (1, 1): 5, (3, 1): 5}
    )


@given(arrays(float, st.integers(1, 40), elements=st.sampled_from([0.5, 1.0, 2.5, 7.0])))
def test_rare_weights_are_blurred_and_their_sum_stays(weights: np.ndarray) -> None:
    found = anonymity.blurred(weights)
    assert found.sum() == pytest.approx(weights.sum())
    _, counts = np.unique(found, return_counts=True)
    assert counts.min() >= min(anonymity.ALIKE, len(weights))
