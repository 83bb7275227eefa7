"""Spreadsheets that people made, read whole or refused: CSV in UTF-8 and XLSX, with every limit.

ImportRefused(ValueError)   the file as it is cannot be taken; `.problems` has every reason

A file is what its first bytes say, not what its name ends in; a text under the name of a workbook
is refused with what to do. Sizes are checked before anything
is unpacked, and what an archive claims about its sizes is not believed.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

MAX_BYTES = 20_000_000
#: An XLSX of 200,000 rows and six columns unpacks to about 60 million bytes.
MAX_UNPACKED_BYTES = 100_000_000
MAX_ROWS = 200_000
#: The reader lays a sheet out as a full rectangle, so one stray cell far away costs as much as all.
MAX_AREA = 5_000_000

Cell = str | int | float | bool | dt.date | dt.datetime | dt.time | dt.timedelta

_SAVE_AS_UTF8 = (
    "Mở tệp bằng Excel, chọn Lưu thành (Save As) → “CSV UTF-8 (Comma delimited)”, "
    "hoặc lưu thành .xlsx, rồi nhập lại"
)
_SAVE_AS_XLSX = "Mở tệp bằng Excel hoặc LibreOffice, bỏ mật khẩu nếu có, lưu thành .xlsx"
_SAVE_AS_WORKBOOK = (
    "mở bảng gốc bằng Excel hoặc LibreOffice, chọn Lưu thành (Save As) → "
    "“Excel Workbook (.xlsx)”, rồi nhập lại"
)
#: Endings of names that promise a workbook.
_WORKBOOKS = frozenset({".xlsx", ".xlsm", ".xls", ".ods"})
_COLUMN_OF_CELL = re.compile(rb"""\br\s*=\s*["']([A-Z]{1,3})[0-9]""")
_ROW_OF_CELL = re.compile(rb"""\br\s*=\s*["'][A-Z]{0,3}([0-9]{1,9})["']""")


@dataclass(frozen=True, slots=True)
class ImportProblem:
    """One thing wrong in a file: where it stands, what stands there, why it cannot be taken."""

    #: As the spreadsheet program counts, from 1; None for the whole file.
    row: int | None
    column: str | None
    value: str | None
    #: A Vietnamese sentence with how to mend it.
    reason: str

    def __str__(self) -> str:
        """The problem on one line, as the terminal shows it."""
        row = f"dòng {self.row}" if self.row else ""
        column = f"cột “{self.column}”" if self.column else ""
        where = ", ".join(part for part in (row, column) if part) or "cả tệp"
        value = f" (“{shortened(self.value)}”)" if self.value else ""
        return f"{where}{value}: {self.reason}."


