"""What a release rests on, as tables from which another program computes every figure anew.

EvidenceError(Exception)
└── AnswersChanged   today's answers no longer give the figures that were published

Rows are sums by sampling unit and calibration cell, the finest that any figure needs. Many have an
answer or two: they are for Nội vụ and auditors, and never for the public page.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from sqlmodel import Session

from analysis import IndexRule, Node
from surveys.fieldwork import waves
from surveys.publishing import disclosure, publication, sampling_units
from surveys.questionnaires.programme import Programme, Target
from surveys.results import estimates
from surveys.results.estimates import Scope, Study
from surveys.results.figures import Figure
from surveys.results.form_estimates import SECTOR, WeightedForm
from surveys.results.index_rules import index_rule
from surveys.results.judgement import Spot
from surveys.tables import Release

Cell = str | int | float | None
#: What a measure is called in the analysis where the names differ.
_KINDS = {
    "overall": "item", "expectation": "extra", "return": "extra", "comprehensive": "extra",
}  # fmt: skip


class EvidenceError(Exception):
    """A release whose evidence cannot be given."""


class AnswersChanged(EvidenceError):
    """Today's answers no longer give the figures that were published."""

    def __init__(self, release: Release) -> None:
        self.release = release
        super().__init__(f"release {release.sector} {release.year} no. {release.revision}")


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a name: one line a row, numbers with every digit."""

    name: str
    header: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]


def study_of(session: Session, programme: Programme, release: Release) -> tuple[Scope, Study]:
    """The answers and weights behind a release. Raises AnswersChanged, CalibrationFailed."""
    codes = [wave["code"] for wave in json.loads(release.method)["waves"]]
    found = tuple(wave for code in codes if (wave := waves.find(session, code)))
    scope = Scope(programme, release.sector, found)
    study = estimates.study(session, scope) if len(found) == len(codes) else None
    study = disclosure.protected_study(study) if study else None
    frozen = publication.texts_of(session, release)
    if study is None or [figure.canonical() for figure in study.figures] != frozen:
        raise AnswersChanged(release)
    return scope, study


def tables(scope: Scope, study: Study, key: bytes) -> Iterator[Table]:
    """The tables behind the figures; `key` hides the days of sampling units."""
    names = {id(form.tally): name(form) for form in study.weighed}
    for form in study.weighed:
        yield _rows(scope, study, form, key)
        yield _cells(form)
    both = list(zip(study.weighed, study.forms, strict=True))
    forms = (
        (name(form), form.tally.instrument.index.pooling, int(_mixed(form)))
        for form, _ in both
    )  # fmt: skip
    yield Table("forms", ("form", "pooling", "plain_where_units_join"), list(forms))
    yield Table(
        "nodes", ("form", "parent_kind", "parent", "kind", "code", "weight"),
        [(names[id(f.tally)], *node) for f in study.weighed
         for node in _tree(index_rule(f.tally.instrument))],
    )  # fmt: skip
    yield Table("variables", ("form", "kind", "code", "low", "high"), [*_variables(study)])
    yield Table("groups", ("key", "field"), [
        (target.key, field) for target in scope.programme.targets for field in target.fields
    ])  # fmt: skip
    yield Table(
        "recipes", ("figure", "form", "scope", "domain", "kind", "code", "weight"),
        [*_recipes(scope, study)],
    )  # fmt: skip
    yield _figures(study)


def name(form: WeightedForm) -> str:
    """What a form is called in tables: code and version, as its file is."""
    instrument = form.tally.instrument
    return f"{instrument.code}.v{instrument.version}"


def _mixed(form: WeightedForm) -> bool:
    """Whether figures across its units are unweighted, for some units have no people served."""
    return bool(form.weighting.unweighted and form.weighting.population)


def _rows(scope: Scope, study: Study, form: WeightedForm, key: bytes) -> Table:
    """The sums of a form, a row for each sampling unit and cell."""
    totals, tally = form.totals, form.tally
    codes = {unit.id: unit.code for unit in study.units.values()}
    wave_codes = {wave.id: wave.code for wave in scope.waves}
    places: dict[tuple[int, int], set[sampling_units.Place]] = {}
    for psu in tally.psus:
        places.setdefault(psu[:2], set()).add(psu[2:])
    numbers = {stratum: sampling_units.numbered(p, key) for stratum, p in places.items()}
    items = [item.code for item in tally.instrument.items]
    header = ("stratum", "psu", "fraction", "unit", "field", "cell", "people", "base_weight")
    sums = _sums(form)

    def lines() -> Iterator[list[Cell]]:
        for row, place in enumerate(tally.psu_of_row.tolist()):
            psu = tally.psus[place]
            unit, wave = codes[psu.unit_id], wave_codes[psu.wave_id]
            stratum = totals.design.stratum_of_psu[totals.design.psu_of_row[row]]
            yield [
                f"{unit}/{wave}", numbers[psu[:2]][psu[2:]],
                float(totals.design.fractions[stratum]), unit,
                tally.labels[tally.label_of_row[row]].field, int(totals.cell_of_row[row]) + 1,
                int(totals.respondents[row]), float(totals.base_weight[row]), *sums[row].tolist(),
            ]  # fmt: skip

    columns = [f"{letter}.{code}" for letter in "nyspc" for code in items]
    columns += [f"{letter}.{extra}" for letter in "xde" for extra in totals.extras]
    # Sorted, for rows come in the order of days.
    ordered = sorted(lines(), key=lambda line: cast("Any", (line[0], line[1], line[4], line[5])))
    return Table(f"rows-{name(form)}", (*header, *columns), ordered)


def _sums(form: WeightedForm) -> Any:
    """Per item: answers, satisfied, points, squares, chance; per extra: Σx, people, Σx²."""
    totals = form.totals
    levels = totals.counts.astype(float)
    points = np.nan_to_num(totals.items.scores)
    asked = np.ones(levels.shape[:2]) if totals.asked is None else totals.asked
    extras = list(totals.extras.values())
    unknown = np.full(len(levels), np.nan)
    return np.hstack([
        levels.sum(axis=2), (levels * totals.items.satisfied).sum(axis=2),
        (levels * points).sum(axis=2), (levels * points**2).sum(axis=2), asked,
        *(np.asarray(extra.numerator, dtype=float)[:, None] for extra in extras),
        *(np.asarray(extra.denominator, dtype=float)[:, None] for extra in extras),
        *(np.asarray(unknown if e.squares is None else e.squares, dtype=float)[:, None]
          for e in extras),
    ])  # fmt: skip


def _cells(form: WeightedForm) -> Table:
    """The factor of each calibration cell, and the level of each margin that it counts for."""
    calibration = form.calibrated.calibration
    known = calibration.auxiliaries
    if known is None:
        levels = np.where(calibration.poststratum < 0, -1, calibration.poststratum)[:, None]
        block = calibration.poststratum
    else:
        levels = np.where(known.values != 0, known.places, -1)
        block = np.full(len(levels), -1)
        for number, part in enumerate(known.parts()):
            block[part.cells] = number
    margins = [f"m{number}" for number in range(1, levels.shape[1] + 1)]
    rows = [
        (cell + 1, factor, block[cell].item() + 1, *(level + 1 for level in levels[cell].tolist()))
        for cell, factor in enumerate(calibration.factors.tolist())
    ]
    return Table(f"cells-{name(form)}", ("cell", "factor", "block", *margins), rows)


def _tree(rule: IndexRule) -> Iterator[tuple[str, str, str, str, float]]:
    """Each node of a rule below its parent."""

    def below(parent: Node) -> Iterator[tuple[str, str, str, str, float]]:
        for child in parent.children:
            yield parent.kind, parent.code, child.kind, child.code, child.weight
            yield from below(child)

    return below(rule.root)


def _variables(study: Study) -> Iterator[tuple[Cell, ...]]:
    """The ends of the scale of each item and extra."""
    for form in study.weighed:
        for code, scale in zip(form.totals.items.codes, form.totals.items.scales, strict=True):
            yield name(form), "item", code, *scale
        for code, extra in form.totals.extras.items():
            yield name(form), "extra", code, *extra.scale


def _recipes(scope: Scope, study: Study) -> Iterator[tuple[Cell, ...]]:
    """What each figure is put together from, by its number; several forms with their weights."""
    target: Target | None = None
    for number, figure in enumerate(study.figures, 1):
        if figure.target_key is not None:
            target = scope.programme.target(figure.target_key)
        domain = figure.unit_code if figure.scope == "unit" else figure.key
        kind = _KINDS.get(figure.measure, figure.measure)
        code = figure.measure if kind == "extra" else figure.key
        code = "" if kind in {"index", "mean_score"} else code
        place = domain if figure.scope != "sector" else ""
        for form, weight in _parts(scope, study, figure, target):
            yield number, form, figure.scope, place, kind, code, weight


def _parts(
    scope: Scope, study: Study, figure: Figure, target: Target | None
) -> Iterator[tuple[str, float]]:
    """The forms that a figure is put together from, and what each counts."""
    names = [name(form) for form in study.weighed]
    if figure.target_key is None and figure.instrument is not None:
        codes = [form.instrument.code for form in study.forms]
        for code, full in zip(codes, names, strict=True):
            if figure.instrument == full or (figure.instrument == code and codes.count(code) == 1):
                yield full, 1.0
        return
    if target is None:
        return
    spot = _spot(study, figure)
    for share in estimates.judge(scope, study.forms, spot).shares(target, figure.measure):
        place = next(
            n for n, form in enumerate(study.forms) if form.parts.get(spot.domain) is share.part
        )
        yield names[place], float(share.size)


def _spot(study: Study, figure: Figure) -> Spot:
    if figure.scope == "unit":
        unit = study.units[figure.unit_code or ""]
        return Spot("unit", ("unit", unit.id), unit=unit)
    if figure.scope == "group":
        return Spot("group", ("group", figure.key), key=figure.key)
    return Spot("sector", SECTOR)


def _figures(study: Study) -> Table:
    """The figures as they were published, by number; empty where they were not shown."""
    kept = (
        "scope", "measure", "key", "instrument", "unit_code", "n", "value", "standard_error", "df",
        "deff", "n_eff", "low", "high", "interval",
    )  # fmt: skip
    rows = [
        (number, *(cast("Cell", getattr(figure, column)) for column in kept))
        for number, figure in enumerate(study.figures, 1)
    ]
    return Table("figures", ("figure", *kept), rows)
