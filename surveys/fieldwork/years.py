"""The waves of a sector for a year, made in one step as drafts: quarters, halves, one, or ad hoc.

UnknownForm(WaveError)   a form that is not stored
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from sqlmodel import Session

from surveys.fieldwork import waves
from surveys.fieldwork.plans import Plan
from surveys.fieldwork.waves import WaveError
from surveys.questionnaires import registry
from surveys.questionnaires.programme import Programme
from surveys.tables import StoredInstrument, Wave

Rhythm = Literal["quarters", "halves", "year", "once"]
RHYTHMS: tuple[Rhythm, ...] = get_args(Rhythm)
#: What the codes of the waves may begin with: they stand in addresses.
PREFIX = r"[a-z0-9]+(-[a-z0-9]+)*\Z"
#: How the name of each wave of a rhythm begins, and the end of its code.
PARTS: dict[str, tuple[tuple[str, str], ...]] = {
    "quarters": (("Quý I", "q1"), ("Quý II", "q2"), ("Quý III", "q3"), ("Quý IV", "q4")),
    "halves": (("6 tháng đầu", "n1"), ("6 tháng cuối", "n2")),
    "year": (("Cả", "nam"),),
}


class UnknownForm(WaveError):
    """A form that is not stored."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Period:
    """A wave to be: its code, name and days."""

    code: str
    name: str
    opens_on: dt.date
    closes_on: dt.date


@dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """What the waves of a year have in common."""

    sector: str
    year: int
    #: By kind of service points.
    forms: Mapping[str, StoredInstrument]
    #: Items asked besides the overall one; 0: all.
    size: int = 0
    plan: Plan | None = None


def periods(rhythm: str, prefix: str, label: str, year: int) -> list[Period]:
    """The waves of a rhythm in a year, which together cover it without a gap."""
    parts = PARTS[rhythm]
    length = 12 // len(parts)
    found = []
    for number, (words, end) in enumerate(parts):
        first = dt.date(year, number * length + 1, 1)
        after = dt.date(year + (number + 1) * length // 12, (number + 1) * length % 12 + 1, 1)
        name = f"{label}: {words[0].lower() + words[1:]} năm {year}"
        found.append(Period(f"{prefix}-{year}-{end}", name, first, after - dt.timedelta(1)))
    return found


def forms_of(
    session: Session, sector: str, codes: Collection[str] = ()
) -> dict[str, StoredInstrument]:
    """The newest version of each form of a sector, or of those named, by kind of point."""
    newest = {kept.code: kept for kept in registry.everything(session)}
    for code in codes:
        if code not in newest:
            raise UnknownForm(code)
    chosen = {}
    for kept in newest.values():
        form = registry.instrument_of(kept)
        if kept.code in codes or (not codes and form.sector == sector):
            chosen.update(dict.fromkeys(form.points, kept))
    return chosen


def create(
    session: Session, programme: Programme, wanted: Collection[Period], *, design: Design
) -> list[Wave]:
    """New draft waves, all or, with a WaveError, none that stays."""
    made = [
        waves.create(
            session, programme=programme, sector=design.sector, code=one.code, name=one.name,
            year=design.year, opens_on=one.opens_on, closes_on=one.closes_on,
            forms=design.forms, weighting=design.plan,
        )
        for one in wanted
    ]  # fmt: skip
    for wave in made if design.size else ():
        for kind in design.forms:
            waves.split(session, wave, kind, design.size)
    return made
