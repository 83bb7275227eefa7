"""Units beside each other: a funnel plot, possible ranks, and small units by a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import analysis
from analysis import Estimate
from analysis.monitoring import Funnel, Zone
from analysis.small_areas import ModelEstimate, RankInterval
from surveys.questionnaires.programme import Target
from surveys.results import estimates, judgement
from surveys.results.estimates import Scope, Study
from surveys.results.figures import Figure
from surveys.results.form_estimates import SECTOR
from surveys.results.judgement import FEWEST_ANSWERS, Spot
from surveys.tables import Unit


@dataclass(frozen=True, slots=True)
class Compared:
    """A unit with its figure; what is not told of it is None."""

    figure: Figure
    #: Where it lies in the funnel, with its effective answers.
    zone: Zone | None = None
    answers: float | None = None
    #: The ranks it may have; `apart` if they overlap with those of some unit no longer.
    ranks: RankInterval | None = None
    #: Whether it is surely ahead of or behind at least one other unit.
    apart: bool = False
    #: What a model makes of a unit that is too small to speak for itself; never judged.
    model: ModelEstimate | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """The units of one target in the order of their figures; no funnel of fewer than two."""

    target: Target
    funnel: Funnel | None
    units: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class _Unit:
    figure: Figure
    estimate: Estimate
    weight: float

    @property
    def shown(self) -> bool:
        return self.figure.value is not None


def compare(scope: Scope, study: Study, target: Target) -> Comparison:
    """The units of a study by the index of one target."""
    units = dict(sorted(_units(scope, study, target).items()))
    shown = {code: unit.estimate for code, unit in units.items() if unit.shown}
    ranks = analysis.rank_intervals(shown)
    funnel, order = None, [code for code in shown if not shown[code].census]
    if len(order) > 1:
        funnel = analysis.funnel(
            [shown[code].value for code in order],
            [shown[code].effective_answers for code in order],
        )
    zones = dict(zip(order, funnel.zones, strict=True)) if funnel else {}
    models = _models(scope, study, target, units)
    last = RankInterval(1, len(shown))
    return Comparison(target, funnel, tuple(
        Compared(
            unit.figure,
            zones.get(code),
            shown[code].effective_answers if code in zones else None,
            ranks.get(code),
            code in ranks and ranks[code] != last,
            models.get(code),
        )
        for code, unit in units.items()
    ))  # fmt: skip


def _units(scope: Scope, study: Study, target: Target) -> dict[str, _Unit]:
    figures = {
        row.unit_code: row
        for row in study.figures.where(scope="unit", measure="index")
        if row.target_key == target.key
    }
    found = {}
    for code, unit in study.units.items():
        shares = _shares(scope, study, target, unit)
        if code in figures and shares:
            size = sum(share.size for share in shares)
            found[code] = _Unit(figures[code], judgement.together(shares), size)
    return found


def _shares(scope: Scope, study: Study, target: Target, unit: Unit | None) -> list[judgement.Share]:
    spot = Spot("sector", SECTOR) if unit is None else Spot("unit", ("unit", unit.id), unit=unit)
    return estimates.judge(scope, study.forms, spot).shares(target)


def _models(
    scope: Scope, study: Study, target: Target, units: Mapping[str, _Unit]
) -> dict[str, ModelEstimate]:
    """What a model makes of units whose own figure is too uncertain; of fewer than ten, nothing."""
    total = judgement.together(_shares(scope, study, target, None)) if units else None
    enough = {code: unit for code, unit in units.items() if unit.figure.n >= FEWEST_ANSWERS}
    small = [code for code, unit in enough.items() if not unit.shown]
    if total is None or total.kind != "share" or not small or len(enough) < 2:
        return {}
    pooled = analysis.pool_units(
        {code: unit.estimate for code, unit in enough.items()},
        population={code: max(unit.weight, 1.0) for code, unit in enough.items()},
        total=total.value,
    )
    return {code: pooled.units[code] for code in small}
