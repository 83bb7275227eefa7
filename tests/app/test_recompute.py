"""A reader recomputes a published unit from the downloaded file alone, by METHODS.md's recipe.

Nothing of the project computes here: t and the beta distribution are summed up in plain Python.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from typing import Any

import flask
import pytest
from sqlmodel import Session, select

from surveys.fieldwork import waves
from surveys.fieldwork.plans import Plan
from surveys.publishing import publication
from surveys.tables import Margin, ServicePoint
from tests import builders, fieldwork
from tests.app import staffed
from tests.app.staffed import Offices, wave


def incomplete_beta(x: float, a: float, b: float) -> float:
    """I_x(a, b) by its continued fraction (DLMF 8.17.22)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    if x > (a + 1) / (a + b + 2):
        return 1 - incomplete_beta(1 - x, b, a)
    front = (
        math.exp(
            math.lgamma(a + b)
            - math.lgamma(a)
            - math.lgamma(b)
            + a * math.log(x)
            + b * math.log1p(-x)
        )
        / a
    )
    fraction = 1.0
    for m in range(300, 0, -1):
        odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        fraction = 1 + odd / (1 + even / fraction)
    return front / fraction


def solved(rising: Callable[[float], float], wanted: float, low: float, high: float) -> float:
    for _ in range(200):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2


def quantile_t(df: float, probability: float) -> float:
    return solved(
        lambda t: 1 - incomplete_beta(df / (df + t * t), df / 2, 0.5) / 2, probability, 0, 1000
    )


def limit(x: float, n: float, probability: float) -> float:
    """The share at which a beta(x, n) variable is below with this probability."""
    return solved(lambda p: incomplete_beta(p, x, n), probability, 0.0, 1.0)


def by_hand(sums: dict[str, Any]) -> dict[str, float]:
    """METHODS.md, "Recompute a published unit by hand"."""
    items = sums["items"].values()
    if all(part is None for part, _, _ in items):
        p = sum(satisfied for _, satisfied, _ in items) / sum(answered for _, _, answered in items)
    else:
        p = sum(part * satisfied / answered for part, satisfied, answered in items)
    variance = sums["other_units"] + sum(
        (1 - s["fraction"]) * s["psus"] / max(s["psus"] - 1, 1) * s["squares"]
        for s in sums["strata"]
    )
    n, df = sums["answers"], sums["df"]
    cap = n / (1 - sums["fraction"])
    deff = variance * cap / (p * (1 - p))
    floor = cap / max(1.0, sums["pooled_deff"])
    found = {"value": p, "standard_error": math.sqrt(variance), "df": df, "deff": deff}
    found["n_eff"] = min(cap, cap / deff, floor)
    for name, level in (("two", 0.95), ("one", 0.90)):
        tail = (1 + level) / 2
        factor = (quantile_t(n - 1, tail) / quantile_t(df, tail)) ** 2
        effective = min(cap, p * (1 - p) / variance * factor, floor)
        x = p * effective
        found[f"low_{name}"] = limit(x, effective - x + 1, 1 - tail)
        found[f"high_{name}"] = limit(x + 1, effective - x, tail)
    return found


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices, with answers of two fields and sexes more at both counters."""
    made = staffed.build(app)
    with made.session() as session:
        first, other = session.exec(select(ServicePoint)).all()
        for place, offset in ((first, 0), (other, 1)):
            for number in range(1, 13):
                day = dt.date(2026, 3, number)
                for sex, field in (("1", "land"), ("2", "land"), ("2", "justice")):
                    bad = (number * (2 if sex == "1" else 1) + offset) % 4
                    packed = ["5555"] * (5 - bad) + ["5355", "2545", "2222"][:bad]
                    fieldwork.answered(session, wave(session), place, packed, day=day,
                                       field=field, sex=sex)  # fmt: skip
            fieldwork.served(session, place, 900, field="justice")
        fieldwork.served(session, other, 700)
        session.commit()
    return made


def download(offices: Offices, *, raked: bool) -> dict[str, Any]:
    """The file of the published year, as anybody gets it."""
    with offices.session() as session:
        if raked:
            _rake(session)
        waves.close(session, wave(session), now=builders.NOW)
        publication.publish(
            session, programme=builders.programme(), sector="administration", year=2026, by="NV",
            now=builders.NOW,
        )  # fmt: skip
        session.commit()
    answer = offices.app.test_client().get("/chi-so/2026/administration.json")
    assert answer.status_code == 200
    found: dict[str, Any] = json.loads(answer.text)
    return found


def _rake(session: Session) -> None:
    found = wave(session)
    waves.set_plan(session, found, Plan("rake", ("field", "sex")))
    for sex, total in (("1", 400), ("2", 1600)):
        row = Margin(
            wave_id=found.id or 0, sex=sex, age_band="", total=total, source="bien.csv",
            imported_at=builders.NOW,
        )  # fmt: skip
        session.add(row)


@pytest.mark.parametrize("raked", [False, True])
def test_a_published_unit_is_recomputed_from_the_downloaded_file(
    offices: Offices, raked: bool
) -> None:
    file = download(offices, raked=raked)
    published = {
        row["unit_code"]: row
        for row in file["rows"]
        if row["scope"] == "unit" and row["measure"] == "index" and row["value"] is not None
    }
    sums = {each["unit"]: each for each in file["method"]["sums"]}
    assert set(sums) == set(published) == set(offices.shops)
    for unit, row in published.items():
        found = by_hand(sums[unit])
        for name in ("value", "standard_error", "df", "deff", "n_eff"):
            assert found[name] == pytest.approx(row[name], rel=1e-9), name
        assert (found["low_two"], found["high_two"]) == pytest.approx(
            (row["low"], row["high"]), rel=1e-9
        )
        verdict = "met" if found["low_one"] > row["target"] else "not_shown"
        verdict = "not_met" if found["high_one"] <= row["target"] else verdict
        assert verdict == row["verdict"]
        # Other units have a part in it only where raking tied them together.
        assert bool(sums[unit]["other_units"]) == raked


def test_no_sum_tells_what_few_people_said(offices: Offices) -> None:
    with offices.session() as session:
        third = builders.counter(session, "17275")
        # Nine answers to A1, sixty to the others.
        for day in range(1, 7):
            packed = ["5555"] + ["-555"] * 9 if day == 1 else ["-555"] * 9 + ["2222"]
            fieldwork.answered(session, wave(session), third, packed, day=dt.date(2026, 3, day))
        session.commit()
    sums = {each["unit"]: each for each in download(offices, raked=False)["method"]["sums"]}
    assert sums["mot-cua-17275"]["items"] is None
    assert sums["mot-cua-17275"]["strata"]
    assert sums["mot-cua-17266"]["items"]
