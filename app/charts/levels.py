"""Stacked bars: how answers spread over the levels of a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.charts.marks import box, picture, words

_ROW, _BAR, _FOOT = 52, 22, 26


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar with its name: shares of the whole from the first level to the last."""

    name: str
    shares: tuple[float, ...]


def stacked(stacks: Sequence[Stack], keys: Sequence[str], *, title: str, about: str) -> Markup:
    """A bar of full width for each stack, its name above it, and the levels' names at the foot."""
    drawn, key_row = Markup(""), 22
    for number, stack in enumerate(stacks):
        top, place = number * _ROW, 0.0
        drawn += words("level", "0", top + 16, stack.name)
        for level, share in enumerate(stack.shares, 1):
            width = 100 * share
            drawn += box(f"level-{level}", place, top + 22, width=width, height=_BAR)
            place += width
    foot = len(stacks) * _ROW + 8
    for level, key in enumerate(keys, 1):
        down = foot + (level - 1) * key_row
        drawn += box(f"level-{level}", 0, down, width=3, height=14)
        drawn += words("level", "4.5%", down + 12, key)
    height = foot + len(keys) * key_row + _FOOT - 22
    return picture("stacked", height, drawn, title=title, about=about)
