"""Who answered, and how, in the offices' own yearly workbook: counts, and charts that read them.

Counts of a whole sector, less those that are public of its units, would tell of a unit that is too
small to be shown: so these sheets are for offices, and no public file has them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from app.language import current_language, phrase
from surveys.results.respondents import FormLevels, Profile
from surveys.results.wishes import FormWishes, Wish

#: Rows that a chart covers at least, and how high each is.
_LEAST_ROWS, _ROW_HEIGHT = 14, 20
#: The colours of levels, from the worst: those of the charts on pages.
_LEVELS = ("#8C2D04", "#E08A4B", "#D5D8DC", "#7FB0DC", "#0B5394")
_BAR = "#9DB8CC"

#: Writes a cell: row, column, what stands there, and whether it is a head.
Write = Callable[[int, int, str | int | float | None, bool], None]


@dataclass(frozen=True, slots=True)
class Respondents:
    """The people and answers behind the published figures of a sector."""

    sector: str
    levels: tuple[FormLevels, ...]
    profiles: tuple[Profile, ...]
    wishes: tuple[FormWishes, ...] = ()


def put_levels(
    book: Any, page: Any, found: Sequence[Respondents], *, row: int, write: Write
) -> None:
    """Write a block for each form: its items by level, and a stacked bar of each."""
    for each in found:
        for form in each.levels:
            row = _levels(book, page, each.sector, form, row=row, write=write)


def put_profiles(
    book: Any, page: Any, found: Sequence[Respondents], *, row: int, write: Write
) -> None:
    """Write a block for each question about the person, and a bar of each group that is told."""
    for each in found:
        for profile in each.profiles:
            row = _profile(book, page, each.sector, profile, row=row, write=write)


def put_wishes(
    _book: Any, page: Any, found: Sequence[Respondents], *, row: int, write: Write
) -> None:
    """Write a block for each form: its wishes by level, and the share of people who want each."""
    page.set_column(1, 1, 48)
    for each in found:
        for form in each.wishes:
            row = _wishes(each.sector, form, row=row, write=write)


def _wishes(sector: str, form: FormWishes, *, row: int, write: Write) -> int:
    language = current_language()
    write(row, 0, f"{sector}: {form.form.get(language)}", True)
    wanting = " / ".join(level.get(language) for level in form.counted)
    names = [
        phrase("documents.wish"), *(level.get(language) for level in form.levels),
        phrase("documents.column.n"), wanting,
        *(phrase(f"documents.column.{key}") for key in ("standard_error", "low", "high")),
    ]  # fmt: skip
    for column, name in enumerate(names, 1):
        write(row + 1, column, name, True)
    for at, wish in enumerate(form.wishes, row + 2):
        for column, cell in enumerate(_wish(wish, language, len(form.levels))):
            write(at, column, cell, False)
    return row + len(form.wishes) + 3


def _wish(wish: Wish, language: str, levels: int) -> list[str | int | float | None]:
    counts = wish.counts or (None,) * levels
    start = [wish.code, wish.label.get(language), *counts, wish.answers]
    if wish.wanted is None:
        return [*start, *[None] * 4]
    span = wish.wanted.interval
    return [*start, wish.wanted.value, wish.wanted.standard_error, span.low, span.high]


def _levels(
    book: Any, page: Any, sector: str, form: FormLevels, *, row: int, write: Write
) -> int:  # fmt: skip
    language = current_language()
    title = f"{sector}: {form.form.get(language)}"
    names = [level.get(language) for level in form.levels]
    write(row, 0, title, True)
    for at, name in enumerate([phrase("figures.measure.item"), *names]):
        write(row + 1, at + 1, name, True)
    first = row + 2
    for at, item in enumerate(form.items, first):
        write(at, 0, item.code, False)
        write(at, 1, item.label.get(language), False)
        for column, count in enumerate(item.counts or [None] * len(names), 2):
            write(at, column, count, False)
    last = first + len(form.items) - 1
    chart = book.add_chart({"type": "bar", "subtype": "percent_stacked"})
    for at in range(len(names)):
        chart.add_series(
            {
                "name": [page.get_name(), row + 1, at + 2],
                "categories": [page.get_name(), first, 1, last, 1],
                "values": [page.get_name(), first, at + 2, last, at + 2],
                "fill": {"color": _LEVELS[min(at, len(_LEVELS) - 1)]}, "gap": 40,
            }
        )  # fmt: skip
    chart.set_legend({"position": "bottom"})
    return _beside(page, chart, title, row=row, rows=len(form.items) + 3, column=len(names) + 3)


def _profile(
    book: Any, page: Any, sector: str, profile: Profile, *, row: int, write: Write
) -> int:  # fmt: skip
    language = current_language()
    title = f"{sector}: {profile.question.get(language)}"
    write(row, 0, title, True)
    write(row + 1, 0, profile.form.get(language), False)
    write(row + 1, 1, phrase("dash.three.people"), True)
    first = row + 2
    for at, group in enumerate(profile.groups, first):
        label = group.label.get(language) if group.label else phrase("dash.unsaid")
        write(at, 0, label, False)
        held = phrase("figures.held_back") if group.people is None else group.people
        write(at, 1, held, False)
    last = first + len(profile.groups) - 1
    chart = book.add_chart({"type": "bar"})
    chart.add_series(
        {
            "name": phrase("dash.three.people"),
            "categories": [page.get_name(), first, 0, last, 0],
            "values": [page.get_name(), first, 1, last, 1], "fill": {"color": _BAR}, "gap": 60,
        }
    )  # fmt: skip
    chart.set_legend({"none": True})
    return _beside(page, chart, title, row=row, rows=len(profile.groups) + 3, column=4)


def _beside(page: Any, chart: Any, title: str, *, row: int, rows: int, column: int) -> int:
    """Puts a chart beside its cells, and tells the row after both."""
    rows = max(rows, _LEAST_ROWS)
    chart.set_title({"name": title, "name_font": {"size": 11}})
    chart.set_y_axis({"reverse": True})
    chart.set_size({"width": 640, "height": (rows - 1) * _ROW_HEIGHT})
    page.insert_chart(row, column, chart, {"description": title, "object_position": 2})
    return row + rows + 1
