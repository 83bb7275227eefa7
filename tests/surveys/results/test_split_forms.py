"""Figures from split forms on both databases: by hand in fractions, and beside whole forms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from fractions import Fraction

import pytest
from sqlmodel import Session

from analysis import Estimate
from surveys.fieldwork import waves
from surveys.places import collectors
from surveys.questionnaires import registry
from surveys.results import estimates
from surveys.results.estimates import Scope, Study
from surveys.results.form_estimates import SECTOR
from surveys.tables import ServicePoint, StoredInstrument, Wave
from tests import builders, fieldwork
from tests.fieldwork import COUNTER_FORM, DAYS

#: One of three items beside the overall one, six people a day: two were asked each item.
DAILY = (
    ["5..5", "5..5", ".5.5", ".2.5", "..55", "..55"],
    ["5..5", "2..5", ".5.5", ".5.5", "..25", "..25"],
    ["5..5", "5..5", ".5.5", ".2.5", "..55", "..25"],
)
APRIL = dt.date(2026, 4, 1), dt.date(2026, 4, 30)


@pytest.fixture
def form(session: Session) -> StoredInstrument:
    """The small form with all five figures, under the code that the targets judge."""
    return registry.store(session, builders.instrument(*COUNTER_FORM), now=builders.NOW)


@pytest.fixture
def place(session: Session) -> ServicePoint:
    return builders.counter(session)


def split_wave(session: Session, form: StoredInstrument, size: int = 1) -> Wave:
    """The wave of March, which asks so many items beside the overall one."""
    wave = builders.draft(session, form=form)
    waves.split(session, wave, "counter", size)
    waves.open_wave(session, wave)
    return wave


def record(session: Session, place: ServicePoint) -> None:
    """The answers of `DAILY`, each recorded as a phone sends it."""
    code = collectors.issue(session, place, kind="sampled", today=builders.FOUNDED)
    everybody = [
        (day, packed) for day, people in zip(DAYS, DAILY, strict=False) for packed in people
    ]
    for number, (day, packed) in enumerate(everybody):
        now = dt.datetime.combine(day, dt.time(4), tzinfo=dt.UTC)
        given = builders.answers(packed, field="land")
        builders.response(session, code, number, given=given, now=now)


def study(session: Session, *asked: Wave) -> Study:
    return estimates.study(session, Scope(builders.programme(), "administration", asked))


def found(session: Session, *asked: Wave) -> Mapping[tuple[str, str], Estimate]:
    """What the form says of the sector."""
    (form,) = study(session, *asked).forms
    return form.parts[SECTOR].estimates


def test_a_split_form_by_hand(
    session: Session, form: StoredInstrument, place: ServicePoint
) -> None:
    wave = split_wave(session, form)
    record(session, place)
    fieldwork.served(session, place, 90)
    sector = found(session, wave)
    shares = {"A1": Fraction(5, 6), "A2": Fraction(4, 6), "B1": Fraction(3, 6)}
    for code, share in shares.items():
        item = sector["item", code]
        assert (item.value, item.answers) == (pytest.approx(float(share)), 6)
    dimension = (shares["A1"] + shares["A2"]) / 2
    index = (dimension + shares["B1"]) / 2
    assert sector["dimension", "A"].value == pytest.approx(float(dimension))
    assert sector["index", ""].value == pytest.approx(float(index))
    # A day's score: Σ a·(y − 2p)/6 with a = ¼, ¼, ½.
    days = [(2, 1, 2), (1, 2, 0), (2, 1, 1)]
    parts = zip((Fraction(1, 4), Fraction(1, 4), Fraction(1, 2)), shares.values(), strict=True)
    each = list(parts)
    scores = [sum(a * (y - 2 * p) / 6 for (a, p), y in zip(each, day, strict=True)) for day in days]
    # 18 of 90 people answered, a third of them an item: f = 1/15.
    variance = (1 - Fraction(1, 15)) * Fraction(3, 2) * sum(score**2 for score in scores)
    assert variance == Fraction(7, 360)
    assert sector["index", ""].variance == pytest.approx(float(variance), rel=1e-12)
    # 18 people, each asked one item of the index; 12 of them one of the dimension A.
    assert (sector["index", ""].answers, sector["dimension", "A"].answers) == (18, 12)
    assert sector["index", ""].df == 2
    assert sector["item", "C1"].answers == 18


def test_a_whole_wave_and_a_split_one_count_people_and_not_answers(
    session: Session, form: StoredInstrument, place: ServicePoint
) -> None:
    march = split_wave(session, form)
    april = builders.draft(session, "dot-2", opens_on=APRIL[0], closes_on=APRIL[1], form=form)
    blocks = ["2..2", ".5.2", "..52"] * 10
    fieldwork.answered(session, march, place, blocks)
    fieldwork.answered(session, april, place, ["5555"] * 30, day=APRIL[0])
    both = found(session, march, april)
    # Of 60 people half were displeased by A1, though only 10 of them were asked.
    assert both["item", "A1"].value == pytest.approx(0.5)
    assert both["item", "A1"].answers == 40
    assert both["mean_score", "A1"].value == pytest.approx((2 + 5) / 2)
    # Points of 2 and 5, half each: variance 9/4.
    assert both["mean_score", "A1"].element_variance == pytest.approx(9 / 4)
    assert both["item", "C1"].value == pytest.approx(0.5)
    assert both["index", ""].value == pytest.approx((0.5 + 1) / 2 / 2 + 0.5)
    assert both["index", ""].answers == 60


def test_where_everybody_answered_a_split_form_is_no_census(
    session: Session, form: StoredInstrument, place: ServicePoint
) -> None:
    wave = split_wave(session, form, size=2)
    fieldwork.answered(session, wave, place, ["55.5", ".525", "2.55"] * 10)
    fieldwork.served(session, place, 30)
    index = found(session, wave)["index", ""]
    assert not index.census
    assert index.sampling_fraction == pytest.approx(2 / 3)
    assert index.answers == 30


def test_who_is_satisfied_with_everything_is_not_told_and_why(
    session: Session, form: StoredInstrument, place: ServicePoint
) -> None:
    wave = split_wave(session, form)
    for day in DAYS:
        fieldwork.answered(session, wave, place, ["5..5", ".5.5", "..55"] * 7, day=day)
    figures = study(session, wave).figures
    refused = figures.where(measure="comprehensive")
    assert len(refused) == 2
    assert {(f.value, f.showing, f.reason, f.n) for f in refused} == {
        (None, "suppressed", "split_form", 126)
    }
    index = figures.where(scope="unit", measure="index").first()
    assert index is not None
    assert (index.value, index.n, index.showing) == (1.0, 126, "review")
    asked = {"expectation": 0.9, "return": 1.0}
    for measure in ("expectation", "return"):
        (figure,) = figures.where(scope="sector", measure=measure)
        assert (figure.value, figure.n) == (pytest.approx(asked[measure]), 126)


def test_who_was_not_asked_is_not_called_silent(
    session: Session, form: StoredInstrument, place: ServicePoint
) -> None:
    wave = split_wave(session, form)
    for day in DAYS:
        fieldwork.answered(session, wave, place, ["5..5", ".5.5", "..55"] * 40, day=day)
    fieldwork.served(session, place, 1440)
    (item, *_others) = study(session, wave).figures.where(scope="unit", measure="item")
    # 720 of 1,440 people answered, 240 of them this item: a half is not heard.
    assert (item.n, item.bound_low, item.bound_high) == (240, pytest.approx(0.5), pytest.approx(1))


def test_points_of_two_kinds_may_be_split_differently(session: Session) -> None:
    both = builders.instrument(*COUNTER_FORM, ('["counter"]', '["counter", "household"]'))
    form = registry.store(session, both, now=builders.NOW)
    wave = waves.create(
        session, programme=builders.programme(), sector="administration", code="dot-1", name="Đợt",
        year=2026, opens_on=builders.TODAY, closes_on=builders.TODAY,
        forms={"counter": form, "household": form},
    )  # fmt: skip
    waves.split(session, wave, "counter", 1)
    counter = builders.counter(session)
    home = builders.point(session, builders.unit(session, "17272"), kind="household")
    fieldwork.answered(session, wave, counter, ["2..2", ".2.2", "..22"] * 10)
    fieldwork.answered(session, wave, home, ["5555"] * 30)
    assert found(session, wave)["index", ""].value == pytest.approx(0.5)
    figures = study(session, wave).figures.where(measure="comprehensive", scope="unit")
    assert {f.unit_code: f.reason == "split_form" for f in figures} == {
        "mot-cua-17266": True, "17272": False,
    }  # fmt: skip
