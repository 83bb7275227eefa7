"""What the frame makes of answers: weights, sampling fractions, and when it is not believed."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session

from surveys.counts import tallies
from surveys.fieldwork import waves
from surveys.tables import ServicePoint, Wave
from surveys.weighting import weights
from surveys.weighting.weights import Weighting
from tests import builders, fieldwork

MARCH, APRIL, MAY = (dt.date(2026, month, 1) for month in (3, 4, 5))
FIELDS = ("land", "justice")


@pytest.fixture
def wave(session: Session) -> Wave:
    """A draft wave of March and April."""
    return builders.draft(session, closes_on=dt.date(2026, 4, 15))


@pytest.fixture
def place(session: Session, wave: Wave) -> ServicePoint:
    """A counter where ten people answered about land, and two about justice, in March."""
    made = builders.counter(session)
    fieldwork.answered(session, wave, made, ["5555"] * 10)
    fieldwork.answered(session, wave, made, ["5555"] * 2, field="justice")
    return made


def weigh(session: Session, *asking: Wave) -> Weighting:
    """The weighting of some waves' answers."""
    (asked,) = tallies.forms(session, [wave.id or 0 for wave in asking])
    tally = tallies.tally(session, asked.stored, asked.wave_ids)
    assert tally is not None
    return weights.weigh(session, tally, asking, fields=FIELDS)


