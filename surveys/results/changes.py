"""How much an index changed from one wave to the next, by the service points that were in both.

The sampling unit of a change is the service point: what a point keeps from wave to wave is no
change, and the covariance takes it away. Where a unit has but one point in both waves, that point
is all there is of it and its days are the sampling units, as within a wave. The sampling fraction
of a unit's points is the smaller of its two.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

import analysis
from analysis import Estimate, Scored
from surveys.questionnaires.programme import Target
from surveys.results.form_estimates import WeightedForm, scored_index
from surveys.results.judgement import Judge, together
from surveys.tables import Wave

#: Why nothing is said of a change.
Silence = Literal["open", "suppressed", "forms"]
Direction = Literal["up", "down", "none"]
#: Form, unit and wave.
_Stratum = tuple[str, int, int]


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
    difference = joint.contrast({"after": 1.0, "before": -1.0})
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
    fractions: Mapping[_Stratum, float]

    @property
    def points(self) -> set[Hashable]:
        """The points that were heard."""
        heard = zip(self.scored.places, self.scored.heard.tolist(), strict=True)
        return {cast("tuple[Hashable, Hashable]", psu)[0] for (_, psu), there in heard if there}


def _index(standing: Standing, target: Target) -> _Index | None:
    """The index of a wave that a target judges; None where it may not be shown."""
    judge = standing.judge
    figure = next(iter(judge.judged(target)), None)
    if figure is None or figure.value is None:
        return None
    shares = judge.shares(target)
    parts, fractions = [], dict[_Stratum, float]()
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


def _jointly(first: _Index, second: _Index) -> analysis.Joint:
    places = [*first.scored.places, *second.scored.places]
    single = _single(places)
    fractions: dict[Hashable, float] = {}
    for index in (first, second):
        for stratum in {cast("_Stratum", stratum) for stratum, _ in index.scored.places}:
            name, fraction = _stratum(stratum, single), index.fractions.get(stratum, 0.0)
            fractions[name] = min(fraction, fractions.get(name, 1.0))
    one, other = (
        each.scored.placed(lambda place: _panel(place, single)) for each in (first, second)
    )
    return analysis.change(one, other, sampling_fraction=fractions)


def _single(places: Iterable[tuple[Hashable, Hashable]]) -> set[Hashable]:
    """The forms and units with one point in both waves together."""
    points: dict[Hashable, set[Hashable]] = {}
    for stratum, psu in cast("Sequence[tuple[_Stratum, tuple[int, object]]]", places):
        points.setdefault(stratum[:2], set()).add(psu[0])
    return {name for name, found in points.items() if len(found) == 1}


def _stratum(stratum: _Stratum, single: set[Hashable]) -> Hashable:
    return stratum if stratum[:2] in single else stratum[:2]


def _panel(place: tuple[Hashable, Hashable], single: set[Hashable]) -> tuple[Hashable, Hashable]:
    """Point and day of a unit with one point, otherwise the point."""
    stratum, psu = cast("tuple[_Stratum, tuple[int, object]]", place)
    return _stratum(stratum, single), psu if stratum[:2] in single else psu[0]
