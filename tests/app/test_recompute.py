"""A reader recomputes a published unit from the downloaded file alone, by METHODS.md's recipe.

Nothing of the project computes here: t and the beta distribution are summed up in plain Python.
"""

from __future__ import annotations

import datetime as dt
import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import flask
import pytest
from sqlmodel import Session, select

from surveys.fieldwork import waves
from surveys.fieldwork.plans import Plan
from surveys.tables import Margin, ServicePoint, Wave
from tests import builders, fieldwork, releasing
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


def limits(p: float, n: float, alpha: float) -> tuple[float, float]:
    x = p * n
    return limit(x, n - x + 1, alpha / 2), limit(x + 1, n - x, 1 - alpha / 2)


@dataclass(frozen=True)
class Share:
    """A share with what its interval is made of: n answers worth at most `cap`, and `floor`."""

    p: float
    variance: float
    df: float
    n: int
    cap: float
    floor: float

    def told(self) -> dict[str, float]:
        """What its published row must say."""
        deff = self.variance * self.cap / (self.p * (1 - self.p))
        found = {"value": self.p, "standard_error": math.sqrt(self.variance), "df": self.df}
        found |= {"deff": deff, "n_eff": min(self.cap, self.cap / deff, self.floor)}
        found["low"], found["high"] = self.limits(0.05)
        found["lower_one_sided"], found["upper_one_sided"] = self.limits(0.10)
        return found

    def limits(self, alpha: float) -> tuple[float, float]:
        """The limits of level 1 − α."""
        return limits(self.p, self.worth(alpha), alpha)

    def worth(self, alpha: float) -> float:
        """n*, the effective answers of these limits."""
        tail = 1 - alpha / 2
        factor = (quantile_t(self.n - 1, tail) / quantile_t(self.df, tail)) ** 2
        return min(self.cap, self.p * (1 - self.p) / self.variance * factor, self.floor)


def by_hand(sums: dict[str, Any]) -> Share:
    """METHODS.md, "Recompute a published unit by hand": one form, from its sums."""
    items = sums["items"].values()
    if all(part is None for part, _, _ in items):
        p = sum(satisfied for _, satisfied, _ in items) / sum(answered for _, _, answered in items)
    else:
        p = sum(part * satisfied / answered for part, satisfied, answered in items)
    variance = sums["other_units"] + sum(
        (1 - s["fraction"]) * s["psus"] / max(s["psus"] - 1, 1) * s["squares"]
        for s in sums["strata"]
    )
    return of_form(sums, p, variance)


def of_form(basis: dict[str, Any], p: float, variance: float) -> Share:
    cap = basis["answers"] / (1 - basis["fraction"])
    floor = cap / max(1.0, basis["pooled_deff"])
    return Share(p, variance, basis["df"], basis["answers"], cap, floor)


def together(forms: list[tuple[dict[str, Any], Share]]) -> Share:
    """The same recipe: several forms, from the entry and the share of each."""
    whole = sum(basis["weight"] for basis, _ in forms)
    each = [(basis["weight"] / whole, one) for basis, one in forms]
    variances = [a * a * one.variance for a, one in each]
    squares = [v * v / one.df for v, (_, one) in zip(variances, each, strict=True)]
    n = sum(one.n for _, one in each)
    return Share(
        p=sum(a * one.p for a, one in each),
        variance=sum(variances),
        df=sum(variances) ** 2 / sum(squares),
        n=n,
        cap=n / (1 - n / sum(basis["population"] for basis, _ in forms)),
        floor=1 / sum(a * a / one.floor for a, one in each),
    )  # fmt: skip


def item_by_hand(sums: dict[str, Any], row: dict[str, Any]) -> Share:
    """The same recipe: an item, its value from the unit's sums, its error from its row."""
    _, satisfied, answered = sums["items"][row["key"]]
    cap = row["n"] / (1 - row["fraction"])
    floor = cap / row["pooled_deff"]
    return Share(satisfied / answered, row["standard_error"] ** 2, row["df"], row["n"], cap, floor)


def verdict(found: tuple[float, float], row: dict[str, Any]) -> str:
    low, high = found
    target, equal = row["target"], row["operator"] == ">="
    if low > target or (equal and low == target):
        return "met"
    return "not_met" if high < target or (not equal and high == target) else "not_shown"


def answers_needed(share: Share, row: dict[str, Any]) -> int:
    """The same recipe: how many more answers would settle the verdict at this share."""
    low, high = 0, 10_000_000
    while high - low > 1:
        m = (low + high) // 2
        open_yet = verdict(limits(share.p, m, 0.10), row) == "not_shown"
        low, high = (m, high) if open_yet else (low, m)
    present = share.worth(0.10)
    return math.ceil(max(high - present, 0) * share.n / present)


def agree(share: Share, row: dict[str, Any]) -> None:
    """The published row says what was recomputed."""
    found = share.told()
    told = found if row["target_key"] else {n: found[n] for n in found if "sided" not in n}
    for name, value in told.items():
        assert value == pytest.approx(row[name], rel=1e-10), name
    if not row["target_key"]:
        return
    assert verdict(share.limits(0.10), row) == row["verdict"]
    if row["verdict"] == "not_shown":
        assert answers_needed(share, row) == row["answers_needed"]


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


