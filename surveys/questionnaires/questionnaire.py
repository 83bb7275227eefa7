"""A questionnaire as frozen data: what is asked, how it is answered, how it counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from surveys.questionnaires.labels import Label

#: The whole numbers a person may type take three characters of the stored text.
NUMBER_WIDTH = 3
#: Profile answers with a column of their own: figures are split and calibrated by them.
OWN_COLUMNS = ("sex", "age_band")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: a code of one character and its text."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class Scale:
    """An ordered answer scale, worst first, coded "1", "2", …, and which codes mean satisfied."""

    code: str
    options: tuple[Option, ...]
    satisfied: frozenset[str]

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes from the worst answer to the best."""
        return tuple(option.code for option in self.options)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the index, above its dimensions."""

    code: str
    label: Label


@dataclass(frozen=True, slots=True)
class Dimension:
    """A group of items whose figure is reported; `part` where the index has parts."""

    code: str
    label: Label
    part: str | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A question answered on a scale; it takes one character of the stored answers."""

    code: str
    label: Label
    scale: str
    #: None for an overall item, which is asked and reported but stands outside the index.
    dimension: str | None
    hint: Label | None = None
    #: A person may say "I did not use this" (code 0), which counts for nothing.
    allow_not_used: bool = False

    @property
    def overall(self) -> bool:
        """Whether the item stands outside the index."""
        return self.dimension is None


@dataclass(frozen=True, slots=True)
class Question:
    """A question outside the scored items: a choice, several choices, or a number."""

    code: str
    label: Label
    #: "choice", "multi" or "number".
    kind: str
    options: tuple[Option, ...] = ()
    minimum: int = 0
    maximum: int = 0
    #: "expectation", "return", or None where no figure is computed from it.
    role: str | None = None
    #: The codes which count towards the figure of the role: "would come back".
    counted: frozenset[str] = frozenset()
    #: A question about the person, answered in bands and always optional.
    profile: bool = False
    hint: Label | None = None

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the options in order; none for a number."""
        return tuple(option.code for option in self.options)

    @property
    def width(self) -> int:
        """How many characters of the stored text an answer takes."""
        widths = {"choice": 1, "multi": len(self.options), "number": NUMBER_WIDTH}
        return widths[self.kind]


@dataclass(frozen=True, slots=True)
class FreeText:
    """A question answered in the person's own words."""

    code: str
    label: Label
    max_length: int = 2000


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the form: items and questions by code, in reading order."""

    code: str
    label: Label
    members: tuple[str, ...]
    intro: Label | None = None


@dataclass(frozen=True, slots=True)
class IndexRule:
    """How items become an index, and how sure it is that the official method says so.

    mean: dimension = weighted mean of its items' satisfied shares, part = of its dimensions,
    index = of the top level; pooled: satisfied answers / all answers, whatever the item.
    """

    #: From the ground up: "item", then "dimension", then "part", as far as the rule goes.
    levels: tuple[str, ...]
    #: "mean" or "pooled".
    pooling: str
    status: str
    source: str
    #: (code of an item, dimension or part, weight among its siblings); equal where not named.
    weights: tuple[tuple[str, float], ...] = ()

    def weight(self, code: str) -> float:
        """The weight of an item, dimension or part among its siblings."""
        return dict(self.weights).get(code, 1.0)


class Slot(NamedTuple):
    """Where an answer stands in the stored text of the questions that are not scored."""

    code: str
    #: Counted from 0.
    offset: int
    width: int


@dataclass(frozen=True, slots=True)
class Instrument:
    """One version of a questionnaire. Once it has collected answers it never changes."""

    code: str
    version: int
    title: Label
    sector: str
    #: Kinds of service points whose people answer it: "counter", "inpatient", …
    points: tuple[str, ...]
    #: The field of every answer; None where the form asks which procedure it was.
    field: str | None
    respondent: Label
    notice: Label | None
    scales: tuple[Scale, ...]
    parts: tuple[Part, ...]
    dimensions: tuple[Dimension, ...]
    #: All items that are answered on a scale, in the order of the stored answers.
    items: tuple[Item, ...]
    #: Questions that are not scored, those about the person last.
    questions: tuple[Question, ...]
    free_texts: tuple[FreeText, ...]
    sections: tuple[Section, ...]
    index: IndexRule
    figures: tuple[str, ...]
    #: "đối chiếu xong", or "chờ đối chiếu" where nobody compared it with the official form yet.
    status: str
    #: Which decision and form it follows, and how sure each thing is.
    provenance: str
    text: str
    checksum: str

    def __hash__(self) -> int:
        """That of the checksum, for all else follows from the text: instruments are often keys."""
        return hash(self.checksum)

    @property
    def answers_width(self) -> int:
        """How many characters the stored answers to the items have."""
        return len(self.items)

    @property
    def profile(self) -> tuple[Question, ...]:
        """The questions about the person."""
        return tuple(question for question in self.questions if question.profile)

    @property
    def others(self) -> tuple[Slot, ...]:
        """Where each answer that is not scored stands in its stored text."""
        slots: list[Slot] = []
        offset = 0
        for question in self.questions:
            if question.profile and question.code in OWN_COLUMNS:
                continue
            slots.append(Slot(question.code, offset, question.width))
            offset += question.width
        return tuple(slots)

    @property
    def others_width(self) -> int:
        """How many characters the stored answers to the other questions have."""
        return sum(slot.width for slot in self.others)

    def item(self, code: str) -> Item:
        """The item with this code; KeyError if there is none."""
        return {item.code: item for item in self.items}[code]

    def question(self, code: str) -> Question:
        """The question or profile question with this code; KeyError if there is none."""
        return {question.code: question for question in self.questions}[code]

    def scale(self, code: str) -> Scale:
        """The scale with this code; KeyError if there is none."""
        return {scale.code: scale for scale in self.scales}[code]

    def scale_of(self, item: Item) -> Scale:
        """The scale on which an item is answered."""
        return self.scale(item.scale)

    def items_of(self, dimension: str) -> tuple[Item, ...]:
        """The items of a dimension in order."""
        return tuple(item for item in self.items if item.dimension == dimension)

    def role(self, role: str) -> Question | None:
        """The question behind a figure ("expectation", "return"), if the form has one."""
        return next((question for question in self.questions if question.role == role), None)
