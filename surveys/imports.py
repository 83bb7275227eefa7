"""Rows of a spreadsheet, checked cell by cell: taken all, or refused with every problem listed.

A `Reader` matches the header to named columns and notes what it cannot read; `refuse` at the end
raises `ImportRefused` with everything noted, before anything is stored. Problems are Vietnamese
sentences that say how to mend them: an official reads them in a terminal, far from us.
"""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from surveys.spreadsheets import (
    Cell,
    ImportProblem,
    ImportRefused,
    Row,
    Table,
    read_table,
    shortened,
)

__all__ = [
    "Cell",
    "CellError",
    "Change",
    "Column",
    "ImportProblem",
    "ImportRefused",
    "Imported",
    "Reader",
    "Row",
    "Table",
    "code",
    "day",
    "month",
    "read_table",
    "shown",
    "suggestion",
    "text",
    "whole_number",
]

_Value = TypeVar("_Value")
_GROUPED = re.compile(r"[0-9]{1,3}(?:[.,\u00a0 ][0-9]{3})+")
_NO_DECIMALS = "Số lượt không có phần thập phân; hãy ghi số nguyên"
_DECIMAL = re.compile(r"[0-9]+[.,][0-9]+")
_YEAR_MONTH = re.compile(r"([0-9]{4})-([0-9]{1,2})")
_MONTH_YEAR = re.compile(r"([0-9]{1,2})/([0-9]{4})")
_ISO_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_VIETNAMESE_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")


class CellError(ValueError):
    """A cell that cannot be read, with the reason; a `Reader` turns it into a problem."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a kind of file: its key (also accepted as a title) and its Vietnamese title."""

    key: str
    title: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """A total that was replaced: of what unit, field and month; the old number and the new one."""

    unit: str
    field: str
    month: dt.date
    old: int
    new: int


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, in rows."""

    added: int
    changed: int
    unchanged: int
    #: What was there and what is there now, where a total changed; only a frame tells.
    changes: tuple[Change, ...] = ()


class Reader:
    """Gives the cells of a table by column, and collects what is wrong with it."""

    def __init__(self, table: Table, columns: Sequence[Column]) -> None:
        self.table = table
        self._titles = {column.key: column.title for column in columns}
        self._problems: list[ImportProblem] = []
        self._places = self._match_header(columns)
        for row in table.rows:
            if len(row.cells) > len(table.header):
                extra = shown(row.cells[len(table.header)])
                self._note(row, None, extra, "Dòng có nhiều ô hơn dòng tiêu đề; hãy xóa ô thừa")

    def value(self, row: Row, key: str, parse: Callable[[Cell], _Value]) -> _Value | None:
        """What `parse` makes of the cell; None where the cell is bad, which is noted."""
        cell = self.cell(row, key)
        try:
            return parse(cell)
        except CellError as error:
            self._note(row, key, shown(cell), str(error))
            return None

    def has(self, key: str) -> bool:
        """Whether the file has the column at all."""
        return key in self._places

    def cell(self, row: Row, key: str) -> Cell:
        """The cell as it stands; empty text where the row ends earlier or the column is absent."""
        place = self._places.get(key, len(row.cells))
        return row.cells[place] if place < len(row.cells) else ""

    def note(self, row: Row, key: str, reason: str) -> None:
        """Note that a cell is wrong for a reason that only the caller can know."""
        self._note(row, key, shown(self.cell(row, key)), reason)

    def refuse(self) -> None:
        """Raise ImportRefused with everything noted so far, in the order of the file."""
        if self._problems:
            raise ImportRefused(sorted(self._problems, key=lambda problem: problem.row or 0))

    def _note(self, row: Row, key: str | None, value: str, reason: str) -> None:
        title = self._titles[key] if key else None
        self._problems.append(ImportProblem(row.number, title, value, reason))

    def _match_header(self, columns: Sequence[Column]) -> dict[str, int]:
        """Position of each column; ImportRefused where the header does not name them once each."""
        found = [_plain(title) for title in self.table.header]
        places: dict[str, int] = {}
        reasons: list[str] = []
        for column in columns:
            names = {_plain(column.title), _plain(column.key)}
            matches = [place for place, title in enumerate(found) if title in names]
            if matches:
                places[column.key] = matches[0]
            if len(matches) > 1:
                reasons.append(f"Có {len(matches)} cột “{column.title}”; hãy để lại một")
            if not matches and column.required:
                reasons.append(self._missing(column))
        if reasons:
            row = self.table.header_row
            raise ImportRefused(ImportProblem(row, None, None, reason) for reason in reasons)
        return places

    def _missing(self, column: Column) -> str:
        listed = ", ".join(f"“{shortened(title)}”" for title in self.table.header)
        close = suggestion(column.title, self.table.header)
        hint = f"đổi tên {close} thành “{column.title}”" if close else "thêm cột này"
        return f"Thiếu cột “{column.title}” ({column.key}); tệp có các cột: {listed}; hãy {hint}"


def shown(cell: Cell) -> str:
    """The cell as a message can show it."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.date):
        return f"{cell:%d/%m/%Y}"
    return str(cell)


