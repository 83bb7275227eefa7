"""Waves: their steps, what they ask, and that a day leads to one form; on both databases."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, select

from surveys import database
from surveys.fieldwork import responses, waves
from surveys.tables import Response, Wave
from tests import builders, fieldwork
from tests.builders import NOW, TODAY

MARCH = (dt.date(2026, 3, 1), dt.date(2026, 3, 31))
EARLIER, LATER = dt.date(2026, 2, 28), dt.date(2026, 4, 1)
HOUSEHOLD = ('["counter"]', '["household"]')


def draft(session: Session, code: str, period: tuple[dt.date, dt.date] = MARCH) -> Wave:
    return builders.draft(session, code, opens_on=period[0], closes_on=period[1])


def opened(session: Session, code: str, period: tuple[dt.date, dt.date] = MARCH) -> Wave:
    wave = draft(session, code, period)
    waves.open_wave(session, wave)
    return wave


def test_wave_goes_its_way(session: Session) -> None:
    wave = builders.draft(session)
    steps = [wave.status]
    waves.open_wave(session, wave)
    steps.append(wave.status)
    waves.close(session, wave, now=NOW)
    steps.append(wave.status)
    for _revision in range(2):
        waves.mark_published(session, wave)
        steps.append(wave.status)
    assert steps == ["draft", "open", "closed", "published", "published"]
    assert wave.closed_at == NOW


Step = Callable[[Session, Wave], None]


def close(session: Session, wave: Wave) -> None:
    waves.close(session, wave, now=NOW)


@pytest.mark.parametrize(
    ("status", "step", "allowed"),
    [
        ("open", waves.open_wave, ("draft",)),
        ("closed", waves.open_wave, ("draft",)),
        ("published", waves.open_wave, ("draft",)),
        ("draft", close, ("open",)),
        ("closed", close, ("open",)),
        ("published", close, ("open",)),
        ("draft", waves.mark_published, ("closed", "published")),
        ("open", waves.mark_published, ("closed", "published")),
    ],
)
def test_step_out_of_turn_is_refused(
    session: Session, status: str, step: Step, allowed: tuple[str, ...]
) -> None:
    wave = builders.draft(session)
    wave.status = status
    session.flush()
    with pytest.raises(waves.WrongStatus) as caught:
        step(session, wave)
    assert (caught.value.wave, caught.value.allowed, wave.status) == (wave, allowed, status)


def test_wave_cannot_end_before_it_begins(session: Session) -> None:
    with pytest.raises(waves.WrongPeriod) as caught:
        draft(session, "dot-1", (MARCH[1], MARCH[0]))
    assert (caught.value.opens_on, caught.value.closes_on) == (MARCH[1], MARCH[0])
    assert session.exec(select(Wave)).all() == []


def test_wave_code_is_taken_once(session: Session) -> None:
    draft(session, "dot-1")
    with pytest.raises(waves.CodeTaken, match="dot-1"):
        draft(session, "dot-1", (LATER, LATER))


@pytest.mark.parametrize(("sector", "kind"), [("health", "counter"), ("administration", "class")])
def test_form_must_fit_sector_and_points(session: Session, sector: str, kind: str) -> None:
    form = builders.stored(session)
    with pytest.raises(waves.WrongForm) as caught:
        waves.create(
            session, programme=builders.programme(), sector=sector, code="x", name="",
            year=2026, opens_on=TODAY, closes_on=TODAY, forms={kind: form},
        )  # fmt: skip
    assert (caught.value.point_kind, caught.value.sector) == (kind, sector)
    assert caught.value.instrument == builders.instrument()


@pytest.mark.parametrize(
    ("sector", "error"), [("roads", waves.UnknownSector), ("health", waves.NoForms)]
)
def test_wave_needs_a_known_sector_and_a_form(
    session: Session, sector: str, error: type[waves.WaveError]
) -> None:
    with pytest.raises(error):
        waves.create(
            session, programme=builders.programme(), sector=sector, code="x", name="",
            year=2026, opens_on=TODAY, closes_on=TODAY, forms={},
        )  # fmt: skip


def test_form_replaced_in_a_draft_must_still_fit(session: Session) -> None:
    wave = builders.draft(session)
    builders.stored(session, builders.instrument(HOUSEHOLD))
    with pytest.raises(waves.WrongForm):
        waves.open_wave(session, wave)


@pytest.mark.parametrize(
    "period", [MARCH, (MARCH[1], LATER), (EARLIER, MARCH[0]), (EARLIER, LATER), (TODAY, TODAY)]
)
def test_overlapping_wave_cannot_be_opened(
    session: Session, period: tuple[dt.date, dt.date]
) -> None:
    first = opened(session, "dot-1")
    second = draft(session, "dot-2", period)
    with pytest.raises(waves.OverlappingWave) as caught:
        waves.open_wave(session, second)
    assert (caught.value.other, second.status) == (first, "draft")
    waves.close(session, first, now=NOW)
    waves.open_wave(session, second)
    assert second.status == "open"


def test_waves_after_each_other_or_at_other_points_can_be_open_together(
    session: Session,
) -> None:
    opened(session, "dot-1")
    opened(session, "dot-2", (LATER, LATER))
    opened(session, "dot-0", (EARLIER, EARLIER))
    form = builders.stored(session, builders.instrument(HOUSEHOLD, ("version = 1", "version = 2")))
    household = builders.draft(session, "ho", form=form, kind="household")
    waves.open_wave(session, household)
    assert household.status == "open"


def test_of_two_opened_at_once_one_is_refused(engine: Engine) -> None:
    with database.writing(engine) as session:
        codes = [draft(session, code).code for code in ("dot-1", "dot-2")]
    barrier, outcomes = threading.Barrier(2, timeout=30), []

    def attempt(code: str) -> None:
        barrier.wait()
        try:
            with database.writing(engine) as session:
                waves.open_wave(session, session.exec(select(Wave).where(Wave.code == code)).one())
            outcomes.append("opened")
        except waves.OverlappingWave as error:
            outcomes.append(f"refused by {error}")

    threads = [threading.Thread(target=attempt, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(outcomes) in (["opened", "refused by dot-1"], ["opened", "refused by dot-2"])


def test_form_of_the_open_wave_is_found_by_day(session: Session) -> None:
    point = builders.counter(session)
    wave = opened(session, "dot-1")
    for day in (MARCH[0], TODAY, MARCH[1]):
        found = waves.form_for(session, point, on=day)
        assert (found.wave, found.instrument) == (wave, builders.instrument())
        assert found.stored.checksum == found.instrument.checksum
        assert waves.takes_answers(wave, on=day)


@pytest.mark.parametrize("day", [EARLIER, LATER])
def test_open_wave_takes_no_answers_outside_its_days(session: Session, day: dt.date) -> None:
    assert not waves.takes_answers(opened(session, "dot-1"), on=day)


def test_form_is_for_one_kind_of_points(session: Session) -> None:
    opened(session, "dot-1")
    home = builders.point(session, builders.unit(session), kind="household")
    with pytest.raises(waves.NoOpenWave) as caught:
        waves.form_for(session, home, on=TODAY)
    assert (caught.value.last, caught.value.next) == (None, None)


def test_without_an_open_wave_the_last_and_the_next_are_told(session: Session) -> None:
    point = builders.counter(session)
    days = [dt.date(2026, month, 1) for month in range(1, 13)]
    for code, month in (("first", 0), ("last", 2), ("next", 8), ("later", 10)):
        opened(session, code, (days[month], days[month]))
    draft(session, "draft", (days[5], days[6]))
    with pytest.raises(waves.NoOpenWave) as caught:
        waves.form_for(session, point, on=days[5])
    last, following = caught.value.last, caught.value.next
    assert last is not None
    assert following is not None
    assert (last.code, following.code) == ("last", "next")


def test_wave_closed_before_its_last_day_is_the_last(session: Session) -> None:
    point = builders.counter(session)
    wave = opened(session, "dot-1")
    waves.close(session, wave, now=NOW)
    with pytest.raises(waves.NoOpenWave) as caught:
        waves.form_for(session, point, on=TODAY)
    assert (caught.value.last, caught.value.next) == (wave, None)


def test_forms_of_a_wave_by_kind_of_points(session: Session) -> None:
    form = builders.stored(session)
    assert waves.forms_of(session, builders.draft(session)) == {"counter": form}


def test_waves_of_a_sector_stand_newest_first_and_are_found_by_code(session: Session) -> None:
    earlier = draft(session, "a", (dt.date(2026, 1, 1), dt.date(2026, 1, 31)))
    later = draft(session, "b")
    assert waves.of_sector(session, later.programme, "administration") == [later, earlier]
    assert waves.of_sector(session, later.programme, "health") == []
    assert waves.of_sector(session, "another", "administration") == []
    assert (waves.find(session, "a"), waves.find(session, "c")) == (earlier, None)


def test_answers_are_counted_by_wave_without_excluded_ones(session: Session) -> None:
    point = builders.counter(session)
    wave, empty = builders.open_wave(session), draft(session, "b")
    fieldwork.answered(session, wave, point, ["5435"] * 3)
    one = session.exec(select(Response)).first()
    assert one is not None
    responses.exclude(session, one.id or 0, reason="phiếu thử", now=NOW)
    assert waves.answers(session, [wave.id or 0, empty.id or 0]) == {wave.id: 2}


def test_a_draft_is_split_and_joined_again(session: Session) -> None:
    wave = builders.draft(session)
    point = builders.counter(session)
    waves.split(session, wave, "counter", 2)
    assert waves.subsets_of(session, wave) == {"counter": 2}
    waves.split(session, wave, "counter", 0)
    waves.split(session, wave, "counter", 1)
    waves.open_wave(session, wave)
    assert waves.form_for(session, point, on=TODAY).subset == 1


@pytest.mark.parametrize(("kind", "size", "most"), [
    ("counter", 3, 2), ("counter", -1, 2), ("household", 1, 0),
])  # fmt: skip
def test_a_form_is_not_split_into_more_than_it_has(
    session: Session, kind: str, size: int, most: int
) -> None:
    with pytest.raises(waves.WrongSplit) as caught:
        waves.split(session, builders.draft(session), kind, size)
    assert caught.value.most == most


def test_the_split_stays_as_it_is_once_people_answer(session: Session) -> None:
    wave = builders.open_wave(session)
    with pytest.raises(waves.WrongStatus):
        waves.split(session, wave, "counter", 2)
    assert waves.subsets_of(session, wave) == {"counter": 0}
