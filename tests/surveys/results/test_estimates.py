"""Figures of a sector on both databases: a hand-computed example, and what must not change them."""

from __future__ import annotations

import datetime as dt
import math
import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlalchemy import update
from sqlmodel import Session, col, select

from surveys.fieldwork import responses
from surveys.questionnaires import registry
from surveys.questionnaires.programme import Milestone, Programme
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.figures import Figure, Figures, Measure
from surveys.results.figures import Scope as Place
from surveys.results.form_estimates import Within
from surveys.tables import Population, Response, ServicePoint, Wave
from tests import builders, fieldwork
from tests.fieldwork import BAD, COUNTER_FORM, DAYS, GOOD, say


@pytest.fixture
def wave(session: Session) -> Wave:
    """March 2026: the small form asked at counters under the code that the targets judge."""
    form = registry.store(session, builders.instrument(*COUNTER_FORM), now=builders.NOW)
    return builders.draft(session, form=form)


@pytest.fixture
def places(session: Session, wave: Wave) -> tuple[ServicePoint, ServicePoint]:
    """Two counters with the answers of the hand-computed example, without a frame.

    Unit 1, each of six days: 10 people about land, of whom 9 8 10 9 8 10 are satisfied with
    everything, and 10 about justice, 6 satisfied. Unit 2: 20 about land, 18 17 19 18 17 19.
    """
    first, second = builders.counter(session, "17266"), builders.counter(session, "17272")
    for day, extra in zip(DAYS, [0, -1, 1, 0, -1, 1], strict=True):
        say(session, wave, first, 9 + extra, of=10, day=day)
        say(session, wave, first, 6, of=10, day=day, field="justice")
        say(session, wave, second, 18 + extra, of=20, day=day)
    return first, second


@pytest.fixture
def framed(
    session: Session, places: tuple[ServicePoint, ServicePoint]
) -> tuple[ServicePoint, ServicePoint]:
    """The same with a frame: unit 1 served 400 + 200 people, unit 2 served 600."""
    fieldwork.served(session, places[0], 400)
    fieldwork.served(session, places[0], 200, field="justice")
    fieldwork.served(session, places[1], 600)
    return places


def figures(session: Session, *waves: Wave, programme: Programme | None = None) -> Figures:
    """All figures of some administration waves."""
    scope = Scope(programme or builders.programme(), "administration", waves)
    return estimates.estimate(session, scope)


def one(
    found: Figures, place: Place, measure: Measure = "index", unit: str | None = None
) -> Figure:
    """The first figure of a place."""
    figure = found.where(scope=place, measure=measure, unit_code=unit).first()
    assert figure is not None
    return figure


def values(found: Figures) -> list[tuple[object, ...]]:
    """What must be equal where only the population grew."""
    return [(f.scope, f.measure, f.key, f.unit_code, f.n, round(f.value or 0, 12)) for f in found]


def test_the_example_worked_out_by_hand(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint]
) -> None:
    found = figures(session, wave)
    # Unit 1: (400·54/60 + 200·36/60)/600 = 0.8. Residuals of a day: 400/60·(count − 9) about land,
    # 200/60·(6 − 6) = 0 about justice; T = that/600. Σ(T − T̄)² = 4·(400/60/600)² = 1/2025.
    # f = 120/600. V = (1 − 0.2)·6/5·1/2025 = 0.00047407…
    first = one(found, "unit", unit="mot-cua-17266")
    assert (first.value, first.n, first.population, first.df) == (pytest.approx(0.8), 120, 600, 5)
    assert first.standard_error == pytest.approx(math.sqrt(0.96 / 2025), rel=1e-12)
    # Unit 2: 108/120 = 0.9; T = 5·(count − 18)/600; V = 0.96·4·(5/600)² = 0.00026666…
    second = one(found, "unit", unit="mot-cua-17272")
    assert second.value == pytest.approx(0.9)
    assert second.standard_error == pytest.approx(math.sqrt(0.96 * 4) / 120, rel=1e-12)
    # Sector: half from each unit: 0.85, V = (V₁ + V₂)/4, df = 12 days less 2 strata.
    sector = one(found, "sector")
    assert (sector.value, sector.n, sector.population) == (pytest.approx(0.85), 240, 1200)
    variance = (0.96 / 2025 + 0.96 * 4 / 120**2) / 4
    assert sector.standard_error == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert sector.df == 10
    # Land: (400·0.9 + 600·0.9)/1000; the same residuals over 1000 people instead of 600.
    land = one(found, "group")
    assert (land.value, land.n, land.population) == (pytest.approx(0.9), 180, 1000)
    variance = 0.96 * 4 * ((400 / 60 / 1000) ** 2 + (5 / 1000) ** 2)
    assert land.standard_error == pytest.approx(math.sqrt(variance), rel=1e-12)
    assert sector.weighted
    assert one(found, "sector", "mean_score").value == pytest.approx(0.85 * 5 + 0.15 * 2)


