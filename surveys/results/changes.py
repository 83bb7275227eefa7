"""How much an index changed from one wave to the next, by the service points that were in both.

The sampling unit of a change is the service point: what a point keeps from wave to wave is no
change, and the covariance takes it away. That says too little where each point of a unit serves
fields of its own, for then weighting to the fields leaves nothing between points: where the days of
a unit's points tell a greater error, they are its sampling units, inside each point and wave, and
always where it has but one point. The sampling fraction of points is the smaller of both waves'.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, cast

import analysis
from analysis import Estimate, Joint, Scored
from surveys.questionnaires.programme import Target
from surveys.results.form_estimates import WeightedForm, scored_index
from surveys.results.judgement import Judge, together
from surveys.tables import Wave

#: Why nothing is said of a change.
Silence = Literal["open", "suppressed", "forms"]
Direction = Literal["up", "down", "none"]
DIFFERENCE = {"after": 1.0, "before": -1.0}
#: Form, unit and wave; point and day.
_Place = tuple[tuple[str, int, int], tuple[int, dt.date]]
_Unit = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Standing:
    """A wave that was weighed, and what makes the figures of the place looked at."""

    wave: Wave
    weighed: tuple[WeightedForm, ...]
    judge: Judge


@dataclass(frozen=True, slots=True)
class Change:
    """The index of a later wave less that of an earlier one. Shares are 0–1."""

    earlier: Wave
    later: Wave
    target_key: str
    difference: float
    standard_error: float
    df: int
    low: float
    high: float
    #: Service points that were heard in both waves.
    points_kept: int

    @property
    def direction(self) -> Direction:
        """Whether a change is shown: only where the interval leaves 0 out."""
        if self.low > 0:
            return "up"
        return "down" if self.high < 0 else "none"


def change_of(earlier: Standing, later: Standing, target: Target) -> Change | Silence:
    """The change of the index that a target judges, or why nothing can be said of it."""
    if "open" in {earlier.wave.status, later.wave.status}:
        return "open"
    first, second = (_index(each, target) for each in (earlier, later))
    if first is None or second is None:
        return "suppressed"
    if first.forms != second.forms:
        return "forms"
    joint = _jointly(first, second)
    limits = analysis.change_interval(joint, first.estimate, second.estimate)
    difference = joint.contrast(DIFFERENCE)
    return Change(
        earlier.wave, later.wave, target.key, difference.value, difference.standard_error,
        difference.df, limits.low, limits.high, len(first.points & second.points),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Index:
    """An index of one wave, as it is shown, with its scores by form, unit, wave, point and day."""

    forms: frozenset[str]
    estimate: Estimate
    scored: Scored
    fractions: Mapping[tuple[str, int, int], float]

    @property
    def places(self) -> list[_Place]:
        """Where each score was drawn."""
        return cast("list[_Place]", list(self.scored.places))

    @property
    def points(self) -> set[int]:
        """The points that were heard."""
        heard = zip(self.places, self.scored.heard.tolist(), strict=True)
        return {point for (_, (point, _)), there in heard if there}

    def by_unit(self) -> dict[_Unit, _Index]:
        """The same for each form and unit, with its own scores only."""
        members: dict[_Unit, list[int]] = {}
        for number, (stratum, _) in enumerate(self.places):
            members.setdefault(stratum[:2], []).append(number)
        return {unit: self._only(numbers) for unit, numbers in members.items()}

    def nothing(self) -> _Index:
        """The same without any score: a unit that was not heard in the wave."""
        return self._only([])

    def _only(self, numbers: list[int]) -> _Index:
        scored = replace(
            self.scored,
            places=tuple(self.scored.places[number] for number in numbers),
            scores=self.scored.scores[numbers],
            heard=self.scored.heard[numbers],
        )
        return replace(self, scored=scored)


def _index(standing: Standing, target: Target) -> _Index | None:
    """The index of a wave that a target judges; None where it may not be shown."""
    judge = standing.judge
    figure = next(iter(judge.judged(target)), None)
    if figure is None or figure.value is None:
        return None
    shares = judge.shares(target)
    parts, fractions = [], dict[tuple[str, int, int], float]()
    for share in shares:
        place = next(n for n, form in enumerate(judge.forms)
                     if form.parts.get(judge.spot.domain) is share.part)  # fmt: skip
        form, code = standing.weighed[place], share.part.instrument.code
        parts.append(_named(scored_index(form, judge.spot.domain), code))
        fractions |= {(code, *stratum): f for stratum, f in form.weighting.fractions.items()}
    return _Index(
        frozenset(share.part.instrument.code for share in shares),
        together(shares),
        analysis.blended(parts, [share.size for share in shares]),
        fractions,
    )


def _named(scored: Scored, form: str) -> Scored:
    """The scores with the form beside unit and wave: forms are independent of each other."""
    return scored.placed(lambda place: ((form, *cast("tuple[int, int]", place[0])), place[1]))


def _jointly(first: _Index, second: _Index) -> Joint:
    """Both waves' indices with their covariance."""
    return _change(first, second, _by_days(first, second))


def _by_days(first: _Index, second: _Index) -> frozenset[_Unit]:
    """The forms and units whose days are their sampling units."""
    before, after = first.by_unit(), second.by_unit()
    return frozenset(
        unit
        for unit in {*before, *after}
        if _days_tell_more(
            unit, before.get(unit, first.nothing()), after.get(unit, second.nothing())
        )
    )


def _days_tell_more(unit: _Unit, first: _Index, second: _Index) -> bool:
    if len({point for index in (first, second) for _, (point, _) in index.places}) == 1:
        return True
    by_points, by_days = (
        _change(first, second, days).contrast(DIFFERENCE).standard_error
        for days in (frozenset[_Unit](), frozenset([unit]))
    )
    return by_days > by_points


def _change(first: _Index, second: _Index, by_days: frozenset[_Unit]) -> Joint:
    fractions: dict[Hashable, float] = {}
    for index in (first, second):
        for stratum, psu in index.places:
            name, _ = _sampled((stratum, psu), by_days)
            fractions[name] = min(index.fractions.get(stratum, 0.0), fractions.get(name, 1.0))
    one, other = (
        each.scored.placed(lambda place: _sampled(cast("_Place", place), by_days))
        for each in (first, second)
    )
    return analysis.change(one, other, sampling_fraction=fractions)


def _sampled(place: _Place, by_days: frozenset[_Unit]) -> tuple[Hashable, Hashable]:
    """The day in its point and wave, or the point in its unit."""
    (form, unit, wave), (point, day) = place
    if (form, unit) in by_days:
        return (form, unit, wave, point), day
    return (form, unit), point
