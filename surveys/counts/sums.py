"""Packed answers → the sums of a form as one vector of whole numbers per group.

A vector holds, where the form asks what was expected, Σ and Σ² of the percentages; then the people,
their answers by item and value, and who stands behind the other figures: satisfied with everything
(of whom), told what was expected, would come back (of whom). Which stands where follows from the
form alone, which never changes once it is answered. All are sums over people, so vectors of groups
are added and subtracted exactly; and but for the percentages none is larger than the people.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis import Extra
from surveys.questionnaires.answers import BLANK
from surveys.questionnaires.questionnaire import NUMBER_WIDTH, Instrument, Item, Question

Counts = NDArray[np.int64]
_Matrix = NDArray[np.uint8]
_Column = NDArray[np.int64] | NDArray[np.bool_]

#: How many people, of different kinds, stand behind each figure beside the items'.
_PEOPLE = {"comprehensive": 2, "expectation": 1, "return": 2}


def values_of(instrument: Instrument) -> tuple[str, ...]:
    """The answer codes of all scales of a form, in order."""
    return tuple(sorted({code for scale in instrument.scales for code in scale.codes}))


def percents_of(instrument: Instrument) -> int:
    """How many sums of percentages stand first: the only ones that may exceed the people."""
    return 2 if instrument.role("expectation") else 0


def width_of(instrument: Instrument) -> int:
    """How many sums a form has."""
    items = len(instrument.items) * len(values_of(instrument))
    others = sum(_PEOPLE[name] for name in _names(instrument))
    return percents_of(instrument) + 1 + items + others


def people_of(instrument: Instrument, vectors: Counts) -> Counts:
    """The people by group."""
    return vectors[:, percents_of(instrument)]


def counts_of(instrument: Instrument, vectors: Counts) -> Counts:
    """The answers by group, item and value."""
    items, values = len(instrument.items), len(values_of(instrument))
    first = percents_of(instrument) + 1
    return vectors[:, first : first + items * values].reshape(-1, items, values)


def extras_of(instrument: Instrument, vectors: Counts) -> dict[str, Extra]:
    """The sums behind the other figures; percentages as shares, more than all may be met."""
    found: dict[str, Extra] = {}
    place = percents_of(instrument) + 1 + len(instrument.items) * len(values_of(instrument))
    for name in _names(instrument):
        people = vectors[:, place : place + _PEOPLE[name]].T
        place += _PEOPLE[name]
        question = instrument.role(name)
        if name == "expectation" and question:
            scale = (question.minimum / 100, question.maximum / 100)
            percents, squares = vectors[:, :2].T
            found[name] = Extra(percents / 100, people[0], squares / 100**2, scale=scale)
        else:
            found[name] = Extra(people[0], people[1])
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
    answered = characters(answers, len(group), instrument.answers_width)
    asked = characters(others, len(group), instrument.others_width)
    values = values_of(instrument)
    places = np.full(256, len(values))
    places[[ord(value) for value in values]] = np.arange(len(values))
    percents, others_of = _columns(instrument, answered, asked)
    found = [_added(group, column * change, groups)[:, None] for column in percents]
    found.append(_added(group, change, groups)[:, None])
    for column in answered.T:
        # One pass per item: the codes that are no answers fall into a last place of their own.
        there = group * (len(values) + 1) + places[column]
        sums = _added(there, change, groups * (len(values) + 1))
        found.append(sums.reshape(groups, len(values) + 1)[:, :-1])
    found += [_added(group, column * change, groups)[:, None] for column in others_of]
    return np.concatenate(found, axis=1)


def _names(instrument: Instrument) -> list[str]:
    return [name for name in _PEOPLE if name == "comprehensive" or instrument.role(name)]


def characters(texts: Sequence[str], people: int, width: int) -> _Matrix:
    """One row of characters for each person, in the order of the texts."""
    found = np.frombuffer("".join(texts).encode("ascii"), dtype=np.uint8)
    # A text of another length would move every answer after it: better no figure at all.
    return found.reshape(people, width)


def _added(place: Counts, values: _Column, places: int) -> Counts:
    # Sums of whole numbers in floating point are exact up to 2^53.
    return np.rint(np.bincount(place, values, minlength=places)).astype(np.int64)


def _columns(
    instrument: Instrument, answered: _Matrix, asked: _Matrix
) -> tuple[list[_Column], list[_Column]]:
    """The percentages that each person adds, and in which other sums they are counted."""
    percents: list[_Column] = []
    people = [*_comprehensive(instrument, answered)]
    offsets = {slot.code: slot.offset for slot in instrument.others}
    for role in ("expectation", "return"):
        question = instrument.role(role)
        if question:
            offset = offsets[question.code]
            said = asked[:, offset : offset + question.width]
            if role == "expectation":
                percent, given = _expectation(said)
                percents += [percent, percent**2]
                people.append(given)
            else:
                people += _return(question, said)
    return percents, people


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


def _expectation(asked: _Matrix) -> tuple[Counts, _Column]:
    """The percentages that people typed, and who typed one."""
    given = asked[:, 0] != ord(BLANK)
    digits = np.where(given[:, None], asked, ord("0")).astype(np.int64) - ord("0")
    return digits @ 10 ** np.arange(NUMBER_WIDTH - 1, -1, -1), given


def _return(question: Question, asked: _Matrix) -> tuple[_Column, _Column]:
    """The people whose choice counts, of all who chose."""
    counted = np.isin(asked[:, 0], [ord(code) for code in question.counted])
    return counted, asked[:, 0] != ord(BLANK)
