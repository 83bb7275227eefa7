"""Questionnaires on paper: every question, with the codes that are typed in afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from app.documents import typesetting
from app.language import FIRST, phrases
from app.sheets import Entry, lay_out
from surveys.questionnaires.answers import NOT_USED
from surveys.questionnaires.programme import Field
from surveys.questionnaires.questionnaire import Instrument

#: Sheets of one file: what a printer takes at once.
MOST_SHEETS = 200
#: Boxes that fit beside a question in a table.
_MOST_COLUMNS = 6
_WORDS = ("code", "several", "serial", "collector", "day", "how", "page")


@dataclass(frozen=True, slots=True)
class Batch:
    """Sheets for one place, to be printed together."""

    instrument: Instrument
    #: What people can have come for; asked where there are several.
    fields: tuple[Field, ...]
    unit: str
    point: str
    #: The code under which the sheets are typed in.
    collector: str
    first: int
    size: int

    @property
    def serials(self) -> tuple[str, ...]:
        """The printed numbers."""
        return tuple(f"{number:06d}" for number in range(self.first, self.first + self.size))


def typeset(batch: Batch) -> bytes:
    """A PDF with every sheet of a batch. Raises `typesetting.Unprintable`."""
    return typesetting.pdf("paper.typ", contents(batch))


def contents(batch: Batch) -> dict[str, Any]:
    """What the template is given; paper is in Vietnamese, as the forms of the offices are."""
    form = batch.instrument
    sheet = lay_out(form, batch.fields)
    said = phrases(FIRST)
    parts = [
        _part(part.label(), part.intro() if part.intro else None, part.entries)
        for part in sheet.parts
    ]
    if sheet.field:
        parts[0]["items"].insert(0, _choices(sheet.field))
    parts.append(
        _part(said["citizen.profile"], said["citizen.profile_intro"], sheet.profile + sheet.texts)
    )
    return {
        "title": form.title(),
        "form": f"{form.code}.v{form.version}",
        "unit": batch.unit,
        "point": batch.point,
        "collector": batch.collector,
        "respondent": said["citizen.respondent"].format(who=form.respondent()),
        "notice": form.notice() if form.notice else None,
        "serials": batch.serials,
        "parts": parts,
        "words": {key: said[f"documents.paper.{key}"] for key in _WORDS},
    }


def typed_code(entry: Entry, place: int) -> str:
    """What is printed in the box of an option and typed for it: what people come for is numbered.

    `place` is counted from 1.
    """
    return str(place) if entry.name == "field" else entry.options[place - 1].code


def _part(label: str, intro: str | None, entries: Iterable[Entry]) -> dict[str, Any]:
    return {"label": label, "intro": intro, "items": list(_items(entries))}


def _items(entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    """The entries as printed: neighbours that are answered with the same words make a table."""
    for texts, group in groupby(entries, key=_columns):
        alike = list(group)
        if texts and (len(alike) > 1 or alike[0].scored):
            yield _table(alike)
        else:
            yield from map(_single, alike)


def _columns(entry: Entry) -> tuple[str, ...]:
    """The words above the boxes where an entry can stand in a table."""
    fits = entry.kind == "choice" and 0 < len(entry.options) <= _MOST_COLUMNS
    return tuple(f"{one.code} {one.label()}" for one in entry.options) if fits else ()


def _table(entries: Sequence[Entry]) -> dict[str, Any]:
    columns = [{"code": one.code, "label": one.label()} for one in entries[0].options]
    if any(entry.not_used for entry in entries):
        columns.append({"code": NOT_USED, "label": phrases(FIRST)["citizen.not_used"]})
    return {"kind": "rows", "columns": columns, "entries": [_row(entry) for entry in entries]}


def _row(entry: Entry) -> dict[str, Any]:
    codes = [one.code for one in entry.options] + [NOT_USED] * entry.not_used
    return {**_single(entry), "codes": codes}


def _choices(entry: Entry) -> dict[str, Any]:
    return {**_single(entry), "kind": "choice"}


def _single(entry: Entry) -> dict[str, Any]:
    options = [
        {"code": typed_code(entry, place), "label": one.label()}
        for place, one in enumerate(entry.options, 1)
    ]
    keyed = entry.name.startswith(("a.", "q."))  # the others have keys that tell a reader nothing
    return {
        "kind": entry.kind, "code": entry.code if keyed else "",
        "number": entry.number, "label": entry.label(), "options": options,
    }  # fmt: skip
