"""Who answered, and how: people by what they said of themselves, answers by level of the scale.

These are counts of answers as they came in, without weights: they describe the sample, and say
nothing of all people served. A group of fewer than ten people is not told, nor is a second one
from which it could be found by taking the others from the whole.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from surveys.counts import tallies
from surveys.questionnaires.labels import Label
from surveys.questionnaires.questionnaire import OWN_COLUMNS, Question
from surveys.questionnaires.registry import instrument_of
from surveys.results.judgement import FEWEST_ANSWERS
from surveys.tables import Response, StoredInstrument


@dataclass(frozen=True, slots=True)
class Group:
    """The people who gave one answer about themselves."""

    #: None for those who did not say.
    label: Label | None
    #: None where they are too few to be told, or would tell of others who are.
    people: int | None


@dataclass(frozen=True, slots=True)
class Profile:
    """A question about the person, with the people by their answer."""

    form: Label
    question: Label
    groups: tuple[Group, ...]
    people: int


@dataclass(frozen=True, slots=True)
class ItemLevels:
    """The answers to one item by level, worst first; None where fewer than ten answered it."""

    code: str
    label: Label
    counts: tuple[int, ...] | None


@dataclass(frozen=True, slots=True)
class FormLevels:
    """The items of a form that share a scale."""

    form: Label
    levels: tuple[Label, ...]
    items: tuple[ItemLevels, ...]


def profiles(session: Session, wave_ids: Collection[int]) -> tuple[Profile, ...]:
    """The people behind some waves, form by form and question by question; excluded ones not."""
    return tuple(
        _profile(session, asked, question)
        for asked in tallies.forms(session, wave_ids)
        for question in instrument_of(asked.stored).profile
        if question.kind == "choice" and _answered(session, asked)
    )


def levels(session: Session, wave_ids: Collection[int]) -> tuple[FormLevels, ...]:
    """The answers to every item of some waves by level of its scale."""
    each = (
        tallies.tally(session, asked.stored, asked.wave_ids)
        for asked in tallies.forms(session, wave_ids)
    )
    return tuple(form for tally in each if tally is not None for form in _levels(tally))


def told(counts: Sequence[int]) -> tuple[int | None, ...]:
    """The counts of a whole's parts, without those from which fewer than ten could be found."""
    hidden = {at for at, count in enumerate(counts) if 0 < count < FEWEST_ANSWERS}
    others = sorted((count, at) for at, count in enumerate(counts) if count >= FEWEST_ANSWERS)
    for _, at in others:
        if not hidden or (len(hidden) > 1 and _sum(counts, hidden) >= FEWEST_ANSWERS):
            break
        hidden.add(at)
    return tuple(None if at in hidden else count for at, count in enumerate(counts))


def _sum(counts: Sequence[int], places: Collection[int]) -> int:
    return sum(counts[at] for at in places)


def _answered(session: Session, asked: tallies.Asked) -> bool:
    query = select(Response.id).where(*_of(asked.stored, asked.wave_ids)).limit(1)
    return session.exec(query).first() is not None


def _of(stored: StoredInstrument, wave_ids: Collection[int]) -> tuple[bool, ...]:
    return (
        col(Response.wave_id).in_(wave_ids),
        col(Response.instrument_id) == stored.id,
        col(Response.excluded_at).is_(None),
    )  # type: ignore[return-value]  # conditions of SQL, which mypy takes for truth values


def _profile(session: Session, asked: tallies.Asked, question: Question) -> Profile:
    form = instrument_of(asked.stored)
    if question.code in OWN_COLUMNS:
        said = getattr(Response, question.code)
    else:
        slot = next(slot for slot in form.others if slot.code == question.code)
        said = func.substr(Response.others, slot.offset + 1, slot.width)
    query = select(said, func.count()).where(*_of(asked.stored, asked.wave_ids)).group_by(said)
    found: Counter[str] = Counter()
    for code, people in session.execute(query).all():
        found[code if code in question.codes else ""] += people
    counts = [found[code] for code in (*question.codes, "")]
    labels = (*(option.label for option in question.options), None)
    groups = tuple(map(Group, labels, told(counts)))
    return Profile(form.title, question.label, groups, sum(counts))


def _levels(tally: tallies.Tally) -> Iterator[FormLevels]:
    form = tally.instrument
    counts = tally.counts.sum(axis=0)
    place = {code: at for at, code in enumerate(tally.values)}
    for scale in form.scales:
        items = []
        for at, item in enumerate(form.items):
            if item.scale != scale.code:
                continue
            row = tuple(int(counts[at, place[code]]) for code in scale.codes)
            shown = row if sum(row) >= FEWEST_ANSWERS else None
            items.append(ItemLevels(item.code, item.label, shown))
        yield FormLevels(form.title, tuple(one.label for one in scale.options), tuple(items))