def test_each_measure_of_the_example(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint]
) -> None:
    found = figures(session, wave)
    # Everybody says that 90 % of what they expected was met, and that they would come back.
    assert one(found, "sector", "expectation").value == pytest.approx(0.9)
    assert one(found, "sector", "return").value == 1
    keys = [(f.measure, f.key) for f in found.where(scope="sector")]
    assert keys == [
        ("index", ""), ("mean_score", ""), ("comprehensive", ""), ("expectation", ""),
        ("return", ""), ("dimension", "A"), ("dimension", "B"),
        ("item", "A1"), ("item", "A2"), ("item", "B1"), ("overall", "C1"),
    ]  # fmt: skip
    comprehensive = one(found, "sector", "comprehensive")
    assert comprehensive.value == pytest.approx(0.85)


def test_figures_come_in_one_order(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint]
) -> None:
    found = figures(session, wave)
    starts = [(f.scope, f.key, f.unit_code) for f in found if f.measure == "index"]
    assert starts == [
        ("sector", "", None),
        ("group", "procedures.land-construction-investment", None),
        ("unit", "", "mot-cua-17266"),
        ("unit", "", "mot-cua-17272"),
    ]


def test_targets_judge_with_their_operator(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint]
) -> None:
    found = figures(session, wave)
    sector, land = one(found, "sector"), one(found, "group")
    # 85 % ± 3 against more than 95 %; 90 % ± 4 against more than 90 %.
    assert (sector.target_key, sector.operator, sector.target) == ("procedures", ">", 0.95)
    assert sector.verdict == "not_met"
    assert (land.operator, land.target, land.verdict) == (">", 0.9, "not_shown")
    # Land sits on its target, where no number of answers would tell.
    assert (sector.answers_needed, land.answers_needed) == (None, None)
    judged = {f.measure for f in found if f.verdict}
    assert judged == {"index"}


def test_an_open_question_says_how_many_answers_are_missing(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint]
) -> None:
    near, far = (
        one(figures(session, wave, programme=with_target(">=", share)), "sector")
        for share in (0.84, 0.83)
    )
    assert (near.verdict, far.verdict) == ("not_shown", "not_shown")
    assert (near.answers_needed or 0) > (far.answers_needed or 0) > 0


@pytest.mark.parametrize(("operator", "verdict"), [(">", "not_met"), (">=", "met")])
def test_a_census_on_the_target_is_met_by_at_least_but_not_by_more(
    session: Session, wave: Wave, places: tuple[ServicePoint, ServicePoint],
    operator: str, verdict: str,
) -> None:  # fmt: skip
    # Everybody was asked: unit 1 has 90 of 120 satisfied, exactly 75 %.
    everybody(session, places)
    found = figures(session, wave, programme=with_target(operator, 0.75))
    first = one(found, "unit", unit="mot-cua-17266")
    assert (first.value, first.verdict) == (0.75, verdict)


def test_a_census_has_no_error(
    session: Session, wave: Wave, places: tuple[ServicePoint, ServicePoint]
) -> None:
    everybody(session, places)
    for figure in figures(session, wave):
        assert figure.standard_error == pytest.approx(0, abs=1e-12)
        assert figure.low == figure.high == figure.value
        assert (figure.interval, figure.n_eff, figure.showing) == ("census", None, "shown")


def test_the_order_of_responses_changes_nothing(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint]
) -> None:
    before = figures(session, wave)
    rows = session.exec(select(Response)).all()
    copies = [row.model_dump(exclude={"id"}) for row in rows]
    for row in rows:
        session.delete(row)
    session.flush()
    random.Random(3).shuffle(copies)
    session.add_all(Response(**copy) for copy in copies)
    session.flush()
    assert figures(session, wave) == before


def test_twice_the_population_changes_no_share(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint]
) -> None:
    before = figures(session, wave)
    session.exec(update(Population).values(total=col(Population.total) * 2))
    after = figures(session, wave)
    assert values(after) == values(before)
    assert one(after, "sector").population == 2400
    assert (one(after, "sector").standard_error or 0) > (one(before, "sector").standard_error or 1)


