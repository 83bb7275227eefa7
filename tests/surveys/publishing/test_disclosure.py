"""Nobody's answers can be read from what is published: an attacker subtracts, and fails."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.publishing import disclosure
from surveys.results.figures import Figure, collect
from surveys.results.judgement import FEWEST_ANSWERS
from tests import released


@pytest.mark.parametrize(
    ("people", "held_back", "further"),
    [
        ({}, (), []),
        ({1: 40, 2: 50}, (), []),
        ({1: 4, 2: 50, 3: 60}, (1,), [2]),
        ({1: 4, 2: 3, 3: 60}, (1, 2), [3]),
        ({1: 4, 2: 6, 3: 60}, (1, 2), []),
        ({1: 11, 2: 60}, (1,), []),  # held back for its width: about eleven people may be told
        ({1: 0, 2: 60}, (1,), []),
        ({1: 4, 2: 0, 3: 12, 4: 12}, (1,), [3]),
        ({1: 4}, (1,), []),
    ],
)
def test_the_next_smallest_is_held_back_too(
    people: dict[int, int], held_back: tuple[int, ...], further: list[int]
) -> None:
    assert disclosure.further(people, held_back) == further


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
def test_subtraction_never_tells_of_fewer_than_ten(sizes: list[int]) -> None:
    people = dict(enumerate(sizes))
    small = [part for part, count in people.items() if count < FEWEST_ANSWERS]
    hidden = {*small, *disclosure.further(people, small)}
    left = sum(people[part] for part in hidden)
    everything = hidden == {part for part in people if people[part]} | set(small)
    assert left == 0 or left >= FEWEST_ANSWERS or everything


def row(code: str, n: int, value: float | None) -> Figure:
    fields: dict[str, Any] = {"unit_code": code, "unit_name": code, "n": n, "value": value}
    if value is None:
        fields |= {"showing": "suppressed", "reason": "few_answers", "low": None, "high": None}
    return replace(released.UNIT, **fields)


def test_a_figure_that_gives_another_away_loses_its_numbers() -> None:
    rows = [row("a", 4, None), row("b", 30, 0.9), row("c", 300, 0.8)]
    found = {one.unit_code: one for one in disclosure.protected(collect(rows))}
    assert (found["b"].value, found["b"].low, found["b"].n_eff) == (None, None, None)
    assert (found["b"].showing, found["b"].reason) == ("suppressed", "complementary")
    assert found["b"].verdict in {None, "not_shown"}
    assert found["c"] == rows[2]


def test_tables_do_not_mix() -> None:
    rows = [row("a", 4, None), row("b", 30, 0.9)]
    other = [replace(released.INDEX, n=34), *rows[1:]]
    assert list(disclosure.protected(collect(other))) == other
    for table in itertools.permutations(rows):
        assert [one.value for one in disclosure.protected(collect(table))] == [None, None]
