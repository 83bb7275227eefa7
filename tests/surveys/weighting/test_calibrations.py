"""Weighting plans carried out on both databases: examples by hand, and what cannot be met."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from sqlmodel import Session, select

from analysis import Estimate
from surveys.counts import tallies
from surveys.fieldwork import plans, waves
from surveys.publishing.proposals import WeightsFailed
from surveys.results import estimates, trends
from surveys.results.estimates import Scope
from surveys.results.form_estimates import SECTOR, Domain, estimate_form
from surveys.tables import Margin, ServicePoint, Unit, Wave
from surveys.weighting.calibrations import CalibrationFailed, Level, Report
from tests import builders, fieldwork, releasing
from tests.fieldwork import BAD, COUNTER_FORM, GOOD

BY_SEX = '{"keys": ["sex"]}'
RAKED = '{"method": "rake", "keys": ["field", "sex"]}'


@pytest.fixture
def wave(session: Session) -> Wave:
    """March 2026."""
    return builders.draft(
        session, form=builders.stored(session, builders.instrument(*COUNTER_FORM))
    )


@pytest.fixture
def place(session: Session) -> ServicePoint:
    """A counter."""
    return builders.counter(session)


def say(
    session: Session, wave: Wave, place: ServicePoint, *, satisfied: int, of: int,
    sex: str | None = None, field: str = "land", age_band: str | None = None,
) -> None:  # fmt: skip
    """Answers on two days, half on each."""
    packed = [GOOD] * satisfied + [BAD] * (of - satisfied)
    for day, some in ((2, packed[::2]), (3, packed[1::2])):
        fieldwork.answered(
            session, wave, place, some, day=dt.date(2026, 3, day), field=field, sex=sex,
            age_band=age_band,
        )  # fmt: skip


def margins(session: Session, wave: Wave, unit: int | None = None, **by_sex: int) -> None:
    """People by sex: `men`, `women`, `others`."""
    codes = {"men": "1", "women": "2", "others": "3"}
    for name, total in by_sex.items():
        row = Margin(
            wave_id=wave.id or 0, unit_id=unit, sex=codes[name], age_band="", total=total,
            source="bien.csv", imported_at=builders.NOW,
        )  # fmt: skip
        session.add(row)
    session.flush()


def plan(session: Session, wave: Wave, text: str) -> None:
    waves.set_plan(session, wave, plans.loads(text))


def scope(*asked: Wave) -> Scope:
    return Scope(builders.programme(), "administration", asked)


def index(session: Session, *asked: Wave, domain: Domain = SECTOR) -> Estimate:
    """The share of satisfied answers, with its error."""
    (form,) = estimates.weigh(session, scope(*asked))
    found = estimate_form(form, builders.programme()).parts[domain].estimates.get(("index", ""))
    assert found is not None
    return found


def report(session: Session, wave: Wave) -> Report:
    (form,) = estimates.weigh(session, scope(wave))
    (found,) = form.calibrated.reports
    return found


@pytest.fixture
def halves(session: Session, wave: Wave, place: ServicePoint) -> None:
    """Ten men, all content, and ten women, half of them; 100 people, 30 men and 70 women."""
    say(session, wave, place, satisfied=10, of=10, sex="1")
    say(session, wave, place, satisfied=5, of=10, sex="2")
    fieldwork.served(session, place, 100)
    margins(session, wave, men=300, women=700)  # shares count, not sums


@pytest.mark.usefixtures("halves")
def test_answers_are_weighted_to_sex_by_hand(session: Session, wave: Wave) -> None:
    assert index(session, wave).value == pytest.approx(0.75, abs=1e-12)
    plan(session, wave, BY_SEX)
    assert index(session, wave).value == pytest.approx(0.3 * 1 + 0.7 * 0.5, abs=1e-12)
    found = report(session, wave)
    assert (found.answers, found.people) == (20, pytest.approx(100))
    assert (found.outcome.smallest, found.outcome.largest) == pytest.approx((0.6, 1.4))
    # Kish: 20 · (10 · 0.6² + 10 · 1.4²) / 20².
    assert (found.outcome.before.deff, found.outcome.after.deff) == pytest.approx((1, 1.16))
    assert found.outcome.after.effective == pytest.approx(20 / 1.16)
    assert (found.outcome.iterations, found.merges, found.silent) == (1, (), {"sex": 0})


@pytest.mark.usefixtures("halves")
def test_the_silent_keep_their_share_and_margins_share_out_the_rest(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    say(session, wave, place, satisfied=0, of=5)
    plan(session, wave, BY_SEX)
    # 20 of 100 people are silent, 24 men, 56 women.
    assert index(session, wave).value == pytest.approx(0.24 * 1 + 0.56 * 0.5, abs=1e-12)
    assert report(session, wave).silent == {"sex": pytest.approx(0.2)}


@pytest.mark.parametrize("method", ["rake", "linear"])
def test_raking_a_balanced_sample_multiplies_the_shares(
    session: Session, wave: Wave, place: ServicePoint, method: str
) -> None:
    for field, sex, satisfied in (("land", "1", 5), ("land", "2", 2), ("justice", "1", 3),
                                  ("justice", "2", 1)):  # fmt: skip
        say(session, wave, place, satisfied=satisfied, of=5, sex=sex, field=field)
    fieldwork.served(session, place, 60)
    fieldwork.served(session, place, 40, field="justice")
    margins(session, wave, men=30, women=70)
    plan(session, wave, RAKED.replace("rake", method))
    cells = {"rake": (0.18, 0.42, 0.12, 0.28),  # products of the shares
             "linear": (0.20, 0.40, 0.10, 0.30)}[method]  # sums of the deviations  # fmt: skip
    shares = (1, 0.4, 0.6, 0.2)
    expected = sum(c * s for c, s in zip(cells, shares, strict=True))
    assert index(session, wave).value == pytest.approx(expected, abs=1e-9)


def test_raking_to_fields_alone_is_post_stratification(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    other = builders.counter(session, "17272")
    for where, field, satisfied in ((place, "land", 7), (place, "justice", 9), (other, "land", 5)):
        say(session, wave, where, satisfied=satisfied, of=12, field=field)
        fieldwork.served(session, where, 40 * satisfied, field=field)
    form = waves.forms_of(session, wave)["counter"]
    later = builders.draft(session, "dot-2", opens_on=dt.date(2026, 3, 3), form=form)
    say(session, later, place, satisfied=3, of=9)
    before = index(session, wave, later)
    plan(session, wave, '{"method": "rake"}')
    mixed = index(session, wave, later)
    assert mixed.value == pytest.approx(before.value, rel=1e-12)
    assert mixed.standard_error == pytest.approx(before.standard_error, rel=1e-9)


@pytest.mark.usefixtures("halves")
def test_a_unit_with_margins_of_its_own_is_calibrated_by_itself(
    session: Session, wave: Wave
) -> None:
    other = builders.counter(session, "17272")
    say(session, wave, other, satisfied=10, of=10, sex="1")
    say(session, wave, other, satisfied=0, of=10, sex="2")
    fieldwork.served(session, other, 300)
    margins(session, wave, other.unit_id, men=50, women=50)
    plan(session, wave, BY_SEX)
    assert index(session, wave, domain=("unit", other.unit_id)).value == pytest.approx(0.5)
    assert index(session, wave).value == pytest.approx((65 + 150) / 400)


@pytest.mark.usefixtures("halves")
def test_the_trend_of_a_unit_weights_it_together_with_the_others(
    session: Session, wave: Wave
) -> None:
    other = builders.counter(session, "17272")
    say(session, wave, other, satisfied=20, of=30, sex="1")
    fieldwork.served(session, other, 300)
    plan(session, wave, '{"method": "rake", "keys": ["field", "sex"], "bounds": null}')
    waves.open_wave(session, wave)
    with pytest.raises(CalibrationFailed):
        # Women are of one unit only: 280 of 400 people cannot be 100.
        estimates.estimate(session, scope(wave))
    plan(session, wave, BY_SEX)
    page = estimates.estimate(session, scope(wave)).where(scope="unit", measure="index")
    unit = session.exec(select(Unit).where(Unit.code == "mot-cua-17266")).one()
    (trend,) = trends.wave_trend(session, builders.programme(), "administration", unit=unit)
    assert [point.figure for point in trend.points] == [page.where(unit_code=unit.code).first()]


def test_everybody_who_was_served_and_everybody_silent(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    fieldwork.served(session, place, 21)
    margins(session, wave, men=7, women=14)
    plan(session, wave, BY_SEX)
    say(session, wave, place, satisfied=7, of=7, sex="1")
    say(session, wave, place, satisfied=0, of=14, sex="2")
    assert index(session, wave).value == pytest.approx(1 / 3)
    later = builders.draft(session, "dot-2", form=waves.forms_of(session, wave)["counter"])
    other = builders.counter(session, "17272")
    say(session, later, other, satisfied=3, of=9)
    fieldwork.served(session, other, 30)
    margins(session, later, men=7, women=14)
    plan(session, later, BY_SEX)
    assert index(session, later).value == pytest.approx(1 / 3)
    assert report(session, later).silent == {"sex": 1}


@pytest.mark.usefixtures("halves")
def test_thin_levels_are_merged_and_a_unit_without_frame_stays_at_one(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    other = builders.counter(session, "17272")
    say(session, wave, place, satisfied=2, of=2, sex="3")
    say(session, wave, other, satisfied=1, of=4, sex="1")
    plan(session, wave, BY_SEX)
    found = report(session, wave)
    (merge,) = found.merges
    assert (merge.key, merge.level) == ("sex", Level(None, (("2",), ("3",))))
    assert (found.answers, found.unweighted) == (22, {other.unit_id})
    assert index(session, wave, domain=("unit", other.unit_id)).value == pytest.approx(0.25)
    # With a unit that has no people, the sector counts answers, as always.
    assert index(session, wave).value == pytest.approx(18 / 26)


def test_sex_and_age_together(session: Session, wave: Wave, place: ServicePoint) -> None:
    for sex, age_band, satisfied in (("1", "1", 5), ("1", "2", 0), ("2", "1", 0), ("2", "2", 5)):
        say(session, wave, place, satisfied=satisfied, of=5, sex=sex, age_band=age_band)
        row = Margin(
            wave_id=wave.id or 0, sex=sex, age_band=age_band, total=10 + 20 * (sex == age_band),
            source="bien.csv", imported_at=builders.NOW,
        )  # fmt: skip
        session.add(row)
    fieldwork.served(session, place, 80)
    plan(session, wave, '{"keys": ["sex", "age_band"]}')
    assert index(session, wave).value == pytest.approx(60 / 80)


def test_raking_on_sex_and_age_that_are_told_apart(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    for sex, age_band, satisfied in (("1", "1", 10), ("1", "2", 0), ("2", "1", 0), ("2", "2", 10)):
        say(session, wave, place, satisfied=satisfied, of=10, sex=sex, age_band=age_band)
    margins(session, wave, men=50, women=50)
    for age_band in "12":
        session.add(Margin(
            wave_id=wave.id or 0, sex="", age_band=age_band, total=50, source="bien.csv",
            imported_at=builders.NOW,
        ))  # fmt: skip
    fieldwork.served(session, place, 100)
    plan(session, wave, '{"method": "rake", "keys": ["sex", "age_band"]}')
    assert index(session, wave).value == pytest.approx(0.5)


FAILURES = [
    (BY_SEX, {}, "no_margins", "sex", ()),
    ('{"keys": ["sex", "age_band"]}', {"men": 30, "women": 70}, "no_margins", "person", ()),
    (BY_SEX, {"men": 5, "women": 95}, "too_few", "sex", (("1",),)),
    (BY_SEX, {"women": 100}, "too_few", "sex", (("1",),)),
    ('{"method": "rake", "keys": ["sex"], "bounds": [0.9, 1.1]}', {"men": 30, "women": 70},
     "unreachable", "sex", None),
]  # fmt: skip


@pytest.mark.parametrize(("text", "people", "kind", "key", "names"), FAILURES)
def test_what_cannot_be_met_is_named_and_not_published(
    session: Session, wave: Wave, place: ServicePoint, text: str, people: dict[str, int],
    kind: str, key: str, names: tuple[tuple[str, ...], ...] | None,
) -> None:  # fmt: skip
    say(session, wave, place, satisfied=10, of=10, sex="1")
    say(session, wave, place, satisfied=5, of=10, sex="2")
    fieldwork.served(session, place, 100)
    margins(session, wave, **people)
    plan(session, wave, text)
    with pytest.raises(CalibrationFailed) as caught:
        estimates.estimate(session, scope(wave))
    assert (caught.value.kind, caught.value.key) == (kind, key)
    assert caught.value.level.names == names or (names is None and caught.value.level.names)
    waves.open_wave(session, wave)
    (trend,) = trends.wave_trend(session, builders.programme(), "administration")
    assert [(p.figure, p.failed and p.failed.kind) for p in trend.points] == [(None, kind)]
    waves.close(session, wave, now=builders.NOW)
    with pytest.raises(WeightsFailed):
        releasing.publish(
            session, programme=builders.programme(), sector="administration", year=2026,
            now=builders.NOW,
        )  # fmt: skip


@pytest.mark.usefixtures("halves")
def test_a_release_keeps_the_plan_and_its_report(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    say(session, wave, place, satisfied=2, of=2, sex="3")
    plan(session, wave, BY_SEX)
    waves.open_wave(session, wave)
    waves.close(session, wave, now=builders.NOW)
    release = releasing.publish(
        session, programme=builders.programme(), sector="administration", year=2026,
        now=builders.NOW,
    )  # fmt: skip
    method = json.loads(release.method)["weighting"]
    assert method["plans"] == {wave.code: plans.loads(BY_SEX).described()}
    (told,) = method["reports"]
    assert (told["form"], told["wave"], told["answers"]) == ("sipas-quay", wave.code, 22)
    assert told["g"] == [0.66, 1.283333]
    assert method["merges"] == [[f"sex=2/{wave.code}", f"sex=3/{wave.code}"]]


def test_answers_are_told_apart_by_sex_only_where_a_plan_asks(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    say(session, wave, place, satisfied=2, of=4, sex="1")
    say(session, wave, place, satisfied=2, of=2)
    (asked,) = tallies.forms(session, [wave.id or 0])
    plain = tallies.tally(session, asked.stored, asked.wave_ids)
    by_sex = tallies.tally(session, asked.stored, asked.wave_ids, by=["sex"])
    assert plain
    assert by_sex
    day_and_sex = (lambda psu: psu.day.day, lambda label: label.sex)
    assert plain.told_apart(*day_and_sex)[0] == [(2, ""), (3, "")]
    assert by_sex.told_apart(*day_and_sex)[0] == [(2, ""), (2, "1"), (3, ""), (3, "1")]
    assert by_sex.respondents.tolist() == [1, 2, 1, 2]
    assert (by_sex.counts.sum(axis=0) == plain.counts.sum(axis=0)).all()
