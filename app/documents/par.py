"""Satisfaction as points of the yearly scoring of units: one line a unit and target.

Points follow the share that was estimated; beside them stand those at the ends of its interval,
for a unit at the edge of a band may have come to its points by chance.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app import wording
from app.documents.report import tables
from app.documents.report.source import Source
from app.filters import percent
from app.language import phrase
from surveys.questionnaires.programme import Programme, Scoring
from surveys.results import scoring
from surveys.results.figures import Figure

Cell = str | int | float | None

#: Header, how numbers are written ("" for words), width.
_COLUMNS = (
    ("Lĩnh vực", "", 14), ("Mã đơn vị", "", 22), ("Đơn vị", "", 44), ("Nội dung", "", 40),
    ("Tỷ lệ hài lòng", "0.0%", 11), ("Khoảng tin cậy 95 %: dưới", "0.0%", 12),
    ("Khoảng tin cậy 95 %: trên", "0.0%", 12), ("Số phiếu", "#,##0", 9), ("Kết luận", "", 20),
    ("Điểm", "0.##", 8), ("Điểm ở đầu dưới của khoảng", "0.##", 12),
    ("Điểm ở đầu trên của khoảng", "0.##", 12), ("Ghi chú", "", 60),
)  # fmt: skip
HEADER = tuple(name for name, _, _ in _COLUMNS)
_FIRST_ROW = 5
#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class NoScoring(LookupError):
    """The programme gives no points for satisfaction."""


@dataclass(frozen=True, slots=True)
class Points:
    """The points of the units of a year, and the rule that they follow."""

    programme: Programme
    scoring: Scoring
    year: int
    rows: tuple[tuple[Cell, ...], ...]
    #: What a reader must know before using them.
    remarks: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the file is."""
        return f"{self.scoring.label.vi}, năm {self.year}"


def collect(sources: Sequence[Source]) -> Points:
    """The points of all units of these sectors. Raises NoScoring."""
    programme = sources[0].programme
    rule = programme.scoring
    if rule is None:
        raise NoScoring(programme.code)
    rows = tuple(row for source in sources for row in _rows(source, rule))
    return Points(programme, rule, sources[0].period.year or 0, rows, _remarks(sources, rule))


def table(points: Points) -> bytes:
    """The points as CSV, UTF-8 with a byte order mark; shares as 0–1."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    for row in points.rows:
        writer.writerow(
            f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
            for cell in row
        )
    return text.getvalue().encode("utf-8-sig")


def workbook(points: Points) -> bytes:
    """The points as XLSX, with the bands on a sheet of their own."""
    import xlsxwriter  # noqa: PLC0415 - for who wants the file

    file = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(file, options) as book:
        _units_sheet(book, points)
        _bands_sheet(book, points)
        book.set_properties({"title": points.title})
    return file.getvalue()


def _rows(source: Source, rule: Scoring) -> Iterator[tuple[Cell, ...]]:
    for figures in source.summary.units():
        for figure in figures:
            found = scoring.score(rule, figure)
            points = (found.points, found.least, found.most) if found else (None, None, None)
            yield (
                source.sector.label.vi, figure.unit_code, figure.unit_name,
                tables.target_name(source.programme, figure), figure.value, figure.low, figure.high,
                figure.n, tables.verdict(figure), *points, _note(figure, found),
            )  # fmt: skip


def _note(figure: Figure, found: scoring.Points | None) -> str:
    if found is None:
        return f"Không chấm điểm. {wording.reason(figure)}"
    settled = "" if found.settled else "Khoảng tin cậy vắt qua ranh giới giữa các mức điểm."
    hint = "Có phiếu tự nguyện: điểm chỉ để tham khảo." if figure.indicative else ""
    weight = "" if figure.weighted else phrase("figures.unweighted")
    return " ".join(filter(None, (settled, hint, weight, wording.reason(figure))))


def _remarks(sources: Sequence[Source], rule: Scoring) -> tuple[str, ...]:
    drafts = [source.sector.label.vi for source in sources if source.release is None]
    return tuple(
        words
        for words, there in (
            ("DEMO – dữ liệu minh họa, không có thật", any(source.demo for source in sources)),
            (f"Số liệu chưa công bố, để dự thảo: {', '.join(drafts)}", bool(drafts)),
            (f"Thang điểm: {rule.status}. {rule.source}", True),
        )
        if there
    )


def _units_sheet(book: Any, points: Points) -> None:
    page = book.add_worksheet("Điểm từng đơn vị")
    plain = {"font_name": "Times New Roman", "valign": "top"}
    page.write_string(0, 0, points.title, book.add_format({**plain, "bold": True, "font_size": 14}))
    for at, remark in enumerate(points.remarks, 1):
        page.write_string(at, 0, remark, book.add_format(plain))
    head = book.add_format({**plain, "bold": True, "text_wrap": True, "bottom": 1})
    looks = [
        book.add_format({**plain, "num_format": look} if look else {**plain, "text_wrap": True})
        for _, look, _ in _COLUMNS
    ]
    for at, (name, _, width) in enumerate(_COLUMNS):
        page.set_column(at, at, width)
        page.write_string(_FIRST_ROW - 1, at, name, head)
    for row, cells in enumerate(points.rows, _FIRST_ROW):
        for at, cell in enumerate(cells):
            if isinstance(cell, str):
                page.write_string(row, at, cell, looks[at])
            elif cell is not None:
                page.write_number(row, at, cell, looks[at])
    page.freeze_panes(_FIRST_ROW, 3)
    page.repeat_rows(_FIRST_ROW - 1)
    page.set_paper(9)
    page.set_landscape()
    page.fit_to_pages(1, 0)


def _bands_sheet(book: Any, points: Points) -> None:
    page = book.add_worksheet("Thang điểm")
    plain = {"font_name": "Times New Roman"}
    words, bold = book.add_format(plain), book.add_format({**plain, "bold": True})
    page.set_column(0, 0, 40)
    page.write_row(0, 0, ("Tỷ lệ hài lòng", "Điểm"), bold)
    bands = points.scoring.bands
    for row, band in enumerate(bands, 1):
        page.write_string(row, 0, f"từ {percent(band.reaches)} trở lên", words)
        page.write_number(row, 1, band.points, words)
    page.write_string(len(bands) + 1, 0, f"dưới {percent(bands[-1].reaches)}", words)
    page.write_number(len(bands) + 1, 1, 0, words)
    page.write_string(len(bands) + 3, 0, points.remarks[-1], words)
