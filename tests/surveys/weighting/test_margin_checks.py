"""What is odd about margins, on both databases: said with both numbers, and never in the way."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from surveys.fieldwork import plans, waves
from surveys.tables import Margin, ServicePoint, Wave
from surveys.weighting.margin_checks import Notice, notices
from tests import builders, fieldwork
from tests.fieldwork import COUNTER_FORM, say


@pytest.fixture
def wave(session: Session) -> Wave:
    """A wave of March that is weighted by sex."""
    form = builders.stored(session, builders.instrument(*COUNTER_FORM))
    made = builders.draft(session, form=form)
    waves.set_plan(session, made, plans.loads('{"keys": ["sex"]}'))
    return made


@pytest.fixture
def place(session: Session, wave: Wave) -> ServicePoint:
    """A counter of a unit that served 1,000 people and has ten answers."""
    made = builders.counter(session)
    fieldwork.served(session, made, 1000)
    say(session, wave, made, 5, of=10)
    return made


def margin(session: Session, wave: Wave, unit: int | None, men: int, women: int) -> None:
    for sex, total in (("1", men), ("2", women)):
        row = Margin(
            wave_id=wave.id or 0, unit_id=unit, sex=sex, age_band="", total=total,
            source="bien.csv", imported_at=builders.NOW,
        )  # fmt: skip
        session.add(row)
    session.flush()


@pytest.mark.parametrize(("men", "odd"), [(500, False), (400, False), (399, True), (612, True)])
def test_people_of_margins_and_frame_may_differ_by_a_tenth(
    session: Session, wave: Wave, place: ServicePoint, men: int, odd: bool
) -> None:
    margin(session, wave, place.unit_id, men, 500)
    wanted = (Notice("frame", place.unit_id, men + 500, 1000),) if odd else ()
    assert notices(session, wave) == wanted


def test_units_without_their_own_margins_are_one_place(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    other = builders.counter(session, "17272")
    fieldwork.served(session, other, 500)
    margin(session, wave, None, 700, 800)
    assert notices(session, wave) == ()
    margin(session, wave, place.unit_id, 500, 500)
    assert notices(session, wave) == (Notice("frame", None, 1500, 500),)


def test_a_month_that_the_frame_lacks_is_like_the_others(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    wave.closes_on = wave.closes_on.replace(month=4, day=30)
    margin(session, wave, place.unit_id, 900, 1100)
    assert notices(session, wave) == ()


def test_margins_of_nobody_who_answered_or_was_counted(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    silent, uncounted = builders.counter(session, "17272"), builders.counter(session, "17275")
    say(session, wave, uncounted, 5, of=10)
    margin(session, wave, silent.unit_id, 30, 70)
    margin(session, wave, uncounted.unit_id, 20, 20)
    margin(session, wave, None, 0, 0)
    assert notices(session, wave) == (
        Notice("nobody", silent.unit_id, 100),
        Notice("no_frame", uncounted.unit_id, 40),
    )


def test_margins_that_the_plan_does_not_ask_for_are_unused(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    waves.set_plan(session, wave, plans.loads(""))
    assert notices(session, wave) == ()
    margin(session, wave, place.unit_id, 1, 2)
    assert notices(session, wave) == (Notice("unused", None, 3),)
