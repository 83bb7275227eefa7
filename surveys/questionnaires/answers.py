"""Posted form values → checked answers, packed the way they are stored. No database, no web.

Names in the form: `a.<item>`, `q.<question>`, `p.<profile key>`, `t.<free text>`, `field`.

    AnswerProblems(ValueError)   what a person must correct; `.problems` has all of them, by a kind
                                 which the form turns into words of the person's language
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from surveys.questionnaires.questionnaire import OWN_COLUMNS, FreeText, Instrument, Item, Question

NOT_USED, BLANK, NOT_ASKED = "0", "-", "."
PREFIXES = ("a.", "q.", "p.", "t.")
KINDS = (
    "bad_text",
    "field_missing",
    "not_a_number",
    "not_asked",
    "nothing_answered",
    "out_of_range",
    "out_of_scale",
    "repeated",
    "too_long",
    "unknown_field",
    "unknown_item",
)

Posted = Mapping[str, list[str]]
Value = str | int | tuple[str, ...] | None


class AnswerProblem(NamedTuple):
    """One thing to correct: at which item, question or name of the form, and of which kind."""

    #: Empty where it is about the form as a whole; "field" for the purpose of the visit.
    code: str
    #: One of `KINDS`.
    kind: str


class AnswerProblems(ValueError):
    """A posted form that cannot be recorded as it is."""

    def __init__(self, problems: tuple[AnswerProblem, ...]) -> None:
        self.problems = problems
        super().__init__(", ".join(f"{code or 'form'}: {kind}" for code, kind in problems))


@dataclass(frozen=True, slots=True)
class Answers:
    """One person's checked answers, ready to be recorded."""

    #: One character per item in order: its code; "0" not used; "-" left blank; "." not asked.
    packed: str
    #: The other questions at the places of `Instrument.others`; "-" over the width if blank.
    others: str
    sex: str | None
    age_band: str | None
    #: (code of the free text, what the person wrote), only those with something written.
    texts: tuple[tuple[str, str], ...]
    field: str | None

    @property
    def digest(self) -> str:
        """A SHA-256 over everything answered: tells the same form sent twice from another one."""
        everything = [self.packed, self.others, self.sex, self.age_band, self.texts, self.field]
        text = json.dumps(everything, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def check(
    instrument: Instrument,
    posted: Posted,
    *,
    fields: Sequence[str] = (),
    asked: frozenset[str] | None = None,
) -> Answers:
    """The checked answers of a posted form; AnswerProblems with all that must be corrected.

    `fields` are the purposes to choose from; with none the form's own field stands. `asked` are
    the items that this person was asked, all by default.
    Any answer may be left blank, but not all of the scored ones.
    """
    sheet = _sheet(instrument, asked)
    form = _Form(sheet, posted, [])
    form.refuse_unknown_names(sheet.names)
    packed = form.items()
    others = "".join(map(form.other, sheet.others))
    sex, age_band = map(form.own_column, sheet.own_columns)
    texts = tuple(form.texts())
    form.refuse_empty(packed)
    field = form.field(fields)
    if form.problems:
        raise AnswerProblems(tuple(form.problems))
    return Answers(packed, others, sex, age_band, texts, field)


def check_items(instrument: Instrument, posted: Posted, *, asked: Collection[str]) -> str:
    """The packed answers of a form that asks some items and nothing else; AnswerProblems."""
    sheet = _sheet(instrument, frozenset(asked))
    form = _Form(sheet, posted, [])
    form.refuse_unknown_names(sheet.item_names)
    packed = form.items()
    form.refuse_empty(packed)
    if form.problems:
        raise AnswerProblems(tuple(form.problems))
    return packed


def unasked(instrument: Instrument, packed: str) -> tuple[str, ...]:
    """The codes of the items that a person was not asked."""
    scored = zip(instrument.items, packed, strict=True)
    return tuple(item.code for item, mark in scored if mark == NOT_ASKED)


def unpack(instrument: Instrument, packed: str, others: str) -> dict[str, Value]:
    """What was answered, by code, for showing: None where left blank; unasked items are absent."""
    scored = zip(instrument.items, packed, strict=True)
    values: dict[str, Value] = {
        item.code: None if mark == BLANK else mark for item, mark in scored if mark != NOT_ASKED
    }
    for code, offset, width in instrument.others:
        stored = others[offset : offset + width]
        values[code] = _unpack_other(instrument.question(code), stored)
    return values


def _unpack_other(question: Question, stored: str) -> Value:
    if stored.startswith(BLANK):
        return None
    if question.kind == "number":
        return int(stored)
    if question.kind == "multi":
        ticks = zip(question.codes, stored, strict=True)
        return tuple(code for code, tick in ticks if tick == "1")
    return stored


class Position(NamedTuple):
    """Where the answer to one question stands in a stored response."""

    code: str
    #: "answers" or "others".
    column: str
    #: Counted from 1, as `substr` does.
    position: int
    width: int


def positions(instrument: Instrument) -> Iterator[Position]:
    """Where each answer stands in a stored response; the `answer` view is built from it."""
    for n, item in enumerate(instrument.items, 1):
        yield Position(item.code, "answers", n, 1)
    for code, offset, width in instrument.others:
        yield Position(code, "others", offset + 1, width)


class _Row(NamedTuple):
    """How an item is answered: the name that is sent, and the codes that it may have."""

    name: str
    code: str
    #: None where it was not asked.
    codes: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A form as one person is asked it, made once: reading an answer takes less than this."""

    instrument: Instrument
    rows: tuple[_Row, ...]
    #: Of the items that were asked, and of all that was.
    item_names: frozenset[str]
    names: frozenset[str]
    #: The questions in the order in which they are stored.
    others: tuple[Question, ...]
    #: The question of each of `OWN_COLUMNS`; None where it is not asked.
    own_columns: tuple[Question | None, ...]


@lru_cache(maxsize=1024)
def _sheet(instrument: Instrument, asked: frozenset[str] | None) -> _Sheet:
    rows = tuple(_row(instrument, item, asked) for item in instrument.items)
    item_names = frozenset(row.name for row in rows if row.codes is not None)
    questions = {_name(question) for question in instrument.questions}
    texts = {f"t.{free.code}" for free in instrument.free_texts}
    own = {question.code: question for question in instrument.profile}
    return _Sheet(
        instrument, rows, item_names, item_names | questions | texts,
        tuple(instrument.question(slot.code) for slot in instrument.others),
        tuple(own.get(key) for key in OWN_COLUMNS),
    )  # fmt: skip


def _row(instrument: Instrument, item: Item, asked: frozenset[str] | None) -> _Row:
    codes = frozenset(instrument.scale_of(item).codes)
    if item.allow_not_used:
        codes |= {NOT_USED}
    return _Row(f"a.{item.code}", item.code, codes if asked is None or item.code in asked else None)


@dataclass(frozen=True, slots=True)
class _Form:
    """A posted form being read; what is wrong with it collects in `problems`."""

    sheet: _Sheet
    posted: Posted
    problems: list[AnswerProblem]

    def note(self, code: str, kind: str) -> None:
        """Notes a thing to correct."""
        self.problems.append(AnswerProblem(code, kind))

    def refuse_unknown_names(self, known: frozenset[str]) -> None:
        """Notes names that look like answers but which this person was not asked."""
        for name in self.posted:
            if name not in known and name.startswith(PREFIXES):
                # The name is shown to whoever sent it, so it must be fit to be written out.
                written = name[:40].encode(errors="replace").decode()
                items = {row.name for row in self.sheet.rows}
                self.note(written, "not_asked" if name in items else "unknown_item")

    def refuse_empty(self, packed: str) -> None:
        """Notes a form in which no item was rated."""
        if not set(packed) - {BLANK, NOT_USED, NOT_ASKED} and not self.problems:
            self.note("", "nothing_answered")

    def items(self) -> str:
        """The characters stored for all items."""
        return "".join(map(self.item, self.sheet.rows))

    def item(self, row: _Row) -> str:
        """The character stored for an item."""
        if row.codes is None:
            return NOT_ASKED
        values = self.posted.get(row.name)
        if not values:
            return BLANK
        if values[0] in row.codes and len(values) == 1:
            return values[0]
        value = self._single(row.name, row.code)
        if not value:
            return BLANK
        self.note(row.code, "out_of_scale")
        return BLANK

    def other(self, question: Question) -> str:
        """The characters stored for a question that is not scored."""
        readers = {"choice": self._choice, "multi": self._multi, "number": self._number}
        return readers[question.kind](question) or BLANK * question.width

    def own_column(self, question: Question | None) -> str | None:
        """The answer to a profile question with a column of its own; None if blank or not asked."""
        return (self._choice(question) or None) if question else None

    def texts(self) -> Iterator[tuple[str, str]]:
        """What the person wrote, cleaned, by the code of the free text."""
        for free in self.sheet.instrument.free_texts:
            text = self._text(free)
            if text:
                yield free.code, text

    def field(self, fields: Sequence[str]) -> str | None:
        """The purpose of the visit."""
        value = self._single("field", "field")
        if not value and fields:
            self.note("field", "field_missing")
        elif value and value not in fields:
            self.note("field", "unknown_field")
        return value or self.sheet.instrument.field

    def _choice(self, question: Question) -> str:
        value = self._single(_name(question), question.code)
        if value and value not in question.codes:
            self.note(question.code, "out_of_scale")
            return ""
        return value

    def _multi(self, question: Question) -> str:
        values = [value for value in self.posted.get(_name(question), ()) if value]
        if len(set(values)) < len(values):
            self.note(question.code, "repeated")
        if set(values) - set(question.codes):
            self.note(question.code, "out_of_scale")
        return "".join("1" if code in values else "0" for code in question.codes) if values else ""

    def _number(self, question: Question) -> str:
        written = self._single(_name(question), question.code).strip()
        if not written:
            return ""
        # Asked for a share, many people write the sign too.
        value = written.removesuffix("%").rstrip()
        if not re.fullmatch(r"-?[0-9]{1,9}", value):
            self.note(question.code, "not_a_number")
            return ""
        if not question.minimum <= int(value) <= question.maximum:
            self.note(question.code, "out_of_range")
            return ""
        return f"{int(value):0{question.width}d}"

    def _text(self, free: FreeText) -> str:
        value = self._single(f"t.{free.code}", free.code)
        if not value:
            return ""
        # Composing takes quadratic time on a flood of accents, so a flood is refused before.
        if len(value) > 4 * free.max_length:
            self.note(free.code, "too_long")
            return ""
        text = clean_text(value)
        if "\ufffd" in text or any(unicodedata.category(sign) == "Cs" for sign in text):
            self.note(free.code, "bad_text")
        elif len(text) > free.max_length:
            self.note(free.code, "too_long")
        return text

    def _single(self, name: str, code: str) -> str:
        values = self.posted.get(name)
        if not values:
            return ""
        if len(values) > 1:
            self.note(code, "repeated")
            return ""
        return values[0]


def _name(question: Question) -> str:
    return f"{'p' if question.profile else 'q'}.{question.code}"


def clean_text(text: str) -> str:
    """The text composed (NFC), stripped, with no control character but the line end."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    kept = (sign for sign in lines if sign == "\n" or unicodedata.category(sign) != "Cc")
    return unicodedata.normalize("NFC", "".join(kept)).strip()
