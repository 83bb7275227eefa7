"""Odd answers of a wave, what the index owes to them, and leaving them out and taking them in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pytest
from sqlmodel import Session, col, select

from surveys.fieldwork import responses, waves
from surveys.questionnaires.programme import Hours
from surveys.results import estimates, integrity, suspects
from surveys.results.estimates import Scope
from surveys.tables import Population, Response, ServicePoint, StoredInstrument, Wave
from tests import builders, fieldwork

MONDAY = dt.date(2026, 3, 2)


@dataclass(frozen=True)
class Place:
    """A wave with two counters, where some answers look odd."""

    session: Session
    wave: Wave
    stored: StoredInstrument
    points: tuple[ServicePoint, ServicePoint]

    def signs(self) -> dict[str, int]:
        """How many answers have each sign."""
        found = suspects.suspects(self.session, self.wave, self.stored)
        every = [sign for one in found for sign in one.signs]
        return {sign: every.count(sign) for sign in suspects.SIGNS if sign in every}

    def index(self) -> float:
        """The index of the sector as every page computes it."""
        scope = Scope(builders.programme(), "administration", (self.wave,))
        found = estimates.estimate(self.session, scope)
        figure = found.where(unit_code=None, measure="index").first()
        assert figure is not None
        assert figure.value is not None
        return figure.value

    def spread(self) -> None:
        """Let the answers come in all day long."""
        for number, row in enumerate(
            self.session.exec(select(Response).order_by(col(Response.id)))
        ):
            opened = dt.datetime.combine(row.day, dt.time(1), tzinfo=dt.UTC)
            row.answered_at = opened + dt.timedelta(minutes=number * 23 % 480)
        self.session.flush()

    def mark(self, answers: str, **values: object) -> None:
        """Write something into all responses with these answers."""
        for row in self.session.exec(select(Response).where(Response.answers == answers)):
            for name, value in values.items():
                setattr(row, name, value)
        self.session.flush()


@pytest.fixture
def place(session: Session) -> Place:
    """200 answers on 5 days at two counters; 30 of them, all bad, at one."""
    points = builders.counter(session, "17266"), builders.counter(session, "17272")
    form = builders.stored(session, builders.instrument(*fieldwork.COUNTER_FORM))
    wave = builders.draft(session, form=form)
    waves.open_wave(session, wave)
    for back in range(5):
        day = MONDAY + dt.timedelta(back)
        for point in points:
            fieldwork.answered(session, wave, point, ["5255"] * 2 + ["5355"] * 15, day=day)
        fieldwork.answered(session, wave, points[0], ["2222"] * (4 + back), day=day)
    for point in points:
        fieldwork.served(session, point, 2000)
    made = Place(session, wave, form, points)
    made.spread()
    return made


def test_nothing_odd_is_found_where_there_is_nothing(place: Place) -> None:
    assert place.signs() == {}
    assert integrity.findings(place.session, builders.programme(), place.wave) == []


def test_codes_hours_and_excess_are_found(place: Place) -> None:
    place.mark("2222", quality="offline fast old")
    night = dt.datetime(2026, 3, 3, 16, 0, tzinfo=dt.UTC)
    place.mark("5255", answered_at=night)
    assert place.signs() == {"fast": 30, "old": 30, "hours": 20}
    place.mark("2222", answered_at=night)
    assert place.signs()["hours"] == 20, "what waited for a network tells no hour"
    place.session.exec(select(Response)).all()
    for total in fieldwork_totals(place):
        total.total = 100
    place.session.flush()
    assert place.signs()["excess"] == 115


@pytest.mark.parametrize(
    ("day", "clock", "hours", "received"),
    [
        (MONDAY, 7, Hours(7, 18), True), (MONDAY, 7, Hours(8, 17), False),
        (MONDAY, 17, Hours(7, 18), True), (MONDAY, 17, Hours(8, 17), False),
        (MONDAY - dt.timedelta(2), 9, Hours(8, 17), True),
        (MONDAY - dt.timedelta(1), 9, Hours(0, 24), False),
    ],
)  # fmt: skip
def test_offices_receive_people_at_the_hours_of_the_programme(
    day: dt.date, clock: int, hours: Hours, received: bool
) -> None:
    days = (day - dt.date(1970, 1, 1)).days
    minute = np.array([(days * 24 + clock) * 60])
    assert suspects.received(minute, hours).tolist() == [received]


def fieldwork_totals(place: Place) -> list[Population]:
    query = select(Population)
    return [row for row in place.session.exec(query) if row.unit_id == place.points[0].unit_id]


def test_a_crowd_is_the_fullest_ten_minutes_of_a_day(place: Place) -> None:
    rows = place.session.exec(select(Response).order_by(col(Response.id))).all()
    first = [row for row in rows if (row.point_id, row.day) == (place.points[0].id, MONDAY)]
    for row in first[:18]:
        row.answered_at = dt.datetime.combine(MONDAY, dt.time(3), tzinfo=dt.UTC)
    place.session.flush()
    assert 18 <= place.signs()["crowd"] <= 20


def test_a_straight_line_needs_five_items(session: Session) -> None:
    row = type("Row", (), {"id": 7, "answers": "55555"})
    short = type("Row", (), {"id": 8, "answers": "5555."})
    assert suspects._lines([row, short]).tolist() == [True, False]
    assert not suspects._lines([]).size


def test_the_index_without_them_is_the_one_after_they_are_left_out(place: Place) -> None:
    place.mark("2222", quality="fast")
    (found,) = integrity.findings(place.session, builders.programme(), place.wave)
    assert (found.sign, found.people, found.answers) == ("fast", 30, 200)
    assert found.units == ((place.points[0].unit_id, 30),)
    assert found.effect is not None
    assert found.effect.whole.value == pytest.approx(place.index())
    low, high = (found.effect.difference.confidence_interval().low,
                 found.effect.difference.confidence_interval().high)  # fmt: skip
    assert low < found.effect.difference.value < high < 0
    gone = integrity.exclude(place.session, place.wave, "fast", reason="máy gửi", now=builders.NOW)
    assert gone == 30
    assert place.index() > found.effect.whole.value
    assert integrity.left_out(place.session, place.wave) == {"fast": 30}
    back = integrity.readmit(place.session, place.wave, "fast", reason="nhầm", now=builders.NOW)
    assert back == 30
    assert place.index() == pytest.approx(found.effect.whole.value)
    assert integrity.left_out(place.session, place.wave) == {}


def test_where_nobody_else_answered_there_is_nothing_to_compare(place: Place) -> None:
    for answers in ("2222", "5255", "5355"):
        place.mark(answers, quality="fast")
    (found,) = integrity.findings(place.session, builders.programme(), place.wave)
    assert (found.people, found.share, found.effect) == (200, 1.0, None)


@pytest.mark.parametrize("step", [integrity.exclude, integrity.readmit])
def test_leaving_out_needs_a_reason(place: Place, step: object) -> None:
    assert callable(step)
    with pytest.raises(responses.ReasonMissing):
        step(place.session, place.wave, "fast", reason=" ", now=builders.NOW)
