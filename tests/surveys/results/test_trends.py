"""Wave by wave, and what changed: by hand, by points that were kept, and where nothing is said."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence

import pytest
from sqlmodel import Session

from surveys.fieldwork import plans, waves
from surveys.questionnaires import registry
from surveys.results import estimates, trends
from surveys.results.changes import Change, Silence
from surveys.results.estimates import Scope
from surveys.results.trends import Trend
from surveys.tables import ServicePoint, Unit, Wave
from tests import builders, fieldwork
from tests.fieldwork import COUNTER_FORM, DAYS, say

APRIL = [day.replace(month=4) for day in DAYS]
SECTOR = "administration"


@pytest.fixture
def march(session: Session) -> Wave:
    """The first wave, at counters, under the code that the targets judge."""
    form = registry.store(session, builders.instrument(*COUNTER_FORM), now=builders.NOW)
    return builders.draft(session, form=form)


@pytest.fixture
def april(session: Session, march: Wave) -> Wave:
    """The second wave with the same form."""
    return builders.draft(
        session, "dot-2", opens_on=dt.date(2026, 4, 1), closes_on=dt.date(2026, 4, 30),
        form=waves.forms_of(session, march)["counter"],
    )  # fmt: skip


@pytest.fixture
def points(session: Session) -> list[ServicePoint]:
    """Three counters of one unit, and a fourth."""
    first = builders.counter(session)
    holder = session.get_one(Unit, first.unit_id)
    return [first, *(builders.point(session, holder, f"quay-{n}") for n in (2, 3, 4))]


def closed(session: Session, *found: Wave) -> None:
    for wave in found:
        waves.open_wave(session, wave)
        waves.close(session, wave, now=builders.NOW)


def said(
    session: Session, wave: Wave, places: Sequence[ServicePoint], satisfied: Sequence[int],
    days: Sequence[dt.date],
) -> None:  # fmt: skip
    """Sixty people at each place, ten on each of six days; the last are the most satisfied."""
    for place, number in zip(places, satisfied, strict=True):
        for part, day in enumerate(days):
            say(session, wave, place, (number + part) // 6, of=10, day=day)


def change(session: Session, earlier: Wave, later: Wave) -> Change | Silence:
    scope = Scope(builders.programme(), SECTOR, (earlier, later))
    (found,) = trends.wave_change(session, scope, earlier, later).values()
    return found


def trend(session: Session, unit: Unit | None = None) -> Trend:
    (found,) = trends.wave_trend(session, builders.programme(), SECTOR, unit=unit)
    return found


def test_the_trend_has_each_wave_that_ran(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    assert trends.wave_trend(session, builders.programme(), SECTOR) == ()
    said(session, march, points[:3], (54, 48, 42), DAYS)
    said(session, april, points[:3], (54, 48, 54), APRIL)
    closed(session, march, april)
    found = trend(session)
    assert [(p.wave.code, p.figure and p.figure.value) for p in found.points] == [
        ("dot-1", pytest.approx(0.8)), ("dot-2", pytest.approx(52 / 60)),
    ]  # fmt: skip
    page = estimates.estimate(session, Scope(builders.programme(), SECTOR, (march,)))
    assert found.points[0].figure == page.first()
    assert found.points[0].change is None
    assert found.points[1].change == change(session, march, april)


def test_a_change_by_hand_rests_on_the_points_that_were_kept(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    said(session, march, points[:3], (54, 51, 48), DAYS)
    said(session, april, points[:3], (57, 57, 48), APRIL)
    closed(session, march, april)
    found = change(session, march, april)
    assert isinstance(found, Change)
    # Differences of 3, 6, 0 answers of 180, each less the mean change 3: V = 3/2·(0 + 9 + 9)/180².
    assert found.difference == pytest.approx(0.05)
    assert found.standard_error == pytest.approx(math.sqrt(27) / 180, rel=1e-9)
    assert (found.df, found.points_kept, found.direction) == (2, 3, "none")
    half = 4.302652729911275 * math.sqrt(27) / 180
    assert (found.low, found.high) == (pytest.approx(0.05 - half), pytest.approx(0.05 + half))
    # Apart, the waves' points would count for 9 + 0 + 9 and 9 + 9 + 36: twice that error.
    assert found.standard_error == pytest.approx(math.sqrt(1.5 * 72) / 180 / 2)


def test_other_points_in_the_later_wave_add_their_own_error(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    said(session, march, points[:2], (54, 48), DAYS)
    said(session, april, points[2:], (54, 48), APRIL)
    closed(session, march, april)
    found = change(session, march, april)
    assert isinstance(found, Change)
    # ±3 answers of 120 at each of four points: V = 4/3·4·9/120².
    assert (found.points_kept, found.df) == (0, 3)
    assert found.standard_error == pytest.approx(math.sqrt(48) / 120)


def test_the_days_of_a_unit_s_only_point_are_its_sample(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    for wave, days in ((march, DAYS), (april, APRIL)):
        for day, satisfied in zip(days, (9, 8, 10, 9, 8, 10), strict=True):
            say(session, wave, points[0], satisfied, of=10, day=day)
    closed(session, march, april)
    found = change(session, march, april)
    assert isinstance(found, Change)
    # Six days in each wave, four of them one answer of 60 from their mean: V = 2·6/5·4/60².
    assert (found.difference, found.df) == (pytest.approx(0), 10)
    assert found.standard_error == pytest.approx(math.sqrt(9.6) / 60)
    assert (found.points_kept, found.direction) == (1, "none")


def test_where_points_serve_fields_of_their_own_the_days_tell_the_error(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    for wave, days in ((march, DAYS), (april, APRIL)):
        for place, field in zip(points, ("land", "justice"), strict=False):
            for day, satisfied in zip(days, (9, 8, 10, 9, 8, 10), strict=True):
                say(session, wave, place, satisfied, of=10, day=day, field=field)
            fieldwork.served(session, place, 6000, field=field, month=days[0].replace(day=1))
    closed(session, march, april)
    found = change(session, march, april)
    assert isinstance(found, Change)
    # Weighted to fields, each point is as its field: nothing is left between points. Four of six
    # days are one answer of 120 from their point's mean, at two points, in two waves.
    variance = 4 * (1 - 60 / 6000) * 6 / 5 * 4 / 120**2
    assert (found.standard_error, found.df) == (pytest.approx(math.sqrt(variance)), 20)


def test_a_rise_at_every_point_is_shown_and_a_fall_too(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    said(session, march, points, (24, 27, 30, 27), DAYS)
    said(session, april, points, (51, 54, 57, 57), APRIL)
    closed(session, march, april)
    up, down = change(session, march, april), change(session, april, march)
    assert isinstance(up, Change)
    assert isinstance(down, Change)
    assert (up.direction, down.direction) == ("up", "down")
    assert (down.low, down.high) == (pytest.approx(-up.high), pytest.approx(-up.low))


def test_everybody_asked_in_both_waves_has_no_error(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    said(session, march, points[:3], (54, 51, 48), DAYS)
    said(session, april, points[:3], (57, 57, 49), APRIL)
    for month in (3, 4):
        fieldwork.served(session, points[0], 180, month=dt.date(2026, month, 1))
    closed(session, march, april)
    found = change(session, march, april)
    assert isinstance(found, Change)
    assert (found.low, found.high) == (pytest.approx(1 / 18), pytest.approx(1 / 18))
    assert (found.standard_error, found.direction) == (0, "up")


def test_the_change_of_a_unit_is_its_own(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    said(session, march, points[:3], (54, 51, 48), DAYS)
    said(session, april, points[:3], (57, 57, 48), APRIL)
    alone = trend_after_closing(session, march, april)
    # Another unit, in one of the waves only.
    other = builders.counter(session, "17272")
    for day in DAYS:
        say(session, march, other, 5, of=16, day=day)
    both = change(session, march, april)
    assert isinstance(both, Change)
    assert both.difference > 0.05
    unit = session.get_one(Unit, points[0].unit_id)
    found = trend(session, unit).points
    assert [p.figure and p.figure.unit_code for p in found] == [unit.code] * 2
    assert found[1].change == alone


def trend_after_closing(session: Session, *found: Wave) -> Change | Silence | None:
    closed(session, *found)
    return trend(session).points[-1].change


def test_an_open_wave_is_not_compared_and_a_thin_one_neither(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    said(session, march, points[:3], (54, 48, 42), DAYS)
    say(session, april, points[0], 2, of=3, day=APRIL[0])
    closed(session, march)
    waves.open_wave(session, april)
    assert trend(session).points[1].change == "open"
    waves.close(session, april, now=builders.NOW)
    assert trend(session).points[1].change == "suppressed"


def test_a_wave_whose_plan_fails_stands_in_the_trend_with_the_reason(
    session: Session, march: Wave, april: Wave, points: list[ServicePoint]
) -> None:
    june = builders.draft(
        session, "dot-3", opens_on=dt.date(2026, 6, 1), closes_on=dt.date(2026, 6, 30),
        form=waves.forms_of(session, march)["counter"],
    )  # fmt: skip
    said(session, march, points[:3], (54, 48, 42), DAYS)
    said(session, april, points[:3], (54, 48, 42), APRIL)
    said(session, june, points[:3], (54, 48, 42), [day.replace(month=6) for day in DAYS])
    for month in (3, 4, 6):
        fieldwork.served(session, points[0], 600, month=dt.date(2026, month, 1))
    waves.set_plan(session, april, plans.loads('{"keys": ["sex"]}'))
    closed(session, march, april, june)
    first, second, third = trend(session).points
    assert second.failed is not None
    assert (second.figure, second.failed.kind, second.change) == (None, "no_margins", None)
    # The third is compared with the last wave that has a figure.
    assert isinstance(third.change, Change)
    assert (first.wave, third.change.earlier) == (march, march)