def suggestion(value: str, known: Iterable[str]) -> str:
    """The known name closest to a mistyped one, in quotation marks; empty if none is close."""
    close = closest(value, known, most=1)
    return f"“{close[0]}”" if close else ""


def closest(value: str, known: Iterable[str], *, most: int) -> list[str]:
    """The known names that are close to a mistyped one, the closest first."""
    names = {_plain(name): name for name in known}
    close = difflib.get_close_matches(_plain(value), names, n=most, cutoff=0.6)
    return [names[one] for one in close]


def text(cell: Cell) -> str:
    """The text of a cell that must not be empty."""
    if isinstance(cell, str) and cell:
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return shown(cell)
    raise CellError("Ô trống; hãy điền" if cell == "" else "Cần chữ; hãy định dạng ô là văn bản")


def code(cell: Cell) -> str:
    """The code in a cell; a whole number that the spreadsheet program made of it is turned back."""
    if isinstance(cell, float) and not cell.is_integer():
        raise CellError("Mã không có phần thập phân; hãy định dạng ô là văn bản và ghi lại mã")
    return text(cell)


def whole_number(cell: Cell) -> int:
    """The number in a cell: not negative, no decimals, digits only.

    “1.234” is refused rather than guessed at: it is 1234 in Viet Nam and 1,234 elsewhere.
    """
    if isinstance(cell, bool) or not isinstance(cell, str | int | float):
        raise CellError("Cần một số; hãy định dạng ô là số và ghi lại")
    number = _number_of_text(cell) if isinstance(cell, str) else cell
    if number != number // 1:
        raise CellError(_NO_DECIMALS)
    if number < 0:
        raise CellError("Số lượt không thể âm; hãy ghi 0 hoặc số dương")
    if number > 100_000_000:
        raise CellError("Số quá lớn (hơn 100 triệu); hãy kiểm tra lại")
    return int(number)


def _number_of_text(written: str) -> float:
    if not written:
        raise CellError("Ô trống; hãy điền số, ghi 0 nếu không có lượt nào")
    if re.fullmatch(r"-?[0-9]+", written):
        return float(written)
    if _GROUPED.fullmatch(written):
        digits = re.sub(r"[^0-9]", "", written)
        raise CellError(f"Số viết liền, không ngăn cách hàng nghìn; hãy ghi {digits}")
    if _DECIMAL.fullmatch(written):
        raise CellError(_NO_DECIMALS)
    raise CellError("Không phải số; hãy ghi số nguyên bằng các chữ số 0–9")


def month(cell: Cell) -> dt.date:
    """The first day of the month in a cell: 2026-03, 03/2026, or a date on the first of a month."""
    if isinstance(cell, dt.date):
        return _first_of_month(cell)
    wrong = CellError("Không phải tháng; hãy ghi như 2026-03 hoặc 03/2026")
    if not isinstance(cell, str):
        raise wrong
    if match := _YEAR_MONTH.fullmatch(cell):
        year, number = match.groups()
    elif match := _MONTH_YEAR.fullmatch(cell):
        number, year = match.groups()
    else:
        raise wrong
    return _date(year, number, "1", wrong)


def _first_of_month(day: dt.date) -> dt.date:
    if day.day != 1:
        raise CellError(
            "Ngày này không phải ngày đầu tháng; hãy ghi tháng như 2026-03 hoặc 03/2026"
        )
    return dt.date(day.year, day.month, 1)


def day(cell: Cell) -> dt.date:
    """The day in a cell: 2026-03-31, 31/03/2026, or a date."""
    if isinstance(cell, dt.date):
        return dt.date(cell.year, cell.month, cell.day)
    wrong = CellError("Không phải ngày; hãy ghi như 31/03/2026")
    if not isinstance(cell, str):
        raise wrong
    if match := _ISO_DAY.fullmatch(cell):
        return _date(match[1], match[2], match[3], wrong)
    if match := _VIETNAMESE_DAY.fullmatch(cell):
        return _date(match[3], match[2], match[1], wrong)
    raise wrong


def _date(year: str, number: str, day: str, wrong: CellError) -> dt.date:
    if not 1900 <= int(year) <= 2200:
        raise wrong
    try:
        return dt.date(int(year), int(number), int(day))
    except ValueError:
        raise wrong from None


def _plain(title: str) -> str:
    """The title as it is compared: composed, lower case, single spaces."""
    return " ".join(unicodedata.normalize("NFC", title).casefold().split())
