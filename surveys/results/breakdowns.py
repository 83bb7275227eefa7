"""The index by field, sex or age band, of a sector or one of its units; small groups held back.

Groups of people are told of one wave at a time: the difference of two periods could tell of few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

import analysis
from surveys.counts.tallies import PERSONAL
from surveys.questionnaires.labels import Label
from surveys.results import estimates
from surveys.results.estimates import Scope, Study
from surveys.results.figures import Figure
from surveys.results.form_estimates import (
    SECTOR,
    Domain,
    FormEstimates,
    WeightedForm,
    domain_rows,
    estimate_rows,
)
from surveys.results.judgement import Spot
from surveys.tables import Unit

By = Literal["field", "sex", "age_band"]


@dataclass(frozen=True, slots=True)
class Group:
    """People who are alike in one thing: their index, or None where it is held back."""

    #: As forms code it; "" where people did not say.
    key: str
    label: Label | None
    figure: Figure | None


@dataclass(frozen=True, slots=True)
class Cells:
    """Which groups of which units are held back, so that no unit's or the sector's gives one away.

    The last row of `held` is the sector's.
    """

    by: By
    keys: tuple[str, ...]
    units: tuple[int, ...]
    held: NDArray[np.bool_]

    def shown(self, unit: Unit | None) -> list[str]:
        """The groups that a unit, or the sector, tells of."""
        if unit is not None and unit.id not in self.units:
            return []
        row = -1 if unit is None else self.units.index(unit.id or 0)
        held = self.held[row].tolist()
        return [key for key, hide in zip(self.keys, held, strict=True) if not hide]


def told_apart(
    session: Session, scope: Scope, by: By, study: Study, *, unit: Unit | None = None
) -> tuple[WeightedForm, ...]:
    """The weighted answers of a study, told apart by a group; of one unit as far as that goes.

    None where nothing is told of groups: of people in several waves. Raises CalibrationFailed.
    """
    if by not in PERSONAL:
        return study.weighed
    if len(scope.waves) > 1 or scope.partial:
        return ()
    unit_ids = estimates.alone(scope, unit) if unit else None
    return estimates.weigh(session, replace(scope, told=(by,), unit_ids=unit_ids))


def cells(by: By, weighed: Sequence[WeightedForm]) -> Cells:
    """The groups of all units; without any where nobody said anything."""
    people: Counter[tuple[int, str]] = Counter()
    for form in weighed:
        people += form.tally.people(lambda psu: psu.unit_id, lambda label: getattr(label, by))
    keys, units = sorted({key for _, key in people}), sorted({unit for unit, _ in people})
    if keys in ([], [""]):
        return Cells(by, (), (), np.zeros((1, 0), dtype=np.bool_))
    table = [[people[unit, key] for key in keys] for unit in units]
    return Cells(by, tuple(keys), tuple(units), analysis.held_back(table))


def breakdown(
    scope: Scope,
    known: Cells,
    weighed: Sequence[WeightedForm],
    study: Study,
    *,
    unit: Unit | None = None,
) -> list[Group]:
    """The groups of a sector or a unit in the order of the programme or of the form's options.

    `study` is that of the scope, whose floors their intervals have.
    """
    if not known.keys:
        return []
    shown = _shown(scope, weighed, study, known, unit)
    names = _names(scope, study.weighed, known.by)
    order = [key for key in names if key in known.keys]
    order += [key for key in known.keys if key not in names]
    return [Group(key, names.get(key), shown.get(key)) for key in order]


def _shown(
    scope: Scope,
    weighed: Sequence[WeightedForm],
    study: Study,
    known: Cells,
    unit: Unit | None,
) -> dict[str, Figure]:
    """The index of each group; it has no target of its own."""
    home: Domain = SECTOR if unit is None else ("unit", unit.id)
    keys = known.shown(unit)
    beside = {form.instrument.checksum: form for form in study.forms}
    forms = tuple(
        _estimated(form, scope, beside[form.tally.instrument.checksum], home, {known.by: keys})
        for form in weighed
    )
    found = {}
    for key in keys:
        judge = estimates.judge(scope, forms, Spot("group", ("group", key), key=key))
        figure = next((row for row in judge.whole() if row.measure == "index"), None)
        if figure is not None:
            found[key] = estimates.unjudged(figure)
    return found


def _estimated(
    form: WeightedForm,
    scope: Scope,
    beside: FormEstimates,
    home: Domain,
    wanted: Mapping[By, Sequence[str]],
) -> FormEstimates:
    ((by, keys),) = wanted.items()
    tally = form.tally
    rows = domain_rows(tally, {}, scope.within).get(home, np.zeros(0, dtype=np.int64))
    said = np.array([getattr(label, by) for label in tally.labels])[tally.label_of_row[rows]]
    domains: dict[Domain, NDArray[np.int64]] = {("group", key): rows[said == key] for key in keys}
    whole = by == "field" and home[0] == "sector" and not scope.within.points
    fields: dict[Domain, tuple[str, ...]] = {("group", key): (key,) for key in keys if whole}
    return estimate_rows(form, domains, fields, beside)


def _names(scope: Scope, weighed: Sequence[WeightedForm], by: By) -> dict[str, Label]:
    if by == "field":
        return {field.key: field.label for field in scope.programme.fields}
    return {
        option.code: option.label
        for form in weighed
        for question in form.tally.instrument.profile
        if question.code == by
        for option in question.options
    }