def test_a_whole_frame_gives_people_and_fractions(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    for month in (MARCH, APRIL):
        fieldwork.served(session, place, 40, month=month)
        fieldwork.served(session, place, 10, field="justice", month=month)
    found = weigh(session, wave)
    stratum = (place.unit_id, wave.id)
    assert found.population == {(*stratum, "land"): 80, (*stratum, "justice"): 20}
    assert found.fractions == {stratum: 0.12}
    assert (found.people(), found.people(["land"])) == (100, 80)
    assert (found.unweighted, found.incomplete, found.raised) == (frozenset(), {}, ())


def test_a_missing_month_is_projected_and_its_fraction_unknown(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    fieldwork.served(session, place, 40)
    fieldwork.served(session, place, 10, field="justice")
    found = weigh(session, wave)
    assert sum(found.population.values()) == found.weight() == 100
    assert (found.fractions, found.people()) == ({}, None)
    assert found.incomplete == {(place.unit_id, wave.id): (APRIL,)}
    assert found.missing() == found.by_unit()[place.unit_id].missing() == (APRIL,)


def test_an_open_wave_needs_no_months_after_its_last_answer(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    fieldwork.served(session, place, 50)
    waves.open_wave(session, wave)
    assert weigh(session, wave).people() == 50
    waves.close(session, wave, now=builders.NOW)
    assert weigh(session, wave).people() is None


def test_a_field_with_more_answers_than_people_is_raised(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    for month in (MARCH, APRIL):
        fieldwork.served(session, place, 40, month=month)
    found = weigh(session, wave)
    cell = (place.unit_id, wave.id, "justice")
    assert found.raised == (cell,)
    assert found.population[cell] == 2  # type: ignore[index] # ids are known once flushed
    assert found.fractions == {cell[:2]: 12 / 82}
    assert found.people() == 80


def test_a_unit_with_more_answers_than_people_is_not_believed(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    for month in (MARCH, APRIL):
        fieldwork.served(session, place, 5, month=month)
    found = weigh(session, wave)
    assert found.unweighted == {place.unit_id}
    assert (found.population, found.fractions) == ({}, {})


def test_a_unit_that_nobody_answered_about_still_served_people(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    other = builders.counter(session, "17272")
    for month in (MARCH, APRIL):
        fieldwork.served(session, place, 40, month=month)
        fieldwork.served(session, other, 100, month=month)
    found = weigh(session, wave)
    assert found.people() == 280
    assert {unit: one.people() for unit, one in found.by_unit().items()} == {place.unit_id: 80}


def test_each_unit_by_itself(session: Session, wave: Wave, place: ServicePoint) -> None:
    other = builders.counter(session, "17272")
    fieldwork.answered(session, wave, other, ["5555"])
    for month in (MARCH, APRIL):
        fieldwork.served(session, place, 40, month=month)
    each = weigh(session, wave).by_unit()
    assert (each[place.unit_id].people(), each[other.unit_id].people()) == (80, None)
    assert (each[place.unit_id].weight(), each[other.unit_id].weight()) == (82, 0)
    assert not each[place.unit_id].unweighted
    assert each[other.unit_id].unweighted


def test_a_unit_known_in_one_wave_only_is_weighted_if_it_answered_in_that_one(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    later = builders.draft(
        session, "dot-2", opens_on=dt.date(2026, 5, 1), closes_on=dt.date(2026, 5, 31)
    )
    for month in (MARCH, APRIL):
        fieldwork.served(session, place, 40, month=month)
    assert weigh(session, wave, later).people() == 80
    fieldwork.answered(session, later, place, ["5555"])
    assert weigh(session, wave, later).unweighted == {place.unit_id}


def test_a_wave_without_frame_leaves_the_unit_unweighted(
    session: Session, wave: Wave, place: ServicePoint
) -> None:
    fieldwork.served(session, place, 40, month=dt.date(2026, 5, 1))
    found = weigh(session, wave)
    assert found.unweighted == {place.unit_id}
    assert found.people() is None


@pytest.fixture
def second(session: Session, wave: Wave) -> Wave:
    """A wave of the second half of April and of May."""
    return builders.draft(
        session, "dot-2", opens_on=dt.date(2026, 4, 16), closes_on=dt.date(2026, 5, 31)
    )


def test_a_wave_without_answers_has_no_people(
    session: Session, wave: Wave, place: ServicePoint, second: Wave
) -> None:
    for month in (MARCH, APRIL, MAY):
        fieldwork.served(session, place, 40, month=month)
    assert weigh(session, wave, second) == weigh(session, wave)
    assert weigh(session, wave, second).people() == 80


def test_waves_split_a_shared_month_by_their_answers_in_it(
    session: Session, wave: Wave, place: ServicePoint, second: Wave
) -> None:
    for month in (MARCH, APRIL, MAY):
        fieldwork.served(session, place, 40, month=month)
    fieldwork.answered(session, wave, place, ["5555"] * 3, day=dt.date(2026, 4, 10))
    fieldwork.answered(session, second, place, ["5555"] * 1, day=dt.date(2026, 4, 20))
    fieldwork.answered(session, second, place, ["5555"] * 5, day=dt.date(2026, 5, 20))
    found = weigh(session, wave, second)
    cells = {cell[1:]: people for cell, people in found.population.items()}
    assert (cells[wave.id, "land"], cells[second.id, "land"]) == (40 + 30, 10 + 40)  # type: ignore[index]
    assert found.people() == 120
    assert found.fractions == {
        (place.unit_id, wave.id): 15 / 72, (place.unit_id, second.id): 6 / 50,
    }  # fmt: skip


def test_a_census_in_two_waves_of_a_month_is_a_census(
    session: Session, wave: Wave, place: ServicePoint, second: Wave
) -> None:
    fieldwork.served(session, place, 10)
    fieldwork.served(session, place, 2, field="justice")
    fieldwork.served(session, place, 3, month=APRIL)
    fieldwork.served(session, place, 7, month=APRIL, field="justice")
    fieldwork.served(session, place, 0, month=MAY)
    april = dt.date(2026, 4, 20)
    fieldwork.answered(session, wave, place, ["5555"] * 3, day=april)
    fieldwork.answered(session, second, place, ["5555"] * 7, day=april, field="justice")
    found = weigh(session, wave, second)
    assert (found.unweighted, found.raised, found.people()) == (frozenset(), (), 22)
    assert set(found.fractions.values()) == {1.0}


def test_a_unit_that_nobody_answered_about_counts_once_in_a_shared_month(
    session: Session, wave: Wave, place: ServicePoint, second: Wave
) -> None:
    other = builders.counter(session, "17272")
    fieldwork.answered(session, second, place, ["5555"], day=dt.date(2026, 5, 20))
    for month in (MARCH, APRIL, MAY):
        fieldwork.served(session, place, 40, month=month)
        fieldwork.served(session, other, 33, month=month)
    assert weigh(session, wave, second).people() == 3 * (40 + 33)
