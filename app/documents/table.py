"""The figures as CSV: one line a figure, for programs; people open the workbook.

UTF-8 with a byte order mark, so that Excel reads Vietnamese rightly; comma between cells and
point before decimals whatever the language, shares as 0–1, every digit kept. The columns and
their order are part of the promise: new ones come last.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from app.documents.columns import ALL, Cell
from app.documents.edition import Edition

#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def build(editions: Iterable[Edition]) -> bytes:
    """All figures of these editions as one CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.header for column in ALL])
    for edition in editions:
        for line in edition.lines:
            writer.writerow([_plain(column.read(line)) for column in ALL])
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> Cell:
    """The cell as it is, but never a formula: a text that looks like one gets an apostrophe."""
    if isinstance(cell, str) and cell.startswith(_FORMULA):
        return f"'{cell}"
    return cell
