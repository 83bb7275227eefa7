"""The list of service points: all or nothing, and the same list twice is once."""

from __future__ import annotations

import pytest
from sqlmodel import Session, select

from surveys.imports import Imported, ImportRefused, read_table
from surveys.places import point_register
from surveys.tables import ServicePoint, Unit
from tests import builders

HEADER = "mã đơn vị,mã điểm,tên,loại,lĩnh vực,hiệu lực từ,hết hiệu lực từ\n"
COUNTERS = (
    "mot-cua,quay-1,Quầy 1,quầy,land; construction,01/07/2025,\n"
    "mot-cua,quay-2,Quầy 2,counter,,01/07/2025,01/01/2026\n"
)


@pytest.fixture
def shop(session: Session) -> Unit:
    """A one-stop shop without counters."""
    return builders.unit(session, "mot-cua", kind="one_stop", sector="administration")


def load(session: Session, rows: str) -> Imported:
    table = read_table((HEADER + rows).encode(), "diem.csv")
    return point_register.import_points(session, table, programme=builders.programme())


def fields(session: Session) -> list[str]:
    return list(session.exec(select(ServicePoint.fields).order_by(ServicePoint.code)))


def test_points_are_stored_with_their_fields(session: Session, shop: Unit) -> None:
    assert load(session, COUNTERS) == Imported(2, 0, 0)
    one, two = session.exec(select(ServicePoint).order_by(ServicePoint.code))
    assert (one.unit_id, one.name, one.kind) == (shop.id, "Quầy 1", "counter")
    assert (one.fields, two.fields) == ("land construction", "")
    assert (one.valid_to, str(two.valid_to)) == (None, "2026-01-01")


def test_same_list_again_changes_nothing_and_a_corrected_one_corrects(
    session: Session, shop: Unit
) -> None:
    load(session, COUNTERS)
    assert load(session, COUNTERS) == Imported(0, 0, 2)
    assert load(session, COUNTERS.replace("land; ", "")) == Imported(0, 1, 1)
    assert fields(session) == ["construction", ""]


def test_fields_are_read_by_their_names(session: Session, shop: Unit) -> None:
    land, justice = (builders.programme().field(key) for key in ("land", "justice"))
    named = f'"{land.label.vi}; {justice.label.vi.upper()}"'
    load(session, COUNTERS.replace("land; construction", named))
    assert fields(session) == ["land justice", ""]


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",quay-3,Quầy 3,quầy,,2025-07-01,", "mã đơn vị", "Ô trống"),
        ("mot-cau,quay-3,Quầy 3,quầy,,2025-07-01,", "mã đơn vị", "có phải “mot-cua”"),
        ("mot-cua,quay-3,Quầy 3,quầy,,2021-01-01,2021-02-01", "mã đơn vị", "Lúc đó không có"),
        ("mot-cua,,Quầy 3,quầy,,2025-07-01,", "mã điểm", "Ô trống"),
        ("mot-cua,quay-1,Quầy 3,quầy,,2025-07-01,", "mã điểm", "ở dòng trên"),
        ("mot-cua,quay-3,,quầy,,2025-07-01,", "tên", "Ô trống"),
        ("mot-cua,quay-3,Quầy 3,ki-ốt,,2025-07-01,", "loại", "một trong: quầy"),
        ("mot-cua,quay-3,Quầy 3,quầy,roads,2025-07-01,", "lĩnh vực", "“roads”"),
        ("mot-cua,quay-3,Quầy 3,quầy,inpatient,2025-07-01,", "lĩnh vực", "“inpatient”"),
        ("mot-cua,quay-3,Quầy 3,quầy,,hôm qua,", "hiệu lực từ", "ngày"),
    ],
)
def test_bad_row_is_named_and_nothing_is_stored(
    session: Session, shop: Unit, row: str, column: str, reason: str
) -> None:
    with pytest.raises(ImportRefused) as caught:
        load(session, COUNTERS + row + "\n")
    told = [(one.row, one.column, one.reason) for one in caught.value.problems]
    assert [one for one in told if one[:2] == (4, column) and reason in one[2]], told
    assert session.exec(select(ServicePoint)).all() == []


def test_a_short_list_is_enough_and_leaves_what_it_does_not_say(
    session: Session, shop: Unit
) -> None:
    load(session, COUNTERS)
    short = "mã đơn vị,mã điểm,tên,loại,hiệu lực từ\nmot-cua,quay-1,Quầy một,quầy,01/07/2025\n"
    table = read_table(short.encode(), "diem.csv")
    done = point_register.import_points(session, table, programme=builders.programme())
    assert done == Imported(0, 1, 0)
    assert fields(session) == ["land construction", ""]
