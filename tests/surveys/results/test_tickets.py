"""Figures of a sample by tickets: who was asked, who answered, and what weighs what."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, select

import analysis
from surveys.counts import tallies
from surveys.fieldwork import tickets, waves
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.figures import Figure, Figures
from surveys.tables import Response, ServicePoint, Ticket, Wave
from surveys.weighting import calibrations
from tests import builders, fieldwork
from tests.fieldwork import BAD, COUNTER_FORM, DAYS, GOOD

ISSUED, ANSWERED, SERVED = 100, 60, 500


@pytest.fixture
def wave(session: Session) -> Wave:
    """An open wave that asks the form whose index has a target."""
    form = builders.stored(session, builders.instrument(*COUNTER_FORM))
    made = builders.draft(session, form=form)
    waves.open_wave(session, made)
    return made


@pytest.fixture
def point(session: Session, wave: Wave) -> ServicePoint:
    """A counter where 60 of 100 holders of tickets answered, on six days, of 500 served."""
    place = builders.counter(session)
    for day in DAYS:
        fieldwork.answered(session, wave, place, [GOOD] * 9 + [BAD], day=day, kind="sampled")
    fieldwork.served(session, place, SERVED)
    issue(session, place, ISSUED, spent=ANSWERED)
    return place


def issue(session: Session, place: ServicePoint, size: int, *, spent: int) -> None:
    """Tickets of a place, of which those with the first numbers were answered."""
    code = fieldwork.collector(session, place, "sampled")
    batch = tickets.mint(
        session, code, every=5, size=size, expires_on=dt.date(2026, 3, 31), by="Nội vụ",
        now=builders.NOW,
    ).batch  # fmt: skip
    for one in session.exec(select(Ticket).where(Ticket.batch_id == batch.id)):
        one.spent = one.number <= spent
    session.flush()


def figures(session: Session, wave: Wave) -> Figures:
    """All figures of the wave."""
    return estimates.estimate(session, Scope(builders.programme(), "administration", (wave,)))


def index(session: Session, wave: Wave) -> Figure:
    """The index of the sector."""
    found = figures(session, wave).where(scope="sector", measure="index").first()
    assert found is not None
    return found


def test_a_figure_tells_the_served_the_asked_and_the_answered(
    session: Session, wave: Wave, point: ServicePoint
) -> None:
    found = index(session, wave)
    assert (found.population, found.issued, found.returned, found.n) == (SERVED, 100, 60, 60)
    assert (found.basis, found.indicative, found.bound_low) == ("sampled", False, None)
    assert found.value == pytest.approx(0.9)
    assert Figure.from_canonical(found.canonical()) == found


def test_each_unit_tells_its_own_and_a_field_tells_none(
    session: Session, wave: Wave, point: ServicePoint
) -> None:
    other = builders.counter(session, "17272")
    for day in DAYS:
        fieldwork.answered(session, wave, other, [GOOD] * 5, day=day)
    fieldwork.served(session, other, 100)
    issue(session, other, 20, spent=0)
    found = figures(session, wave)
    units = [(one.issued, one.returned) for one in found.where(scope="unit", measure="index")]
    assert units == [(100, 60), (20, 0)]
    assert (index(session, wave).issued, index(session, wave).returned) == (120, 60)
    assert {one.issued for one in found.where(scope="group")} == {None}


def test_a_sample_and_volunteers_together_say_so(
    session: Session, wave: Wave, point: ServicePoint
) -> None:
    assert index(session, wave).basis == "sampled"
    fieldwork.answered(session, wave, point, [GOOD])
    found = index(session, wave)
    assert (found.basis, found.indicative) == ("mixed", True)


def test_a_figure_without_tickets_is_frozen_as_before(session: Session, wave: Wave) -> None:
    place = builders.counter(session)
    for day in DAYS:
        fieldwork.answered(session, wave, place, [GOOD] * 5, day=day)
    assert "issued" not in index(session, wave).canonical()


def test_the_base_weight_is_the_design_weight_times_the_factor_for_the_silent(
    session: Session, wave: Wave, point: ServicePoint
) -> None:
    stratum = (point.unit_id, wave.id or 0)
    (form,) = estimates.weigh(session, Scope(builders.programme(), "administration", (wave,)))
    answered = {stratum: float(len(session.exec(select(Response)).all()))}
    design = analysis.design_weights({stratum: SERVED}, {stratum: ISSUED})
    silent = analysis.nonresponse({stratum: ISSUED}, answered)
    wanted = design[stratum] * silent[stratum].factor
    assert calibrations.base_weights(form.tally, form.weighting) == pytest.approx(wanted)
    assert wanted * ANSWERED == pytest.approx(SERVED)


def test_only_the_form_that_was_asked_counts_its_tickets(
    session: Session, wave: Wave, point: ServicePoint
) -> None:
    (asked,) = tallies.forms(session, [wave.id or 0])
    other = builders.stored(session)
    wave_ids = [wave.id or 0]
    assert len(tickets.standings(session, wave_ids, stored=asked.stored)) == 1
    assert not tickets.standings(session, wave_ids, stored=other)
