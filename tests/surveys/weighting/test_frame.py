"""The frame's import, on both databases: all or nothing, and the same file twice is once."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, func, select

from surveys.imports import Change, Imported, ImportRefused, read_table
from surveys.questionnaires import programme
from surveys.tables import Population, Unit
from surveys.weighting import frame
from tests.surveys.test_spreadsheets import workbook

NOW = dt.datetime(2026, 4, 2, 3, 0, tzinfo=dt.UTC)
PROGRAMME = programme.load("tan-ky-169")
HEADER = "mã đơn vị,lĩnh vực,tháng,số lượt\n"
MARCH = dt.date(2026, 3, 1)


@pytest.fixture
def units(session: Session) -> dict[str, int]:
    """Two units of today, and an older one whose code the first took over."""
    old = Unit(code="17266", name="Xã cũ", kind="commune",
               valid_from=dt.date(2010, 1, 1), valid_to=dt.date(2025, 7, 1))  # fmt: skip
    new = Unit(code="17266", name="Xã Tân Kỳ", kind="commune", valid_from=dt.date(2025, 7, 1))
    other = Unit(code="y-te", name="Trạm y tế", kind="clinic", valid_from=dt.date(2025, 7, 1))
    session.add_all([old, new, other])
    session.flush()
    return {"old": old.id or 0, "new": new.id or 0, "other": other.id or 0}


def load(session: Session, rows: str, *, header: str = HEADER) -> Imported:
    """Import a CSV of these rows."""
    table = read_table((header + rows).encode(), "khung.csv")
    return frame.import_frame(session, table, programme=PROGRAMME, now=NOW)


def problems(session: Session, rows: str) -> list[tuple[int | None, str | None, str]]:
    """Row, column and reason of every problem of a CSV, after checking that nothing was stored."""
    with pytest.raises(ImportRefused) as caught:
        load(session, rows)
    assert session.exec(select(func.count()).select_from(Population)).one() == 0
    return [(each.row, each.column, each.reason) for each in caught.value.problems]


def test_totals_are_stored_with_their_source(session: Session, units: dict[str, int]) -> None:
    assert load(session, "17266,land,2026-03,120\ny-te,outpatient,03/2026,80\n") == Imported(
        2, 0, 0
    )
    row = session.get_one(Population, (units["new"], "land", MARCH))
    assert (row.total, row.source, row.imported_at) == (120, "khung.csv", NOW)


def test_the_same_file_again_changes_nothing(session: Session, units: dict[str, int]) -> None:
    rows = "17266,land,2026-03,120\ny-te,outpatient,2026-03,80\n"
    load(session, rows)
    assert load(session, rows) == Imported(0, 0, 2)


def test_a_corrected_total_replaces_the_old_one(session: Session, units: dict[str, int]) -> None:
    load(session, "17266,land,2026-03,120\n17266,justice,2026-03,40\n")
    assert load(session, "17266,land,2026-03,100\n17266,land,2026-04,9\n") == Imported(
        1, 1, 0, (Change("17266", "land", MARCH, 120, 100),)
    )
    found = frame.totals(session, [units["new"]], frame.months(MARCH, dt.date(2026, 4, 30)))
    assert found == {
        (units["new"], "land", MARCH): 100,
        (units["new"], "justice", MARCH): 40,
        (units["new"], "land", dt.date(2026, 4, 1)): 9,
    }


def test_xlsx_is_read_like_csv(session: Session, units: dict[str, int]) -> None:
    header = ["unit", "field", "month", "total"]
    content = workbook(header, [17266, "đất đai, môi trường", "2026-03", 120])
    table = read_table(content, "khung.xlsx")
    frame.import_frame(session, table, programme=PROGRAMME, now=NOW)
    assert frame.totals(session, [units["new"]], [MARCH]) == {(units["new"], "land", MARCH): 120}


@pytest.mark.parametrize(
    ("month", "unit"), [("2025-06", "old"), ("2025-07", "new"), ("2026-03", "new")]
)
def test_a_code_means_the_unit_of_that_month(
    session: Session, units: dict[str, int], month: str, unit: str
) -> None:
    load(session, f"17266,land,{month},5\n")
    assert session.exec(select(Population.unit_id)).one() == units[unit]


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ("17267,land,2026-03,5", "mã đơn vị", "Không có mã đơn vị này; có phải “17266”?"),
        ("zzzzzzzz,land,2026-03,5", "mã đơn vị", "hãy dùng mã đơn vị đã khai báo"),
        (",land,2026-03,5", "mã đơn vị", "trống"),
        ("y-te,lands,2026-03,5", "lĩnh vực", "có phải “land”?"),
        ("y-te,,2026-03,5", "lĩnh vực", "trống"),
        ("y-te,land,2025-06,5", "tháng", "mã có từ 01/07/2025"),
        ("17266,land,2009-12,5", "tháng", "từ 01/01/2010 đến trước 01/07/2025"),
        ("y-te,land,2026-13,5", "tháng", "Không phải tháng"),
        ("y-te,land,2026-03,-5", "số lượt", "âm"),
        ("y-te,land,2026-03,năm", "số lượt", "Không phải số"),
        ("y-te,land,2026-03,5.5", "số lượt", "thập phân"),
        ("y-te,land,2026-03", "số lượt", "trống"),
    ],
)
def test_a_bad_row_is_named_and_nothing_is_stored(
    session: Session, units: dict[str, int], row: str, column: str, says: str
) -> None:
    ((number, named, reason),) = problems(session, f"17266,land,2026-03,5\n{row}\n")
    assert (number, named) == (3, column)
    assert says in reason


def test_all_bad_rows_are_listed_at_once(session: Session, units: dict[str, int]) -> None:
    found = problems(session, "x,land,2026-03,-1\n17266,land,2026-03,5\ny-te,land,0,1.5\n")
    assert [(row, column) for row, column, _ in found] == [
        (2, "số lượt"), (2, "mã đơn vị"), (4, "tháng"), (4, "số lượt"),
    ]  # fmt: skip


def test_a_repeated_row_names_both(session: Session, units: dict[str, int]) -> None:
    rows = "17266,land,2026-03,5\ny-te,land,2026-03,5\n17266,Đất đai\\, môi trường,03/2026,5\n"
    rows = rows.replace("Đất đai\\, môi trường", '"Đất đai, môi trường"')
    ((row, _, reason),) = problems(session, rows)
    assert row == 4
    assert "Dòng 4 trùng dòng 2" in reason


def test_a_wrong_header_stores_nothing(session: Session, units: dict[str, int]) -> None:
    with pytest.raises(ImportRefused, match="Thiếu cột “số lượt”"):
        load(session, "17266,land,2026-03,5\n", header="mã đơn vị,lĩnh vực,tháng,lượt\n")


def test_a_hundred_thousand_rows_are_taken(session: Session) -> None:
    day = dt.date(2020, 1, 1)
    session.add_all(Unit(code=f"u{n}", name="", kind="x", valid_from=day) for n in range(1000))
    session.flush()
    dates = frame.months(day, dt.date(2028, 4, 30))
    rows = "".join(f"u{n},land,{month:%Y-%m},5\n" for n in range(1000) for month in dates)
    assert load(session, rows) == Imported(100_000, 0, 0)


def test_a_hundred_thousand_bad_rows_are_all_named(session: Session) -> None:
    with pytest.raises(ImportRefused) as caught:
        load(session, "u1,lend,2026-03,x\n" * 100_000)
    assert len(caught.value.problems) == 300_000


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2026-03-15", "2026-03-20", ["2026-03-01"]),
        ("2025-12-31", "2026-02-01", ["2025-12-01", "2026-01-01", "2026-02-01"]),
    ],
)
def test_months_are_whole(first: str, last: str, expected: list[str]) -> None:
    found = frame.months(dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    assert [month.isoformat() for month in found] == expected


def test_the_frame_by_unit_and_month(session: Session, units: dict[str, int]) -> None:
    load(session, "17266,land,2026-03,120\n17266,justice,2026-03,40\n17266,land,2026-05,7\n")
    load(session, "17266,land,2025-12,9\ny-te,outpatient,2026-12,80\n")
    assert frame.years(session) == [2026, 2025]
    assert frame.monthly(session, 2026) == {
        units["new"]: {MARCH: 160, dt.date(2026, 5, 1): 7},
        units["other"]: {dt.date(2026, 12, 1): 80},
    }
