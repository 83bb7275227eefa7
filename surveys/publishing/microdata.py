"""Answers of a release person by person, for statistics and without anything that names a person.

Each form is a file of its own: stratum, sampling unit, weight, how people came to answer, what
they said of themselves, then their answers. All columns are numbers with labels. Read stratum by
stratum, so that memory does not grow with the number of answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy
from numpy.typing import NDArray
from sqlmodel import Session

from surveys.fieldwork.waves import plan_of
from surveys.publishing import anonymity, evidence, sampling_units
from surveys.questionnaires.labels import Label
from surveys.questionnaires.questionnaire import OWN_COLUMNS, Instrument, Question
from surveys.results.estimates import Scope, Study
from surveys.results.form_estimates import WeightedForm
from surveys.tables import Response

Values = NDArray[np.float64]

BLANK, NOT_ASKED, NOT_USED, WITHHELD = -9, -8, -7, -6
#: What numbers below 0 say, in every column.
MISSING: Mapping[int, Label] = {
    BLANK: Label("Để trống", "Left blank"),
    NOT_ASKED: Label("Không được hỏi", "Not asked"),
    NOT_USED: Label("Không dùng đến", "Did not use it"),
    WITHHELD: Label("Ẩn để không nhận ra ai", "Withheld so that nobody is recognised"),
}
MODES = {
    "self": Label("Tự trả lời", "Self-completed"),
    "kiosk": Label("Máy tại quầy", "Kiosk"),
    "interviewer": Label("Người phỏng vấn", "Interviewer"),
    "paper": Label("Phiếu giấy", "Paper"),
}
WAYS = {
    "open": Label("Tự nguyện", "Volunteer"),
    "sampled": Label("Được chọn ngẫu nhiên", "Drawn by chance"),
    "staffed": Label("Có người hỏi", "Asked by staff"),
}


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, what it is, and the words of its values (none: a plain number)."""

    name: str
    label: Label
    values: Mapping[int, Label]
    decimals: int = 0


@dataclass(frozen=True, slots=True)
class File:
    """The answers to one form, in blocks of (n, columns) that are read one after the other."""

    name: str
    columns: tuple[Column, ...]
    blocks: Iterator[Values]


def files(session: Session, scope: Scope, study: Study, key: bytes) -> Iterator[File]:
    """A file for each form of a study; `key` hides the days of sampling units.

    Of the study only the weights are kept, so its figures do not stay while answers are read.
    """
    forms = [_Form.of(scope, study, form) for form in study.weighed]
    return (
        File(evidence.name(one.form), tuple(one.columns()), one.blocks(session, key))
        for one in forms
    )


@dataclass(frozen=True, slots=True)
class _Form:
    """A form with the numbers that stand for units, waves and fields."""

    form: WeightedForm
    strata: Mapping[tuple[int, int], Label]
    fields: Mapping[str, Label]
    weights: Mapping[tuple[object, ...], float]
    by: tuple[str, ...]

    @classmethod
    def of(cls, scope: Scope, study: Study, form: WeightedForm) -> _Form:
        units = {unit.id: unit for unit in study.units.values()}
        waves = {wave.id or 0: wave.code for wave in scope.waves}
        found = sorted(
            {psu[:2] for psu in form.tally.psus}, key=lambda s: (units[s[0]].code, waves[s[1]])
        )
        strata = {}
        for unit, wave in found:
            text = f"{units[unit].code}/{waves[wave]} ({units[unit].name})"
            strata[unit, wave] = Label(text, text)
        used = {label.field for label in form.tally.labels}
        named = {field.key: field.label for field in scope.programme.fields}
        fields = {key: named.get(key, Label(key, key)) for key in sorted(used)}
        by = {key for wave in scope.waves for key in plan_of(wave).personal}
        return cls(form, strata, fields, _weights(form), tuple(sorted(by)))

    @property
    def instrument(self) -> Instrument:
        return self.form.tally.instrument

    @property
    def profile(self) -> list[Question]:
        """The questions about the person that are not columns of their own."""
        return [q for q in self.instrument.profile if q.code not in OWN_COLUMNS]

    def columns(self) -> Iterator[Column]:
        """All columns in order."""
        strata = dict(enumerate(self.strata.values(), 1))
        yield Column("stratum", Label("Tầng: đơn vị/đợt", "Stratum: unit/wave"), strata)
        yield Column("psu", Label("Đơn vị mẫu trong tầng", "Sampling unit in the stratum"), {})
        yield Column("final_weight", Label("Quyền số", "Final weight"), {}, decimals=6)
        yield Column("way", Label("Cách được mời", "How invited"), _coded(WAYS))
        yield Column("mode", Label("Cách trả lời", "Mode"), _coded(MODES))
        yield Column("field", Label("Lĩnh vực thủ tục", "Field"), _coded(self.fields))
        for key in OWN_COLUMNS:
            yield _own_column(self.instrument, key)
        for question in self.profile:
            yield from _of_question(question)
        for item in self.instrument.items:
            words = {number(o.code): o.label for o in self.instrument.scale_of(item).options}
            yield Column(_name(item.code), item.label, words)
        for question in self.instrument.questions:
            if not question.profile:
                yield from _of_question(question)

    def blocks(self, session: Session, key: bytes) -> Iterator[Values]:
        """The rows of each stratum, in an order that does not tell when people answered."""
        places: dict[tuple[int, int], set[sampling_units.Place]] = {}
        for psu in self.form.tally.psus:
            places.setdefault(psu[:2], set()).add(psu[2:])
        for place, stratum in enumerate(self.strata, 1):
            numbers = sampling_units.numbered(places[stratum], key)
            rows = _responses(session, self.form.tally.stored.id or 0, stratum)
            said = sorted((numbers[point, day], *words) for point, day, *words in rows)
            yield self._block(place, stratum, list(zip(*said, strict=True)))

    def _block(self, place: int, stratum: tuple[int, int], said: Sequence[Any]) -> Values:
        """The rows of a stratum from columns: sampling unit, then those of `_responses`."""
        psus, ways, modes, fields, sexes, age_bands, packed, texts = said
        nothing = ("",) * len(psus)
        persons = zip(OWN_COLUMNS, (sexes, age_bands), strict=True)
        own = (said_of if key in self.by else nothing for key, said_of in persons)
        labels = zip(fields, *own, strict=True)
        weights = anonymity.blurred(np.array([self.weights[*stratum, *one] for one in labels]))
        others = _characters(texts)
        about = np.column_stack([
            _places(ways, list(WAYS)), _places(modes, list(MODES)),
            _places(fields, list(self.fields)), _single(sexes), _single(age_bands),
            *self._answers(others, profile=True),
        ])  # fmt: skip
        told_apart = np.column_stack([_ranks(weights), about.astype(np.int64)])
        about[anonymity.withheld(told_apart)[:, 1:]] = WITHHELD
        return np.column_stack([
            np.full(len(psus), place), psus, weights, about, _RATINGS[_characters(packed)],
            *self._answers(others, profile=False),
        ])  # fmt: skip

    def _answers(self, others: NDArray[np.uint8], *, profile: bool) -> Iterator[Values]:
        """The columns of the questions that are not scored, about the person or not."""
        for code, offset, width in self.instrument.others:
            question = self.instrument.question(code)
            stored = others[:, offset : offset + width]
            if question.profile != profile:
                continue
            if question.kind == "number":
                digits = (stored.astype(np.int64) - ord("0")) @ 10 ** np.arange(width)[::-1]
                yield np.where(stored[:, 0] == ord("-"), BLANK, digits)[:, None]
            else:
                yield _LOOKUP[stored]


