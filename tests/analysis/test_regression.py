"""Residuals by parts beside those of one regression on everything, for domains of every reach."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import (
    Calibration,
    Design,
    Rows,
    Sample,
    SinglePsuError,
    Variable,
    calibrate,
    rake,
)
from analysis.arrays import Floats, Integers
from analysis.margins import level_of
from analysis.variance import deviations

FACTORS = ("unit", "field", "sex")
UNITS, DAYS = 6, 3
OWN: Any = (("unit", "field"), ("unit", "sex"))
SHARED: Any = (("unit", "field"), "sex")
#: Parts by sex, so that a stratum has people of both.
CROSSED: Any = (("unit", "sex"), ("field", "sex"))


def district(draw: np.random.Generator, lonely: int | None = None, **design: Any) -> Rows:
    """Six units of two fields: a row per field, day and sex, some of nobody."""
    places = itertools.product(range(UNITS), (0, 1), range(DAYS), "FM")
    # The last stratum may have this one day only.
    open_days = [place for place in places if lonely in {None, place[2]} or place[:2] != (5, 1)]
    where = [open_days[place] for place in draw.permutation(len(open_days))]
    made = Design.from_rows([(u, f) for u, f, _, _ in where], [d for _, _, d, _ in where], **design)
    people = draw.integers(1, 9, len(where)) * (draw.random(len(where)) < 0.9)
    cells = [(u, f, s) for u, f, _, s in where]
    weight = [1.0 + u for u, *_ in where]
    return Rows.from_rows(made, cell=cells, respondents=people, base_weight=weight)


def margins(rows: Rows, names: Any, draw: np.random.Generator) -> dict[Any, dict[Any, float]]:
    """Population totals that some factors between 2 and 3 meet."""
    people = np.bincount(rows.cell_of_row, rows.respondents * rows.base_weight, len(rows.cells))
    people *= draw.uniform(2, 3, people.size)
    found: dict[Any, dict[Any, float]] = {name: {} for name in names}
    for cell, number in zip(rows.cells, people.tolist(), strict=True):
        for name in names:
            level = level_of(cell, name, FACTORS)
            if number:
                found[name][level] = found[name].get(level, 0.0) + number
    return found


def scores(rows: Rows, found: Calibration, sums: Floats, domain: Integers) -> Floats:
    """Every unit's residuals after one dense regression on all totals."""
    known = found.auxiliaries
    assert known is not None
    matrix = (known.values[:, :, None] * np.eye(len(known.names))[known.places]).sum(axis=1)
    matrix = matrix[rows.cell_of_row]
    inside = np.zeros_like(sums)
    inside[domain] = sums[domain]
    design = rows.base_weight * rows.respondents
    slopes = np.linalg.pinv((matrix.T * design) @ matrix, rcond=1e-12) @ (
        matrix.T @ (rows.base_weight[:, None] * inside)
    )
    weight = rows.base_weight * found.factors[rows.cell_of_row]
    left = weight[:, None] * (inside - rows.respondents[:, None] * (matrix @ slopes))
    by_unit = np.zeros((rows.design.stratum_of_unit.size, sums.shape[1]))
    np.add.at(by_unit, rows.design.unit_of_row, left)
    return by_unit


def variable(rows: Rows, draw: np.random.Generator) -> Variable:
    """How many are satisfied."""
    return Variable.of_flag(draw.binomial(rows.respondents.astype(int), 0.8), rows.respondents)


def domains(rows: Rows) -> list[Integers]:
    """One unit, two, a field of all units, everybody; one day of one unit and men of another."""
    labels = [rows.cells[cell] for cell in rows.cell_of_row]
    unit, field, sex = (np.array([label[k] for label in labels]) for k in range(3))  # type: ignore[index]
    day = np.array([rows.design.psus[psu][1] for psu in rows.design.psu_of_row])  # type: ignore[index]
    odd = ((unit == 0) & (day == 0)) | ((unit == 1) & (sex == "M") & (field == 1))
    return [np.flatnonzero(mask) for mask in (unit == 0, unit < 2, field == 1, unit >= 0, odd)]


def with_holes(found: Calibration, rows: Rows) -> Calibration:
    """The same as if nothing were known of some men."""
    known = found.auxiliaries
    assert known is not None
    unknown = [cell in {(1, 1, "M"), (0, 0, "M")} for cell in rows.cells]
    values = np.where(np.array(unknown)[:, None], 0.0, known.values)
    return replace(found, auxiliaries=replace(known, values=values))