def test_a_missing_month_is_named_and_survives_freezing(session: Session) -> None:
    form = registry.store(session, builders.instrument(*COUNTER_FORM), now=builders.NOW)
    wave = builders.draft(session, form=form, closes_on=dt.date(2026, 4, 30))
    place = builders.counter(session)
    for day in DAYS:
        say(session, wave, place, 9, of=10, day=day)
    fieldwork.served(session, place, 400)
    for found in (one(figures(session, wave), scope) for scope in ("sector", "unit")):
        assert (found.weighted, found.population, found.missing) == (True, None, ("2026-04",))
        assert Figure.from_canonical(found.canonical()) == found
    fieldwork.served(session, place, 400, month=dt.date(2026, 4, 1))
    whole = one(figures(session, wave), "sector")
    assert (whole.population, whole.missing) == (800, ())
    assert "missing" not in whole.canonical()


def test_without_a_frame_answers_count_one_each(
    session: Session, wave: Wave, places: tuple[ServicePoint, ServicePoint]
) -> None:
    sector = one(figures(session, wave), "sector")
    assert sector.value == pytest.approx((54 + 36 + 108) / 240)
    assert (sector.weighted, sector.population) == (False, None)


def test_one_unit_without_a_frame_leaves_the_sector_unweighted(
    session: Session, wave: Wave, places: tuple[ServicePoint, ServicePoint]
) -> None:
    fieldwork.served(session, places[0], 400)
    fieldwork.served(session, places[0], 200, field="justice")
    found = figures(session, wave)
    sector = one(found, "sector")
    first, second = (one(found, "unit", unit=f"mot-cua-{code}") for code in ("17266", "17272"))
    assert (sector.weighted, first.weighted, second.weighted) == (False, True, False)
    assert sector.value == pytest.approx((54 + 36 + 108) / 240)
    assert first.value == pytest.approx(0.8)
    assert (sector.population, first.population, second.population) == (None, 600, None)


def test_posters_only_are_an_indication(
    session: Session, wave: Wave, places: tuple[ServicePoint, ServicePoint]
) -> None:
    assert {(f.basis, f.indicative) for f in figures(session, wave)} == {("open", True)}
    fieldwork.answered(session, wave, places[0], [GOOD] * 5, kind="sampled")
    found = figures(session, wave)
    first, second = (one(found, "unit", unit=f"mot-cua-{code}") for code in ("17266", "17272"))
    assert (first.basis, first.indicative) == ("mixed", True)
    assert (second.basis, second.indicative) == ("open", True)


def test_few_answers_are_suppressed(session: Session, wave: Wave) -> None:
    place = builders.counter(session)
    say(session, wave, place, 9, of=9)
    unit = one(figures(session, wave), "unit")
    assert (unit.n, unit.showing, unit.reason) == (9, "suppressed", "few_answers")
    assert (unit.value, unit.low, unit.high, unit.standard_error) == (None, None, None, None)
    assert unit.verdict == "not_shown"
    assert Figure.from_canonical(unit.canonical()) == unit


def test_too_few_effective_answers_are_suppressed(session: Session, wave: Wave) -> None:
    place = builders.counter(session)
    for day in DAYS:
        say(session, wave, place, 3, of=4, day=day)
    unit = one(figures(session, wave), "unit")
    assert (unit.n, unit.showing, unit.value) == (24, "suppressed", None)


def test_answers_of_one_day_at_one_point_tell_no_error(session: Session, wave: Wave) -> None:
    place = builders.counter(session)
    say(session, wave, place, 100, of=100)
    fieldwork.answered(session, wave, place, ["5552"] * 20)
    found = figures(session, wave)
    assert {(f.measure, f.showing, f.reason, f.value) for f in found} >= {
        ("index", "suppressed", "one_psu", None), ("mean_score", "suppressed", "one_psu", None),
        ("comprehensive", "suppressed", "one_psu", None), ("item", "suppressed", "one_psu", None),
    }  # fmt: skip
    assert {f.showing for f in found} == {"suppressed"}
    say(session, wave, place, 100, of=100, day=DAYS[0])
    assert "one_psu" not in {f.reason for f in figures(session, wave)}


