"""The demonstration district: real in structure, marked DEMO, the same for the same day."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from surveys import database, demo
from surveys.demo.periods import plans
from surveys.fieldwork import responses, tickets, waves
from surveys.offices import staff
from surveys.places import collectors, units
from surveys.publishing import publication
from surveys.questionnaires import programme as programmes
from surveys.questionnaires.answers import Answers
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.tables import (
    Collector,
    Comment,
    Release,
    Response,
    ServicePoint,
    StoredInstrument,
    Unit,
    Wave,
)
from tests import databases

TODAY = dt.date(2026, 3, 10)
EARLY = dt.date(2025, 10, 15)
PROGRAMME = programmes.load("tan-ky-169")


def load(session: Session, today: dt.date) -> demo.Loaded | None:
    """The district as of a day, at nine in the morning."""
    now = dt.datetime.combine(today, dt.time(9), database.TIME_ZONE)
    return demo.load(
        session, programme=PROGRAMME, today=today, now=now, progress=lambda _step: None
    )


@pytest.fixture(scope="module")
def district(test_databases: databases.Databases) -> Iterator[Engine]:
    """The district of `TODAY`, loaded once for this file."""
    url = test_databases.fresh("sqlite")
    engine = database.connect(url)
    with database.writing(engine) as session:
        load(session, TODAY)
    yield engine
    engine.dispose()
    test_databases.drop(url)


@pytest.fixture
def reader(district: Engine) -> Iterator[Session]:
    """A session on the district that cannot write."""
    with database.reading(district) as session:
        yield session


def test_a_database_with_units_is_left_alone(session: Session) -> None:
    loaded = load(session, EARLY)
    assert loaded
    assert session.exec(select(func.count(col(Response.id)))).one() == loaded.responses > 1500
    assert load(session, EARLY) is None
    assert session.exec(select(func.count(col(Response.id)))).one() == loaded.responses


def test_the_same_day_gives_the_same_district(test_databases: databases.Databases) -> None:
    seen = []
    for _time in range(2):
        url = test_databases.fresh("sqlite")
        engine = database.connect(url)
        with database.writing(engine) as session:
            load(session, EARLY)
            codes = session.exec(select(Collector.code).order_by(col(Collector.id))).all()
            query = select(Response.receipt, Response.digest, Response.answered_at)
            seen.append((codes, session.exec(query.order_by(col(Response.id))).all()))
        engine.dispose()
        test_databases.drop(url)
    assert seen[0] == seen[1]


def test_seven_communes_succeed_twenty_units(reader: Session) -> None:
    communes = [u for u in units.existing(reader, on=demo.FOUNDED) if u.kind == "commune"]
    before = [u for u in units.existing(reader, on=dt.date(2025, 6, 30)) if u.kind == "commune"]
    assert (len(communes), len(before)) == (7, 20)
    found = [old.id for commune in communes for old in units.predecessors(reader, commune)]
    assert sorted(found) == sorted(old.id for old in before)


def test_a_code_names_another_place_before_the_merger(reader: Session) -> None:
    old = units.find(reader, "17266", on=dt.date(2025, 6, 30))
    new = units.find(reader, "17266", on=demo.FOUNDED)
    assert old
    assert new
    assert (old.name, new.name) == ("Thị trấn Tân Kỳ", "Xã Tân Kỳ")
    assert "chờ đối chiếu" in old.note


@pytest.mark.parametrize("kind", ["counter", "inpatient", "outpatient", "immunisation", "primary"])
def test_a_scan_leads_to_a_form_today(reader: Session, kind: str) -> None:
    point = reader.exec(select(ServicePoint).where(ServicePoint.kind == kind)).first()
    assert point
    assert waves.form_for(reader, point, on=TODAY).wave.demo


def test_every_unit_of_a_sector_has_points_with_codes(reader: Session) -> None:
    for sector in PROGRAMME.sectors:
        for unit in units.of_sector(reader, sector.key, on=TODAY):
            points = units.points_of(reader, [unit.id or 0], on=TODAY)
            assert points, unit.code
            codes = reader.exec(
                select(Collector).where(col(Collector.point_id).in_([p.id for p in points]))
            ).all()
            assert {code.point_id for code in codes} == {point.id for point in points}


def test_every_counter_has_a_code_that_anybody_can_answer(reader: Session) -> None:
    counters = reader.exec(select(ServicePoint.id).where(ServicePoint.kind == "counter")).all()
    in_use = collectors.in_use(reader, [one or 0 for one in counters], on=TODAY)
    assert len(counters) > 10
    for codes in in_use.values():
        assert {code.kind for code in codes} == {"sampled", "open"}
    assert len(in_use) == len(counters)


def test_waves_that_are_over_are_closed_and_the_past_year_is_published(reader: Session) -> None:
    statuses = {
        wave.status: wave.closes_on < TODAY for wave in reader.exec(select(Wave)) if wave.demo
    }
    assert statuses == {"published": True, "open": False}
    releases = reader.exec(select(Release)).all()
    assert {(each.sector, each.year, each.demo) for each in releases} == {
        ("administration", 2025, True), ("health", 2025, True), ("education", 2025, True),
    }  # fmt: skip
    assert all(publication.verify(reader, each) for each in releases)


def test_answers_are_stored_as_those_of_people(reader: Session) -> None:
    for response in reader.exec(select(Response).order_by(Response.receipt).limit(200)):
        stored = reader.get_one(StoredInstrument, response.instrument_id)
        texts = reader.exec(
            select(Comment.question_code, Comment.text).where(Comment.response_id == response.id)
        )
        submission = responses.Submission(
            wave=reader.get_one(Wave, response.wave_id), instrument=stored,
            point=reader.get_one(ServicePoint, response.point_id),
            collector=reader.get_one(Collector, response.collector_id),
            answers=Answers(
                response.answers, response.others, response.sex, response.age_band,
                tuple((code, text) for code, text in texts), response.field,
            ),
            language=response.language, key=response.submission_key, now=response.answered_at,
            mode=response.mode, presence=response.presence,
        )  # fmt: skip
        expected = responses.columns(submission)
        assert {name: getattr(response, name) for name in expected} == expected
        assert len(response.submission_key) == len(responses.new_key())
        assert responses.find_receipt(reader, response.receipt) is not None


def test_schools_answer_by_tickets(reader: Session) -> None:
    schools = [wave for wave in reader.exec(select(Wave)) if wave.sector == "education"]
    assert len(schools) > 1
    for wave in schools:
        found = sum(
            (one.returns(TODAY) for one in tickets.standings(reader, [wave.id or 0])),
            tickets.Returns(),
        )
        query = select(func.count(col(Response.id))).where(Response.wave_id == wave.id)
        by_ticket = query.where(Response.presence == "ticket")
        assert reader.exec(by_ticket).one() == reader.exec(query).one() == found.answered
        assert 0.2 < (found.rate or 0) < 0.9


def test_staffed_places_were_interviewed_and_the_others_answered_themselves(
    reader: Session,
) -> None:
    query = select(Response.collector_kind, Response.mode, Response.presence).distinct()
    assert set(reader.exec(query)) == {
        ("open", "self", "printed"), ("sampled", "self", "ticket"),
        ("staffed", "interviewer", "none"),
    }  # fmt: skip


def test_nobody_answers_after_yesterday_or_at_night(reader: Session) -> None:
    first, last = reader.exec(select(func.min(Response.day), func.max(Response.day))).one()
    assert first >= demo.FOUNDED
    assert last < TODAY
    hours = {
        moment.astimezone(database.TIME_ZONE).hour
        for moment in reader.exec(select(Response.answered_at))
    }
    assert hours == set(range(7, 17))


def test_a_page_of_the_demonstration_shows_every_verdict_and_a_suppressed_unit(
    reader: Session,
) -> None:
    held = reader.exec(select(Wave).where(Wave.year == 2025)).all()
    figures = [
        figure
        for sector in PROGRAMME.sectors
        for figure in estimates.estimate(
            reader,
            Scope(PROGRAMME, sector.key, tuple(w for w in held if w.sector == sector.key)),
        )
        if figure.measure == "index" and figure.verdict
    ]
    firm = Counter(figure.verdict for figure in figures if not figure.indicative)
    assert set(firm) == {"met", "not_met", "not_shown"}
    assert any(figure.indicative for figure in figures)
    assert any(figure.showing == "suppressed" for figure in figures)
    low = [f.unit_code for f in figures if f.scope == "unit" and f.verdict == "not_met"]
    assert "mot-cua-tien-dong" in low


@pytest.mark.parametrize("account", demo.ACCOUNTS, ids=lambda account: account.username)
def test_accounts_open_with_the_printed_password(district: Engine, account: demo.Account) -> None:
    now = dt.datetime(2026, 3, 10, 3, tzinfo=dt.UTC)
    with Session(district) as session:
        found = staff.identify(session, account.username, demo.PASSWORD)
        token = staff.start(session, found, now=now)
        found = staff.account_of(session, token, now=now)
        assert found
        unit = session.get(Unit, found.unit_id) if found.unit_id else None
        assert (found.role, unit.code if unit else None) == (account.role, account.unit_code)
        session.rollback()


@pytest.mark.parametrize(
    "today",
    [dt.date(2025, 7, 1), dt.date(2026, 1, 1), dt.date(2026, 11, 22), dt.date(2028, 2, 29)],
    ids=str,
)
def test_some_wave_of_each_sector_covers_any_day(today: dt.date) -> None:
    covering = {plan.sector for plan in plans(today) if plan.opens_on <= today <= plan.closes_on}
    assert covering == {"administration", "health", "education"}


def test_on_the_first_day_there_is_a_district_without_answers(session: Session) -> None:
    loaded = load(session, demo.FOUNDED)
    assert loaded
    assert (loaded.responses, loaded.releases) == (0, 0)
