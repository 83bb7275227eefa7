"""Files that people really send: read whole, or refused with the row and the remedy."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest
import xlsxwriter

from surveys import spreadsheets
from surveys.spreadsheets import ImportProblem, ImportRefused, read_table

HEADER = "mã đơn vị,lĩnh vực,tháng,số lượt\n"


def workbook(*rows: Sequence[object], hidden_first: bool = False) -> bytes:
    """The bytes of an XLSX whose first visible sheet has these rows."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    if hidden_first:
        book.add_worksheet("Ẩn").hide()
    sheet = book.add_worksheet("Số liệu")
    if hidden_first:
        sheet.activate()
        sheet.set_first_sheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return target.getvalue()


def repacked(content: bytes, **changes: bytes) -> bytes:
    """An XLSX with the text of some of its entries replaced."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", 8) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(Path(name).stem, old.read(name)))
    return target.getvalue()


def refusal(content: bytes) -> ImportProblem:
    """The one problem for which a file is refused."""
    with pytest.raises(ImportRefused) as caught:
        read_table(content)
    (problem,) = caught.value.problems
    return problem


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_csv_is_read_with_every_usual_delimiter(delimiter: str, mark: bytes) -> None:
    content = mark + (HEADER + "17266,land,2026-03,12\n").replace(",", delimiter).encode()
    table = read_table(content, "khung.csv")
    assert table.header == ("mã đơn vị", "lĩnh vực", "tháng", "số lượt")
    assert [row.cells for row in table.rows] == [("17266", "land", "2026-03", "12")]
    assert table.source == "khung.csv"


def test_texts_are_composed_and_trimmed() -> None:
    table = read_table("a,b\n ma\u0303 ,\u00a0x\n".encode())
    assert table.rows[0].cells == ("mã", "x")


def test_rows_keep_the_numbers_of_the_file() -> None:
    table = read_table(b'\na,b\n\n"two\nlines",1\n;,\nlast,2\n')
    assert table.header_row == 2
    assert [(row.number, row.cells[0]) for row in table.rows] == [
        (4, "two\nlines"), (6, ";"), (7, "last"),
    ]  # fmt: skip


def test_xlsx_keeps_numbers_and_row_numbers() -> None:
    table = read_table(workbook([], ["mã", "số"], [], ["x", 12]))
    assert table.header == ("mã", "số")
    assert [(row.number, row.cells) for row in table.rows] == [(4, ("x", 12.0))]


def test_a_hidden_sheet_is_passed_over() -> None:
    assert read_table(workbook(["a"], [1], hidden_first=True)).header == ("a",)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "rỗng"),
        (b"\n ;\n , \n\n"[:1], "rỗng"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (HEADER.encode("utf-16-le"), "CSV UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(500), ".xls"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "không phải bảng tính"),
        (b"PK\x03\x04 broken", "hỏng"),
        (workbook(["a"], [1])[:-400], "hỏng"),
        (b"x" * (spreadsheets.MAX_BYTES + 1), "20 MB"),
        (b"a,b\n" * (spreadsheets.MAX_ROWS + 2), "200000 dòng"),
    ],
    ids=["empty", "blank", "utf16", "utf16le", "xls", "png", "zip", "cut", "large", "long"],
)
def test_what_is_no_table_is_refused_with_the_remedy(content: bytes, says: str) -> None:
    assert says in str(refusal(content))


@pytest.mark.parametrize("name", ["khung.xlsx", "KHUNG.XLSX", "khung.xls"])
def test_a_text_under_the_name_of_a_workbook_is_refused_with_the_remedy(name: str) -> None:
    with pytest.raises(ImportRefused) as refused:
        spreadsheets.read_table(b"a;b\n1;2\n", name)
    (problem,) = refused.value.problems
    assert "bên trong chỉ là chữ" in problem.reason
    assert ".csv" in problem.reason
    assert "Excel Workbook (.xlsx)" in problem.reason


def test_only_a_header_is_refused_at_its_row() -> None:
    problem = refusal(HEADER.encode())
    assert (problem.row, problem.column) == (1, None)
    assert "không có dòng số liệu" in problem.reason


def test_another_encoding_is_refused_at_the_row_where_it_shows() -> None:
    problem = refusal(b"a,b\nx,1\n\xd0\xa3\xff,2\n")
    assert problem.row == 3
    assert "CSV UTF-8" in problem.reason


def test_an_open_quotation_mark_is_refused_at_its_row() -> None:
    assert refusal(b'a,b\nx,1\n"y,2\nz,3\n').row == 3


def test_an_archive_that_is_no_workbook_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("content.xml", "<x/>")
    assert "không phải bảng tính Excel" in refusal(target.getvalue()).reason


def test_a_bomb_is_refused_before_it_is_opened() -> None:
    bomb = repacked(workbook(["a"], [1]), styles=bytes(spreadsheets.MAX_UNPACKED_BYTES + 1))
    assert len(bomb) < 1_000_000
    assert "bung ra hơn 100 MB" in refusal(bomb).reason


def test_a_cell_far_away_is_refused() -> None:
    far = b'<worksheet><sheetData><row r="9"><c r="XFD9999"/></row></sheetData></worksheet>'
    assert "quá rộng hoặc quá dài" in refusal(repacked(workbook(["a"], [1]), sheet1=far)).reason


def test_a_workbook_without_a_visible_sheet_is_refused() -> None:
    with zipfile.ZipFile(io.BytesIO(workbook(["a"], [1]))) as archive:
        listed = archive.read("xl/workbook.xml").replace(b"<sheet ", b'<sheet state="hidden" ')
    assert "nhìn thấy" in refusal(repacked(workbook(["a"], [1]), workbook=listed)).reason


def test_a_path_gives_the_table_its_name(tmp_path: Path) -> None:
    file = tmp_path / "khung.csv"
    file.write_bytes(b"a\n1\n")
    assert read_table(file).source == "khung.csv"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="Không đọc được"):
        read_table(tmp_path / "none.csv")


def test_a_large_file_is_not_even_read(tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    with file.open("wb") as target:
        target.truncate(spreadsheets.MAX_BYTES + 1)
    with pytest.raises(ImportRefused, match="20 MB"):
        read_table(file)


def test_a_problem_reads_as_one_line() -> None:
    problem = ImportProblem(3, "số lượt", "mười\nhai " + "x" * 80, "Không phải số")
    assert str(problem).startswith("dòng 3, cột “số lượt” (“mười hai xxx")
    assert "\n" not in str(problem)
    assert str(ImportProblem(None, None, None, "Tệp rỗng")) == "cả tệp: Tệp rỗng."
