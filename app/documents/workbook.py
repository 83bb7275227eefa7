"""The yearly index as an XLSX workbook: a sheet a question, real numbers, ready to print.

Numbers are stored as numbers. Their formats name no language ("0.0%"): Excel and LibreOffice show
the decimal sign of the reader's own settings, so an office that works in Vietnamese reads 93,4 %.
The same releases give the same bytes: nothing in the file tells when it was built.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.documents import columns, method, workbook_charts, workbook_respondents
from app.documents.columns import (
    EVIDENCE,
    FINDINGS,
    ONE_SIDED,
    OUTLOOK,
    TECHNICAL,
    TICKETS,
    UNHEARD,
    Column,
)
from app.documents.edition import Edition, Line
from app.documents.workbook_respondents import Respondents
from app.language import phrase

_DETAILS = frozenset({"part", "dimension", "item", "overall"})
#: What a page says of a figure that a target may judge, its statistics too; and of the others.
_JUDGED = (*FINDINGS, *ONE_SIDED, *OUTLOOK, *UNHEARD, *TECHNICAL, *EVIDENCE)
_UNJUDGED = tuple(
    column
    for column in (*FINDINGS, *TECHNICAL, *EVIDENCE)
    if column.key not in {"operator", "target", "verdict"}
)
#: Title, what the file is about, a free line; then the header of the table.
_HEADER_ROW = 3
_SHARE, _SCORE, _WHOLE, _REAL = "0.0%", "0.00", "#,##0", "#,##0.00"
_SHARE_ERROR, _SCORE_ERROR = "0.00%", "0.000"
_POINTS, _DIFFERENCE = "+0.0;-0.0;0.0", "+0.00;-0.00;0.00"
_FONT = "Times New Roman"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its key (the tab is `documents.sheet.<key>`), its columns and its lines."""

    key: str
    columns: tuple[Column, ...]
    lines: Callable[[Edition], Iterable[Line]]
    #: Columns that stay in sight when a reader scrolls to the right.
    kept: int


def _whole(edition: Edition) -> tuple[Line, ...]:
    """What is said of the whole sector: first what targets judge, in the programme's order."""
    others = (line for line in edition.lines if line.figure.scope != "unit" and not line.judged)
    return (
        *edition.headlines(),
        *(line for line in others if line.figure.measure not in _DETAILS),
    )


def _units(edition: Edition) -> Iterable[Line]:
    lines = (line for line in edition.lines if line.figure.scope == "unit")
    return (line for line in lines if line.figure.measure not in _DETAILS)


def _of(*measures: str) -> Callable[[Edition], Iterable[Line]]:
    """All lines with one of these measures."""
    return lambda edition: (line for line in edition.lines if line.figure.measure in measures)


SHEETS = (
    Sheet(
        "summary",
        (columns.SECTOR, columns.MEASURE, columns.NAME, columns.FORM, *_JUDGED, *TICKETS),
        _whole,
        kept=3,
    ),
    Sheet(
        "units",
        (
            columns.SECTOR,
            columns.UNIT_CODE,
            columns.UNIT,
            columns.MEASURE,
            columns.FORM,
            *_JUDGED,
            *TICKETS,
        ),
        _units,
        kept=3,
    ),
    Sheet(
        "dimensions",
        (columns.SECTOR, columns.UNIT, columns.FORM, columns.KEY, columns.NAME, *_UNJUDGED),
        _of("part", "dimension"),
        kept=5,
    ),
    Sheet(
        "items",
        (columns.SECTOR, columns.UNIT, columns.FORM, columns.KEY, columns.NAME, *_UNJUDGED),
        _of("item", "overall"),
        kept=5,
    ),
)


def build(editions: Sequence[Edition], respondents: Sequence[Respondents] = ()) -> bytes:
    """The workbook of these editions, which are of one year; for offices with who answered."""
    import xlsxwriter  # noqa: PLC0415 - for who wants the file

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        writer = _Writer(book, tuple(editions))
        for sheet in SHEETS:
            writer.table(sheet)
        writer.charts()
        if respondents:
            writer.respondents(respondents)
        writer.method()
        newest = max(edition.release.published_at for edition in editions)
        book.set_properties({"title": writer.title, "created": newest.astimezone(dt.UTC)})
    return file.getvalue()


