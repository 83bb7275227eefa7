"""An instrument laid out for people: numbered entries in parts, and words for what is wrong.

Answers are checked in `surveys.questionnaires.answers`; here stands only what a person sees of it,
on a phone, on paper, or in an office that types answers in.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.filters import number
from app.language import languages, phrase, phrases, words_of
from surveys.questionnaires import routing
from surveys.questionnaires.answers import AnswerProblem
from surveys.questionnaires.labels import LANGUAGES, Label
from surveys.questionnaires.programme import Field, Programme
from surveys.questionnaires.questionnaire import FreeText, Instrument, Item, Option, Question
from surveys.questionnaires.routing import WHOLE, Block
from surveys.tables import ServicePoint

#: Letters of the longest word, and of the longest answer, that five columns of a phone hold.
_NARROW_WORD, _NARROW_TEXT = 8, 28
#: The same for the columns of a wide screen, and for small boxes beside each other.
_WIDE_WORD, _WIDE_TEXT, _CHIP_TEXT = 14, 34, 22
_MOST_COLUMNS = 5
#: Seconds for one question: the overall item and five others take half a minute.
_SECONDS = 5
#: From so many half minutes on they are told in whole ones.
_LONG = 6


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing the form asks, whatever kind of question it is."""

    #: As the browser sends it: "a.II.A1".
    name: str
    #: As problems name it: "II.A1".
    code: str
    #: "choice", "multi", "number" or "text".
    kind: str
    label: Label
    number: int | None = None
    hint: Label | None = None
    options: tuple[Option, ...] = ()
    #: Rated on a scale and counted in the index.
    scored: bool = False
    #: "I did not use this" may be chosen.
    not_used: bool = False
    #: About the person: "I would rather not say" may be chosen.
    private: bool = False
    minimum: int = 0
    maximum: int = 0

    @property
    def clearable(self) -> bool:
        """Whether a choice can be taken back: no other answer of the question says so."""
        return self.kind == "choice" and not self.private and self.code != "field"

    def layout(self, language: str) -> str:
        """How the options stand: "row" from phones up, "wide" columns, "chips" or a "list"."""
        texts = [words_of(option.label, language)[0] for option in self.options]
        longest = max(map(len, texts), default=0)
        word = max((len(part) for text in texts for part in text.split()), default=0)
        columns = self.kind == "choice" and len(texts) + self.private <= _MOST_COLUMNS
        if columns and word <= _NARROW_WORD and longest <= _NARROW_TEXT:
            return "row"
        if columns and word <= _WIDE_WORD and longest <= _WIDE_TEXT:
            return "wide"
        return "chips" if longest <= _CHIP_TEXT else "list"


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the form under one heading."""

    label: Label
    intro: Label | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole form in reading order."""

    #: What the person came for, where the form asks it.
    field: Entry | None
    parts: tuple[Part, ...]
    profile: tuple[Entry, ...]
    texts: tuple[Entry, ...]

    @property
    def rated(self) -> int:
        """How many entries are rated on a scale."""
        return sum(entry.scored for part in self.parts for entry in part.entries)

    @property
    def asked(self) -> int:
        """How many questions there are before those about the person."""
        return sum(len(part.entries) for part in self.parts) + bool(self.field)

    @property
    def half_minutes(self) -> int:
        """About how many half minutes these questions take; those about the person may wait."""
        halves = max(1, int(self.asked * _SECONDS / 30 + 0.5))
        return halves if halves < _LONG else halves + halves % 2

    def entries(self) -> Iterator[Entry]:
        """All entries in order."""
        if self.field:
            yield self.field
        for part in self.parts:
            yield from part.entries
        yield from self.profile
        yield from self.texts


def duration(sheet: Sheet) -> str:
    """About how long the questions take, in words: “nửa phút”, “1,5 phút”."""
    halves = sheet.half_minutes
    words = {1: "citizen.time.half", 2: "citizen.time.one"}.get(halves, "citizen.time.many")
    return phrase(words, minutes=number(halves / 2, halves % 2))


