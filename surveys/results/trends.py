"""Wave by wave: the index of each wave that ran, and what changed since the one before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlmodel import Session, col, select

from surveys.fieldwork.waves import plan_of
from surveys.questionnaires.programme import Programme
from surveys.results import changes, estimates
from surveys.results.changes import Change, Silence, Standing
from surveys.results.estimates import Scope
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


def wave_trend(
    session: Session, programme: Programme, sector: str, *, unit: Unit | None = None
) -> tuple[Trend, ...]:
    """One trend for each target that judges a whole form or several, of the sector or a unit.

    A wave whose plan cannot be carried out stands in each of them with the reason.
    """
    query = select(Wave).where(
        Wave.programme == programme.code, Wave.sector == sector, Wave.status != "draft"
    )
    found = list(session.exec(query.order_by(col(Wave.opens_on), col(Wave.id))))
    stood = [_stood(session, Scope(programme, sector, (wave,)), unit) for wave in found]
    figures = {
        (one.wave.id, figure.target_key): figure
        for one in stood
        if isinstance(one, Standing)
        for figure in one.judge.whole()
        if figure.measure == "index"
    }
    keys = dict.fromkeys(key for _, key in figures) or {None: None}
    trends = (_trend(key, list(zip(found, stood, strict=True)), figures) for key in keys)
    return tuple(trend for trend in trends if trend.points)


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


def _trend(
    key: str | None,
    waves: list[tuple[Wave, Standing | CalibrationFailed]],
    figures: dict[tuple[int | None, str | None], Figure],
) -> Trend:
    """The trend of one target: waves with a figure of it, and those that failed."""
    there = [
        (wave, one)
        for wave, one in waves
        if (wave.id, key) in figures or isinstance(one, CalibrationFailed)
    ]
    points: list[Point] = []
    last: Standing | None = None
    for wave, one in there:
        if isinstance(one, CalibrationFailed):
            points.append(Point(wave, None, one))
            continue
        target = one.judge.programme.target(key) if key else None
        change = changes.change_of(last, one, target) if last and target else None
        points.append(Point(wave, figures[wave.id, key], change=change))
        last = one
    return Trend(key, tuple(points))


def _stood(session: Session, scope: Scope, unit: Unit | None) -> Standing | CalibrationFailed:
    try:
        return _standing(session, scope, unit)
    except CalibrationFailed as failed:
        return failed


def _standing(session: Session, scope: Scope, unit: Unit | None) -> Standing:
    """One wave of the sector or a unit, weighed.

    Margins of sex and age may tie units together: then all are weighted, as on every other page.
    """
    (wave,) = scope.waves
    spot = Spot("sector", SECTOR)
    if unit is not None:
        spot = Spot("unit", ("unit", unit.id), unit=unit)
        alone = None if plan_of(wave).personal else frozenset([unit.id or 0])
        scope = replace(scope, unit_ids=alone)
    weighed = estimates.weigh(session, scope)
    forms = tuple(estimate_form(form, scope.programme) for form in weighed)
    return Standing(wave, weighed, estimates.judge(scope, forms, spot))
