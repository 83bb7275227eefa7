"""Paper forms typed in: twice and compared, unless the wave says once; recorded once.

PaperError(Exception)
├── NotPrinted       no sheet with this number was printed; `.ranges` are those that were
├── WrongDay         the wave does not ask on that day, or it is still to come
├── SheetRecorded    the sheet is recorded already; `.receipt` is its receipt
└── EntriesDiffer    the second typing is not like the first; `.differences` say where

A sheet is known by its wave, its collector and the number printed on it. Its row lies at noon of
the day on which the person was asked: paper tells no hour.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from sqlmodel import Session, col, func, select

from surveys.constraints import insert_unless_taken
from surveys.database import TIME_ZONE, day_of
from surveys.fieldwork import printed, responses
from surveys.fieldwork.responses import Recorded, Submission
from surveys.questionnaires.answers import Answers, check, unpack
from surveys.questionnaires.questionnaire import Instrument
from surveys.questionnaires.registry import instrument_of
from surveys.tables import (
    Collector,
    PaperEntry,
    Response,
    ServicePoint,
    Staff,
    StoredInstrument,
    Wave,
)

#: The day of a sheet among its answers.
DAY = "day"
Choice = Literal["first", "second"]
Written = dict[str, list[str]]


class PaperError(Exception):
    """A sheet that cannot be taken as it was typed."""


class NotPrinted(PaperError):
    """No sheet with this number was printed for the code in this wave."""

    def __init__(self, ranges: Sequence[range]) -> None:
        self.ranges = tuple(ranges)
        super().__init__(", ".join(f"{one.start}–{one[-1]}" for one in ranges))


class WrongDay(PaperError):
    """The wave does not ask on that day, or the day is still to come."""

    def __init__(self, wave: Wave) -> None:
        self.wave = wave
        super().__init__(wave.code)


class SheetRecorded(PaperError):
    """The sheet is recorded already: nothing was stored."""

    def __init__(self, receipt: str) -> None:
        self.receipt = receipt
        super().__init__(receipt)


@dataclass(frozen=True, slots=True)
class Difference:
    """One name of the form with what was typed first and now; an empty list is a blank."""

    name: str
    first: list[str]
    second: list[str]


class EntriesDiffer(PaperError):
    """The second typing is not like the first: a person must decide each difference."""

    def __init__(self, entry: PaperEntry, differences: tuple[Difference, ...]) -> None:
        self.entry, self.differences = entry, differences
        super().__init__(", ".join(difference.name for difference in differences))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet of paper as it was typed in."""

    wave: Wave
    stored: StoredInstrument
    point: ServicePoint
    collector: Collector
    serial: int
    day: dt.date
    answers: Answers

    @property
    def key(self) -> str:
        """What makes the sheet's answer count once."""
        return f"paper.{self.wave.id}.{self.collector.id}.{self.serial}"


def enter(
    session: Session,
    sheet: Sheet,
    *,
    by: Staff,
    form_key: str,
    now: dt.datetime,
    decided: Mapping[str, Choice] | None = None,
) -> Recorded | PaperEntry:
    """The answer of a sheet, or the entry that now waits to be typed again.

    `form_key` belongs to one opened form: sending that form twice is no second typing. `decided`
    says for each difference which typing is right. Raises PaperError.
    """
    if not sheet.wave.opens_on <= sheet.day <= min(sheet.wave.closes_on, day_of(now)):
        raise WrongDay(sheet.wave)
    ranges = printed.ranges(session, sheet.wave, sheet.collector)
    if ranges and not any(sheet.serial in one for one in ranges):
        raise NotPrinted(ranges)
    first = _waiting(session, sheet)
    # Only now: somebody who held the waiting entry may have recorded the sheet meanwhile.
    _refuse_recorded(session, sheet)
    if not sheet.wave.double_entry:
        return _record(session, sheet)
    first = first or _keep(session, sheet, by=by, form_key=form_key, now=now)
    if first.form_key == form_key:
        return first
    agreed = _agreed(first, sheet, decided or {})
    done = _record(session, agreed)
    session.delete(first)
    session.flush()
    return done


def waiting(session: Session, collector_ids: Collection[int]) -> dict[int, int]:
    """How many sheets wait to be typed again, by collector."""
    query = (
        select(PaperEntry.collector_id, func.count())
        .where(col(PaperEntry.collector_id).in_(collector_ids))
        .group_by(col(PaperEntry.collector_id))
    )
    return dict(session.exec(query).all())


def waiting_at(session: Session, unit_ids: Collection[int]) -> list[tuple[Wave, int]]:
    """The waves with sheets of some units that wait to be typed again, and how many wait."""
    query = (
        select(Wave, func.count())
        .join(PaperEntry, col(PaperEntry.wave_id) == Wave.id)
        .join(Collector, col(Collector.id) == PaperEntry.collector_id)
        .join(ServicePoint, col(ServicePoint.id) == Collector.point_id)
        .where(col(ServicePoint.unit_id).in_(unit_ids))
        .group_by(col(Wave.id))
        .order_by(col(Wave.closes_on))
    )
    return list(session.exec(query).all())


