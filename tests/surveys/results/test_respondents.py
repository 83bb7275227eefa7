"""Who answered, and at which level, counted from real rows."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, select

from surveys.fieldwork import responses, waves
from surveys.results import respondents
from surveys.tables import Response, Wave
from tests import builders, fieldwork


@pytest.fixture
def wave(session: Session) -> Wave:
    """30 men, 12 women and 3 who did not say; four of five are content."""
    place = builders.counter(session)
    made = builders.draft(session, "dot-1", form=builders.stored(session))
    waves.open_wave(session, made)
    for sex, people in (("1", 30), ("2", 12), (None, 3)):
        packed = [fieldwork.BAD if at % 5 == 0 else fieldwork.GOOD for at in range(people)]
        fieldwork.answered(session, made, place, packed, sex=sex)
    session.flush()
    return made


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((30, 12), (30, 12)),
        ((30, 0), (30, 0)),
        ((30, 12, 3), (30, None, None)),
        ((30, 12, 40, 3), (30, None, 40, None)),
        ((30, 6, 5), (30, None, None)),
        ((30, 15, 4, 5), (30, None, None, None)),
        ((4, 5), (None, None)),
        ((), ()),
    ],
)
def test_small_groups_are_not_told_nor_what_would_give_them_away(
    counts: tuple[int, ...], told: tuple[int | None, ...]
) -> None:
    assert respondents.told(counts) == told


def test_people_are_counted_by_what_they_said_of_themselves(session: Session, wave: Wave) -> None:
    by = {one.question.vi: one for one in respondents.profiles(session, [wave.id or 0])}
    sex = by["Giới tính"]
    assert sex.people == 45
    assert sex.groups[0].people == 30
    assert sex.groups[-1].people is None


def test_those_left_out_are_not_counted(session: Session, wave: Wave) -> None:
    first = session.exec(select(Response.id).where(Response.sex == "1")).first()
    responses.exclude(session, first or 0, reason="Thử", now=builders.NOW)
    by = {one.question.vi: one for one in respondents.profiles(session, [wave.id or 0])}
    assert by["Giới tính"].people == 44


def test_answers_are_counted_by_level(session: Session, wave: Wave) -> None:
    (form,) = respondents.levels(session, [wave.id or 0])
    # 6 of 30, 3 of 12 and 1 of 3 chose "2", the others "5".
    assert [item.counts for item in form.items] == [(0, 10, 0, 0, 35)] * 4
    assert len(form.levels) == 5


def test_items_that_few_answered_are_not_told(session: Session) -> None:
    place = builders.counter(session)
    made = builders.draft(session, "dot-1", form=builders.stored(session))
    waves.open_wave(session, made)
    fieldwork.answered(session, made, place, ["55--"] * 9 + ["5---"], day=dt.date(2026, 3, 3))
    session.flush()
    (form,) = respondents.levels(session, [made.id or 0])
    assert [item.counts for item in form.items] == [(0, 0, 0, 0, 10), None, None, None]


def test_a_wave_without_answers_has_nobody(session: Session) -> None:
    builders.counter(session)
    made = builders.draft(session, "dot-1", form=builders.stored(session))
    assert respondents.profiles(session, [made.id or 0]) == ()
    assert respondents.levels(session, [made.id or 0]) == ()