def test_a_census_of_one_day_has_no_error_to_tell(session: Session, wave: Wave) -> None:
    place = builders.counter(session)
    say(session, wave, place, 30, of=40)
    fieldwork.served(session, place, 40)
    unit = one(figures(session, wave), "unit")
    assert (unit.value, unit.showing, unit.low, unit.high) == (0.75, "shown", 0.75, 0.75)


def test_excluded_responses_say_nothing(
    session: Session, wave: Wave, places: tuple[ServicePoint, ServicePoint]
) -> None:
    for row in session.exec(select(Response).where(Response.answers == BAD)).all():
        responses.exclude(session, row.id or 0, reason="thử", now=builders.NOW)
    sector = one(figures(session, wave), "sector")
    assert (sector.value, sector.n) == (1, 54 + 36 + 108)


def test_nobody_answered(session: Session, wave: Wave) -> None:
    assert len(figures(session, wave)) == 0


def test_a_new_version_of_a_form_stands_beside_the_old_one(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint]
) -> None:
    newer = builders.instrument(*COUNTER_FORM, ("version = 1", "version = 2"))
    form = registry.store(session, newer, now=builders.NOW)
    april = builders.draft(
        session, "dot-2", opens_on=dt.date(2026, 4, 1), closes_on=dt.date(2026, 4, 30), form=form
    )
    for day in DAYS:
        say(session, april, framed[0], 12, of=20, day=day.replace(month=4))
    found = figures(session, wave, april)
    assert [f.instrument for f in found.where(scope="sector", measure="index")] == ["sipas-quay"]
    assert {f.instrument for f in found.where(scope="sector", measure="item")} == {
        "sipas-quay.v1", "sipas-quay.v2",
    }  # fmt: skip


@pytest.mark.parametrize("version", [1, 2])
def test_two_waves_of_one_month_count_its_people_once(
    session: Session, wave: Wave, framed: tuple[ServicePoint, ServicePoint], version: int
) -> None:
    newer = builders.instrument(*COUNTER_FORM, ("version = 1", f"version = {version}"))
    form = registry.store(session, newer, now=builders.NOW)
    late = builders.draft(session, "dot-2", opens_on=dt.date(2026, 3, 20), form=form)
    before = figures(session, wave)
    assert figures(session, wave, late) == before
    for day in DAYS:
        say(session, late, framed[0], 9, of=10, day=day.replace(day=20 + day.day))
    sector = one(figures(session, wave, late), "sector")
    assert (sector.n, sector.population) == (300, 1200)
    assert sector.weighted


def everybody(session: Session, places: Sequence[ServicePoint]) -> None:
    """Put exactly the people who answered into the frame."""
    fieldwork.served(session, places[0], 60)
    fieldwork.served(session, places[0], 60, field="justice")
    fieldwork.served(session, places[1], 120)


def with_target(operator: str, share: float) -> Programme:
    """The programme with another milestone on every target."""
    programme = builders.programme()
    milestones = (Milestone(2030, operator, share),)
    targets = tuple(replace(target, milestones=milestones) for target in programme.targets)
    return replace(programme, targets=targets)


def test_two_hundred_units_each_have_their_figures(session: Session, wave: Wave) -> None:
    rng = random.Random(5)
    for number in range(200):
        place = builders.point(session, builders.unit(session, f"u{number:03}"))
        for day in DAYS:
            say(session, wave, place, rng.randint(8, 10), of=10, day=day)
        fieldwork.served(session, place, 500)
    found = figures(session, wave)
    assert len(found.where(scope="unit", measure="index")) == 200


@pytest.mark.parametrize("fields", [frozenset[str](), frozenset(["land"])])
@pytest.mark.usefixtures("framed")
def test_a_brief_study_tells_the_rest_on_demand(
    session: Session, wave: Wave, fields: frozenset[str]
) -> None:
    within = Within(fields=fields)
    asked = Scope(builders.programme(), wave.sector, (wave,), within=within)
    whole, brief = estimates.study(session, asked), estimates.study(session, asked, brief=True)
    assert brief.figures.where(scope="sector") == whole.figures.where(scope="sector")
    indices = whole.figures.where(scope="unit", measure="index")
    assert brief.figures.where(scope="unit", measure="index") == indices
    assert not len(brief.figures.where(scope="unit", measure="item"))
    for code, unit in brief.units.items():
        own = whole.figures.where(unit_code=code)
        assert estimates.of_unit(asked, brief, unit) == own
        assert len(own) > 1
    items = whole.figures.where(scope="unit", measure="item")
    assert len(items)
    assert estimates.of_units(asked, brief, "item") == items
