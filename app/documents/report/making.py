"""A report asked for, as a file: what pages and the command line call alike."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.documents import par
from app.documents.report import content, source, typeset
from app.documents.report.period import Period
from app.documents.report.source import NothingClosed, Source
from app.documents.report.tree import Report
from surveys.database import day_of
from surveys.questionnaires.programme import Programme, Sector


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file: its type, and how it is made."""

    mimetype: str
    build: Callable[[Report, dt.datetime], bytes]


@dataclass(frozen=True, slots=True)
class PointsKind:
    """A kind of file of the points of units."""

    mimetype: str
    build: Callable[[par.Points], bytes]


def _word(report: Report, now: dt.datetime) -> bytes:
    from app.documents.report import word  # noqa: PLC0415 - with python-docx, for who wants it

    return word.build(report, made_on=now)


_OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = {
    "docx": Kind(f"{_OFFICE}.wordprocessingml.document", _word),
    "pdf": Kind("application/pdf", lambda report, _now: typeset.pdf(report)),
}
POINTS_KINDS = {
    "xlsx": PointsKind(f"{_OFFICE}.spreadsheetml.sheet", par.workbook),
    "csv": PointsKind("text/csv", par.table),
}


def report(
    session: Session,
    programme: Programme,
    sectors: Sequence[Sector],
    period: Period,
    *,
    now: dt.datetime,
) -> Report:
    """The report of some sectors. Raises NothingClosed and CalibrationFailed."""
    found = _sources(session, programme, sectors, period)
    return content.build(found, today=day_of(now))


def points(
    session: Session, programme: Programme, sectors: Sequence[Sector], year: int
) -> par.Points:
    """The points of the units of some sectors. Raises NothingClosed and CalibrationFailed."""
    return par.collect(_sources(session, programme, sectors, Period(year)))


def _sources(
    session: Session, programme: Programme, sectors: Sequence[Sector], period: Period
) -> list[Source]:
    """The sectors that have something to report; at least one does."""
    found = []
    for sector in sectors:
        try:
            found.append(source.load(session, programme, sector, period))
        except NothingClosed:
            continue
    if not found:
        raise NothingClosed(period.key)
    return found
