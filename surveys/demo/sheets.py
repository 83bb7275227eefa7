"""Made-up answer sheets with the structure of real ones, as a browser would post them.

A person has one satisfaction that colours all answers; an item is easier or harder to please
with; some answer everything alike, some leave a question blank, some stop half-way.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.random import PCG64, Generator
from numpy.typing import NDArray

from surveys.questionnaires.answers import NOT_USED
from surveys.questionnaires.questionnaire import Instrument, Question, Scale

Sheet = dict[str, list[str]]
Floats = NDArray[np.float64]

#: Standard deviations on the scale where 0 divides satisfied from not: of people, items, answers.
PEOPLE, ITEMS, ANSWERS = 0.75, 0.25, 0.6
#: Shares of people or of answers.
BLANK, NOT_NEEDED, STRAIGHT, BROKEN_OFF, COMMENTED = 0.02, 0.06, 0.04, 0.03, 0.05
#: Width of one level of the scale.
STEP = 1.3
#: Choices whose shares people would miss if they were arbitrary.
KNOWN_SHARES = {"sex": (0.46, 0.53, 0.01)} | {
    # What people wish to see improved, from "not needed" to "badly needed".
    f"Q10.{wish}": shares
    for wish, shares in enumerate(
        (
            (0.06, 0.16, 0.45, 0.33), (0.10, 0.24, 0.44, 0.22), (0.05, 0.12, 0.45, 0.38),
            (0.08, 0.19, 0.45, 0.28), (0.16, 0.32, 0.36, 0.16), (0.03, 0.08, 0.37, 0.52),
            (0.14, 0.22, 0.34, 0.30), (0.12, 0.24, 0.38, 0.26), (0.06, 0.15, 0.45, 0.34),
            (0.04, 0.11, 0.39, 0.46),
        ),
        1,
    )
}  # fmt: skip


def sheets(
    rng: Generator,
    instrument: Instrument,
    levels: Floats,
    *,
    comments: tuple[Sequence[str], Sequence[str]],
) -> list[Sheet]:
    """One sheet for each level, which is where and when somebody was served.

    `comments` are what the satisfied and the dissatisfied write.
    """
    people = levels + rng.normal(0, PEOPLE, len(levels))
    made: list[Sheet] = [{} for _ in levels]
    _rate(rng, instrument, people, made)
    for question in instrument.questions:
        prefix = "p" if question.profile else "q"
        _fill(made, f"{prefix}.{question.code}", _answers(rng, question, people))
    if instrument.free_texts:
        _comment(rng, instrument, people, made, comments)
    return made


def _rate(rng: Generator, instrument: Instrument, people: Floats, made: list[Sheet]) -> None:
    count, width = len(people), instrument.answers_width
    noise = rng.normal(0, ANSWERS, (count, width)) + _ease(instrument)
    noise[rng.random(count) < STRAIGHT] = 0
    asked = np.where(rng.random(count) < BROKEN_OFF, rng.integers(width // 3, width, count), width)
    kept = (np.arange(width) < asked[:, None]) & (rng.random((count, width)) >= BLANK)
    for place, item in enumerate(instrument.items):
        marks = _marks(instrument.scale_of(item), people + noise[:, place])
        if item.allow_not_used:
            marks = np.where(rng.random(count) < NOT_NEEDED, NOT_USED, marks)
        answers = np.where(kept[:, place], marks, "")
        _fill(made, f"a.{item.code}", ([mark] if mark else [] for mark in answers.tolist()))


def _ease(instrument: Instrument) -> Floats:
    """How easily each item pleases: the same for everybody, in every wave."""
    rng = Generator(PCG64(zlib.crc32(instrument.code.encode())))
    ease = rng.normal(0, ITEMS, instrument.answers_width)
    return np.where([item.overall for item in instrument.items], 0.0, ease)


def _marks(scale: Scale, latent: Floats) -> NDArray[np.str_]:
    """The codes: 0 is where satisfied begins, and each level is one step wide."""
    first = min(scale.codes.index(code) for code in scale.satisfied)
    cuts = STEP * (np.arange(1, len(scale.codes)) - first)
    return np.array(scale.codes)[np.searchsorted(cuts, latent)]


def _answers(rng: Generator, question: Question, people: Floats) -> Iterable[list[str]]:
    blank = rng.random(len(people)) < 4 * BLANK
    if question.kind == "number":
        values = _numbers(rng, question, people)
    elif question.kind == "multi":
        ticked = rng.random((len(people), len(question.codes))) < 0.35
        values = [
            [c for c, tick in zip(question.codes, row, strict=True) if tick] for row in ticked
        ]
    else:
        values = [[code] for code in _choices(rng, question, people)]
    return ([] if empty else value for empty, value in zip(blank, values, strict=True))


def _numbers(rng: Generator, question: Question, people: Floats) -> list[list[str]]:
    """Round numbers, as people give them when asked for a percentage."""
    wished = 72 + 13 * people + rng.normal(0, 8, len(people))
    rounded = np.clip(5 * np.round(wished / 5), question.minimum, question.maximum)
    return [[str(int(value))] for value in rounded]


def _choices(rng: Generator, question: Question, people: Floats) -> list[str]:
    if question.counted:
        # Who is satisfied comes back.
        return _split(rng, question, people + rng.normal(0, ANSWERS, len(people)) > 0)
    shares = KNOWN_SHARES.get(question.code)
    if shares is None or len(shares) != len(question.codes):
        fixed = Generator(PCG64(zlib.crc32(question.code.encode())))
        shares = tuple(fixed.dirichlet(np.full(len(question.codes), 3.0)))
    chosen: list[str] = rng.choice(question.codes, len(people), p=shares).tolist()
    return chosen


def _split(rng: Generator, question: Question, counted: NDArray[np.bool_]) -> list[str]:
    yes = [code for code in question.codes if code in question.counted]
    no = [code for code in question.codes if code not in question.counted] or yes
    mixed = np.where(counted, rng.choice(yes, len(counted)), rng.choice(no, len(counted)))
    codes: list[str] = mixed.tolist()
    return codes


def _comment(
    rng: Generator,
    instrument: Instrument,
    people: Floats,
    made: list[Sheet],
    comments: tuple[Sequence[str], Sequence[str]],
) -> None:
    good, bad = (rng.choice(list(texts), len(people)).tolist() for texts in comments)
    writes = rng.random(len(people)) < COMMENTED
    name = f"t.{instrument.free_texts[-1].code}"
    for place in np.flatnonzero(writes):
        made[place][name] = [good[place] if people[place] > 0.5 else bad[place]]


def _fill(made: list[Sheet], name: str, values: Iterable[list[str]]) -> None:
    for sheet, value in zip(made, values, strict=True):
        if value:
            sheet[name] = value
