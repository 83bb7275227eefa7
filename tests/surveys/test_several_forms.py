"""Several forms of one sector, on both databases: combined, judged together, shown apart."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from sqlmodel import Session, select

from surveys.fieldwork import waves
from surveys.questionnaires import instrument as instruments
from surveys.questionnaires import registry
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.figures import Figure, Figures
from surveys.results.figures import Scope as Place
from surveys.tables import Response, ServicePoint, Wave
from tests import builders, fieldwork
from tests.fieldwork import COUNTER_FORM, DAYS, health_form, say


def test_the_household_form_has_its_own_target_and_parts(session: Session) -> None:
    counters = registry.store(session, builders.instrument(*COUNTER_FORM), now=builders.NOW)
    wave = builders.draft(session, form=counters)
    (household,) = (f for f in instruments.shipped() if f.code == "sipas-ho-gia-dinh")
    form = registry.store(session, household, now=builders.NOW)
    yearly = builders.draft(session, "nam", form=form, kind="household")
    place = builders.point(session, builders.unit(session), "ho", kind="household")
    counter = builders.counter(session, "17272")
    # Everybody is satisfied with every item of part I, nobody with one of part II.
    part = {each.code: each.part for each in household.dimensions}
    packed = "".join("5" if part.get(i.dimension or "") == "I" else "2" for i in household.items)
    for day in DAYS:
        blank = "-" * household.others_width
        fieldwork.answered(session, yearly, place, [packed] * 10, field="household", day=day,
                           others=blank, kind="staffed")  # fmt: skip
        say(session, wave, counter, 9, of=10, day=day)
    scope = Scope(builders.programme(), "administration", (wave, yearly))
    found = estimates.estimate(session, scope)
    judged = {f.target_key: (f.instrument, f.value) for f in found.where(scope="sector")
              if f.target_key}  # fmt: skip
    assert judged == {
        "procedures": ("sipas-quay", pytest.approx(0.9)),
        "agencies": ("sipas-ho-gia-dinh", pytest.approx(0.5)),
    }
    parts = found.where(scope="sector", measure="part")
    assert [(f.key, f.value, f.basis) for f in parts] == [
        ("I", pytest.approx(1), "staffed"), ("II", pytest.approx(0), "staffed"),
    ]  # fmt: skip


def health_wave(
    session: Session, *changes: tuple[str, str]
) -> tuple[Wave, dict[str, ServicePoint]]:
    """A wave of two health forms with answers: 144 of 180 outpatients, 108 of 120 vaccinated."""
    forms = {
        "outpatient": health_form(session, "y-te-ngoai-tru", "outpatient"),
        "immunisation": health_form(session, "y-te-tiem-chung", "immunisation", *changes),
    }
    wave = waves.create(
        session, programme=builders.programme(), sector="health", code="y-te", name="Y tế",
        year=2026, opens_on=dt.date(2026, 3, 1), closes_on=dt.date(2026, 3, 31), forms=forms,
    )  # fmt: skip
    clinic = builders.unit(session, "tram-y-te", kind="clinic", sector="health")
    places = {kind: builders.point(session, clinic, kind, kind=kind) for kind in forms}
    for day, extra in zip(DAYS, [0, -1, 1, 0, -1, 1], strict=True):
        say(session, wave, places["outpatient"], 24 + extra, of=30, day=day, field="outpatient")
        say(session, wave, places["immunisation"], 18 + extra, of=20, day=day, field="immunisation")
    return wave, places


def health(session: Session, wave: Wave) -> Figures:
    """All figures of a health wave."""
    return estimates.estimate(session, Scope(builders.programme(), "health", (wave,)))


def combined(found: Figures, place: Place) -> dict[str, Figure]:
    """The figures over all forms of a place."""
    return {f.measure: f for f in found.where(scope=place) if f.instrument is None}


def test_forms_are_combined_with_the_people_served(session: Session) -> None:
    wave, places = health_wave(session)
    fieldwork.served(session, places["outpatient"], 900, field="outpatient")
    fieldwork.served(session, places["immunisation"], 300, field="immunisation")
    found = health(session, wave)
    whole = combined(found, "sector")["index"]
    # (900·0.8 + 300·0.9)/1200; 180 and 120 people answered.
    assert (whole.value, whole.n, whole.population) == (pytest.approx(0.825), 300, 1200)
    assert (whole.target_key, whole.operator, whole.target) == ("health", ">=", 0.9)
    assert whole.verdict == "not_met"
    forms = {f.instrument: f for f in found.where(scope="sector", measure="index") if f.instrument}
    assert [round(f.value or 0, 9) for f in forms.values()] == [0.8, 0.9]
    errors = [f.standard_error or 0 for f in forms.values()]
    expected = math.hypot(0.75 * errors[0], 0.25 * errors[1])
    assert whole.standard_error == pytest.approx(expected, rel=1e-12)
    assert {f.verdict for f in forms.values()} == {None}
    assert combined(found, "unit")["index"].value == pytest.approx(0.825)


def test_forms_are_combined_with_their_answers_without_a_frame(session: Session) -> None:
    wave, _ = health_wave(session)
    whole = combined(health(session, wave), "sector")["index"]
    assert (whole.value, whole.weighted) == (pytest.approx((144 + 108) / 300), False)


def test_health_owes_five_figures(session: Session) -> None:
    wave, _ = health_wave(session)
    owed = combined(health(session, wave), "sector")
    assert list(owed) == ["index", "mean_score", "comprehensive", "expectation", "return"]
    assert {name for name, figure in owed.items() if figure.value is None} == set()


def test_forms_on_different_scales_are_not_put_together(session: Session) -> None:
    other = ("maximum = 200", "maximum = 150")
    wave, _ = health_wave(session, other)
    assert "expectation" not in combined(health(session, wave), "sector")


def test_a_form_that_only_said_what_it_expected_counts_by_that(session: Session) -> None:
    wave, _ = health_wave(session)
    for row in session.exec(select(Response).where(Response.field == "immunisation")).all():
        row.answers = "---5"
    session.flush()
    owed = combined(health(session, wave), "sector")
    assert owed["index"].n == 180
    assert (owed["expectation"].n, owed["expectation"].value) == (300, pytest.approx(0.9))


def test_forms_answered_on_one_day_tell_no_error_together(session: Session) -> None:
    kinds = {"outpatient": "y-te-ngoai-tru", "immunisation": "y-te-tiem-chung"}
    forms = {kind: health_form(session, code, kind) for kind, code in kinds.items()}
    wave = waves.create(
        session, programme=builders.programme(), sector="health", code="y-te", name="Y tế",
        year=2026, opens_on=dt.date(2026, 3, 1), closes_on=dt.date(2026, 3, 31), forms=forms,
    )  # fmt: skip
    clinic = builders.unit(session, "tram-y-te", kind="clinic", sector="health")
    for kind in forms:
        place = builders.point(session, clinic, kind, kind=kind)
        say(session, wave, place, 80, of=100, field=kind)
    found = estimates.estimate(session, Scope(builders.programme(), "health", (wave,)))
    assert {(f.showing, f.reason) for f in found} == {("suppressed", "one_psu")}