def fields_at(
    programme: Programme, instrument: Instrument, point: ServicePoint
) -> tuple[Field, ...]:
    """What a person can have come for at a point; nothing to choose where the form says it."""
    if instrument.field is not None:
        return ()
    handled = point.fields.split()
    possible = programme.fields_of(point.kind)
    return tuple(field for field in possible if not handled or field.key in handled)


def lay_out(instrument: Instrument, fields: Sequence[Field] = (), block: Block = WHOLE) -> Sheet:
    """The form that a person gets; the visit's purpose is asked where there are several."""
    field = _field_entry(fields) if len(fields) > 1 else None
    skipped = {item.code for item in instrument.items} - routing.asked(instrument, block)
    parts = _parts(instrument, skipped, first=2 if field else 1)
    profile = tuple(_question_entry(question, None) for question in instrument.profile)
    return Sheet(field, parts, profile, tuple(map(_text_entry, instrument.free_texts)))


def lay_out_items(instrument: Instrument, asked: Collection[str]) -> Sheet:
    """A form of some items and nothing else."""
    members = {code for section in instrument.sections for code in section.members}
    return Sheet(None, _parts(instrument, members - set(asked), first=1), (), ())


def _parts(instrument: Instrument, skipped: Collection[str], *, first: int) -> tuple[Part, ...]:
    """The sections in which something is asked, numbered from the first question on."""
    numbers = itertools.count(first)
    items = {item.code: item for item in instrument.items}
    parts = []
    for section in instrument.sections:
        entries = tuple(
            _item_entry(instrument, items[code], next(numbers))
            if code in items
            else _question_entry(instrument.question(code), next(numbers))
            for code in section.members
            if code not in skipped
        )
        if entries:
            parts.append(Part(section.label, section.intro, entries))
    return tuple(parts)


def _field_entry(fields: Sequence[Field]) -> Entry:
    words = {language: phrases(language).get("citizen.field", "") for language in languages()}
    further = tuple((code, words[code]) for code in words if code not in LANGUAGES and words[code])
    label = Label(words["vi"], words["en"], further)
    options = tuple(Option(field.key, field.label) for field in fields)
    return Entry("field", "field", "choice", label, 1, options=options)


def _item_entry(instrument: Instrument, item: Item, number: int) -> Entry:
    return Entry(
        f"a.{item.code}", item.code, "choice", item.label, number, item.hint,
        options=instrument.scale_of(item).options, scored=True, not_used=item.allow_not_used,
    )  # fmt: skip


def _question_entry(question: Question, number: int | None) -> Entry:
    prefix = "p" if question.profile else "q"
    return Entry(
        f"{prefix}.{question.code}", question.code, question.kind, question.label, number,
        question.hint, options=question.options, private=question.profile,
        minimum=question.minimum, maximum=question.maximum,
    )  # fmt: skip


def _text_entry(text: FreeText) -> Entry:
    return Entry(f"t.{text.code}", text.code, "text", text.label, maximum=text.max_length)


class Fault(NamedTuple):
    """One thing to correct, in the person's words."""

    #: The entry it is about; None where it is about the form as a whole.
    entry: Entry | None
    text: str
    #: Where a person can mend it: the name of an entry; empty where nowhere in particular.
    place: str = ""


def explain(sheet: Sheet, problems: Iterable[AnswerProblem]) -> tuple[Fault, ...]:
    """The problems of a posted form in the person's words, in the order of the form."""
    entries = {entry.code: entry for entry in sheet.entries()}
    order = ["", *(entry.name for entry in entries.values())]
    faults = [_fault(sheet, entries.get(problem.code), problem) for problem in problems]
    faults.sort(key=lambda fault: order.index(fault.place))
    return tuple(faults)


def _fault(sheet: Sheet, entry: Entry | None, problem: AnswerProblem) -> Fault:
    values = {"name": problem.code}
    if entry:
        values |= {"minimum": number(entry.minimum), "maximum": number(entry.maximum)}
    place = entry.name if entry else ""
    if problem.kind == "nothing_answered":  # any rating would do, so it leads to the first
        place = next((entry.name for entry in sheet.entries() if entry.scored), "")
    return Fault(entry, phrase(f"citizen.problem.{problem.kind}", **values), place)
