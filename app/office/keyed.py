"""A paper form as it is typed in: a box for each question, and the signs that the box takes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from app.documents.paper import typed_code
from app.filters import number
from app.language import current_language, phrase
from app.sheets import Entry, Fault, Sheet, explain
from surveys.questionnaires.answers import NOT_USED, AnswerProblem

_LONGEST_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Box:
    """What is typed for one question."""

    entry: Entry
    #: The signs that may be typed; empty where anything may.
    codes: str
    #: What the signs mean; empty where the box before says the same.
    hint: str

    @property
    def longest(self) -> int:
        """How many signs it takes."""
        if self.entry.kind == "number":
            return _LONGEST_NUMBER
        return len(self.codes) if self.entry.kind == "multi" else 1


@dataclass(frozen=True, slots=True)
class Stretch:
    """Boxes under one heading."""

    heading: str
    boxes: tuple[Box, ...]


def stretches(sheet: Sheet) -> tuple[Stretch, ...]:
    """The whole form in the order in which it is printed."""
    language = current_language()
    found = [
        Stretch(part.label(language), tuple(_boxes(_with_field(sheet, part.entries, first=n == 0))))
        for n, part in enumerate(sheet.parts)
    ]
    last = (*sheet.profile, *sheet.texts)
    return (*found, Stretch(phrase("citizen.profile"), tuple(_boxes(last))))


def spelled(sheet: Sheet, typed: MultiDict[str, str]) -> dict[str, list[str]]:
    """What was typed, as the form would have sent it: several signs where several boxes count."""
    values = {}
    for entry in sheet.entries():
        text = typed.get(entry.name, "").strip()
        if not text:
            continue
        if entry.kind == "multi":
            values[entry.name] = _signs(entry, text)
        elif entry.name == "field":
            values[entry.name] = [_purpose(entry, text)]
        else:
            values[entry.name] = [text]
    return values


def explained(
    sheet: Sheet, typed: MultiDict[str, str], problems: Iterable[AnswerProblem]
) -> tuple[Fault, ...]:
    """What is wrong with a typed sheet: of a wrong key, which keys its box takes."""
    return tuple(
        fault._replace(text=_wrong_key(fault.entry, typed) or fault.text) if fault.entry else fault
        for fault in explain(sheet, problems)
    )


def _wrong_key(entry: Entry, typed: MultiDict[str, str]) -> str:
    """That a box does not take what was typed; empty where it is another matter."""
    codes, text = _taken(entry), typed.get(entry.name, "").strip()
    if not codes or not text or set(_signs(entry, text)) <= set(codes):
        return ""
    return phrase("entry.wrong_key", key=text, codes=" ".join(codes))


def _taken(entry: Entry) -> tuple[str, ...]:
    """What may be typed for an entry; nothing named where anything may."""
    places = range(1, len(entry.options) + 1)
    codes = tuple(typed_code(entry, place) for place in places)
    return (*codes, NOT_USED) if entry.not_used else codes


def _signs(entry: Entry, text: str) -> list[str]:
    """The answers in what was typed: several signs where several boxes count."""
    if entry.kind != "multi":
        return [text]
    return [sign for sign in text if not sign.isspace() and sign != ","]


def _with_field(sheet: Sheet, entries: tuple[Entry, ...], *, first: bool) -> tuple[Entry, ...]:
    return (sheet.field, *entries) if first and sheet.field else entries


def _boxes(entries: Iterable[Entry]) -> Iterator[Box]:
    before = ""
    for entry in entries:
        hint = _hint(entry)
        yield Box(entry, _codes(entry), "" if hint == before else hint)
        before = hint


def _codes(entry: Entry) -> str:
    return "".join(_taken(entry))


def _hint(entry: Entry) -> str:
    """What may be typed and what it means: `1 Rất không hài lòng · 2 …`."""
    language = current_language()
    if entry.kind == "number":
        bounds = {"minimum": number(entry.minimum), "maximum": number(entry.maximum)}
        return phrase("citizen.number_hint", **bounds)
    words = [
        f"{typed_code(entry, place)}\N{NO-BREAK SPACE}{option.label(language)}"
        for place, option in enumerate(entry.options, 1)
    ]
    if entry.not_used:
        words.append(f"{NOT_USED}\N{NO-BREAK SPACE}{phrase('citizen.not_used')}")
    several = [phrase("documents.paper.several")] if entry.kind == "multi" else []
    return " ".join([" · ".join(words), *several])


def _purpose(entry: Entry, typed: str) -> str:
    """The key of what the person came for, which is typed by its place in the list."""
    place = int(typed) if re.fullmatch(r"[0-9]{1,2}", typed) else 0
    return entry.options[place - 1].code if 1 <= place <= len(entry.options) else typed
