"""A chart as offices get it: the drawing, its data as a table, and both as files."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Literal

import flask
from flask import abort
from markupsafe import Markup

#: A cell that begins so is a formula to a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

#: What a drawing looks like outside the page: the page's own colours on white.
_LOOKS = (
    "svg{font-family:sans-serif;background:#fff}text{font-size:13px;fill:#44525c;"
    "text-anchor:middle}.first,.level{text-anchor:start}.last{text-anchor:end}"
    ".tick{stroke:#cfd8df}.target{stroke:#1b262d;stroke-width:2;stroke-dasharray:4 3}"
    ".span{stroke:#5b9bd5;stroke-width:7}.dot{fill:#0b5394;stroke:#fff}.out{fill:#a61b12}"
    ".limit{stroke:#5b9bd5;stroke-width:1.5}.far{stroke-dasharray:6 4}.band{fill:#e3edf7}"
    ".path{stroke:#0b5394;stroke-width:1.5}.level-1{fill:#8c2d04}.level-2{fill:#e08a4b}"
    ".level-3{fill:#d5d8dc}.level-4{fill:#7fb0dc}.level-5{fill:#0b5394}"
    "text.level-1,text.level-2,text.level-3,text.level-4,text.level-5{fill:#44525c}"
)

Cell = str | int | float | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the data: its head, and how its cells are written on a page."""

    head: str
    kind: Literal["text", "number", "percent"] = "text"


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the data; a faint one says nothing sure about its place."""

    cells: tuple[Cell, ...]
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Plate:
    """A chart with everything that goes with it; `key` is its name in addresses."""

    key: str
    title: str
    about: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    drawing: Markup
    #: What stands out, in whole sentences.
    findings: tuple[str, ...] = ()
    #: Whether the page shows the same data already: then only the files are offered.
    known: bool = False


def file(plate: Plate, kind: str) -> flask.Response:
    """The chart as SVG or its data as CSV, to be kept."""
    made = {"svg": (_svg, "image/svg+xml"), "csv": (_csv, "text/csv")}.get(kind)
    if made is None:
        abort(404)
    build, mimetype = made
    response = flask.Response(build(plate), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{plate.key}.{kind}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _svg(plate: Plate) -> bytes:
    head, rest = str(plate.drawing).split(">", 1)
    head = head.replace('width="100%"', 'xmlns="http://www.w3.org/2000/svg" width="720"')
    return f"{head}><style>{_LOOKS}</style>{rest}".encode()


def _csv(plate: Plate) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([column.head for column in plate.columns])
    for row in plate.rows:
        writer.writerow([_plain(cell) for cell in row.cells])
    return text.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, float):
        return round(cell, 6)
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