DESIGNS: list[dict[str, Any]] = [
    {},
    {"single_psu": "adjust", "lonely": 1},
    {"single_psu": "average", "lonely": 1},
    {"single_psu": "average", "single_in_domain": True},
    {"sampling_fraction": {(u, f): 0.1 * u for u in range(UNITS) for f in (0, 1)}},
]


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("names", [OWN, SHARED, CROSSED, SHARED[:1]])
@given(seed=st.integers(0, 2**32), holes=st.booleans())
@settings(deadline=None, max_examples=15)
def test_variances_are_those_of_one_dense_regression(
    design: Any, names: Any, seed: int, holes: bool
) -> None:
    draw = np.random.default_rng(seed)
    rows = district(draw, **design)
    asked = variable(rows, draw)
    found = rake(rows, margins(rows, names, draw), factors=FACTORS)
    found = with_holes(found, rows) if holes else found
    for domain in domains(rows):
        total = Sample.of(rows, found).total(asked, domain)
        dense = scores(rows, found, asked.sums[:, None], domain)
        spread = deviations(dense, np.arange(len(dense)), rows.design)
        assert total.standard_error == pytest.approx(
            float(np.sqrt((spread**2).sum())), rel=1e-9, abs=1e-9 * total.value
        )


def test_a_single_psu_elsewhere_is_refused_as_before() -> None:
    draw = np.random.default_rng(3)
    rows = district(draw, lonely=1)
    found = rake(rows, margins(rows, OWN, draw), factors=FACTORS)
    with pytest.raises(SinglePsuError, match="has a single PSU"):
        Sample.of(rows, found).total(variable(rows, draw), domains(rows)[0])


def test_two_stages_add_up_by_parts_too() -> None:
    draw = np.random.default_rng(5)
    plain = district(draw)
    design = Design.from_rows(
        [plain.design.stratum_of_psu[p] for p in plain.design.psu_of_row],
        plain.design.psu_of_row.tolist(),
        second_unit=range(plain.respondents.size),
        second_population=np.full(plain.respondents.size, 9),
        sampling_fraction=dict.fromkeys(range(2 * UNITS), 0.2),
    )
    rows = Rows(design, plain.cells, plain.cell_of_row, plain.respondents, plain.base_weight)
    asked = variable(rows, draw)
    found = rake(rows, margins(rows, SHARED, draw), factors=FACTORS)
    one = domains(rows)[0]
    dense = scores(rows, found, asked.sums[:, None], one)
    spread = deviations(dense, np.arange(len(dense)), design)
    total = Sample.of(rows, found).total(asked, one)
    assert total.standard_error == pytest.approx(float(np.sqrt((spread**2).sum())), rel=1e-9)


def test_a_unit_costs_its_own_strata_even_where_margins_tie_all_units() -> None:
    draw = np.random.default_rng(1)
    rows = district(draw)
    asked = variable(rows, draw)
    for names, others in ((OWN, 0), (SHARED, 2)):
        sample = Sample.of(rows, rake(rows, margins(rows, names, draw), factors=FACTORS))
        own = sample.mean(asked, domains(rows)[0]).deviations.shape[0]
        # Two strata of three days, a line of each stratum for days not named, and the sexes.
        assert own == 2 * DAYS + 2 + others


def test_everybody_satisfied_is_certain_after_raking_too() -> None:
    draw = np.random.default_rng(2)
    rows = district(draw)
    asked = Variable.of_flag(rows.respondents, rows.respondents)
    found = rake(rows, margins(rows, SHARED, draw), factors=FACTORS)
    for domain in domains(rows):
        share = Sample.of(rows, found).mean(asked, domain)
        assert (share.value, share.standard_error) == (1, 0)


@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=30)
@pytest.mark.parametrize("names", [OWN, SHARED])
def test_factors_do_not_depend_on_the_order_of_cells_or_on_the_other_units(
    names: Any, seed: int
) -> None:
    draw = np.random.default_rng(seed)
    rows = district(draw)
    given_totals = margins(rows, names, draw)
    found = calibrate(rows, given_totals, factors=FACTORS, bounds=(0.5, 9))
    order = draw.permutation(len(rows.cells))
    place = np.argsort(order)
    turned = Rows(
        rows.design, tuple(rows.cells[c] for c in order), place[rows.cell_of_row],
        rows.respondents, rows.base_weight,
    )  # fmt: skip
    again = calibrate(turned, given_totals, factors=FACTORS, bounds=(0.5, 9))
    there = np.bincount(turned.cell_of_row, turned.respondents) > 0
    assert again.factors[there] == pytest.approx(found.factors[order][there], rel=1e-9)
