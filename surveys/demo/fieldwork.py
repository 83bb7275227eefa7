"""One wave of the demonstration: who was served where and when, and what they answered."""

from __future__ import annotations

import base64
import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import PCG64, Generator
from sqlalchemy import insert
from sqlmodel import Session, col

from surveys.database import TIME_ZONE
from surveys.demo.places import Spot, data
from surveys.demo.sheets import Sheet, sheets
from surveys.fieldwork import responses
from surveys.places import codes
from surveys.questionnaires import answers
from surveys.questionnaires.registry import instrument_of
from surveys.tables import Collector, Comment, Response, ServicePoint, StoredInstrument, Wave

#: Standard deviation of a day at a point, on the scale of `sheets`.
DAYS = 0.25
#: Answers that one day at a point brings.
PER_DAY = 3
#: How readily people answer who came for this.
READINESS = {"land": 0.7, "construction": 0.7, "investment": 0.6, "justice": 1.2}
#: How satisfied people are with a kind of service, before units and days.
KIND_LEVELS = {"counter": 1.6, "household": 1.45, "immunisation": 1.6} | dict.fromkeys(
    ("preschool", "primary", "lower_secondary", "upper_secondary"), 1.2
)
OTHER_LEVEL = 1.4
#: Minutes of the day between which people are served, and the share who read English.
OPENS, CLOSES = 7 * 60 + 30, 17 * 60
ENGLISH = 0.01


#: How people answer at a point, by the kind of its code: mode and presence.
_WAYS = {
    "open": ("self", "printed"),
    "sampled": ("self", "ticket"),
    "staffed": ("interviewer", "none"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """A service point of the district with its printed code."""

    spot: Spot
    row: ServicePoint
    collector: Collector
    #: How much more satisfied people are with this unit than with others like it.
    unit_level: float


@dataclass(frozen=True, slots=True)
class _Visit:
    """One person at a point: when, for what, and how well it went on this day."""

    point: Point
    moment: dt.datetime
    field: str
    level: float


def days_between(first: dt.date, last: dt.date) -> list[dt.date]:
    """The working days from one day to another, both included."""
    every = (first + dt.timedelta(n) for n in range((last - first).days + 1))
    return [day for day in every if day.weekday() < 5]


class Fieldwork:
    """What people answer in one wave until a day."""

    def __init__(self, session: Session, wave: Wave, *, until: dt.date, rise: float) -> None:
        self.session, self.wave = session, wave
        self.days = days_between(wave.opens_on, min(until, wave.closes_on))
        #: Share of the wave that is over.
        self.done = len(self.days) / len(days_between(wave.opens_on, wave.closes_on))
        self.rise = rise
        seed = [wave.opens_on.toordinal(), *wave.code.encode()]
        self.rng = Generator(PCG64(seed))
        self.codes = random.Random(wave.code)  # noqa: S311 - made-up receipts must repeat

    def collect(self, points: Sequence[Point], stored: StoredInstrument) -> int:
        """How many people answered one form at some points."""
        visits = sorted(
            (visit for point in points for visit in self._visits(point)),
            key=lambda visit: visit.moment,
        )
        if visits:
            self._record(visits, stored)
        return len(visits)

    def _visits(self, point: Point) -> Iterator[_Visit]:
        count = int(self.rng.poisson(point.spot.answers * self.done)) if self.days else 0
        if not count:
            return
        level = KIND_LEVELS.get(point.spot.kind, OTHER_LEVEL)
        level += point.spot.level + point.unit_level + self.rise
        busy = min(len(self.days), -(-count // PER_DAY))
        days = self.rng.choice(len(self.days), busy, replace=False)
        moods = level + self.rng.normal(0, DAYS, busy)
        fields = self._fields(point.spot, count)
        for field, place in zip(fields, self.rng.integers(busy, size=count), strict=True):
            level = moods[place] + point.spot.field_levels.get(field, 0.0)
            yield _Visit(point, self._moment(self.days[days[place]]), field, level)

    def _fields(self, spot: Spot, count: int) -> list[str]:
        weights = np.array([s * READINESS.get(name, 1.0) for name, s in spot.fields.items()])
        chosen: list[str] = self.rng.choice(
            list(spot.fields), count, p=weights / weights.sum()
        ).tolist()
        return chosen

    def _moment(self, day: dt.date) -> dt.datetime:
        minutes = dt.timedelta(minutes=int(self.rng.integers(OPENS, CLOSES)))
        return (dt.datetime.combine(day, dt.time(), TIME_ZONE) + minutes).astimezone(dt.UTC)

    def _record(self, visits: Sequence[_Visit], stored: StoredInstrument) -> None:
        instrument = instrument_of(stored)
        levels = np.array([visit.level for visit in visits])
        comments = data()["comments_good"], data()["comments_bad"]
        filled = sheets(self.rng, instrument, levels, comments=comments)
        submissions = [
            self._submission(visit, sheet, stored)
            for visit, sheet in zip(visits, filled, strict=True)
        ]
        rows = [responses.columns(each) | {"receipt": self._receipt()} for each in submissions]
        added = insert(Response).returning(col(Response.id), sort_by_parameter_order=True)
        ids = self.session.scalars(added, rows)
        texts = [
            {"response_id": response_id, "question_code": code, "text": text}
            for response_id, each in zip(ids, submissions, strict=True)
            for code, text in each.answers.texts
        ]
        if texts:
            self.session.execute(insert(Comment), texts)

    def _submission(
        self, visit: _Visit, sheet: Sheet, stored: StoredInstrument
    ) -> responses.Submission:
        instrument, row = instrument_of(stored), visit.point.row
        fields = () if instrument.field else row.fields.split()
        posted = sheet | ({"field": [visit.field]} if fields else {})
        key = base64.urlsafe_b64encode(self.codes.randbytes(16)).decode().rstrip("=")
        mode, presence = _WAYS[visit.point.collector.kind]
        return responses.Submission(
            wave=self.wave, instrument=stored, point=row, collector=visit.point.collector,
            answers=answers.check(instrument, posted, fields=fields),
            language="en" if self.rng.random() < ENGLISH else "vi", key=key, now=visit.moment,
            mode=mode, presence=presence,
        )  # fmt: skip

    def _receipt(self) -> str:
        return codes.draw(self.codes, responses.RECEIPT_LENGTH)
