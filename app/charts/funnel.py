"""A funnel plot: each unit's share over its effective answers, between limits that narrow."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from analysis.monitoring import FunnelLimits
from app import filters
from app.charts.intervals import Axis
from app.charts.marks import across, between, dot, picture, words

_HEIGHT, _TOP, _FOOT = 320, 16, 34


@dataclass(frozen=True, slots=True)
class Mark:
    """A unit: the number by which the table names it, its share, its answers, where it lies."""

    number: int
    share: float
    answers: float
    zone: str


def funnel(
    marks: Sequence[Mark],
    target: float,
    steps: Sequence[float],
    limits: FunnelLimits,
    *,
    title: str,
    about: str,
) -> Markup:
    """Units as dots with their numbers; `limits` are those at the answers in `steps`."""
    least = min([mark.share for mark in marks] + [target - 0.05])
    axis = Axis(max(0.0, math.floor(10 * least) / 10), 1.0)
    most = max(steps)
    drawn = Markup("")
    for share in axis.ticks:
        height = _height(share, axis)
        drawn += across("tick", height) + words("level", "0", height - 4, filters.percent(share, 0))
    drawn += across("target", _height(target, axis))
    drawn += _limits(steps, limits, axis)
    for mark in marks:
        place, height = _across(mark.answers, most), _height(mark.share, axis)
        kind = "dot" if mark.zone == "inside" else "dot out"
        drawn += dot(kind, place, height)
        drawn += words("number", f"{place:.2f}%", height - 8, str(mark.number))
    for answers in (most / 4, most / 2, most):
        kind = "last" if answers == most else "middle"
        where = f"{_across(answers, most):.2f}%"
        drawn += words(kind, where, _HEIGHT - 10, filters.number(answers))
    return picture("funnel", _HEIGHT, drawn, title=title, about=about)


def _limits(steps: Sequence[float], limits: FunnelLimits, axis: Axis) -> Markup:
    drawn = Markup("")
    for kind, ends in (
        ("limit", (limits.low_95, limits.high_95)),
        ("limit far", (limits.low_998, limits.high_998)),
    ):
        for end in ends:
            shares = zip(steps, end.tolist(), strict=True)
            places = [(_across(n, max(steps)), _height(share, axis)) for n, share in shares]
            for start, stop in pairwise(places):
                drawn += between(kind, start, stop)
    return drawn


def _height(share: float, axis: Axis) -> float:
    return round(_TOP + (_HEIGHT - _TOP - _FOOT) * (1 - axis.place(share) / 100), 1)


def _across(answers: float, most: float) -> float:
    return 8 + 90 * answers / most
