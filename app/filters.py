"""How numbers, intervals and dates look on a page: the Vietnamese way unless English is read."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

import flask
from babel.numbers import format_decimal

from app.language import FIRST, current_language
from surveys.database import TIME_ZONE

#: What stands where there is no number.
NOTHING = "–"


def number(value: float | None, digits: int = 0) -> str:
    """A number with that many decimals: `1.234,5`."""
    if value is None:
        return NOTHING
    # Languages of Viet Nam write numbers as its schools teach them.
    return _written(value, digits, "en" if current_language() == "en" else FIRST)


@lru_cache(maxsize=20_000)
def _written(value: float, digits: int, locale: str) -> str:
    """A page of a sector writes thousands of numbers, and mostly those of the last time."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, format=pattern, locale=locale)


def percent(share: float | None, digits: int = 1) -> str:
    """A share of 0–1 as percent: `93,4 %`."""
    return NOTHING if share is None else f"{number(100 * share, digits)}\N{NO-BREAK SPACE}%"


def interval(low: float | None, high: float | None, digits: int = 1) -> str:
    """An interval of shares: `91,0–95,2 %`."""
    if low is None or high is None:
        return NOTHING
    return f"{number(100 * low, digits)}–{percent(high, digits)}"


def day(value: dt.date | None) -> str:
    """A day: `22/11/2026`."""
    return NOTHING if value is None else value.strftime("%d/%m/%Y")


def moment(value: dt.datetime | None) -> str:
    """A moment in Viet Nam: `14:05 22/11/2026`."""
    return NOTHING if value is None else value.astimezone(TIME_ZONE).strftime("%H:%M %d/%m/%Y")


def receipt(value: str) -> str:
    """A receipt in groups that can be read aloud: `ABCD-1234-E`; it may be typed either way."""
    return "-".join(part for part in (value[:4], value[4:8], value[8:]) if part)


def install(app: flask.Flask) -> None:
    """Give templates the filters by these names."""
    for filter_ in (number, percent, interval, day, moment, receipt):
        app.add_template_filter(filter_)
