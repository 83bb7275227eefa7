"""Figures of a sector: what each form says, put together and judged by the programme's targets.

One order for pages, files and releases: the sector's judged figures, its groups of fields, what
each form says of the sector, then the same of each unit, units by code.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlmodel import Session, col, select

from surveys.counts import tallies
from surveys.counts.tallies import KINDS
from surveys.fieldwork.waves import plan_of
from surveys.places.collectors import Kind
from surveys.questionnaires.programme import Programme
from surveys.results.figures import Figure, Figures, Measure, collect
from surveys.results.form_estimates import (
    EVERYTHING,
    SECTOR,
    FormEstimates,
    WeightedForm,
    Within,
    estimate_form,
    weigh_form,
)
from surveys.results.judgement import Judge, Spot
from surveys.tables import Unit, Wave


@dataclass(frozen=True, slots=True)
class Scope:
    """What is to be estimated: some waves of a sector, for all units or for some."""

    programme: Programme
    sector: str
    waves: tuple[Wave, ...]
    unit_ids: frozenset[int] | None = None
    #: How people came to answer; all ways by default.
    kinds: tuple[Kind, ...] = KINDS
    #: What people said of themselves that rows are told apart by, beside what the weights need.
    told: tuple[str, ...] = ()
    #: A part of the answers; it is looked at, and no target judges it.
    within: Within = EVERYTHING

    @property
    def key(self) -> Hashable:
        """What tells it from every other scope of the same programme."""
        asked = (self.sector, tuple(wave.id for wave in self.waves), self.unit_ids)
        return (*asked, self.kinds, self.told, self.within)

    @property
    def partial(self) -> bool:
        """Whether some of the answers are left out."""
        return set(self.kinds) != set(KINDS) or self.within != EVERYTHING

    @property
    def year(self) -> int:
        """The year whose targets apply."""
        return max(wave.year for wave in self.waves)

    @property
    def open(self) -> bool:
        """Whether answers still come in, so that verdicts are looked at again and again."""
        return any(wave.status == "open" for wave in self.waves)


#: What was made before for a key out of the answers to some waves, or is made now.
Recall = Callable[[Hashable, Sequence[Wave], Callable[[Session], Any]], Any]


def anew(session: Session) -> Recall:
    """A recall that makes everything anew, in this session."""
    return lambda _key, _waves, make: make(session)


@dataclass(frozen=True, slots=True)
class Study:
    """The figures of a scope, and the forms with their weighting that they rest on."""

    figures: Figures
    forms: tuple[FormEstimates, ...]
    #: The same forms with their sums, and the units that were heard by their codes.
    weighed: tuple[WeightedForm, ...]
    units: Mapping[str, Unit]


#: What a figure loses that no target judges.
_UNJUDGED: dict[str, Any] = dict.fromkeys(
    ("target", "operator", "verdict", "answers_needed", "break_even", "open_low", "open_high")
)


def estimate(session: Session, scope: Scope) -> Figures:
    """All figures of a scope: the sector's, its groups', then each unit's by code.

    Raises CalibrationFailed, here and below: figures are never silently unweighted.
    """
    return study(session, scope).figures


def study(session: Session, scope: Scope, *, brief: bool = False) -> Study:
    """The figures of a scope together with what they rest on.

    A `brief` one has only the indices of units: `of_unit` and `of_units` tell the rest on demand.
    """
    return study_of(session, scope, weigh(session, scope), brief=brief)


def study_of(
    session: Session, scope: Scope, weighed: tuple[WeightedForm, ...], *, brief: bool = False
) -> Study:
    """The same of answers that were weighed already, for one part of them after another."""
    forms = tuple(estimate_form(form, scope.programme, scope.within) for form in weighed)
    units = _units(session, forms)
    figures = _told(scope, _figures(scope, forms, units, "index" if brief else None))
    return Study(figures, forms, weighed, {unit.code: unit for unit in units})


def of_unit(scope: Scope, known: Study, unit: Unit) -> Figures:
    """All figures of one unit of a study."""
    return _told(scope, _of_unit(scope, known.forms, unit))


def of_units(scope: Scope, known: Study, measure: Measure) -> Figures:
    """What forms say of each unit of a study by one measure."""
    spots = (Spot("unit", ("unit", unit.id), unit=unit) for unit in known.units.values())
    rows = (row for spot in spots for row in judge(scope, known.forms, spot).details(measure))
    return _told(scope, rows)


def weigh(session: Session, scope: Scope) -> tuple[WeightedForm, ...]:
    """The answers of a scope with their weights, form by form. Raises CalibrationFailed."""
    wave_ids = [wave.id or 0 for wave in scope.waves]
    needed = {key for wave in scope.waves for key in plan_of(wave).personal}
    needed |= {*scope.told}
    each = (
        tallies.tally(
            session,
            asked.stored,
            asked.wave_ids,
            unit_ids=scope.unit_ids,
            kinds=scope.kinds,
            by=sorted(needed),
        )
        for asked in tallies.forms(session, wave_ids)
    )
    heard = [tally for tally in each if tally is not None]
    return tuple(
        weigh_form(
            session, tally, programme=scope.programme, waves=scope.waves, heard=heard,
            unit_ids=scope.unit_ids,
        )
        for tally in heard
    )  # fmt: skip


def headlines(
    session: Session, scope: Scope, whole: Study, unit: Unit | None = None
) -> tuple[Figure, ...]:
    """The indices of a part of a study's answers, of the sector or one unit, without a verdict.

    Nothing else is made of them: the floors of their intervals are those of the whole study.
    """
    spot = Spot("sector", SECTOR)
    if unit is not None:
        spot = Spot("unit", ("unit", unit.id), unit=unit)
        scope = replace(scope, unit_ids=alone(scope, unit))
    beside = {form.instrument.checksum: form for form in whole.forms}
    forms = tuple(
        estimate_form(
            form, scope.programme, scope.within, only=spot.domain,
            beside=beside.get(form.tally.instrument.checksum),
        )
        for form in weigh(session, scope)
    )  # fmt: skip
    made = judge(scope, forms, spot)
    indices = [row for row in (*made.whole(), *made.details()) if row.measure == "index"]
    return tuple(map(unjudged, indices))


def alone(scope: Scope, unit: Unit) -> frozenset[int] | None:
    """The units that must be weighed for one unit's figures: itself, or all (None).

    Margins of sex and age may tie units together: then all are weighted, as on every other page.
    """
    tied = any(plan_of(wave).personal for wave in scope.waves)
    return None if tied else frozenset([unit.id or 0])


def unjudged(figure: Figure) -> Figure:
    """The figure without a target: of a part of the answers no verdict is given."""
    return replace(figure, **_UNJUDGED)


def _told(scope: Scope, rows: Iterable[Figure]) -> Figures:
    """The figures as a set; without verdicts where answers are left out."""
    return collect(map(unjudged, rows) if scope.partial else rows)


def _figures(
    scope: Scope, forms: Sequence[FormEstimates], units: Sequence[Unit], only: Measure | None
) -> Iterator[Figure]:
    sector = judge(scope, forms, Spot("sector", SECTOR))
    yield from sector.whole()
    for target in scope.programme.targets_of(scope.sector):
        if target.fields:
            spot = Spot("group", ("group", target.key), key=target.key)
            yield from judge(scope, forms, spot).judged(target)
    yield from sector.details()
    for unit in units:
        yield from _of_unit(scope, forms, unit, only)


def _of_unit(
    scope: Scope, forms: Sequence[FormEstimates], unit: Unit, only: Measure | None = None
) -> Iterator[Figure]:
    own = judge(scope, forms, Spot("unit", ("unit", unit.id), unit=unit))
    yield from own.whole()
    yield from own.details(only)


def judge(scope: Scope, forms: Sequence[FormEstimates], spot: Spot) -> Judge:
    """What makes the figures of one spot of a scope."""
    return Judge(scope.programme, scope.sector, scope.year, forms, spot, open=scope.open)


def _units(session: Session, forms: Sequence[FormEstimates]) -> list[Unit]:
    ids = {key for form in forms for kind, key in form.parts if kind == "unit"}
    query = select(Unit).where(col(Unit.id).in_(ids))
    return list(session.exec(query.order_by(Unit.code, col(Unit.id))))
