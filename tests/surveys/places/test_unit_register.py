"""The list of units: all or nothing, and the same list twice is once; on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, select

from surveys.imports import Imported, ImportRefused, read_table
from surveys.places import unit_register, units
from surveys.tables import Unit
from tests import builders
from tests.surveys.test_spreadsheets import workbook

HEADER = "mã,tên,loại,lĩnh vực,mã cấp trên,hiệu lực từ,hết hiệu lực từ,tiền nhiệm,ghi chú\n"
DISTRICT = (
    "mot-cua,Một cửa Tân Kỳ,một cửa,Hành chính,17266,01/07/2025,,,\n"
    "17266,Xã Tân Kỳ,xã,,,01/07/2025,,17266;17308,\n"
    "17266,Thị trấn Tân Kỳ,xã,,,01/01/2021,01/07/2025,,chờ đối chiếu\n"
    "17308,Xã Nghĩa Dũng,commune,,,2021-01-01,2025-07-01,,\n"
)
NOW, BEFORE = dt.date(2026, 3, 1), dt.date(2025, 6, 30)


def load(session: Session, rows: str) -> Imported:
    table = read_table((HEADER + rows).encode(), "don-vi.csv")
    return unit_register.import_units(session, table, programme=builders.programme())


def found(session: Session, code: str, *, on: dt.date = NOW) -> Unit:
    unit = units.find(session, code, on=on)
    assert unit is not None
    return unit


def test_units_are_stored_with_their_place_whatever_the_order(session: Session) -> None:
    assert load(session, DISTRICT) == Imported(4, 0, 0)
    commune, town = found(session, "17266"), found(session, "17266", on=BEFORE)
    shop = found(session, "mot-cua")
    assert (shop.kind, shop.sector, shop.parent_id) == ("one_stop", "administration", commune.id)
    assert (commune.sector, commune.parent_id, commune.valid_to) == (None, None, None)
    assert (town.name, town.note) == ("Thị trấn Tân Kỳ", "chờ đối chiếu")
    before = [unit.name for unit in units.predecessors(session, commune)]
    assert before == ["Thị trấn Tân Kỳ", "Xã Nghĩa Dũng"]


def test_same_list_again_changes_nothing(session: Session) -> None:
    load(session, DISTRICT)
    assert load(session, DISTRICT) == Imported(0, 0, 4)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Xã Tân Kỳ", "Xã Tân Kỳ mới"),
        ("Hành chính,17266", "Hành chính,"),
        ("17266;17308", "17308"),
        ("17266;17308", ""),
    ],
)
def test_corrected_list_corrects_one_unit(session: Session, old: str, new: str) -> None:
    load(session, DISTRICT)
    corrected = DISTRICT.replace(old, new)
    assert load(session, corrected) == Imported(0, 1, 3)
    assert load(session, corrected) == Imported(0, 0, 4)


def test_list_may_refer_to_units_that_are_stored(session: Session) -> None:
    load(session, DISTRICT)
    row = "tram,Trạm Y tế,trạm y tế,y tế,17266,2010-01-01,,17308,\n"
    with pytest.raises(ImportRefused, match="17308"):
        load(session, row)
    assert load(session, row.replace("2010-01-01", "2024-01-01")) == Imported(1, 0, 0)
    assert found(session, "tram").parent_id == found(session, "17266").id


def test_spreadsheet_is_read_like_text(session: Session) -> None:
    header = HEADER.strip().split(",")
    content = workbook(header, [17266, "Xã Tân Kỳ", "xã", "", "", "2025-07-01", "", "", ""])
    table = read_table(content, "don-vi.xlsx")
    unit_register.import_units(session, table, programme=builders.programme())
    assert found(session, "17266").name == "Xã Tân Kỳ"


GOOD = "1,Xã Một,xã,,,2025-07-01,,,\n"


@pytest.mark.parametrize(
    ("row", "column", "reason"),
    [
        (",Xã Hai,xã,,,2025-07-01,,,", "mã", "Ô trống"),
        ("2,,xã,,,2025-07-01,,,", "tên", "Ô trống"),
        ("2,Xã Hai,làng,,,2025-07-01,,,", "loại", "một trong: xã; một cửa"),
        ("2,Xã Hai,xã,giao thông,,2025-07-01,,,", "lĩnh vực", "một trong: hành chính"),
        ("2,Xã Hai,xã,,,,,,", "hiệu lực từ", "ngày"),
        ("2,Xã Hai,xã,,,2025-07-01,2025-13-01,,", "hết hiệu lực từ", "ngày"),
        ("2,Xã Hai,xã,,,2025-07-01,2025-07-01,,", "hết hiệu lực từ", "phải sau"),
        ("2,Xã Hai,xã,,2,2025-07-01,,,", "mã cấp trên", "“2”"),
        ("2,Xã Hai,xã,,99999,2025-07-01,,,", "mã cấp trên", "“99999”"),
        ("2,Xã Hai,xã,,,2025-07-01,,1; 3,", "tiền nhiệm", "“1”"),
        ("1,Xã Một,xã,,,2025-07-01,,,", "mã", "trùng dòng 2"),
        ("1,Xã Một cũ,xã,,,2021-01-01,,,", "hiệu lực từ", "còn dùng"),
        ("1,Xã Một mới,xã,,,2026-01-01,,,", "hiệu lực từ", "còn dùng"),
    ],
)
def test_bad_row_is_named_and_nothing_is_stored(
    session: Session, row: str, column: str, reason: str
) -> None:
    with pytest.raises(ImportRefused) as caught:
        load(session, GOOD + row + "\n")
    told = [(one.row, one.column, one.reason) for one in caught.value.problems]
    assert [one for one in told if one[:2] == (3, column) and reason in one[2]], told
    assert session.exec(select(Unit)).all() == []


def test_refused_list_leaves_stored_units_as_they_are(session: Session) -> None:
    load(session, GOOD)
    with pytest.raises(ImportRefused):
        load(session, GOOD.replace("Xã Một", "Khác") + "2,,xã,,,2025-07-01,,,\n")
    assert not session.dirty
    assert found(session, "1").name == "Xã Một"


def test_the_columns_that_identify_a_unit_must_be_there(session: Session) -> None:
    table = read_table(b"code,name,kind,note\n1,A,other,x\n", "don-vi.csv")
    with pytest.raises(ImportRefused, match="Thiếu cột “hiệu lực từ”"):
        unit_register.import_units(session, table, programme=builders.programme())


def test_a_short_list_is_enough_and_leaves_what_it_does_not_say(session: Session) -> None:
    load(session, DISTRICT)
    short = (
        "mã,tên,loại,hiệu lực từ\n17266,Xã Tân Kỳ,xã,01/07/2025\n"
        "17266,Thị trấn Tân Kỳ cũ,xã,01/01/2021\nmot-cua,Một cửa Tân Kỳ,một cửa,01/07/2025\n"
    )
    table = read_table(short.encode(), "don-vi.csv")
    done = unit_register.import_units(session, table, programme=builders.programme())
    assert done == Imported(0, 1, 2)
    town, shop = found(session, "17266", on=BEFORE), found(session, "mot-cua")
    assert (town.name, town.note) == ("Thị trấn Tân Kỳ cũ", "chờ đối chiếu")
    assert town.valid_to == dt.date(2025, 7, 1)
    assert (shop.sector, shop.parent_id) == ("administration", found(session, "17266").id)
    assert len(units.predecessors(session, found(session, "17266"))) == 2
