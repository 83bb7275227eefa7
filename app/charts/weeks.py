"""A control chart: the share week by week between its limits."""

from __future__ import annotations

import math

from markupsafe import Markup

from app import filters
from app.charts.intervals import Axis
from app.charts.marks import across, between, box, dot, picture, words
from surveys.results.weeks import Watch

_HEIGHT, _TOP, _FOOT = 260, 18, 34
#: At most so many weeks are named below; more would run into each other on a phone.
_NAMES = 4


def control(watch: Watch, *, title: str, about: str) -> Markup:
    """A dot a week, the band in which chance keeps it, and the centre; signals are drawn larger."""
    weeks, centre = watch.weeks, watch.centre or 0.0
    shares = [end for week in weeks for end in (week.share, week.low) if end is not None]
    low = math.floor(10 * min([*shares, centre])) / 10
    axis = Axis(max(0.0, min(low, 0.8)), 1.0)
    drawn = Markup("")
    for share in axis.ticks:
        height = _height(share, axis)
        drawn += across("tick", height) + words("level", "0", height - 4, filters.percent(share, 0))
    step = 90 / len(weeks)
    every = math.ceil(len(weeks) / _NAMES)
    before: tuple[float, float] | None = None
    marks = Markup("")
    for number, week in enumerate(weeks):
        place = 9 + step * (number + 0.5)
        if (len(weeks) - 1 - number) % every == 0:
            marks += words("name", f"{place:.2f}%", _HEIGHT - 10, f"{week.monday:%d/%m}")
        if week.share is None or week.low is None or week.high is None:
            marks += words("name", f"{place:.2f}%", _HEIGHT - _FOOT - 8, "?")
            before = None
            continue
        top, foot = _height(week.high, axis), _height(week.low, axis)
        drawn += box("band", place - step / 2, top, width=step, height=foot - top)
        here = (place, _height(week.share, axis))
        if before:
            marks += between("path", before, here)
        before = here
        out = week.place != "inside"
        marks += dot("dot out" if out else "dot", *here, radius=7 if out else 5)
    drawn += across("target", _height(centre, axis)) + marks
    return picture("control", _HEIGHT, drawn, title=title, about=about)


def _height(share: float, axis: Axis) -> float:
    return round(_TOP + (_HEIGHT - _TOP - _FOOT) * (1 - axis.place(share) / 100), 1)
