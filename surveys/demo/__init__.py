"""A made-up district in an empty database, the same for the same day; every wave is marked DEMO.

Its answers go through the checks and the packing of real ones; only the inserting is in bulk.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from numpy.random import PCG64, Generator
from sqlmodel import Session, exists, select

from surveys.counts import upkeep
from surveys.database import TIME_ZONE
from surveys.demo.fieldwork import Fieldwork, Point
from surveys.demo.handed_out import hand_out
from surveys.demo.periods import Plan, plans
from surveys.demo.places import FOUNDED, build
from surveys.demo.served import add_frame
from surveys.fieldwork import waves
from surveys.offices import staff
from surveys.offices.staff import Role
from surveys.places import collectors, units
from surveys.places.collectors import Kind
from surveys.publishing import steps
from surveys.questionnaires import instrument as instruments
from surveys.questionnaires import registry
from surveys.questionnaires.programme import Programme
from surveys.tables import Staff, StoredInstrument, Unit, Wave

__all__ = ["ACCOUNTS", "FOUNDED", "PASSWORD", "Account", "Loaded", "is_empty", "load"]

SEED = 169
PASSWORD = "hai-long-demo"  # noqa: S105 - printed for everyone who starts the demonstration
#: Standard deviation of a unit, on the scale of `surveys.demo.sheets`.
UNITS = 0.12

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the demonstration."""

    username: str
    name: str
    role: Role
    sector: str | None = None
    unit_code: str | None = None


ACCOUNTS = (
    Account("noivu", "Phòng Nội vụ", "central"),
    Account("lanhdao", "Lãnh đạo Phòng Nội vụ", "central"),
    Account("kiemtra", "Thanh tra huyện", "auditor"),
    Account("yte", "Phòng Y tế", "sector", sector="health"),
    Account("gddt", "Phòng Giáo dục và Đào tạo", "sector", sector="education"),
    Account("motcua", "Một cửa xã Tân Kỳ", "unit", unit_code="mot-cua-tan-ky"),
    Account("tramyte", "Trạm Y tế xã Tân Kỳ", "unit", unit_code="tram-y-te-tan-ky"),
    Account("truong", "Trường THCS Tân Kỳ", "unit", unit_code="thcs-tan-ky"),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What was put into the database."""

    units: int
    points: int
    waves: int
    responses: int
    releases: int


def is_empty(session: Session) -> bool:
    """Whether the database has neither units nor waves yet."""
    return not session.exec(select(exists(select(Unit.id)) | exists(select(Wave.id)))).one()


def load(
    session: Session,
    *,
    programme: Programme,
    today: dt.date,
    now: dt.datetime,
    progress: Progress,
    password: str = PASSWORD,
) -> Loaded | None:
    """What was loaded; None, and nothing done, where the database has units or waves already."""
    if not is_empty(session):
        return None
    progress("Đơn vị, điểm phục vụ, mã QR, tài khoản")
    points = _points(session)
    add_frame(
        session, [(point.spot, point.row) for point in points], today=today, now=now, seed=SEED
    )
    _add_accounts(session, password, today)
    stored = [registry.store(session, form, now=now) for form in instruments.shipped()]
    forms = {kind: form for form in stored for kind in registry.instrument_of(form).points}
    district = _District(session, programme, forms, points)
    held, answered = plans(today), 0
    for plan in held:
        count = district.hold(plan, today)
        progress(f"{plan.name}: {count} phiếu")
        answered += count
    upkeep.fold_all(session)
    past = {(plan.sector, plan.year): None for plan in held if plan.year < today.year}
    for sector, year in past:
        progress(f"Công bố {programme.sector(sector).label.vi} năm {year}")
        _publish(session, programme, sector, year, now)
    unit_count = len({point.row.unit_id for point in points})
    return Loaded(unit_count, len(points), len(held), answered, len(past))


def _publish(
    session: Session, programme: Programme, sector: str, year: int, now: dt.datetime
) -> None:
    """Publishes a year as it is done: one drafts it, another checks it."""
    drafter, checker = (
        session.exec(select(Staff).where(Staff.username == account.username)).one()
        for account in ACCOUNTS[:2]
    )
    found = steps.draft(session, programme=programme, sector=sector, year=year, by=drafter, now=now)
    steps.check(session, programme, found, by=checker, now=now)
    steps.release(session, programme, found, by=drafter, now=now)


def _points(session: Session) -> list[Point]:
    """The points of the district, each with one printed code, and how good its unit is."""
    rng = Generator(PCG64(SEED))
    codes = random.Random(SEED)  # noqa: S311 - the codes of a demonstration must repeat
    levels: dict[int, float] = {}
    made = []
    for spot, row in build(session):
        level = levels.setdefault(row.unit_id, float(rng.normal(0, UNITS)))
        kind = cast("Kind", spot.mode)
        collector = collectors.issue(session, row, kind=kind, today=FOUNDED, rng=codes)
        made.append(Point(spot, row, collector, level))
    return made


def _add_accounts(session: Session, password: str, today: dt.date) -> None:
    for account in ACCOUNTS:
        unit = units.find(session, account.unit_code, on=today) if account.unit_code else None
        staff.add(
            session, username=account.username, name=account.name, password=password,
            role=account.role, sector=account.sector, unit_id=unit.id if unit else None,
            demo=True,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _District:
    """Points with their forms by kind, where waves can be held."""

    session: Session
    programme: Programme
    forms: Mapping[str, StoredInstrument]
    points: Sequence[Point]

    def hold(self, plan: Plan, today: dt.date) -> int:
        """How many answered a wave until yesterday; it is closed again where it is over."""
        wave = self._open(plan)
        work = Fieldwork(self.session, wave, until=today - dt.timedelta(1), rise=plan.rise)
        answered = sum(
            work.collect(self._points(kind), self.forms[kind]) for kind in plan.point_kinds
        )
        held_at = [point for kind in plan.point_kinds for point in self._points(kind)]
        # The tokens of a demonstration must repeat as well.
        hand_out(self.session, wave, held_at, rng=random.Random(SEED + (wave.id or 0)))  # noqa: S311
        if plan.closes_on < today:
            following = plan.closes_on + dt.timedelta(1)
            closed_at = dt.datetime.combine(following, dt.time(8), TIME_ZONE)
            waves.close(self.session, wave, now=closed_at)
        return answered

    def _open(self, plan: Plan) -> Wave:
        wave = waves.create(
            self.session, programme=self.programme, sector=plan.sector, code=plan.code,
            name=plan.name, year=plan.year, opens_on=plan.opens_on, closes_on=plan.closes_on,
            forms={kind: self.forms[kind] for kind in plan.point_kinds}, demo=True,
        )  # fmt: skip
        waves.open_wave(self.session, wave)
        return wave

    def _points(self, kind: str) -> list[Point]:
        return [point for point in self.points if point.row.kind == kind]
