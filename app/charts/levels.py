"""Stacked bars: how answers spread over the levels of a scale."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.charts.marks import box, picture, words

_ROW, _BAR, _FOOT, _LINE = 52, 22, 26, 18
#: Letters of a name that fit beside one another on a narrow telephone.
_LONGEST = 44


@dataclass(frozen=True, slots=True)
class Stack:
    """A bar with its name: shares of the whole from the first level to the last."""

    name: str
    shares: tuple[float, ...]


def stacked(stacks: Sequence[Stack], keys: Sequence[str], *, title: str, about: str) -> Markup:
    """A bar of full width for each stack, its name above it, and the levels' names at the foot."""
    drawn, key_row, top = Markup(""), 22, 0
    for stack in stacks:
        place = 0.0
        for line in textwrap.wrap(stack.name, _LONGEST):
            drawn += words("level", "0", top + 16, line)
            top += _LINE
        for level, share in enumerate(stack.shares, 1):
            width = 100 * share
            drawn += box(f"level-{level}", place, top + 4, width=width, height=_BAR)
            place += width
        top += _ROW - _LINE
    foot = top + 8
    for level, key in enumerate(keys, 1):
        down = foot + (level - 1) * key_row
        drawn += box(f"level-{level}", 0, down, width=3, height=14)
        drawn += words("level", "4.5%", down + 12, key)
    height = foot + len(keys) * key_row + _FOOT - 22
    return picture("stacked", height, drawn, title=title, about=about)
