"""Intervals from split forms hold the truth as often as from whole ones; wrong methods' do not.

A fast version, with a fixed seed, of `python -m tests.bench.split_coverage`.
"""

from __future__ import annotations

import pytest

from tests.bench.split_coverage import KINDS, METHODS, Setting, outcomes


@pytest.mark.parametrize("size", [0, 5], ids=["whole", "split"])
def test_nineteen_of_twenty_intervals_hold_the_truth(size: int) -> None:
    found = outcomes(Setting(size), runs=600, seed=3)
    for kind in KINDS:
        assert 0.93 <= found[kind].coverage <= 0.97, kind
        assert abs(found[kind].bias) < 0.3, kind


@pytest.mark.parametrize("method", METHODS[1:])
def test_wrong_methods_are_found_out(method: str) -> None:
    found = outcomes(Setting(5), runs=150, seed=4, method=method)
    assert found["dimension"].coverage < 0.93
