"""Waves: draft → open → closed → published, and which form is asked at a point on a day.

WaveError(Exception)
├── UnknownSector     the programme has no such sector
├── WrongPeriod       the last day is before the first
├── CodeTaken         another wave has the code
├── NoForms           nothing to ask
├── WrongForm         a form that does not serve the point kind, or is of another sector
├── WrongSplit        so many items of a form cannot be drawn for each person
├── WrongStatus       a step that the wave's status does not allow
├── OverlappingWave   another open wave asks at the same kind of points in the same days
└── NoOpenWave        nothing is asked at this point on this day
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Date, bindparam
from sqlalchemy.orm import defer
from sqlmodel import Session, col, or_, select

from surveys.constraints import enforced
from surveys.counts import tallies
from surveys.fieldwork import plans
from surveys.fieldwork.plans import Plan
from surveys.questionnaires import routing
from surveys.questionnaires.programme import Programme
from surveys.questionnaires.questionnaire import Instrument
from surveys.questionnaires.registry import instrument_of
from surveys.tables import ServicePoint, StoredInstrument, Wave, WaveInstrument

#: Whether a wave takes answers on a `day`.
OPEN_ON_DAY = (
    col(Wave.status) == "open",
    col(Wave.opens_on) <= bindparam("day", type_=Date),
    col(Wave.closes_on) >= bindparam("day", type_=Date),
)
#: Made once, for every scan and every answer asks them. The text of a form is long, and is read
#: only by a process that does not know it yet.
_OPEN_FORMS = (
    select(Wave, StoredInstrument, WaveInstrument.subset)
    .join(WaveInstrument, col(WaveInstrument.wave_id) == Wave.id)
    .join(StoredInstrument, col(StoredInstrument.id) == WaveInstrument.instrument_id)
    .where(col(WaveInstrument.point_kind) == bindparam("kind"), *OPEN_ON_DAY)
    .options(defer(StoredInstrument.text))  # type: ignore[arg-type] # SQLModel says str
)
#: Finds a wave that takes answers, which is then not closed before the transaction ends: shared
#: with other answers, but closing waits for it, so that a closed wave gets no late answer.
HELD_OPEN = (
    select(Wave.id)
    .where(col(Wave.id) == bindparam("wave_id"), *OPEN_ON_DAY)
    .with_for_update(read=True)
)


class WaveError(Exception):
    """Something that a wave cannot be or do."""


class UnknownSector(WaveError):
    """The programme has no such sector."""

    def __init__(self, sector: str) -> None:
        self.sector = sector
        super().__init__(sector)


class WrongPeriod(WaveError):
    """The last day is before the first."""

    def __init__(self, opens_on: dt.date, closes_on: dt.date) -> None:
        self.opens_on, self.closes_on = opens_on, closes_on
        super().__init__(f"{closes_on} is before {opens_on}")


class CodeTaken(WaveError):
    """Another wave has the code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class NoForms(WaveError):
    """A wave that would ask nothing."""


class WrongForm(WaveError):
    """A form that cannot be asked at a kind of points in a sector."""

    def __init__(self, point_kind: str, sector: str, instrument: Instrument) -> None:
        self.point_kind, self.sector, self.instrument = point_kind, sector, instrument
        super().__init__(f"{instrument.code} does not serve {point_kind} in {sector}")


class WrongSplit(WaveError):
    """A wave asks nothing at such points, or its form has no such part: 1 to `most` items, or 0."""

    def __init__(self, wave: Wave, point_kind: str, most: int) -> None:
        self.wave, self.point_kind, self.most = wave, point_kind, most
        super().__init__(f"{wave.code} at {point_kind}: 1 to {most} items, or 0 for all")


class WrongStatus(WaveError):
    """A step that the status of the wave does not allow."""

    def __init__(self, wave: Wave, allowed: tuple[str, ...]) -> None:
        self.wave, self.allowed = wave, allowed
        super().__init__(f"{wave.code} is {wave.status}, not {' or '.join(allowed)}")


class OverlappingWave(WaveError):
    """Another open wave would ask the same people in the same days."""

    def __init__(self, other: Wave) -> None:
        self.other = other
        super().__init__(other.code)


class NoOpenWave(WaveError):
    """Nothing is asked at a point on a day: when it last was, and when it will be, if known."""

    def __init__(self, last: Wave | None, next_wave: Wave | None) -> None:
        self.last, self.next = last, next_wave
        super().__init__("no open wave")


