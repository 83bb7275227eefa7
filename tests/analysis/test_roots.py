"""Tests for analysis.roots."""

from __future__ import annotations

import math

import pytest

from analysis.roots import root


@pytest.mark.parametrize("relative", [None, 1e-14])
def test_finds_where_a_function_falls_through_zero(relative: float | None) -> None:
    found = root(lambda x: 2 - x**2, 0.0, 2.0, absolute=1e-14, relative=relative)
    assert found == pytest.approx(math.sqrt(2), abs=1e-13)


def test_ends_of_one_sign_are_refused() -> None:
    with pytest.raises(ValueError, match="sign"):
        root(lambda x: x + 1, 0.0, 1.0, absolute=1e-14)