def number(code: str) -> int:
    """The number that stands for the code of an answer: 1 for "1", 10 for "a"."""
    return int(code, 36)


#: What each stored character is as a number.
_LOOKUP = np.full(128, float(BLANK))
for _mark in "0123456789abcdefghijklmnopqrstuvwxyz":
    _LOOKUP[ord(_mark)] = _LOOKUP[ord(_mark.upper())] = number(_mark)
_LOOKUP[ord(".")] = NOT_ASKED
#: The same of an item, where 0 is no number.
_RATINGS = _LOOKUP.copy()
_RATINGS[ord("0")] = NOT_USED


def _weights(form: WeightedForm) -> dict[tuple[object, ...], float]:
    """The final weight of each calibration cell: unit, wave, field, sex and age band."""
    totals = form.totals
    base = np.zeros(len(totals.cells))
    base[totals.cell_of_row] = totals.base_weight
    final = base * form.calibrated.calibration.factors
    cells: Any = totals.cells
    return dict(zip(cells, final.tolist(), strict=True))


def _responses(session: Session, instrument_id: int, stratum: tuple[int, int]) -> list[Any]:
    table: Any = Response
    # A person may leave sex and age open: "" sorts, and None does not.
    own = [sqlalchemy.func.coalesce(getattr(table, name), "") for name in OWN_COLUMNS]
    query = sqlalchemy.select(
        table.point_id, table.day, table.collector_kind, table.mode, table.field, *own,
        table.answers, table.others,
    ).where(
        table.wave_id == stratum[1], table.instrument_id == instrument_id,
        table.unit_id == stratum[0], table.excluded_at.is_(None),
    )  # fmt: skip
    # Plain rows: nothing of them is an object of the session.
    return list(session.connection().execute(query))


def _characters(texts: Sequence[str]) -> NDArray[np.uint8]:
    """(n, width) the characters of texts of one length."""
    return np.frombuffer("".join(texts).encode(), dtype=np.uint8).reshape(len(texts), -1)


def _places(said: Sequence[str], known: Sequence[str]) -> Values:
    """The number of each word among those known, from 1."""
    place = {word: number for number, word in enumerate(known, 1)}
    return np.array([place[word] for word in said], dtype=float)


def _single(codes: Sequence[str]) -> Values:
    return np.array([number(code) if code else BLANK for code in codes], dtype=float)


def _ranks(weights: Values) -> NDArray[np.int64]:
    found: NDArray[np.int64] = np.unique(weights, return_inverse=True)[1]
    return found


def _coded(words: Mapping[str, Label]) -> dict[int, Label]:
    return dict(enumerate(words.values(), 1))


def _own_column(instrument: Instrument, key: str) -> Column:
    asked = [question for question in instrument.profile if question.code == key]
    words = {number(option.code): option.label for q in asked for option in q.options}
    return Column(key, asked[0].label if asked else Label(key, key), words)


def _of_question(question: Question) -> Iterator[Column]:
    if question.kind == "multi":
        yes_no = {0: Label("Không", "No"), 1: Label("Có", "Yes")}
        for option in question.options:
            both = [f"{question.label(lang)}: {option.label(lang)}" for lang in ("vi", "en")]
            label = Label(both[0], both[1])
            yield Column(f"{_name(question.code)}_{option.code}", label, yes_no)
        return
    words = {number(option.code): option.label for option in question.options}
    yield Column(_name(question.code), question.label, words)


def _name(code: str) -> str:
    """A name that SPSS takes: it begins with a letter and has no signs but . and _."""
    plain = re.sub(r"[^A-Za-z0-9_.]", "_", code).rstrip("._")
    return plain if plain[:1].isalpha() else f"q{plain}"