@dataclass(frozen=True, slots=True)
class OpenForm:
    """What is asked at a service point on a day."""

    wave: Wave
    stored: StoredInstrument
    instrument: Instrument
    #: Items that each person is asked besides the overall one; 0: all.
    subset: int = 0


def create(
    session: Session,
    *,
    programme: Programme,
    sector: str,
    code: str,
    name: str,
    year: int,
    opens_on: dt.date,
    closes_on: dt.date,
    forms: Mapping[str, StoredInstrument],
    demo: bool = False,
    weighting: Plan | None = None,
) -> Wave:
    """A new draft wave; `forms` says which form it asks at each kind of service points."""
    if sector not in {known.key for known in programme.sectors}:
        raise UnknownSector(sector)
    _check_forms(sector, forms)
    wave = Wave(
        code=code, name=name, programme=programme.code, sector=sector, year=year,
        opens_on=opens_on, closes_on=closes_on, demo=demo,
        weighting=weighting.dumps() if weighting else "",
    )  # fmt: skip
    errors = {
        "uq_wave_code": CodeTaken(code),
        "ck_wave_period": WrongPeriod(opens_on, closes_on),
    }
    with enforced(session, errors):
        session.add(wave)
    session.add_all(
        WaveInstrument(wave_id=wave.id or 0, point_kind=kind, instrument_id=stored.id or 0)
        for kind, stored in forms.items()
    )
    session.flush()
    return wave


def split(session: Session, wave: Wave, point_kind: str, size: int) -> None:
    """Asks each person at such points the overall item and so many others, or with 0 all.

    WrongSplit for a number that the form does not allow; WrongStatus unless the wave is a draft:
    within a wave the design stays as it is, for the chance to be asked enters the estimates.
    """
    session.refresh(wave, with_for_update=True)
    _expect(wave, "draft")
    asked = session.get(WaveInstrument, (wave.id, point_kind))
    if asked is None:
        raise WrongSplit(wave, point_kind, 0)
    stored = session.get_one(StoredInstrument, asked.instrument_id)
    most = len(routing.splittable(instrument_of(stored))) - 1
    if not 0 <= size <= most:
        raise WrongSplit(wave, point_kind, most)
    asked.subset = size
    session.flush()


def open_wave(session: Session, wave: Wave) -> None:
    """Opens a draft: from its first day on it takes answers.

    OverlappingWave where another open wave asks at the same kind of points in the same days:
    a printed code names a point and not a wave, so a day must lead to one form.
    """
    rivals = _locked_rivals(session, wave)
    _expect(wave, "draft")
    # Again: a form of a draft may have been replaced since.
    _check_forms(wave.sector, forms_of(session, wave))
    for other in rivals:
        if other.status == "open" and other.id != wave.id:
            raise OverlappingWave(other)
    wave.status = "open"
    session.flush()


def close(session: Session, wave: Wave, *, now: dt.datetime) -> None:
    """Closes an open wave: it takes no answers from this moment on, whatever its last day."""
    session.refresh(wave, with_for_update=True)
    _expect(wave, "open")
    wave.status, wave.closed_at = "closed", now
    session.flush()


def plan_of(wave: Wave) -> Plan:
    """How the answers of a wave are weighted."""
    return plans.loads(wave.weighting)


def set_plan(session: Session, wave: Wave, plan: Plan) -> None:
    """Weights the answers of a wave by another plan, from now on; releases keep the one they had.

    Whatever its status: margins that cannot be met are often found out when it is published.
    """
    session.refresh(wave, with_for_update=True)
    wave.weighting = plan.dumps()
    session.flush()


def mark_published(session: Session, wave: Wave) -> None:
    """Marks a closed wave as published; a published one stays so when it is published again."""
    session.refresh(wave, with_for_update=True)
    _expect(wave, "closed", "published")
    wave.status = "published"
    session.flush()


def takes_answers(wave: Wave, *, on: dt.date) -> bool:
    """Whether a wave takes answers on a day."""
    return wave.status == "open" and wave.opens_on <= on <= wave.closes_on


def hold_open(session: Session, wave: Wave, *, on: dt.date) -> bool:
    """Whether a wave takes answers on a day; if so it is not closed before the transaction ends."""
    session.flush()
    held = session.connection().execute(HELD_OPEN, {"wave_id": wave.id, "day": on})
    return held.one_or_none() is not None


