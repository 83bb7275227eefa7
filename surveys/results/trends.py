"""Wave by wave: the index of each wave that ran, and what changed since the one before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from surveys.questionnaires.programme import Programme
from surveys.results import changes, estimates
from surveys.results.changes import Change, Silence, Standing
from surveys.results.estimates import Recall, Scope, Study
from surveys.results.figures import Figure
from surveys.results.form_estimates import SECTOR, estimate_form
from surveys.results.judgement import Spot
from surveys.tables import Unit, Wave
from surveys.weighting.calibrations import CalibrationFailed


@dataclass(frozen=True, slots=True)
class Point:
    """A wave in a trend: its figure, or why its weighting plan could not be carried out."""

    wave: Wave
    figure: Figure | None
    failed: CalibrationFailed | None = None
    #: Since the last wave that has figures, or why nothing can be said; None without one.
    change: Change | Silence | None = None


@dataclass(frozen=True, slots=True)
class Trend:
    """The waves of one target, oldest first; without a target where no wave has a figure."""

    target_key: str | None
    points: tuple[Point, ...]


#: The index of a wave by target, or why there is none.
_Look = dict[str | None, Figure] | CalibrationFailed


def wave_trend(
    session: Session,
    programme: Programme,
    sector: str,
    *,
    unit: Unit | None = None,
    known: tuple[Scope, Study] | None = None,
    recall: Recall | None = None,
) -> tuple[Trend, ...]:
    """One trend for each target that judges a whole form or several, of the sector or a unit.

    A wave whose plan cannot be carried out stands in each of them with the reason. A sector's study
    may be `known` already, and `recall` knows waves that were looked at before.
    """
    query = select(Wave).where(
        Wave.programme == programme.code, Wave.sector == sector, Wave.status != "draft"
    )
    found = list(session.exec(query.order_by(col(Wave.opens_on), col(Wave.id))))
    seen = _Seen(programme, sector, unit, recall or estimates.anew(session))
    done = _looks(*known) if known else {}
    looks = [(wave, done.get(wave.id) or seen.look(wave)) for wave in found]
    keys = dict.fromkeys(
        key for _, look in looks if not isinstance(look, CalibrationFailed) for key in look
    ) or {None: None}
    trends = (_trend(key, looks, seen) for key in keys)
    return tuple(trend for trend in trends if trend.points)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What waves say of the sector or a unit."""

    programme: Programme
    sector: str
    unit: Unit | None
    recall: Recall

    def look(self, wave: Wave) -> _Look:
        """The index of a wave by target."""
        key = ("look", wave.id, self.unit and self.unit.id)
        found: _Look = self.recall(
            key, (wave,), lambda session: _look(session, self._scope(wave), self.unit)
        )
        return found

    def change(self, earlier: Wave, later: Wave, target: str) -> Change | Silence:
        """How the index of a target changed."""
        if "open" in {earlier.status, later.status}:
            return "open"
        key = ("change", earlier.id, later.id, self.unit and self.unit.id)
        found: dict[str, Change | Silence] = self.recall(
            key, (earlier, later), lambda session: self._change(session, earlier, later)
        )
        return found[target]

    def _change(self, session: Session, earlier: Wave, later: Wave) -> dict[str, Change | Silence]:
        # What is kept belongs to no session but this one, which nothing takes back.
        first, second = (session.get_one(Wave, wave.id) for wave in (earlier, later))
        return wave_change(session, self._scope(second), first, second, unit=self.unit)

    def _scope(self, wave: Wave) -> Scope:
        return Scope(self.programme, self.sector, (wave,))


def wave_change(
    session: Session, scope: Scope, earlier: Wave, later: Wave, *, unit: Unit | None = None
) -> dict[str, Change | Silence]:
    """How the index of each target changed between two waves, of the sector or a unit.

    By target that either wave asks about; where nothing can be said, why. `scope` tells programme
    and sector. Raises CalibrationFailed.
    """
    first, second = (_standing(session, replace(scope, waves=(w,)), unit) for w in (earlier, later))
    targets = scope.programme.targets_of(scope.sector)
    return {
        target.key: changes.change_of(first, second, target)
        for target in targets
        if not target.fields and (first.judge.shares(target) or second.judge.shares(target))
    }


def items(
    session: Session, scope: Scope, unit: Unit | None = None
) -> dict[tuple[str, str], Figure]:
    """The items of a wave by form and code, of the sector or a unit; none without weights."""
    try:
        standing = _standing(session, scope, unit)
    except CalibrationFailed:
        return {}
    return {
        ((figure.instrument or "").split(".v")[0], figure.key): figure
        for figure in standing.judge.details()
        if figure.measure in {"item", "overall"}
    }


def _trend(key: str | None, looks: Sequence[tuple[Wave, _Look]], seen: _Seen) -> Trend:
    """The trend of one target: waves with a figure of it, and those that failed."""
    points: list[Point] = []
    last: Wave | None = None
    for wave, look in looks:
        if isinstance(look, CalibrationFailed):
            points.append(Point(wave, None, look))
        elif key in look:
            change = seen.change(last, wave, key) if last and key else None
            points.append(Point(wave, look[key], change=change))
            last = wave
    return Trend(key, tuple(points))


def _looks(scope: Scope, study: Study) -> dict[int | None, _Look]:
    """What the study of a single wave tells of it."""
    if len(scope.waves) > 1:
        return {}
    figures = study.figures.where(scope="sector", measure="index")
    return {scope.waves[0].id: {row.target_key: row for row in figures if row.target_key}}


def _look(session: Session, scope: Scope, unit: Unit | None) -> _Look:
    try:
        standing = _standing(session, scope, unit)
    except CalibrationFailed as failed:
        # What is kept must not hold on to everything that stood on the way here.
        return failed.with_traceback(None)
    figures = standing.judge.whole()
    return {figure.target_key: figure for figure in figures if figure.measure == "index"}


def _standing(session: Session, scope: Scope, unit: Unit | None) -> Standing:
    """One wave of the sector or a unit, weighed."""
    (wave,) = scope.waves
    spot = Spot("sector", SECTOR)
    if unit is not None:
        spot = Spot("unit", ("unit", unit.id), unit=unit)
        scope = replace(scope, unit_ids=estimates.alone(scope, unit))
    weighed = estimates.weigh(session, scope)
    forms = tuple(estimate_form(form, scope.programme) for form in weighed)
    return Standing(wave, weighed, estimates.judge(scope, forms, spot))
