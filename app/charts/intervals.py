"""Figures as inline SVG: places in percent, looks through CSS classes, no style attribute.

Places across are percentages of the drawing's width, so that a chart fits a phone and a desk
without being stretched, and its words keep their size.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from markupsafe import Markup

from app import filters
from app.charts.marks import across as _across
from app.charts.marks import upright as _upright
from app.charts.marks import words as _words
from surveys.results.figures import Figure
from surveys.results.trends import Point

_BAR_HEIGHT = 28
_TREND_HEIGHT = 240
#: Free room above and below the plot of a trend, for its words.
_TREND_TOP, _TREND_FOOT = 22, 30
#: At most so many names stand below a trend; more would run into each other on a phone.
_TREND_NAMES = 4
#: A row of a figure taken apart: its name and what is drawn below.
_ROW_HEIGHT = 46


@dataclass(frozen=True, slots=True)
class Axis:
    """One scale of shares for all bars of a table; `target` is the line drawn across it."""

    low: float
    high: float
    target: float | None = None

    def place(self, share: float) -> float:
        """Where a share stands, in percent of the axis; what lies outside stands at its end."""
        inside = min(max(share, self.low), self.high)
        return round(100 * (inside - self.low) / (self.high - self.low), 2)

    def aimed_at(self, target: float | None) -> Axis:
        """The same scale with another target, for bars that are judged by different ones."""
        return replace(self, target=target)

    @property
    def ticks(self) -> tuple[float, ...]:
        """Shares that are named along the axis: every tenth, or every fifth on a long axis."""
        step = 10 if self.high - self.low <= 0.5 else 20
        first = math.ceil(round(100 * self.low, 6) / step) * step
        return tuple(mark / 100 for mark in range(first, round(100 * self.high) + 1, step))


def axis_of(figures: Iterable[Figure], target: float | None = None) -> Axis:
    """The axis on which all intervals of some figures and their target find room."""
    shown = [figure for figure in figures if figure.value is not None]
    ends = [share for row in shown for share in (row.value, row.low, row.high) if share is not None]
    targets = {figure.target for figure in shown if figure.target is not None}
    if target is None and len(targets) == 1:
        target = targets.pop()
    ends += [] if target is None else [target - 0.02]
    return axis_over(ends, target)


def axis_over(ends: Iterable[float], target: float | None = None) -> Axis:
    """The axis that holds some shares."""
    low = math.floor(10 * min(ends, default=0.5) + 1e-9) / 10
    return Axis(low=max(0.0, min(low, 0.8)), high=1.0, target=target)


def bar(figure: Figure, axis: Axis) -> Markup:
    """A figure's dot and interval on the axis; hidden from readers who hear the table instead."""
    parts = _ground(axis)
    if figure.value is not None:
        parts += _mark(figure, axis)
    return Markup(
        '<svg class="interval-bar" width="100%" height="{}" aria-hidden="true" focusable="false">'
        "{}</svg>"
    ).format(_BAR_HEIGHT, parts)


def scale(axis: Axis) -> Markup:
    """The names of the axis, to stand above the bars."""
    names = Markup("").join(_name(share, axis) for share in axis.ticks)
    return Markup(
        '<svg class="scale" width="100%" height="20" aria-hidden="true" focusable="false">{}</svg>'
    ).format(names)


def trend(points: Sequence[Point], *, title: str, description: str) -> Markup:
    """Values with their intervals wave by wave; not joined, since each stands alone.

    A wave is named by the month of its last day, which is short enough for a phone. One without a
    figure keeps its place, with a question mark in it.
    """
    axis = axis_of(point.figure for point in points if point.figure)
    places = [100 * (index + 0.5) / max(len(points), 1) for index in range(len(points))]
    every = math.ceil(len(points) / _TREND_NAMES) or 1
    drawn = Markup("").join(_level(share, axis) for share in axis.ticks)
    if axis.target is not None:
        drawn += _across("target", _height(axis.target, axis))
    for index, (point, place) in enumerate(zip(points, places, strict=True)):
        drawn += _trend_mark(point.figure, axis, place)
        if (len(points) - 1 - index) % every == 0:
            month = f"{point.wave.closes_on:%m/%Y}"
            drawn += _words("name", f"{place:.2f}%", _TREND_HEIGHT - 8, month)
    # Two charts of one page must not share a name.
    name = zlib.crc32(title.encode())
    return Markup(
        '<svg class="trend" width="100%" height="{0}" role="img" aria-labelledby="t{1} d{1}">'
        '<title id="t{1}">{2}</title><desc id="d{1}">{3}</desc>{4}</svg>'
    ).format(_TREND_HEIGHT, name, title, description, drawn)