def form_for(session: Session, point: ServicePoint, *, on: dt.date) -> OpenForm:
    """The form that is asked at a service point on a day; NoOpenWave if none is."""
    found = session.exec(_OPEN_FORMS, params={"kind": point.kind, "day": on}).one_or_none()
    if found is None:
        raise NoOpenWave(_last(session, point.kind, on), _next(session, point.kind, on))
    wave, stored, subset = found
    return OpenForm(wave, stored, instrument_of(stored), subset)


def find(session: Session, code: str) -> Wave | None:
    """The wave with a code, if there is one."""
    return session.exec(select(Wave).where(Wave.code == code)).one_or_none()


def of_sector(session: Session, programme: str, sector: str) -> list[Wave]:
    """The waves of a sector of a programme, drafts too, the newest first."""
    query = select(Wave).where(Wave.programme == programme, Wave.sector == sector)
    return list(session.exec(query.order_by(col(Wave.opens_on).desc(), col(Wave.id).desc())))


def made_up(session: Session, programme: str) -> bool:
    """Whether a programme has waves of the demonstration: then its places are made up too."""
    query = select(Wave.id).where(Wave.programme == programme, col(Wave.demo)).limit(1)
    return session.exec(query).first() is not None


def answers(session: Session, wave_ids: Collection[int]) -> dict[int, int]:
    """How many answers count in each of some waves: excluded ones do not."""
    return tallies.people(session, wave_ids)


def forms_of(session: Session, wave: Wave) -> dict[str, StoredInstrument]:
    """The forms of a wave by the kind of service points where each is asked."""
    query = (
        select(WaveInstrument.point_kind, StoredInstrument)
        .join(StoredInstrument, col(StoredInstrument.id) == WaveInstrument.instrument_id)
        .where(WaveInstrument.wave_id == wave.id)
        .order_by(WaveInstrument.point_kind)
    )
    return dict(session.exec(query).all())


def subsets_of(session: Session, wave: Wave) -> dict[str, int]:
    """How many items a person is asked besides the overall one, by kind of points; 0: all."""
    query = select(WaveInstrument.point_kind, WaveInstrument.subset)
    return dict(session.exec(query.where(WaveInstrument.wave_id == wave.id)).all())


def _check_forms(sector: str, forms: Mapping[str, StoredInstrument]) -> None:
    if not forms:
        raise NoForms
    for kind, stored in forms.items():
        instrument = instrument_of(stored)
        if instrument.sector != sector or kind not in instrument.points:
            raise WrongForm(kind, sector, instrument)


def _expect(wave: Wave, *allowed: str) -> None:
    if wave.status not in allowed:
        raise WrongStatus(wave, allowed)


def _locked_rivals(session: Session, wave: Wave) -> list[Wave]:
    """The waves that may not be open together with this one, itself among them.

    Locked in one order, so that of two opened at the same time the second sees the first.
    """
    mine = select(WaveInstrument.point_kind).where(WaveInstrument.wave_id == wave.id)
    shared = select(WaveInstrument.wave_id).where(col(WaveInstrument.point_kind).in_(mine))
    query = (
        select(Wave)
        .where(col(Wave.id).in_(shared))
        .where(Wave.opens_on <= wave.closes_on, Wave.closes_on >= wave.opens_on)
        .order_by(col(Wave.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(query))


def _last(session: Session, point_kind: str, on: dt.date) -> Wave | None:
    ended = or_(col(Wave.closes_on) < on, col(Wave.status).in_(("closed", "published")))
    query = (
        select(Wave)
        .join(WaveInstrument, col(WaveInstrument.wave_id) == Wave.id)
        .where(WaveInstrument.point_kind == point_kind, Wave.status != "draft")
        .where(Wave.opens_on <= on, ended)
        .order_by(col(Wave.closes_on).desc())
    )
    return session.exec(query).first()


def _next(session: Session, point_kind: str, on: dt.date) -> Wave | None:
    # A draft is no promise yet: only a wave that was opened ahead of its first day is announced.
    query = (
        select(Wave)
        .join(WaveInstrument, col(WaveInstrument.wave_id) == Wave.id)
        .where(WaveInstrument.point_kind == point_kind, Wave.status == "open", Wave.opens_on > on)
        .order_by(col(Wave.opens_on))
    )
    return session.exec(query).first()