def waiting_in(session: Session, wave: Wave) -> int:
    """How many sheets of a wave wait to be typed again: closing it would leave them out."""
    query = select(func.count()).where(PaperEntry.wave_id == wave.id)
    return session.exec(query).one()


def entries(session: Session, collector: Collector) -> list[tuple[PaperEntry, str]]:
    """The sheets of a collector that wait, by number, each with the name of who typed it."""
    query = (
        select(PaperEntry, Staff.name)
        .join(Staff, col(Staff.id) == PaperEntry.entered_by)
        .where(PaperEntry.collector_id == collector.id)
        .order_by(col(PaperEntry.wave_id), col(PaperEntry.serial))
    )
    return list(session.exec(query).all())


def drop(session: Session, collector: Collector, entry_id: int) -> PaperEntry | None:
    """A waiting entry, taken away: typed under a wrong number, for example; None if there is none.

    Only answers that were never recorded can go.
    """
    entry = session.get(PaperEntry, entry_id, with_for_update=True)
    if entry is None or entry.collector_id != collector.id:
        return None
    session.delete(entry)
    session.flush()
    return entry


def set_double_entry(session: Session, wave: Wave, *, twice: bool) -> None:
    """Makes a wave's paper forms count after two typings, or after one."""
    session.refresh(wave, with_for_update=True)
    wave.double_entry = twice
    session.flush()


def written(instrument: Instrument, answers: Answers) -> Written:
    """The values which a form would have sent for these answers; what is blank is left out."""
    values = unpack(instrument, answers.packed, answers.others)
    values |= {"sex": answers.sex, "age_band": answers.age_band}
    names = {f"a.{item.code}": item.code for item in instrument.items}
    for question in instrument.questions:
        names[f"{'p' if question.profile else 'q'}.{question.code}"] = question.code
    found: Written = {}
    for name, code in names.items():
        value = values.get(code)
        if value is not None:
            found[name] = list(value) if isinstance(value, tuple) else [str(value)]
    found |= {f"t.{code}": [text] for code, text in answers.texts}
    if instrument.field is None and answers.field:
        found["field"] = [answers.field]
    return found


def _refuse_recorded(session: Session, sheet: Sheet) -> None:
    query = select(Response.receipt).where(Response.submission_key == sheet.key)
    receipt = session.exec(query).one_or_none()
    if receipt is not None:
        raise SheetRecorded(receipt)


def _waiting(session: Session, sheet: Sheet) -> PaperEntry | None:
    query = select(PaperEntry).where(
        PaperEntry.wave_id == sheet.wave.id,
        PaperEntry.collector_id == sheet.collector.id,
        PaperEntry.serial == sheet.serial,
    )
    return session.exec(query.with_for_update()).one_or_none()


def _keep(
    session: Session, sheet: Sheet, *, by: Staff, form_key: str, now: dt.datetime
) -> PaperEntry:
    values = {
        "wave_id": sheet.wave.id, "instrument_id": sheet.stored.id,
        "collector_id": sheet.collector.id, "serial": sheet.serial, "day": sheet.day,
        "answers": json.dumps(_written(sheet), ensure_ascii=False),
        "form_key": form_key, "entered_by": by.id,
        "entered_at": now.replace(second=0, microsecond=0),
    }  # fmt: skip
    kept = insert_unless_taken(session, PaperEntry, values)
    if kept is not None:
        return kept
    first = _waiting(session, sheet)  # typed by somebody else at this very moment
    _refuse_recorded(session, sheet)
    return first or _keep(session, sheet, by=by, form_key=form_key, now=now)


def _agreed(first: PaperEntry, sheet: Sheet, decided: Mapping[str, Choice]) -> Sheet:
    """The sheet as both typings have it; EntriesDiffer while a difference is undecided."""
    before: Written = {DAY: [first.day.isoformat()], **json.loads(first.answers)}
    after: Written = {DAY: [sheet.day.isoformat()], **_written(sheet)}
    differences = tuple(
        Difference(name, before.get(name, []), after.get(name, []))
        for name in dict.fromkeys([*before, *after])
        if before.get(name) != after.get(name)
    )
    if any(difference.name not in decided for difference in differences):
        raise EntriesDiffer(first, differences)
    final = after | {one.name: one.first for one in differences if decided[one.name] == "first"}
    (day,) = final.pop(DAY)
    instrument = instrument_of(sheet.stored)
    answers = check(instrument, final, fields=final.get("field", ()))
    return replace(sheet, day=dt.date.fromisoformat(day), answers=answers)


def _written(sheet: Sheet) -> Written:
    return written(instrument_of(sheet.stored), sheet.answers)


def _record(session: Session, sheet: Sheet) -> Recorded:
    noon = dt.datetime.combine(sheet.day, dt.time(12), tzinfo=TIME_ZONE)
    submission = Submission(
        wave=sheet.wave, instrument=sheet.stored, point=sheet.point, collector=sheet.collector,
        answers=sheet.answers, language="vi", key=sheet.key, now=noon.astimezone(dt.UTC),
        mode="paper", presence="none",
    )  # fmt: skip
    return responses.record(session, submission)