class _Writer:
    """Writes sheets into one book, sharing its formats."""

    def __init__(self, book: Any, editions: tuple[Edition, ...]) -> None:
        self._book = book
        self._editions = editions
        self._demo = any(edition.release.demo for edition in editions)
        self._formats: dict[tuple[tuple[str, object], ...], Any] = {}
        self.title = phrase("documents.title", year=editions[0].release.year)

    def table(self, sheet: Sheet) -> None:
        """Write one sheet of figures."""
        page = self._page(sheet.key, landscape=True)
        header = self._format(
            bold=True, text_wrap=True, valign="vcenter", bottom=1, bg_color="#EEF3F7"
        )
        for at, column in enumerate(sheet.columns):
            page.set_column(at, at, column.width)
            page.write_string(_HEADER_ROW, at, column.header, header)
        lines = [line for edition in self._editions for line in sheet.lines(edition)]
        for row, line in enumerate(lines, _HEADER_ROW + 1):
            for at, column in enumerate(sheet.columns):
                self._cell(page, (row, at), column, line)
        page.freeze_panes(_HEADER_ROW + 1, sheet.kept)
        page.repeat_rows(_HEADER_ROW)
        page.autofilter(_HEADER_ROW, 0, _HEADER_ROW + max(1, len(lines)), len(sheet.columns) - 1)

    def charts(self) -> None:
        """Write the sheet of native charts, with the cells that they read."""
        page = self._page("charts", landscape=True)
        header = self._format(bold=True, text_wrap=True, valign="vcenter", bottom=1)
        keys = zip(workbook_charts.COLUMNS, workbook_charts.WIDTHS, strict=True)
        for at, (key, width) in enumerate(keys):
            page.set_column(at, at, width)
            page.write_string(_HEADER_ROW, at, phrase(f"documents.column.{key}"), header)

        def write(row: int, column: int, cell: str | float) -> None:
            if isinstance(cell, str):
                page.write_string(row, column, cell, self._format(valign="top"))
            else:
                look = self._format(num_format=_SHARE, valign="top")
                page.write_number(row, column, cell, look)

        found = tuple(workbook_charts.drawn(self._editions))
        workbook_charts.put(self._book, page, found, row=_HEADER_ROW + 1, write=write)

    def respondents(self, found: Sequence[Respondents]) -> None:
        """Write the sheets of answers by level and of people by profile, each with its charts."""

        def write(row: int, column: int, cell: str | int | float | None, head: bool) -> None:
            kind = _SHARE if isinstance(cell, float) else _WHOLE
            look = self._format(bold=head, text_wrap=not head, valign="top", num_format=kind)
            if isinstance(cell, int | float):
                page.write_number(row, column, cell, look)
            else:
                page.write_string(row, column, cell or phrase("figures.held_back"), look)

        for key, put in (
            ("levels", workbook_respondents.put_levels),
            ("profiles", workbook_respondents.put_profiles),
            ("wishes", workbook_respondents.put_wishes),
        ):
            if key == "wishes" and not any(each.wishes for each in found):
                continue
            page = self._page(key, landscape=True)
            page.set_column(0, 1, 36)
            page.freeze_panes(_HEADER_ROW, 0)
            put(self._book, page, found, row=_HEADER_ROW, write=write)

    def method(self) -> None:
        """Write the sheet that says how the figures were made."""
        page = self._page("method", landscape=False)
        page.set_column(0, 0, 34)
        page.set_column(1, 1, 90)
        row = _HEADER_ROW
        for edition in self._editions:
            for heading, text in method.describe(edition):
                page.write_string(row, 0, heading, self._format(bold=True, valign="top"))
                page.write_string(row, 1, text, self._format(text_wrap=True, valign="top"))
                row += 1
            row += 1

    def _page(self, key: str, *, landscape: bool) -> Any:
        """A new sheet with its title, its DEMO mark and its print set-up."""
        page = self._book.add_worksheet(phrase(f"documents.sheet.{key}"))
        about = self._editions[0].programme.decision
        page.write_string(0, 0, self.title, self._format(bold=True, font_size=14))
        page.write_string(1, 0, about, self._format())
        if self._demo:
            mark = self._format(bold=True, font_color="#B3261E")
            page.write_string(2, 0, phrase("site.demo"), mark)
        page.set_paper(9)  # A4
        if landscape:
            page.set_landscape()
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
        page.set_header(f"&L{_escaped(self.title)}&R{'DEMO' if self._demo else ''}")
        page.set_footer(f"&L{_escaped(_trace(self._editions))}&R&P/&N")
        return page

    def _cell(self, page: Any, place: tuple[int, int], column: Column, line: Line) -> None:
        content = column.read(line)
        if content is None or content == "":
            return
        bold = line.judged and line.figure.scope != "unit"
        if isinstance(content, str):
            wrapped = self._format(bold=bold, text_wrap=True, valign="top")
            page.write_string(*place, content, wrapped)
            return
        look, factor = _looks(column, line)
        number_format = self._format(bold=bold, num_format=look, valign="top")
        page.write_number(*place, content * factor, number_format)

    def _format(self, **look: object) -> Any:
        """The book's format of this look, made once."""
        key = tuple(sorted(look.items()))
        if key not in self._formats:
            self._formats[key] = self._book.add_format({"font_name": _FONT, **look})
        return self._formats[key]


def _looks(column: Column, line: Line) -> tuple[str, int]:
    """The number format of a cell, and what its number is multiplied by: a change is in points."""
    share = column.kind == "share" or columns.is_share(line)
    if column.kind == "whole":
        return _WHOLE, 1
    if column.kind == "real":
        return _REAL, 1
    if column.kind == "error":
        return (_SHARE_ERROR, 1) if share else (_SCORE_ERROR, 1)
    if column.kind == "change":
        return (_POINTS, 100) if share else (_DIFFERENCE, 1)
    return (_SHARE, 1) if share else (_SCORE, 1)


def _escaped(text: str) -> str:
    """The text for a printed margin, where & begins a command."""
    return text.replace("&", "&&")


def _trace(editions: Sequence[Edition]) -> str:
    """The beginnings of the checksums, enough to tell two prints apart."""
    return "SHA-256 " + " · ".join(edition.release.sha256[:12] for edition in editions)
