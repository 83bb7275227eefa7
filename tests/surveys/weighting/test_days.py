"""People served as programs tell them: days add up to months, once, all or nothing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from surveys import database
from surveys.imports import Row, Table
from surveys.tables import DayCount, Population, Unit
from surveys.weighting import days, frame
from surveys.weighting.days import DayRow, DaysRefused, Fault, Told
from tests import builders
from tests.builders import NOW, TODAY

UNIT = "mot-cua-17266"
MARCH, FEBRUARY = dt.date(2026, 3, 1), dt.date(2026, 2, 1)
FIELDS = ("land", "civil")


@pytest.fixture
def units(session: Session) -> dict[str, Unit]:
    """A one-stop shop, by its code."""
    shop = session.get_one(Unit, builders.counter(session).unit_id)
    return {shop.code: shop}


def row(day: dt.date, total: int, *, unit: str = UNIT, field: str = "land") -> DayRow:
    """People served on a day."""
    return DayRow(unit, field, day, total)


def put(session: Session, units: dict[str, Unit], *rows: DayRow) -> Told:
    """What became of some rows."""
    return days.put(
        session, rows, units=units, fields=FIELDS, source="API: Một cửa", now=NOW, today=TODAY
    )


def sums(session: Session) -> list[tuple[str, dt.date, int]]:
    """What the frame has."""
    query = select(Population.field, Population.month, Population.total)
    return list(session.exec(query.order_by(Population.field, col(Population.month))))


def test_days_add_up_to_the_months_of_the_frame(session: Session, units: dict[str, Unit]) -> None:
    told = put(
        session, units, row(dt.date(2026, 3, 2), 30), row(dt.date(2026, 3, 3), 12),
        row(dt.date(2026, 2, 27), 8), row(dt.date(2026, 3, 3), 5, field="civil"),
    )  # fmt: skip
    assert told == Told(added=4, changed=0, unchanged=0)
    assert sums(session) == [("civil", MARCH, 5), ("land", FEBRUARY, 8), ("land", MARCH, 42)]
    assert set(session.exec(select(Population.source))) == {"API: Một cửa"}


def test_a_day_told_again_replaces_what_was_told(session: Session, units: dict[str, Unit]) -> None:
    rows = [row(dt.date(2026, 3, 2), 30), row(dt.date(2026, 3, 3), 12)]
    put(session, units, *rows)
    assert put(session, units, *rows) == Told(added=0, changed=0, unchanged=2)
    assert put(session, units, row(dt.date(2026, 3, 3), 20)) == Told(0, 1, 0)
    assert put(session, units, row(dt.date(2026, 3, 2), 0)) == Told(0, 1, 0)
    session.expire_all()
    assert sums(session) == [("land", MARCH, 20)]


FAULTS: dict[str, tuple[Sequence[DayRow], list[Fault]]] = {
    "unknown unit": ([row(TODAY, 1, unit="khac")], [Fault(0, "unit", "unit")]),
    "unknown field": ([row(TODAY, 1, field="moon")], [Fault(0, "field", "field")]),
    "a day to come": ([row(TODAY + dt.timedelta(1), 1)], [Fault(0, "day", "ahead")]),
    "before the unit": ([row(dt.date(2025, 6, 30), 1)], [Fault(0, "day", "not_yet")]),
    "twice": ([row(TODAY, 1), row(TODAY, 2)], [Fault(1, "day", "twice")]),
    "every fault": (
        [row(TODAY, 1), row(TODAY, 1), row(TODAY, 1, unit="khac", field="moon")],
        [Fault(1, "day", "twice"), Fault(2, "unit", "unit"), Fault(2, "field", "field")],
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_every_fault_is_told_and_nothing_is_taken(
    session: Session, units: dict[str, Unit], case: str
) -> None:
    rows, faults = FAULTS[case]
    with pytest.raises(DaysRefused) as refused:
        put(session, units, *rows)
    assert list(refused.value.faults) == faults
    assert not sums(session)
    assert not session.exec(select(DayCount)).all()


def filed(session: Session, total: int) -> None:
    """The month of March told by a file."""
    header = ("mã đơn vị", "lĩnh vực", "tháng", "số lượt")
    table = Table("khung.csv", header, 1, (Row(2, (UNIT, "land", "2026-03", str(total))),))
    frame.import_frame(session, table, programme=builders.programme(), now=NOW)


def test_a_month_that_a_file_told_stays(session: Session, units: dict[str, Unit]) -> None:
    filed(session, 640)
    with pytest.raises(DaysRefused) as refused:
        put(session, units, row(TODAY, 1, field="civil"), row(TODAY, 5))
    assert refused.value.faults == (Fault(1, "day", "from_file"),)
    assert sums(session) == [("land", MARCH, 640)]


def test_a_file_has_the_last_word(session: Session, units: dict[str, Unit]) -> None:
    put(session, units, row(TODAY, 5), row(TODAY, 7, field="civil"))
    filed(session, 5)
    with pytest.raises(DaysRefused):
        put(session, units, row(TODAY, 6))
    assert put(session, units, row(TODAY, 8, field="civil")).changed == 1
    session.expire_all()
    assert sums(session) == [("civil", MARCH, 8), ("land", MARCH, 5)]


def test_days_told_at_once_are_all_in_the_sum(
    session: Session, units: dict[str, Unit], engine: Engine
) -> None:
    session.commit()
    together = threading.Barrier(8)

    def tell(day: int) -> None:
        together.wait()
        with database.writing(engine) as own:
            known = {unit.code: unit for unit in own.exec(select(Unit))}
            put(own, known, row(dt.date(2026, 3, day), 10))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(tell, range(1, 9)))
    session.expire_all()
    assert sums(session) == [("land", MARCH, 80)]
