"""Packed answers → the sums of a form as one vector of whole numbers per group, and its storing.

A vector holds the answers by item and value, then the sums behind the other figures: people who
are satisfied with everything (of whom), what was expected (Σ, people, Σ² in percent), who would
come back (of whom). Which stands where follows from the form alone, which never changes once it
is answered. All are sums over people, so vectors of groups are added and subtracted exactly.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from analysis import Extra
from surveys.questionnaires.answers import BLANK
from surveys.questionnaires.questionnaire import NUMBER_WIDTH, Instrument, Item, Question

Counts = NDArray[np.int64]
_Matrix = NDArray[np.uint8]
_Column = NDArray[np.int64] | NDArray[np.bool_]

#: How many sums stand behind each figure that needs more than answers by item and value.
_SUMS = {"comprehensive": 2, "expectation": 3, "return": 2}


def values_of(instrument: Instrument) -> tuple[str, ...]:
    """The answer codes of all scales of a form, in order."""
    return tuple(sorted({code for scale in instrument.scales for code in scale.codes}))


def width_of(instrument: Instrument) -> int:
    """How many sums a form has."""
    extras = sum(_SUMS[name] for name in _names(instrument))
    return len(instrument.items) * len(values_of(instrument)) + extras


def counts_of(instrument: Instrument, vectors: Counts) -> Counts:
    """The answers by group, item and value."""
    items, values = len(instrument.items), len(values_of(instrument))
    return vectors[:, : items * values].reshape(-1, items, values)


def extras_of(instrument: Instrument, vectors: Counts) -> dict[str, Extra]:
    """The sums behind the other figures; percentages as shares, more than all may be met."""
    found, place = {}, len(instrument.items) * len(values_of(instrument))
    for name in _names(instrument):
        sums = vectors[:, place : place + _SUMS[name]].T
        place += _SUMS[name]
        question = instrument.role(name)
        if name == "expectation" and question:
            scale = (question.minimum / 100, question.maximum / 100)
            found[name] = Extra(sums[0] / 100, sums[1], sums[2] / 100**2, scale=scale)
        else:
            found[name] = Extra(sums[0], sums[1])
    return found


def summed(
    instrument: Instrument,
    answers: Sequence[str],
    others: Sequence[str],
    *,
    group: Counts,
    change: Counts,
    groups: int,
) -> Counts:
    """The vectors (groups, width) of people; `group` and `change` (±1) have one entry a person.

    `answers` and `others` are their packed texts, in any pieces: only the order matters.
    """
    answered = _matrix(answers, len(group), instrument.answers_width)
    asked = _matrix(others, len(group), instrument.others_width)
    values = values_of(instrument)
    places = np.full(256, len(values))
    places[[ord(value) for value in values]] = np.arange(len(values))
    found: list[Counts] = []
    for column in answered.T:
        # One pass per item: the codes that are no answers fall into a last place of their own.
        there = group * (len(values) + 1) + places[column]
        sums = _added(there, change, groups * (len(values) + 1))
        found.append(sums.reshape(groups, len(values) + 1)[:, :-1])
    columns = _columns(instrument, answered, asked)
    found += [_added(group, column * change, groups)[:, None] for column in columns]
    return np.concatenate(found, axis=1)


def pack(vectors: Counts) -> list[bytes]:
    """Each vector as bytes, in the narrowest whole numbers that hold it: most days are small."""
    if vectors.size and vectors.min() < 0:
        raise ValueError("a sum below zero: more was taken away than had been counted")
    sizes = [np.min_scalar_type(most) for most in vectors.max(axis=1, initial=0).tolist()]
    return [
        vector.astype(size.newbyteorder("<")).tobytes()
        for vector, size in zip(vectors, sizes, strict=True)
    ]


def unpack(stored: Sequence[bytes], width: int) -> Counts:
    """The vectors that `pack` stored; ValueError where one is not of this width."""
    found = np.zeros((len(stored), width), dtype=np.int64)
    lengths = np.array([len(one) for one in stored], dtype=np.int64)
    if not np.isin(lengths, width * np.array([1, 2, 4, 8])).all():
        raise ValueError("a sum is not of this form: count again")
    for size in (1, 2, 4, 8):
        rows = np.flatnonzero(lengths == width * size)
        joined = b"".join(stored[row] for row in rows.tolist())
        found[rows] = np.frombuffer(joined, dtype=f"<u{size}").reshape(-1, width)
    return found


def _names(instrument: Instrument) -> list[str]:
    return [name for name in _SUMS if name == "comprehensive" or instrument.role(name)]


def _matrix(texts: Sequence[str], people: int, width: int) -> _Matrix:
    """One row of characters for each person, in the order of the texts."""
    characters = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    # A text of another length would move every answer after it: better no figure at all.
    return characters.reshape(people, width)


def _added(place: Counts, values: _Column, places: int) -> Counts:
    # Sums of whole numbers in floating point are exact up to 2^53.
    return np.rint(np.bincount(place, values, minlength=places)).astype(np.int64)


def _columns(instrument: Instrument, answered: _Matrix, asked: _Matrix) -> Iterator[_Column]:
    """What each person adds to the sums behind the other figures, in the order of `_SUMS`."""
    yield from _comprehensive(instrument, answered)
    offsets = {slot.code: slot.offset for slot in instrument.others}
    for role, people in (("expectation", _expectation), ("return", _return)):
        question = instrument.role(role)
        if question:
            offset = offsets[question.code]
            yield from people(question, asked[:, offset : offset + question.width])


def _comprehensive(instrument: Instrument, answered: _Matrix) -> tuple[_Column, ...]:
    """People satisfied with every item of the index that they answered, of those who answered any.

    Items that were not asked, not used or left blank say nothing either way.
    """
    heard = np.zeros(len(answered), dtype=bool)
    displeased = np.zeros(len(answered), dtype=bool)
    for place, item in enumerate(instrument.items):
        if item.overall:
            continue
        good, bad = _codes(instrument, item)
        displeased |= np.isin(answered[:, place], bad)
        heard |= np.isin(answered[:, place], good)
    return heard & ~displeased, heard | displeased


def _codes(instrument: Instrument, item: Item) -> tuple[list[int], list[int]]:
    scale = instrument.scale_of(item)
    good = [ord(code) for code in scale.codes if code in scale.satisfied]
    return good, [ord(code) for code in scale.codes if code not in scale.satisfied]


def _expectation(_question: Question, asked: _Matrix) -> tuple[_Column, ...]:
    """The percentages that people typed."""
    given = asked[:, 0] != ord(BLANK)
    digits = np.where(given[:, None], asked, ord("0")).astype(np.int64) - ord("0")
    percent = digits @ 10 ** np.arange(NUMBER_WIDTH - 1, -1, -1)
    return percent, given, percent**2


def _return(question: Question, asked: _Matrix) -> tuple[_Column, ...]:
    """The people whose choice counts, of all who chose."""
    counted = np.isin(asked[:, 0], [ord(code) for code in question.counted])
    return counted, asked[:, 0] != ord(BLANK)
