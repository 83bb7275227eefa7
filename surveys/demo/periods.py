"""The waves of the demonstration: quarters and half-years up to the one that holds today."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from surveys.demo.places import FOUNDED

#: Things improve a little from quarter to quarter, but not for ever.
RISE, HIGHEST = 0.03, 0.3
_ROMAN = ("I", "II", "III", "IV")
_COUNTER = ("counter",)
_HOUSEHOLDS = ("household",)
_CLINICS = ("inpatient", "outpatient", "immunisation")
_SCHOOLS = ("preschool", "primary", "lower_secondary", "upper_secondary")
_Period = tuple[dt.date, dt.date]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A wave to be held."""

    sector: str
    code: str
    name: str
    point_kinds: tuple[str, ...]
    opens_on: dt.date
    closes_on: dt.date

    @property
    def year(self) -> int:
        """The year whose index it enters."""
        return self.opens_on.year

    @property
    def rise(self) -> float:
        """How much more satisfied people are than in the first quarter."""
        quarters = 4 * (self.year - FOUNDED.year) + (self.opens_on.month - FOUNDED.month) / 3
        return min(RISE * quarters, HIGHEST)


def plans(today: dt.date) -> list[Plan]:
    """The waves that began by today, in the order in which they end; the last ones are open."""
    made = [plan for year in range(FOUNDED.year, today.year + 1) for plan in _of_year(year)]
    begun = [plan for plan in made if FOUNDED <= plan.opens_on <= today]
    return sorted(begun, key=lambda plan: (plan.closes_on, plan.sector, plan.code))


def _of_year(year: int) -> Iterator[Plan]:
    for quarter in range(1, 5):
        name, code = f"Quý {_ROMAN[quarter - 1]}/{year}", f"{year}-q{quarter}"
        period = _months(year, 3 * quarter - 2, 3)
        yield _plan("administration", f"quay-{code}", f"{name}: quầy một cửa", _COUNTER, period)
        yield _plan("health", f"y-te-{code}", f"{name}: y tế", _CLINICS, period)
    for half, label in ((1, "Đầu"), (2, "Cuối")):
        name, code = f"{label} năm {year}: giáo dục", f"giao-duc-{year}-{half}"
        yield _plan("education", code, name, _SCHOOLS, _months(year, 6 * half - 5, 6))
    name, code = f"Năm {year}: hộ gia đình", f"ho-gia-dinh-{year}"
    yield _plan("administration", code, name, _HOUSEHOLDS, _months(year, 10, 3))


def _plan(sector: str, code: str, name: str, kinds: tuple[str, ...], period: _Period) -> Plan:
    opens_on, closes_on = period
    return Plan(
        sector=sector, code=f"demo-{code}", name=f"{name} (DEMO)", point_kinds=kinds,
        opens_on=opens_on, closes_on=closes_on,
    )  # fmt: skip


def _months(year: int, first: int, count: int) -> _Period:
    """The first and the last day of some months of a year."""
    after = year * 12 + first - 1 + count
    following = dt.date(after // 12, after % 12 + 1, 1)
    return dt.date(year, first, 1), following - dt.timedelta(1)
