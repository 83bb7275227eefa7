"""Named shares below each other, each with its interval, as one drawing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app import filters
from app.charts.intervals import Axis
from app.charts.marks import dot, picture, upright, words

_ROW = 46


@dataclass(frozen=True, slots=True)
class Dot:
    """A share with its name; without a value only the name stands there, and why."""

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None


def dots(rows: Sequence[Dot], *, title: str, about: str, target: float | None = None) -> Markup:
    """One row a share, on one axis."""
    ends = [end for row in rows for end in (row.value, row.low) if end is not None]
    least = int(10 * min([*ends, 1.0 if target is None else target - 0.02]) + 1e-9) / 10
    axis = Axis(max(0.0, min(least, 0.8)), 1.0)
    foot = len(rows) * _ROW
    drawn = Markup("").join(upright("tick", axis.place(share), 0, foot) for share in axis.ticks)
    if target is not None:
        drawn += upright("target", axis.place(target), 0, foot + 6)
    for number, row in enumerate(rows):
        top = number * _ROW
        drawn += words("level", "0", top + 16, row.name)
        if row.value is None:
            drawn += words("level", "0", top + 34, "?")
            continue
        drawn += _span(row, axis, top + 30) + dot("dot", axis.place(row.value), top + 30)
    for share in axis.ticks:
        place = axis.place(share)
        kind = "first" if place < 8 else "last" if place > 92 else "middle"
        drawn += words(kind, f"{place}%", foot + 20, filters.percent(share, 0))
    return picture("dots", foot + 30, drawn, title=title, about=about)


def _span(row: Dot, axis: Axis, down: float) -> Markup:
    if row.low is None or row.high is None:
        return Markup("")
    return Markup('<line class="span" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
        axis.place(row.low), axis.place(row.high), down, down
    )