def reading(figure: Figure, *, title: str, description: str, names: Sequence[str]) -> Markup:
    """One figure taken apart, row by row: its dot, its interval, the limits of an open wave.

    `names` stand above these rows, the last below them at the target; without a target or an
    open wave there is nothing in their place.
    """
    ends = (figure.low, figure.open_low)
    lowest = min((share for share in ends if share is not None), default=None)
    axis = axis_of([replace(figure, low=lowest)])
    rows = [(figure.value, figure.value), (figure.low, figure.high)]
    rows += [(figure.open_low, figure.open_high)]
    shown = [(low, high) for low, high in rows if low is not None and high is not None]
    foot = len(shown) * _ROW_HEIGHT
    drawn = Markup("").join(_upright("tick", axis.place(s), 0, foot) for s in axis.ticks)
    if axis.target is not None:
        drawn += _upright("target", axis.place(axis.target), 0, foot + 6)
        drawn += _words(
            _anchor(axis.target, axis, room=35), f"{axis.place(axis.target)}%", foot + 20, names[-1]
        )
    for row, ((low, high), name) in enumerate(zip(shown, names, strict=False)):
        drawn += _reading_row(axis, (low, high), row * _ROW_HEIGHT, name)
    for share in axis.ticks:
        kind = _anchor(share, axis)
        drawn += _words(kind, f"{axis.place(share)}%", foot + 42, filters.percent(share, 0))
    return Markup(
        '<svg class="reading" width="100%" height="{}" role="img" aria-labelledby="rt rd">'
        '<title id="rt">{}</title><desc id="rd">{}</desc>{}</svg>'
    ).format(foot + 50, title, description, drawn)


@lru_cache(maxsize=64)
def _ground(axis: Axis) -> Markup:
    """What all bars of a table stand on: its ticks, and the target."""
    drawn = Markup("").join(_upright("tick", axis.place(s), 0, _BAR_HEIGHT) for s in axis.ticks)
    if axis.target is not None:
        drawn += _upright("target", axis.place(axis.target), 0, _BAR_HEIGHT)
    return drawn


def _mark(figure: Figure, axis: Axis) -> Markup:
    middle = _BAR_HEIGHT // 2
    drawn = Markup("")
    if figure.low is not None and figure.high is not None:
        drawn += Markup('<line class="span" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
            axis.place(figure.low), axis.place(figure.high), middle, middle
        )
    return drawn + Markup('<circle class="dot" cx="{}%" cy="{}" r="5"/>').format(
        axis.place(figure.value or 0), middle
    )


def _trend_mark(figure: Figure | None, axis: Axis, place: float) -> Markup:
    if figure is None or figure.value is None:
        return _words("name", f"{place:.2f}%", _TREND_HEIGHT - _TREND_FOOT - 8, "?")
    drawn = Markup("")
    if figure.low is not None and figure.high is not None:
        drawn += _upright("span", place, _height(figure.high, axis), _height(figure.low, axis))
    return drawn + Markup('<circle class="dot" cx="{:.2f}%" cy="{}" r="5"/>').format(
        place, _height(figure.value, axis)
    )


def _height(share: float, axis: Axis) -> float:
    room = _TREND_HEIGHT - _TREND_TOP - _TREND_FOOT
    return round(_TREND_TOP + room * (1 - axis.place(share) / 100), 1)


def _level(share: float, axis: Axis) -> Markup:
    height = _height(share, axis)
    name = _words("level", "0", height - 4, filters.percent(share, 0))
    return _across("tick", height) + name


def _name(share: float, axis: Axis) -> Markup:
    return _words(_anchor(share, axis), f"{axis.place(share)}%", 15, filters.percent(share, 0))


def _anchor(share: float, axis: Axis, *, room: float = 8) -> str:
    """On which side of its place a name stands, so that it stays inside."""
    place = axis.place(share)
    return "first" if place < room else "last" if place > 100 - room else "middle"


def _reading_row(axis: Axis, ends: tuple[float, float], top: float, name: str) -> Markup:
    """A row of a reading: its name, and below it the dot, or the bar from one end to the other."""
    low, high = map(axis.place, ends)
    words, across = _words("level", "0", top + 16, name), top + 30
    if low == high:
        return words + Markup('<circle class="dot" cx="{}%" cy="{}" r="6"/>').format(low, across)
    return words + Markup('<line class="span" x1="{}%" x2="{}%" y1="{}" y2="{}"/>').format(
        low, high, across, across
    )
