"""What offices look at beside the figures, on both databases: parts, groups, units, weeks, gaps."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlmodel import Session

from surveys.fieldwork import waves
from surveys.questionnaires import registry
from surveys.results import breakdowns, comparisons, estimates, levels, steering, weeks
from surveys.results.estimates import Scope
from surveys.results.form_estimates import EVERYTHING, SECTOR, Within
from surveys.tables import ServicePoint, Unit, Wave
from tests import builders, fieldwork
from tests.fieldwork import BAD, COUNTER_FORM, DAYS, GOOD, say


@pytest.fixture
def wave(session: Session) -> Wave:
    """March 2026, open: the small form under the code that the targets judge."""
    form = registry.store(session, builders.instrument(*COUNTER_FORM), now=builders.NOW)
    made = builders.draft(session, form=form)
    waves.open_wave(session, made)
    return made


@pytest.fixture
def place(session: Session) -> ServicePoint:
    return builders.counter(session)


def scope(wave: Wave, **changes: object) -> Scope:
    return replace(Scope(builders.programme(), "administration", (wave,)), **changes)  # type: ignore[arg-type]


def index(session: Session, wanted: Scope) -> estimates.Figure:
    found = estimates.estimate(session, wanted).where(scope="sector", measure="index").first()
    assert found is not None
    return found


def test_a_part_is_a_domain_and_is_not_judged(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    other = builders.point(session, session.get_one(Unit, place.unit_id), "quay-2")
    for day in DAYS:
        say(session, wave, place, 18, of=20, day=day)
        say(session, wave, place, 10, of=20, day=day, field="justice")
        say(session, wave, other, 20, of=20, day=day)
    fieldwork.served(session, place, 900)
    fieldwork.served(session, place, 700, field="justice")
    whole = index(session, scope(wave))
    assert whole.verdict
    part = index(session, scope(wave, within=Within(fields=frozenset(["justice"]))))
    assert (part.value, part.n, part.population) == (pytest.approx(0.5), 120, 700)
    assert (part.target, part.verdict) == (None, None)
    desk = index(session, scope(wave, within=Within(points=frozenset([other.id or 0]))))
    assert (desk.value, desk.n, desk.population) == (1.0, 120, None)


def test_ways_of_answering_stand_apart(session: Session, wave: Wave, place: ServicePoint) -> None:
    for day in DAYS:
        fieldwork.answered(session, wave, place, [GOOD] * 18 + [BAD] * 2, day=day)
        fieldwork.answered(session, wave, place, [GOOD] * 10 + [BAD] * 10, day=day, kind="sampled")
    found = {kind: index(session, scope(wave, kinds=(kind,))) for kind in ("open", "sampled")}
    assert {kind: row.value for kind, row in found.items()} == {
        "open": pytest.approx(0.9), "sampled": pytest.approx(0.5),
    }  # fmt: skip
    assert not found["sampled"].indicative


def people(session: Session, wave: Wave, place: ServicePoint, women: int, men: int) -> None:
    for day in DAYS:
        for sex, number in (("1", men), ("2", women)):
            if not number:
                continue
            fieldwork.answered(session, wave, place, [GOOD, GOOD, BAD] * number, day=day, sex=sex)


def groups_of(
    session: Session, wave: Wave, by: breakdowns.By, unit: Unit | None = None
) -> list[breakdowns.Group]:
    asked = scope(wave)
    study = estimates.study(session, asked)
    known = breakdowns.cells(by, breakdowns.told_apart(session, asked, by, study))
    weighed = breakdowns.told_apart(session, asked, by, study, unit=unit)
    return breakdowns.breakdown(asked, known, weighed, study, unit=unit)


def test_groups_of_people_and_the_one_that_is_held_back(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    second, third = (builders.counter(session, code) for code in ("17272", "17278"))
    people(session, wave, place, 20, 10)
    people(session, wave, third, 30, 15)
    people(session, wave, second, 20, 0)
    fieldwork.answered(session, wave, second, [BAD] * 5, sex="1")
    shop = session.get_one(Unit, second.unit_id)
    groups = groups_of(session, wave, "sex", shop)
    assert [(group.key, group.figure) for group in groups] == [("1", None), ("2", None)]
    home = session.get_one(Unit, place.unit_id)
    told = groups_of(session, wave, "sex", home)
    # The sector's sum would tell the five men, were all other units' men told.
    assert [group.figure for group in told] == [None, None]
    far = groups_of(session, wave, "sex", session.get_one(Unit, third.unit_id))
    values = [group.figure and group.figure.value for group in far]
    assert values == [pytest.approx(2 / 3), pytest.approx(2 / 3)]


def test_people_who_are_told_apart_do_not_move_the_index(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    people(session, wave, place, 20, 10)
    fieldwork.served(session, place, 2000)
    plain, told = (index(session, scope(wave, told=by)) for by in ((), ("sex", "age_band")))
    assert (told.value, told.standard_error) == (
        pytest.approx(plain.value), pytest.approx(plain.standard_error),
    )  # fmt: skip


def test_fields_are_groups_of_their_own(session: Session, wave: Wave, place: ServicePoint) -> None:
    for day in DAYS:
        say(session, wave, place, 9, of=10, day=day)
        say(session, wave, place, 5, of=10, day=day, field="justice")
    groups = groups_of(session, wave, "field")
    assert {group.key: round(group.figure.value or 0, 6) for group in groups if group.figure} == {
        "land": 0.9, "justice": 0.5,
    }  # fmt: skip


def test_levels_are_counted_as_given(session: Session, wave: Wave, place: ServicePoint) -> None:
    fieldwork.answered(session, wave, place, ["5455", "1-35", "20.5"] * 4)
    weighed = estimates.weigh(session, scope(wave))
    found = {spread.item.code: spread for spread in levels.spreads(weighed, SECTOR, EVERYTHING)}
    assert (found["A1"].counts, found["A1"].answers) == ((4, 4, 0, 0, 4), 12)
    assert (found["A2"].counts, found["A2"].answers) == (None, 4)


def test_a_bad_week_is_a_signal_and_so_is_what_adds_up(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    for number in range(2, 21):
        say(session, wave, place, 19 if number < 16 else 10, of=20, day=dt.date(2026, 3, number))
    say(session, wave, place, 3, of=3, day=dt.date(2026, 3, 30))
    weighed = estimates.weigh(session, scope(wave))
    found = weeks.watch(weighed, SECTOR, EVERYTHING, deff=2.0)
    assert [(week.monday.day, week.people, week.place) for week in found.weeks] == [
        (2, 140, "inside"), (9, 140, "inside"), (16, 100, "low"), (30, 3, "inside"),
    ]  # fmt: skip
    assert found.weeks[-1].share is None
    assert found.alarms[0] == dt.date(2026, 3, 17)
    assert weeks.watch(weighed, ("unit", -1), EVERYTHING).centre is None


def test_units_beside_each_other(session: Session, wave: Wave) -> None:
    for number, good in enumerate([19, 19, 18, 19, 8]):
        point = builders.counter(session, f"1800{number}")
        for day in DAYS:
            say(session, wave, point, good, of=20, day=day)
    small = builders.counter(session, "18009")
    for day in DAYS:
        say(session, wave, small, 2, of=3, day=day)
    wanted = scope(wave)
    target = next(t for t in wanted.programme.targets_of("administration") if not t.fields)
    found = comparisons.compare(wanted, estimates.study(session, wanted), target)
    assert found.funnel is not None
    by_code = {unit.figure.unit_code: unit for unit in found.units}
    worst, tiny = by_code["mot-cua-18004"], by_code["mot-cua-18009"]
    assert worst.zone in {"low_95", "low_998"}
    assert worst.ranks is not None
    assert (worst.ranks.best, worst.ranks.worst, worst.apart) == (5, 5, True)
    assert tiny.figure.value is None
    assert tiny.zone is None
    assert tiny.model is not None
    assert 2 / 3 < tiny.model.value < 0.95
    assert worst.model is None


def test_what_a_wave_still_lacks(session: Session, wave: Wave, place: ServicePoint) -> None:
    for day in DAYS:
        say(session, wave, place, 9, of=10, day=day)
    say(session, wave, place, 5, of=5, field="justice")
    fieldwork.served(session, place, 500, month=dt.date(2026, 2, 1))
    fieldwork.served(session, place, 700)
    shop = session.get_one(Unit, place.unit_id)
    study, came = estimates.study(session, scope(wave)), steering.hours(session, wave)
    on = dt.date(2026, 3, 21)
    found = steering.plan(session, wave, study, [shop], came, on=on)
    land, justice = found.needs
    assert (land.field, land.answers, land.expected, land.official) == ("land", 60, 700, 255)
    assert land.missing_official == 195
    assert land.missing is not None
    assert land.designed == 60 + land.missing
    assert land.coming == round(700 * 10 / 31)
    assert land.invitations == 2 * land.missing
    assert (justice.field, justice.expected, justice.missing) == ("justice", None, None)
    (hours,) = found.hours
    # Five in the morning by UTC is noon.
    assert hours.counts == (0, 0, 65, 0, 0, 0)


def test_a_field_that_a_wave_does_not_ask_of_lacks_nothing(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    fieldwork.served(session, place, 700)
    fieldwork.served(session, place, 900, field="household")
    shop = session.get_one(Unit, place.unit_id)
    assert steering.expected(session, wave, {shop.id or 0: shop}) == {(shop.id, "land"): 700}
    assert steering.lacking(session, wave, [shop]) == {shop.id: 255}


@pytest.mark.parametrize(
    ("hour", "band"), [(6, 5), (7, 0), (8, 0), (9, 1), (15, 4), (16, 4), (17, 5), (0, 5)]
)
def test_hours_have_their_band(hour: int, band: int) -> None:
    assert steering.band_of(hour) == band


def test_a_month_that_is_not_known_is_like_the_others(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    fieldwork.served(session, place, 280, month=dt.date(2026, 1, 1))
    fieldwork.served(session, place, 340, month=dt.date(2026, 2, 1))
    wave.closes_on = dt.date(2026, 3, 10)
    shop = session.get_one(Unit, place.unit_id)
    found = steering.expected(session, wave, {shop.id or 0: shop})
    assert found == {(shop.id, "land"): 100}
