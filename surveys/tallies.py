"""Responses → the sums that every figure is computed from, one row per point, day and field.

The database brings the packed answers of each row together as one text; because a packed answer
has a fixed width, that text is a matrix, and counting it is one pass whatever the number of
items. (Summing by `substr` in SQL gives the same counts in seven times the time.)
Excluded responses are left out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import sqlalchemy
from numpy.typing import NDArray
from sqlalchemy import case, func
from sqlmodel import Session, col, select

from analysis import Extra, Items
from surveys import registry
from surveys.answers import BLANK
from surveys.collectors import Kind
from surveys.questionnaire import NUMBER_WIDTH, Instrument, Item, Question
from surveys.tables import Response, StoredInstrument, WaveInstrument

#: How people came to answer, in the order of `Tally.kinds`.
KINDS: tuple[Kind, ...] = ("open", "sampled", "staffed")

Counts = NDArray[np.int64]
_Matrix = NDArray[np.uint8]


class Group(NamedTuple):
    """What the answers of one row have in common."""

    unit_id: int
    wave_id: int
    point_id: int
    day: dt.date
    field: str
    #: Told apart only where a weighting plan needs them; "" where a person did not say.
    sex: str = ""
    age_band: str = ""


#: What every row has in common, whatever else it is told apart by.
_KEYS = Group._fields[:5]


@dataclass(frozen=True, slots=True)
class Tally:
    """The sums of one form: R rows in order, K items, L answer values (`values`)."""

    stored: StoredInstrument
    instrument: Instrument
    groups: tuple[Group, ...]
    #: People per row, shape (R,), and by how they came to answer, (R, 3).
    respondents: Counts
    kinds: Counts
    #: Answers by row, item and value: (R, K, L).
    counts: Counts
    #: Sums of "comprehensive", and of "expectation" and "return" where the form asks for them.
    extras: dict[str, Extra]

    @property
    def items(self) -> Items:
        """The items as the analysis wants them: which values satisfy, and what each scores."""
        scales = [self.instrument.scale_of(item) for item in self.instrument.items]
        satisfied = [[value in s.satisfied for value in self.values] for s in scales]
        scores = [[float(v) if v in s.codes else np.nan for v in self.values] for s in scales]
        codes = [item.code for item in self.instrument.items]
        return Items(codes, satisfied, scores)

    @property
    def values(self) -> tuple[str, ...]:
        """The answer codes of all scales, in order."""
        return values_of(self.instrument)


def values_of(instrument: Instrument) -> tuple[str, ...]:
    """The answer codes of all scales of a form, in order."""
    return tuple(sorted({code for scale in instrument.scales for code in scale.codes}))


class Asked(NamedTuple):
    """A form and the waves that ask it."""

    stored: StoredInstrument
    wave_ids: tuple[int, ...]


def forms(session: Session, wave_ids: Collection[int]) -> list[Asked]:
    """The forms that some waves ask, by code and version."""
    query = (
        select(StoredInstrument, WaveInstrument.wave_id)
        .join(WaveInstrument, col(WaveInstrument.instrument_id) == StoredInstrument.id)
        .where(col(WaveInstrument.wave_id).in_(wave_ids))
        .order_by(StoredInstrument.code, col(StoredInstrument.version), col(WaveInstrument.wave_id))
        .distinct()
    )
    found: dict[int, Asked] = {}
    for stored, wave_id in session.exec(query):
        before = found.get(stored.id or 0, Asked(stored, ()))
        found[stored.id or 0] = Asked(stored, (*before.wave_ids, wave_id))
    return list(found.values())


def tally(
    session: Session,
    stored: StoredInstrument,
    wave_ids: Collection[int],
    *,
    unit_ids: Collection[int] | None = None,
    by: Sequence[str] = (),
) -> Tally | None:
    """The sums of one form over some waves and units (all by default); None without answers.

    Rows are told apart by what people said of themselves, too, as far as `by` names it.
    """
    # A literal, for PostgreSQL takes two parameters for two different expressions.
    nothing: Any = sqlalchemy.literal_column("''")
    personal = [func.coalesce(getattr(Response, name), nothing) for name in by]
    keys: list[Any] = [*(getattr(Response, name) for name in _KEYS), *personal]
    kind = col(Response.collector_kind)
    query = (
        sqlalchemy.select(
            *keys,
            func.count(),
            *(func.sum(case((kind == known, 1), else_=0)) for known in KINDS),
            func.aggregate_strings(col(Response.answers), ""),
            func.aggregate_strings(col(Response.others), ""),
        )
        .where(
            col(Response.instrument_id) == stored.id,
            col(Response.wave_id).in_(wave_ids),
            col(Response.excluded_at).is_(None),
        )
        .group_by(*keys)
        .order_by(*keys)
    )
    if unit_ids is not None:
        query = query.where(col(Response.unit_id).in_(unit_ids))
    rows = session.execute(query).all()
    return _counted(stored, rows, (*_KEYS, *by)) if rows else None


def _counted(
    stored: StoredInstrument, rows: Sequence[Sequence[Any]], names: Sequence[str]
) -> Tally:
    instrument = registry.instrument_of(stored)
    *keys, respondents, opened, sampled, staffed, answers, others = zip(*rows, strict=True)
    people = np.array(respondents, dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(people)[:-1]])
    answered = _matrix(answers, people, instrument.answers_width)
    asked = _matrix(others, people, instrument.others_width)
    return Tally(
        stored,
        instrument,
        groups=tuple(
            Group(**dict(zip(names, key, strict=True))) for key in zip(*keys, strict=True)
        ),
        respondents=people,
        kinds=np.array([opened, sampled, staffed], dtype=np.int64).T,
        counts=np.stack([_sums(answered == ord(v), starts) for v in values_of(instrument)], axis=2),
        extras=_extras(instrument, answered, asked, starts),
    )


def _matrix(texts: Sequence[str], people: Counts, width: int) -> _Matrix:
    """One row of characters for each person, in the order of the texts."""
    characters = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    # A text of another length would move every answer after it: better no figure at all.
    return characters.reshape(int(people.sum()), width)


def _sums(values: NDArray[np.generic], starts: Counts) -> Counts:
    return np.add.reduceat(values, starts, axis=0, dtype=np.int64)


def _extras(
    instrument: Instrument, answered: _Matrix, asked: _Matrix, starts: Counts
) -> dict[str, Extra]:
    extras = {"comprehensive": _comprehensive(instrument, answered, starts)}
    for role, count in (("expectation", _expectation), ("return", _return)):
        question = instrument.role(role)
        if question:
            offset = {slot.code: slot.offset for slot in instrument.others}[question.code]
            extras[role] = count(question, asked[:, offset : offset + question.width], starts)
    return extras


def _comprehensive(instrument: Instrument, answered: _Matrix, starts: Counts) -> Extra:
    """People satisfied with every item of the index that they answered, of those who answered any.

    Items that were not asked, not used or left blank say nothing either way.
    """
    heard = np.zeros(len(answered), dtype=bool)
    displeased = np.zeros(len(answered), dtype=bool)
    for place, item in enumerate(instrument.items):
        if item.overall:
            continue
        good, bad = _codes(instrument, item)
        column = answered[:, place]
        displeased |= np.isin(column, bad)
        heard |= np.isin(column, good)
    return Extra(_sums(heard & ~displeased, starts), _sums(heard | displeased, starts))


def _codes(instrument: Instrument, item: Item) -> tuple[list[int], list[int]]:
    scale = instrument.scale_of(item)
    good = [ord(code) for code in scale.codes if code in scale.satisfied]
    return good, [ord(code) for code in scale.codes if code not in scale.satisfied]


def _expectation(question: Question, asked: _Matrix, starts: Counts) -> Extra:
    """The percentages that people typed, as shares; more than all may be met."""
    given = asked[:, 0] != ord(BLANK)
    digits = np.where(given[:, None], asked, ord("0")).astype(np.int64) - ord("0")
    percent = digits @ 10 ** np.arange(NUMBER_WIDTH - 1, -1, -1)
    return Extra(
        _sums(percent, starts) / 100,
        _sums(given, starts),
        _sums(percent**2, starts) / 100**2,
        scale=(question.minimum / 100, question.maximum / 100),
    )


def _return(question: Question, asked: _Matrix, starts: Counts) -> Extra:
    """The people whose choice counts, of all who chose."""
    counted = np.isin(asked[:, 0], [ord(code) for code in question.counted])
    return Extra(_sums(counted, starts), _sums(asked[:, 0] != ord(BLANK), starts))
