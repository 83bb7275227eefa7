"""Is something changing: the satisfied share week by week with exact limits, and a CUSUM by day.

Both count answers as given. What an answer is worth is divided by the design effect of the index,
so that people of one day at one counter, who are alike, raise no alarm by that alone.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

import analysis
from analysis.monitoring import Place
from surveys.results.form_estimates import Domain, WeightedForm, Within, domain_rows
from surveys.results.judgement import FEWEST_ANSWERS


@dataclass(frozen=True, slots=True)
class Week:
    """The people of a week from its Monday; no share and no limits where they are too few."""

    monday: dt.date
    people: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    place: Place = "inside"


@dataclass(frozen=True, slots=True)
class Watch:
    """The weeks of a period, their common share, and the days on which the CUSUM signalled."""

    centre: float | None
    weeks: tuple[Week, ...]
    alarms: tuple[dt.date, ...]

    @property
    def signals(self) -> tuple[Week, ...]:
        """The weeks outside their limits."""
        return tuple(week for week in self.weeks if week.place != "inside")


@dataclass(frozen=True, slots=True)
class _Heard:
    people: int = 0
    satisfied: float = 0.0

    def __add__(self, other: _Heard) -> _Heard:
        return _Heard(self.people + other.people, self.satisfied + other.satisfied)


def watch(
    weighed: Sequence[WeightedForm], domain: Domain, within: Within, *, deff: float = 1.0
) -> Watch:
    """The weeks of a sector or a unit; days on which nobody answered the index are left out."""
    days = _days(weighed, domain, within)
    weeks: dict[dt.date, _Heard] = defaultdict(_Heard)
    for day, heard in days.items():
        weeks[day - dt.timedelta(day.weekday())] += heard
    told = {monday: heard for monday, heard in weeks.items() if heard.people >= FEWEST_ANSWERS}
    alarms = _alarms(days, deff)
    if not told:
        return Watch(None, tuple(Week(day, weeks[day].people) for day in sorted(weeks)), alarms)
    order = sorted(told)
    chart = analysis.p_chart(
        [told[monday].satisfied for monday in order],
        [told[monday].people for monday in order],
        deff=deff,
    )
    columns = [column.tolist() for column in (chart.shares, chart.lows, chart.highs)]
    drawn = {
        monday: Week(monday, weeks[monday].people, *numbers)
        for monday, *numbers in zip(order, *columns, chart.places, strict=True)
    }
    found = (drawn.get(day, Week(day, weeks[day].people)) for day in sorted(weeks))
    return Watch(chart.centre, tuple(found), alarms)


def _days(weighed: Sequence[WeightedForm], domain: Domain, within: Within) -> dict[dt.date, _Heard]:
    """Per day the people, and how many of them the satisfied share of their answers makes."""
    days: dict[dt.date, _Heard] = defaultdict(_Heard)
    for form in weighed:
        tally, rows = form.tally, domain_rows(form.tally, {}, within).get(domain)
        if rows is None:
            continue
        inside = [not item.overall for item in tally.instrument.items]
        satisfied = np.array(tally.items.satisfied)[inside]
        counts = tally.counts[rows][:, inside]
        good, all_ = (counts * satisfied).sum(axis=(1, 2)), counts.sum(axis=(1, 2))
        people = tally.respondents[rows]
        for row, place in enumerate(tally.psu_of_row[rows].tolist()):
            if all_[row]:
                share = float(good[row] / all_[row])
                number = int(people[row])
                days[tally.psus[place].day] += _Heard(number, share * number)
    return days


def _alarms(days: dict[dt.date, _Heard], deff: float) -> tuple[dt.date, ...]:
    order = sorted(days)
    found = analysis.cusum(
        [(days[day].people - days[day].satisfied) / deff for day in order],
        [days[day].people / deff for day in order],
    )
    return tuple(order[step] for step in found.signals)