@pytest.fixture
def clinics(app: flask.Flask) -> flask.Flask:
    """Two clinics with two forms in March and April; in April nobody was vaccinated at the first.

    Half of the days at the second clinic go wrong, so the design effects are above 1.
    """
    kinds = {"outpatient": "y-te-ngoai-tru", "immunisation": "y-te-tiem-chung"}
    with Session(app.extensions["engine"]) as session:
        forms = {kind: fieldwork.health_form(session, code, kind) for kind, code in kinds.items()}
        first, second = (
            builders.unit(session, code, kind="clinic", sector="health")
            for code in ("tram-1", "tram-2")
        )
        points = [builders.point(session, first, kind, kind=kind) for kind in kinds]
        points += [builders.point(session, second, kind, kind=kind) for kind in kinds]
        for month in (3, 4):
            made = waves.create(
                session, programme=builders.programme(), sector="health", code=f"yt-{month}",
                name="Y tế", year=2026, opens_on=dt.date(2026, month, 1),
                closes_on=dt.date(2026, month, 30), forms=forms,
            )  # fmt: skip
            waves.open_wave(session, made)
            for place in points:
                total = 400 if place.kind == "outpatient" else 900
                begins = dt.date(2026, month, 1)
                fieldwork.served(session, place, total, field=place.kind, month=begins)
                if (place.unit_id, place.kind, month) != (first.id, "immunisation", 4):
                    _busy(session, made, place, clustered=place.unit_id == second.id)
        session.commit()
    return app


def _busy(session: Session, wave: Wave, place: ServicePoint, *, clustered: bool) -> None:
    """Eight answers on each of twelve days."""
    for number in range(1, 13):
        bad = (number % 2) * 6 if clustered else number % 4
        packed = ["5555"] * (8 - bad) + ["5355", "2545", "2222", "5255", "2552", "4355"][:bad]
        day = wave.opens_on.replace(day=number)
        fieldwork.answered(session, wave, place, packed, day=day, field=place.kind)


def download(offices: Offices, *, raked: bool) -> dict[str, Any]:
    """The file of the published year, as anybody gets it."""
    with offices.session() as session:
        if raked:
            _rake(session)
            session.commit()
    return published(offices.app, "administration")


def published(app: flask.Flask, sector: str) -> dict[str, Any]:
    """The file of a sector's year, whose waves are closed and published."""
    with Session(app.extensions["engine"]) as session:
        for each in session.exec(select(Wave).where(Wave.sector == sector)):
            waves.close(session, each, now=builders.NOW)
        releasing.publish(
            session, programme=builders.programme(), sector=sector, year=2026,
            now=builders.NOW,
        )  # fmt: skip
        session.commit()
    answer = app.test_client().get(f"/chi-so/2026/{sector}.json")
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
    rows = {
        row["unit_code"]: row
        for row in file["rows"]
        if row["scope"] == "unit" and row["measure"] == "index" and row["value"] is not None
    }
    sums = {each["unit"]: each for each in file["method"]["sums"]}
    assert set(sums) == set(rows) == set(offices.shops)
    for unit, row in rows.items():
        agree(by_hand(sums[unit]), row)
        # Other units have a part in it only where raking tied them together.
        assert bool(sums[unit]["other_units"]) == raked
    (group,) = (each for each in file["method"]["shares"] if each["scope"] == "group")
    (row,) = (row for row in file["rows"] if row["scope"] == "group")
    agree(of_form(group, row["value"], row["standard_error"] ** 2), row)


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


def entries(file: dict[str, Any], unit: str) -> list[dict[str, Any]]:
    return [each for each in file["method"]["sums"] if each["unit"] == unit]


def found_row(file: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    """The one row of the file with these words."""
    (row,) = (
        row for row in file["rows"] if all(row[name] == value for name, value in wanted.items())
    )
    found: dict[str, Any] = row
    return found


def test_a_unit_of_several_forms_is_recomputed(clinics: flask.Flask) -> None:
    file = published(clinics, "health")
    for unit in ("tram-1", "tram-2"):
        forms = [(sums, by_hand(sums)) for sums in entries(file, unit)]
        for sums, share in forms:
            agree(share, found_row(file, unit_code=unit, measure="index", instrument=sums["form"]))
        row = found_row(file, unit_code=unit, measure="index", instrument=None)
        assert len(forms) == 2
        agree(together(forms), row)
    # Whom the first clinic vaccinated in April does not stand behind f: nobody of them answered.
    named = {sums["form"]: sums for sums in entries(file, "tram-1")}
    vaccinated = found_row(file, unit_code="tram-1", measure="index", instrument="y-te-tiem-chung")
    assert (vaccinated["population"], named["y-te-tiem-chung"]["population"]) == (1800, 900)


def test_a_sector_of_several_forms_is_put_together_from_its_rows(clinics: flask.Flask) -> None:
    file = published(clinics, "health")
    forms = []
    for basis in file["method"]["shares"]:
        row = found_row(file, scope="sector", measure="index", instrument=basis["form"])
        share = of_form(basis, row["value"], row["standard_error"] ** 2)
        agree(share, row)
        forms.append((basis, share))
    agree(together(forms), found_row(file, scope="sector", measure="index", instrument=None))


def test_an_item_is_recomputed_from_its_row_and_the_sums(clinics: flask.Flask) -> None:
    file = published(clinics, "health")
    floors = set()
    for unit in ("tram-1", "tram-2"):
        for sums in entries(file, unit):
            for code in sums["items"]:
                row = found_row(file, unit_code=unit, key=code, instrument=sums["form"])
                agree(item_by_hand(sums, row), row)
                floors.add(row["pooled_deff"] > 1)
    # In some items the pooled design effect limits what answers are worth, in others it does not.
    assert floors == {True, False}
