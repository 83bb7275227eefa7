"""Native charts of the yearly workbook: the units' shares with their intervals, one a target.

Each chart reads cells beside it, so that a reader can change it; its error bars are the distances
from the share to both ends of the interval. What is held back stands in no chart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app import charts, wording
from app.documents.edition import Edition
from app.language import current_language, phrase
from app.summary import Summary
from surveys.results.figures import Figure

#: What stands in the table beside the charts, and in which column.
COLUMNS = ("sector", "unit", "value", "below", "above")
WIDTHS = (14, 44, 11, 14, 14)
_NAME, _VALUE, _BELOW, _ABOVE = 1, 2, 3, 4
_BESIDE = len(COLUMNS) + 1
#: Rows that a chart covers, with a free one.
_LEAST_ROWS, _ROW_HEIGHT = 16, 20

Write = Callable[[int, int, str | float], None]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The units of one target that a chart shows."""

    sector: str
    title: str
    figures: tuple[Figure, ...]
    low: float


def drawn(editions: Iterable[Edition]) -> Iterator[Drawn]:
    """What there is to draw: for each sector and target the units that are shown."""
    for edition in editions:
        sector = edition.sector.label(current_language())
        for figures in Summary(edition.figures).units():
            shown = tuple(row for row in figures if None not in {row.value, row.low, row.high})
            if shown:
                title = f"{sector}: {_title(edition, shown[0])}"
                yield Drawn(sector, title, shown, charts.axis_of(shown).low)


def put(book: Any, page: Any, found: Sequence[Drawn], *, row: int, write: Write) -> None:
    """Write the cells from this row on, and the charts beside them."""
    for each in found:
        for at, figure in enumerate(each.figures, row):
            value, low, high = figure.value or 0.0, figure.low or 0.0, figure.high or 0.0
            cells: tuple[str | float, ...] = (
                each.sector,
                figure.unit_name or "",
                value,
                value - low,
                high - value,
            )
            for column, cell in enumerate(cells):
                write(at, column, cell)
        page.insert_chart(
            row, _BESIDE, _chart(book, page, each, row),
            {"description": each.title, "object_position": 2},
        )  # fmt: skip
        row += max(len(each.figures) + 1, _LEAST_ROWS)


def _chart(book: Any, page: Any, each: Drawn, row: int) -> Any:
    last = row + len(each.figures) - 1

    def cells(column: int) -> list[object]:
        return [page.get_name(), row, column, last, column]

    def reference(column: int) -> str:
        letter = "ABCDE"[column]
        return f"='{page.get_name()}'!${letter}${row + 1}:${letter}${last + 1}"

    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": phrase("figures.measure.index"), "categories": cells(_NAME),
            "values": cells(_VALUE), "fill": {"color": "#9DB8CC"}, "gap": 60,
            "y_error_bars": {
                "type": "custom", "plus_values": reference(_ABOVE),
                "minus_values": reference(_BELOW), "line": {"color": "#14507A", "width": 1.75},
            },
        }
    )  # fmt: skip
    chart.set_title({"name": each.title, "name_font": {"size": 11}})
    chart.set_legend({"none": True})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"min": each.low, "max": 1, "num_format": "0%", "label_position": "high"})
    rows = max(len(each.figures) + 1, _LEAST_ROWS)
    chart.set_size({"width": 640, "height": (rows - 1) * _ROW_HEIGHT})
    return chart


def _title(edition: Edition, figure: Figure) -> str:
    """What the chart shows and the target it is to be held against."""
    label = wording.name(figure)
    if figure.target_key in edition.targets:
        label = edition.targets[figure.target_key or ""].label(current_language())
    if figure.target is None or figure.operator is None:
        return label
    aim = wording.wanted_sign(figure.operator, figure.target)
    return f"{label} ({phrase('figures.target_word')} {aim}; {phrase('figures.interval')})"
