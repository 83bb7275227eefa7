"""Cells and headers: what is accepted, and what a person is told where it is not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from surveys import imports
from surveys.imports import Cell, CellError, Column, ImportRefused, Reader, Row, Table

COLUMNS = (
    Column("unit", "mã đơn vị"),
    Column("total", "số lượt"),
    Column("note", "ghi chú", required=False),
)


def table(*header: str, rows: tuple[tuple[Cell, ...], ...] = (("17266", "5"),)) -> Table:
    """A table with this header, its rows counted from 2."""
    return Table("t.csv", header, 1, tuple(Row(n, cells) for n, cells in enumerate(rows, 2)))


def reasons(*header: str) -> str:
    """Why a header is refused."""
    with pytest.raises(ImportRefused) as caught:
        Reader(table(*header), COLUMNS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("parse", "cell", "expected"),
    [
        (imports.whole_number, "0", 0),
        (imports.whole_number, "01234", 1234),
        (imports.whole_number, 1234.0, 1234),
        (imports.whole_number, 7, 7),
        (imports.month, "2026-03", dt.date(2026, 3, 1)),
        (imports.month, "2026-3", dt.date(2026, 3, 1)),
        (imports.month, "03/2026", dt.date(2026, 3, 1)),
        (imports.month, dt.date(2026, 3, 1), dt.date(2026, 3, 1)),
        (imports.month, dt.datetime(2026, 3, 1), dt.date(2026, 3, 1)),  # noqa: DTZ001
        (imports.day, "31/03/2026", dt.date(2026, 3, 31)),
        (imports.day, "2026-03-31", dt.date(2026, 3, 31)),
        (imports.day, dt.datetime(2026, 3, 31), dt.date(2026, 3, 31)),  # noqa: DTZ001
        (imports.code, 17266.0, "17266"),
        (imports.code, "y-te", "y-te"),
        (imports.text, "Đất đai", "Đất đai"),
    ],
)
def test_good_cells(parse: Callable[[Cell], object], cell: Cell, expected: object) -> None:
    assert parse(cell) == expected


@pytest.mark.parametrize(
    ("parse", "cell", "says"),
    [
        (imports.whole_number, "", "trống"),
        (imports.whole_number, "-3", "âm"),
        (imports.whole_number, -3.0, "âm"),
        (imports.whole_number, "mười", "chữ số"),
        (imports.whole_number, "١٢", "chữ số"),
        (imports.whole_number, "1e3", "chữ số"),
        (imports.whole_number, "1.234", "hãy ghi 1234"),
        (imports.whole_number, "1 234 567", "hãy ghi 1234567"),
        (imports.whole_number, "12,5", "thập phân"),
        (imports.whole_number, 12.5, "thập phân"),
        (imports.whole_number, float("nan"), "thập phân"),
        (imports.whole_number, "100000001", "quá lớn"),
        (imports.whole_number, True, "Cần một số"),
        (imports.whole_number, dt.date(2026, 3, 1), "Cần một số"),
        (imports.month, "13/2026", "tháng"),
        (imports.month, "03/1026", "tháng"),
        (imports.month, "tháng 3", "tháng"),
        (imports.month, 202603.0, "tháng"),
        (imports.month, dt.date(2026, 3, 15), "đầu tháng"),
        (imports.day, "31/02/2026", "ngày"),
        (imports.day, "03-31-2026", "ngày"),
        (imports.day, 46000.0, "ngày"),
        (imports.code, 172.5, "thập phân"),
        (imports.code, "", "trống"),
        (imports.text, True, "văn bản"),
    ],
)
def test_bad_cells(parse: Callable[[Cell], object], cell: Cell, says: str) -> None:
    with pytest.raises(CellError, match=says):
        parse(cell)


@pytest.mark.parametrize("header", [("Mã  đơn vị", "SỐ LƯỢT"), ("unit", "total")])
def test_a_header_is_matched_by_title_or_key(header: tuple[str, ...]) -> None:
    reader = Reader(table(*header), COLUMNS)
    (row,) = reader.table.rows
    assert reader.value(row, "total", imports.whole_number) == 5
    assert reader.cell(row, "note") == ""
    reader.refuse()


def test_a_missing_column_names_those_found_and_the_likely_one() -> None:
    said = reasons("mã đơn vị", "số luợt", "khác")
    assert "Thiếu cột “số lượt” (total)" in said
    assert "tệp có các cột: “mã đơn vị”, “số luợt”, “khác”" in said
    assert "đổi tên “số luợt” thành “số lượt”" in said


def test_a_wrong_header_lists_every_missing_column() -> None:
    said = reasons("xyz")
    assert "Thiếu cột “mã đơn vị”" in said
    assert "Thiếu cột “số lượt”" in said
    assert "thêm cột này" in said


def test_a_column_named_twice_is_refused() -> None:
    assert "Có 2 cột “số lượt”" in reasons("unit", "total", "Số lượt")


def test_every_problem_is_listed_in_the_order_of_the_file() -> None:
    rows: tuple[tuple[Cell, ...], ...] = (("a", "x"), ("b", "1", "", "extra"), ("c",))
    reader = Reader(table("unit", "total", "note", rows=rows), COLUMNS)
    for row in reader.table.rows:
        reader.value(row, "total", imports.whole_number)
    reader.note(reader.table.rows[0], "unit", "Không có")
    with pytest.raises(ImportRefused) as caught:
        reader.refuse()
    found = [(each.row, each.column, each.value) for each in caught.value.problems]
    assert found == [
        (2, "số lượt", "x"), (2, "mã đơn vị", "a"), (3, None, "extra"), (4, "số lượt", ""),
    ]  # fmt: skip


def test_a_date_and_a_number_are_shown_as_people_write_them() -> None:
    assert imports.shown(dt.date(2026, 3, 1)) == "01/03/2026"
    assert imports.shown(12.0) == "12"
    assert imports.shown(12.5) == "12.5"
