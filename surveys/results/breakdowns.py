"""The index by field, sex or age band, of a sector or one of its units; small groups held back.

Groups of people are told of one wave at a time: the difference of two periods could tell of few.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

import analysis
from surveys.counts.tallies import PERSONAL
from surveys.questionnaires.labels import Label
from surveys.results import estimates
from surveys.results.estimates import Scope
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


def breakdown(session: Session, scope: Scope, by: By, *, unit: Unit | None = None) -> list[Group]:
    """The groups of a sector or a unit in the order of the programme or of the form's options.

    Nothing where personal groups of several waves are asked for, or nobody told. Raises
    CalibrationFailed.
    """
    personal = by in PERSONAL
    if personal and (len(scope.waves) > 1 or scope.partial):
        return []
    told = replace(scope, told=(by,) if personal else ())
    weighed = estimates.weigh(session, told)
    keys = sorted({getattr(label, by) for form in weighed for label in form.tally.labels})
    if keys in ([], [""]):
        return []
    unit_id = unit.id if unit else None
    hidden = _hidden(weighed, by, keys, unit_id)
    shown = _shown(told, weighed, by, [key for key in keys if key not in hidden], unit_id)
    names = _names(scope, weighed, by)
    order = [*(key for key in names if key in keys), *(key for key in keys if key not in names)]
    return [Group(key, names.get(key), shown.get(key)) for key in order]


def _hidden(
    weighed: Sequence[WeightedForm], by: By, keys: Sequence[str], unit_id: int | None
) -> set[str]:
    """The groups that are held back, so that all units' tables and the sector's give none away."""
    people: Counter[tuple[int, str]] = Counter()
    for form in weighed:
        people += form.tally.people(lambda psu: psu.unit_id, lambda label: getattr(label, by))
    units = sorted({place for place, _ in people})
    if unit_id is not None and unit_id not in units:
        return set(keys)
    table = [[people[place, key] for key in keys] for place in units]
    row = -1 if unit_id is None else units.index(unit_id)
    held = analysis.held_back(table)[row].tolist()
    return {key for key, hide in zip(keys, held, strict=True) if hide}


def _shown(
    scope: Scope,
    weighed: Sequence[WeightedForm],
    by: By,
    keys: Sequence[str],
    unit_id: int | None,
) -> dict[str, Figure]:
    """The index of each group; it has no target of its own."""
    home: Domain = SECTOR if unit_id is None else ("unit", unit_id)
    forms = tuple(_estimated(form, scope, by, keys, home) for form in weighed)
    found = {}
    for key in keys:
        judge = estimates.judge(scope, forms, Spot("group", ("group", key), key=key))
        figure = next((row for row in judge.whole() if row.measure == "index"), None)
        if figure is not None:
            found[key] = estimates.unjudged(figure)
    return found


def _estimated(
    form: WeightedForm, scope: Scope, by: By, keys: Sequence[str], home: Domain
) -> FormEstimates:
    tally = form.tally
    rows = domain_rows(tally, {}, scope.within).get(home, np.zeros(0, dtype=np.int64))
    said = np.array([getattr(label, by) for label in tally.labels])[tally.label_of_row[rows]]
    domains: dict[Domain, NDArray[np.int64]] = {("group", key): rows[said == key] for key in keys}
    whole = by == "field" and home[0] == "sector" and not scope.within.points
    fields: dict[Domain, tuple[str, ...]] = {("group", key): (key,) for key in keys if whole}
    return estimate_rows(form, domains, fields)


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