class ImportRefused(ValueError):
    """A file that was not taken, with every reason; nothing of it was stored."""

    def __init__(self, problems: Iterable[ImportProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Row:
    """One row of data, with the number that the spreadsheet program shows beside it."""

    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: its first row that is not blank is the header, blank rows are left out."""

    #: Name of the file.
    source: str
    header: tuple[str, ...]
    header_row: int
    rows: tuple[Row, ...]


def read_table(source: Path | bytes, filename: str = "") -> Table:
    """The first visible sheet of an XLSX, or a CSV; ImportRefused where it is neither.

    Texts are composed (NFC) and trimmed. CSV is separated by comma, semicolon or tab.
    """
    content = _content(source)
    name = filename or (source.name if isinstance(source, Path) else "")
    if content.startswith(b"PK"):
        lines = _xlsx_lines(content)
    else:
        lines = _csv_lines(_text_of(content, name))
    rows = _filled(lines)
    if not rows:
        raise _refusal("Tệp rỗng; cần một dòng tiêu đề và ít nhất một dòng số liệu")
    header, *data = rows
    if not data:
        raise _refusal("Tệp chỉ có dòng tiêu đề, không có dòng số liệu nào", row=header.number)
    titles = tuple(str(cell) for cell in header.cells)
    return Table(name, titles, header.number, tuple(data))


def shortened(value: str | None) -> str:
    """The value as a message can show it: on one line, at most 60 characters."""
    line = " ".join((value or "").split())
    return line if len(line) <= 60 else f"{line[:59]}…"


def _refusal(reason: str, *, row: int | None = None) -> ImportRefused:
    return ImportRefused([ImportProblem(row, None, None, reason)])


def _content(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        size, content = len(source), source
    else:
        try:
            size = source.stat().st_size
            content = source.read_bytes() if size <= MAX_BYTES else b""
        except OSError as error:
            raise _refusal(f"Không đọc được tệp {source} ({error.strerror})") from error
    if size > MAX_BYTES:
        raise _refusal(
            f"Tệp lớn {size / 1e6:.0f} MB, quá {MAX_BYTES / 1e6:.0f} MB; hãy chia thành nhiều tệp"
        )
    return content


def _filled(lines: Iterable[Row]) -> list[Row]:
    """The rows that are not blank, cells trimmed, empty cells at the end left out."""
    found: list[Row] = []
    for line in lines:
        cells = [_trimmed(cell) for cell in line.cells]
        while cells and cells[-1] == "":
            cells.pop()
        if cells:
            found.append(Row(line.number, tuple(cells)))
        if len(found) > MAX_ROWS + 1:
            raise _refusal(f"Tệp có hơn {MAX_ROWS} dòng; hãy chia thành nhiều tệp")
    return found


def _trimmed(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    return (cell if cell.isascii() else unicodedata.normalize("NFC", cell)).strip()


def _text_of(content: bytes, name: str) -> str:
    """The text of a CSV; one that was only renamed to .xlsx is most likely something else."""
    text = _decoded(content)
    ending = Path(name).suffix.lower()
    if text.strip() and ending in _WORKBOOKS:
        raise _refusal(
            f"Tên tệp có đuôi {ending} nhưng bên trong chỉ là chữ, không phải bảng tính Excel. "
            f"Nếu đây là CSV, hãy đổi đuôi tên tệp thành .csv; nếu không, {_SAVE_AS_WORKBOOK}"
        )
    return text


def _csv_lines(text: str) -> Iterator[Row]:
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    number = 1
    try:
        for cells in reader:
            yield Row(number, tuple(cells))
            # A cell may hold line breaks: a row is named by the line it starts on.
            number = reader.line_num + 1
    except csv.Error as error:
        reason = f"Dấu ngoặc kép không khép, hoặc một ô quá dài ({error}); hãy sửa dòng này"
        raise _refusal(reason, row=number) from error


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _refusal(f"Tệp lưu ở bảng mã UTF-16, không phải UTF-8. {_SAVE_AS_UTF8}")
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise _refusal(f"Tệp là Excel đời cũ (.xls) hoặc có mật khẩu. {_SAVE_AS_XLSX}")
    if b"\0" in content:
        raise _refusal(f"Tệp không phải bảng tính, hoặc sai bảng mã. {_SAVE_AS_UTF8}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise _refusal(f"Tệp không lưu ở bảng mã UTF-8. {_SAVE_AS_UTF8}", row=row) from error


def _xlsx_lines(content: bytes) -> Iterator[Row]:
    try:
        _check_archive(content)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if not names:
            raise _refusal("Tệp không có trang tính nào nhìn thấy được")
        rows = workbook.get_sheet_by_name(names[0]).to_python(skip_empty_area=False)
    # RuntimeError and NotImplementedError: entries under a password, unknown compression.
    except (CalamineError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError) as error:
        raise _refusal(f"Tệp .xlsx bị hỏng hoặc có mật khẩu. {_SAVE_AS_XLSX}") from error
    for number, cells in enumerate(rows, 1):
        yield Row(number, tuple(cells))


def _check_archive(content: bytes) -> None:
    """Refuse an archive that unpacks to too much, or whose sheets span too large a rectangle."""
    left = MAX_UNPACKED_BYTES
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "xl/workbook.xml" not in archive.namelist():
            raise _refusal(f"Tệp nén này không phải bảng tính Excel. {_SAVE_AS_XLSX}")
        for entry in archive.infolist():
            with archive.open(entry) as file:
                # Unpacking counts what is there; the sizes in the directory may lie.
                unpacked = file.read(left + 1)
            left -= len(unpacked)
            if left < 0:
                raise _refusal(
                    f"Tệp bung ra hơn {MAX_UNPACKED_BYTES / 1e6:.0f} MB; hãy chia thành nhiều tệp"
                )
            if entry.filename.startswith("xl/worksheets/"):
                _check_area(unpacked)


def _check_area(sheet: bytes) -> None:
    widths = (_column_number(name) for name in set(_COLUMN_OF_CELL.findall(sheet)))
    heights = (int(number) for number in set(_ROW_OF_CELL.findall(sheet)))
    if max(widths, default=1) * max(heights, default=1) > MAX_AREA:
        raise _refusal(
            "Trang tính quá rộng hoặc quá dài; hãy xóa các ô, dòng và cột thừa ở xa bảng số liệu"
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
