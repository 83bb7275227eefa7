"""Volunteers and open waves: what the others could change, and who may look every day."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session

from surveys.fieldwork import waves
from surveys.places.collectors import Kind
from surveys.questionnaires import registry
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.figures import Figure
from surveys.tables import Wave
from tests import builders, fieldwork
from tests.fieldwork import BAD, COUNTER_FORM, DAYS, GOOD
from tests.released import INDEX

LATER = {
    "missing", "bound_low", "bound_high", "break_even", "open_low", "open_high",
    "lower_one_sided", "upper_one_sided", "fraction", "pooled_deff",
}  # fmt: skip


@pytest.fixture
def wave(session: Session) -> Wave:
    """March 2026 at counters, judged by the target of 2030: above 95 %."""
    form = registry.store(session, builders.instrument(*COUNTER_FORM), now=builders.NOW)
    return builders.draft(session, form=form)


def index(
    session: Session, wave: Wave, a_day: str, *, people: int | None = 720, kind: Kind = "open"
) -> Figure:
    """The sector's index after six days with the same answers, `+` satisfied and `-` not."""
    place = builders.counter(session)
    packed = [{"+": GOOD, "-": BAD}[sign] for sign in a_day]
    for day in DAYS:
        fieldwork.answered(session, wave, place, packed, day=day, kind=kind)
    if people:
        fieldwork.served(session, place, people)
    return again(session, wave)


def again(session: Session, wave: Wave) -> Figure:
    """The sector's index as it stands."""
    scope = Scope(builders.programme(), "administration", (wave,))
    found = estimates.estimate(session, scope).where(scope="sector", measure="index").first()
    assert found is not None
    return found


def test_an_open_wave_waits_where_a_closed_one_would_be_met(session: Session, wave: Wave) -> None:
    waves.open_wave(session, wave)
    seen = index(session, wave, "+" * 12)
    # 72 of 720, all satisfied: 80 effective answers. Closed, 0.05^(1/80) = 0.963 is above 95 %;
    # open, the e-value 9/89 · (1 − 0.95^89)/(1 − 0.95^9)/0.95^80 = 16.4 is below 20.
    assert (seen.verdict, seen.break_even) == ("not_shown", None)
    assert seen.open_low is not None
    assert 0.94 < seen.open_low < 0.95
    assert seen.answers_needed
    waves.close(session, wave, now=builders.NOW)
    closed = again(session, wave)
    assert (closed.verdict, closed.open_low, closed.open_high) == ("met", None, None)
    assert closed.lower_one_sided == pytest.approx(0.05 ** (1 / 80))
    assert (seen.lower_one_sided, seen.upper_one_sided) == (None, None)
    assert closed.low == seen.low


def test_one_open_wave_keeps_the_year_open(session: Session, wave: Wave) -> None:
    index(session, wave, "+" * 12)
    later = builders.draft(session, "dot-2", form=waves.forms_of(session, wave)["counter"])
    waves.open_wave(session, later)
    scope = Scope(builders.programme(), "administration", (wave, later))
    assert scope.open
    assert not replace(scope, waves=(wave,)).open


def test_a_census_of_an_open_wave_is_its_value(session: Session, wave: Wave) -> None:
    waves.open_wave(session, wave)
    seen = index(session, wave, "+" * 12, people=72)
    assert (seen.verdict, seen.open_low, seen.bound_low) == ("met", None, None)


def test_volunteers_tell_what_the_others_could_change(session: Session, wave: Wave) -> None:
    seen = index(session, wave, "+++++-----")
    # 60 of 720 answered, half of them satisfied: r = 11/12, 1/24 to 1/24 + 11/12.
    assert seen.bound_low == pytest.approx(1 / 24)
    assert seen.bound_high == pytest.approx(23 / 24)
    # The upper limit of the closed wave is about 0.6; the others must be more satisfied.
    assert seen.verdict == "not_met"
    assert seen.break_even is not None
    assert -0.45 < seen.break_even < -0.3


def test_bounds_come_unit_by_unit(session: Session, wave: Wave) -> None:
    index(session, wave, "+++++-----", people=120)
    other = builders.counter(session, "17272")
    for day in DAYS:
        fieldwork.answered(session, wave, other, [GOOD] * 10, day=day, kind="open")
    fieldwork.served(session, other, 600)
    seen = again(session, wave)
    # The figure is 1/6·½ + 5/6·1; of all 720, 30 + 60 people said that they are satisfied, and 600
    # said nothing. One share of silence for all would begin at 11/12·1/6 = 0.153.
    assert seen.value == pytest.approx(11 / 12)
    assert (seen.bound_low, seen.bound_high) == pytest.approx((90 / 720, 690 / 720))
    # A unit that nobody answered about has only people who said nothing.
    third = builders.counter(session, "17275")
    fieldwork.served(session, third, 280)
    seen = again(session, wave)
    assert (seen.bound_low, seen.bound_high) == pytest.approx((0.09, 0.97))


def test_what_nobody_could_turn_has_no_break_even(session: Session, wave: Wave) -> None:
    seen = index(session, wave, "-" * 30, people=200)
    assert (seen.verdict, seen.break_even) == ("not_met", None)
    assert seen.bound_high == pytest.approx(20 / 200)


@pytest.mark.parametrize(("people", "kind"), [(None, "open"), (720, "sampled"), (720, "staffed")])
def test_without_volunteers_or_frame_nothing_is_said(
    session: Session, wave: Wave, people: int | None, kind: Kind
) -> None:
    seen = index(session, wave, "+++++-----", people=people, kind=kind)
    assert (seen.bound_low, seen.bound_high, seen.break_even) == (None, None, None)


def test_only_shares_have_bounds(session: Session, wave: Wave) -> None:
    index(session, wave, "+++++-----")
    scope = Scope(builders.programme(), "administration", (wave,))
    found = estimates.estimate(session, scope)
    bounded = {row.measure for row in found if row.bound_low is not None}
    assert bounded >= {"index", "item", "comprehensive"}
    assert not bounded & {"mean_score", "expectation"}


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"bound_low": 0.0},
        {"break_even": 0.0},
        {"open_low": 0.9, "open_high": 0.95},
        {"lower_one_sided": 0.9, "upper_one_sided": 0.95, "fraction": 0.0, "pooled_deff": 1.0},
    ],
)
def test_a_figure_is_frozen_without_what_it_does_not_tell(told: dict[str, Any]) -> None:
    figure = replace(INDEX, **told)
    text = figure.canonical()
    assert Figure.from_canonical(text) == figure
    assert {name for name in LATER if f'"{name}"' in text} == set(told)
