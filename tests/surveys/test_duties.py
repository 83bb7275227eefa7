"""What waits for whom: every rule seen at work and at rest, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session, select

from surveys import duties
from surveys.duties import Duty
from surveys.fieldwork import comments, waves
from surveys.offices import invitations, staff
from surveys.offices.staff import Role
from surveys.places import collectors
from surveys.publishing import steps, webhooks
from surveys.tables import PaperEntry, Response, ServicePoint, Staff, Unit, Wave
from tests import builders, fieldwork, released, releasing

PROGRAMME = builders.programme()
TODAY = builders.TODAY
LAST = dt.date(2026, 3, 31)


@pytest.fixture
def place(session: Session) -> ServicePoint:
    """A counter."""
    return builders.counter(session)


def account(session: Session, role: Role, unit_id: int | None = None) -> Staff:
    """The account of a role; of the administration, or of a unit, where it needs one."""
    sector = "administration" if role == "sector" else None
    needs = unit_id if role in {"unit", "entry"} else None
    name = f"{role}-{needs}"
    return staff.find(session, name) or staff.add(
        session, username=name, name=name, role=role, sector=sector, unit_id=needs,
        password="mật khẩu rất dài",
    )  # fmt: skip


def waiting(
    session: Session, role: Role, *, unit_id: int | None = None, on: dt.date = TODAY
) -> list[Duty]:
    """What waits for the account of a role on a day."""
    now = dt.datetime.combine(on, dt.time(3), tzinfo=dt.UTC)
    return duties.waiting(session, PROGRAMME, account(session, role, unit_id), now)


def kinds(found: list[Duty]) -> list[str]:
    """Their kinds in order."""
    return [duty.kind for duty in found]


@pytest.mark.parametrize("role", staff.ROLES)
def test_nobody_has_anything_to_do_in_an_empty_house(
    session: Session, place: ServicePoint, role: Role
) -> None:
    builders.open_wave(session)
    assert waiting(session, role, unit_id=place.unit_id) == []


def test_an_installation_without_waves_begins_with_the_guide(session: Session) -> None:
    assert kinds(waiting(session, "central")) == ["to_begin"]
    assert waiting(session, "auditor") == []


@pytest.mark.parametrize(("on", "number"), [(17, 250), (16, None), (31, 250)])
def test_a_wave_about_to_end_says_what_it_lacks(
    session: Session, place: ServicePoint, on: int, number: int | None
) -> None:
    wave = builders.open_wave(session)
    fieldwork.served(session, place, 1000)
    fieldwork.answered(session, wave, place, ["5555"] * 36)
    found = waiting(session, "sector", on=dt.date(2026, 3, on))
    # 1000 people ask for 1000 / (1 + 1000 · 0,05²) = 286 answers.
    wanted = Duty(
        kind="few_answers", number=250, places=1, about="Đợt dot-1", code="administration",
        until=LAST,
    )  # fmt: skip
    assert found == ([wanted] if number else [])


def test_a_unit_hears_of_its_own_lack_only(session: Session, place: ServicePoint) -> None:
    other = builders.counter(session, "17272")
    builders.open_wave(session)
    for at in (place, other):
        fieldwork.served(session, at, 1000)
    (found,) = waiting(session, "unit", unit_id=place.unit_id, on=LAST)
    assert (found.kind, found.number, found.code) == ("few_here", 286, "mot-cua-17266")


def test_enough_answers_are_enough(session: Session, place: ServicePoint) -> None:
    wave = builders.open_wave(session)
    fieldwork.served(session, place, 1000)
    fieldwork.answered(session, wave, place, ["5555"] * 286)
    assert waiting(session, "sector", on=LAST) == []


def test_a_wave_past_its_last_day_is_to_be_closed(session: Session) -> None:
    builders.open_wave(session)
    assert waiting(session, "central", on=LAST) == []
    late = Duty(kind="past_end", about="Đợt dot-1", code="dot-1", until=LAST)
    assert waiting(session, "central", on=dt.date(2026, 4, 1)) == [late]


@pytest.mark.parametrize(
    ("on", "there"), [((2, 21), False), ((2, 22), True), ((3, 31), True), ((4, 1), False)]
)
def test_a_draft_is_to_be_opened_when_its_time_comes(
    session: Session, on: tuple[int, int], there: bool
) -> None:
    builders.draft(session)
    found = waiting(session, "central", on=dt.date(2026, *on))
    assert kinds(found) == ["to_open"] * there


def closed(session: Session, place: ServicePoint) -> Wave:
    """A closed wave with one answer that looks odd."""
    wave = builders.open_wave(session)
    fieldwork.answered(session, wave, place, ["5555"] * 3)
    session.exec(select(Response)).all()[0].quality = "fast old"
    waves.close(session, wave, now=builders.NOW)
    return wave


def test_a_closed_year_is_looked_at_and_published(session: Session, place: ServicePoint) -> None:
    closed(session, place)
    found = waiting(session, "central", on=dt.date(2026, 4, 2))
    assert kinds(found) == ["no_frame", "odd", "to_publish"]
    assert [(duty.number, duty.code, duty.year) for duty in found] == [
        (1, "dot-1", 0), (1, "dot-1", 0), (1, "administration", 2026)
    ]  # fmt: skip


def test_what_is_published_is_done(session: Session, place: ServicePoint) -> None:
    wave = closed(session, place)
    waves.mark_published(session, wave)
    assert waiting(session, "central", on=dt.date(2026, 4, 2)) == []


def test_a_draft_goes_to_a_second_person_and_then_to_whoever_publishes(
    session: Session, place: ServicePoint
) -> None:
    closed(session, place)
    fieldwork.served(session, place, 90)
    made = releasing.draft(
        session, programme=PROGRAMME, sector="administration", year=2026, now=builders.NOW
    )
    drafter, checker = releasing.pair(session)
    of = {"about": "Hành chính", "code": str(made.id), "year": 2026}
    now = builders.NOW
    assert kinds(duties.waiting(session, PROGRAMME, drafter, now)) == ["odd"]
    for other in (checker, account(session, "sector")):
        assert Duty(kind="to_check", **of) in duties.waiting(session, PROGRAMME, other, now)
    steps.check(session, PROGRAMME, made, by=checker, now=now)
    found = duties.waiting(session, PROGRAMME, drafter, now)
    assert kinds(found) == ["odd", "to_release"]


def test_a_year_with_a_wave_to_come_is_not_published_yet(
    session: Session, place: ServicePoint
) -> None:
    closed(session, place)
    fieldwork.served(session, place, 90)
    later = {"opens_on": dt.date(2026, 10, 1), "closes_on": dt.date(2026, 12, 31)}
    builders.draft(session, "dot-4", **later)
    assert kinds(waiting(session, "central", on=dt.date(2026, 4, 2))) == ["odd"]


def commented(session: Session, place: ServicePoint, *, people: int = 10) -> Response:
    """An answer with a comment, among so many of its unit."""
    wave = builders.open_wave(session)
    made = builders.response(
        session, builders.collector(session, place), given=builders.answers(comment="Thêm ghế")
    )
    fieldwork.answered(session, wave, place, ["5555"] * (people - 1))
    return made


def pass_on(session: Session, made: Response, due_on: dt.date | None = None) -> comments.Item:
    """Screen the comment of an answer."""
    item = comments.find(session, made.id or 0, "G3")
    assert item is not None
    comments.screen(session, item, shown="Thêm ghế", category="place", due_on=due_on)
    return comments.find(session, made.id or 0, "G3") or item


def test_a_comment_goes_from_noi_vu_to_the_unit_and_is_done(
    session: Session, place: ServicePoint
) -> None:
    made = commented(session, place)
    assert kinds(waiting(session, "central")) == ["to_screen"]
    item = pass_on(session, made, due_on=TODAY + dt.timedelta(2))
    (found,) = waiting(session, "unit", unit_id=place.unit_id)
    assert (found.kind, found.number, found.until) == ("comments", 1, TODAY + dt.timedelta(2))
    (late,) = waiting(session, "sector", on=TODAY + dt.timedelta(3))
    assert (late.kind, late.until) == ("comments", TODAY + dt.timedelta(2))
    overdue = TODAY + dt.timedelta(3)
    assert kinds(waiting(session, "central", on=overdue)) == ["late_comments"]
    comments.answer(session, item, words="Đã thêm", status="answered")
    assert waiting(session, "central", on=overdue) == []


def test_a_comment_that_the_unit_may_not_read_is_no_duty_of_it(
    session: Session, place: ServicePoint
) -> None:
    pass_on(session, commented(session, place, people=9))
    assert waiting(session, "unit", unit_id=place.unit_id) == []


def test_a_sheet_typed_once_waits_for_its_own_unit(session: Session, place: ServicePoint) -> None:
    other = builders.counter(session, "17272")
    wave = builders.open_wave(session)
    code = collectors.issue(session, place, kind="staffed", today=TODAY)
    (form,) = waves.forms_of(session, wave).values()
    typist = account(session, "entry", place.unit_id)
    session.add(
        PaperEntry(
            wave_id=wave.id or 0, instrument_id=form.id or 0, collector_id=code.id or 0, serial=1,
            day=TODAY, answers="{}", form_key="a", entered_by=typist.id or 0,
            entered_at=builders.NOW,
        )
    )  # fmt: skip
    session.flush()
    sheet = Duty(kind="sheets", about="Đợt dot-1", until=LAST)
    assert duties.waiting(session, PROGRAMME, typist, builders.NOW) == [sheet]
    assert waiting(session, "unit", unit_id=other.unit_id) == []
    commune = session.get_one(Unit, place.unit_id).parent_id
    assert waiting(session, "unit", unit_id=commune) == [sheet]


def test_an_expired_invitation_is_for_whoever_may_renew_it(session: Session) -> None:
    builders.open_wave(session)
    roles: tuple[Role, ...] = ("auditor", "sector")
    for role in roles:
        sector = "health" if role == "sector" else None
        made = staff.add(session, username=role, name=role, role=role, sector=sector)
        invitations.invite(session, made, now=builders.NOW)
    assert waiting(session, "central", on=TODAY) == []
    numbers: dict[Role, int] = {"administrator": 2, "central": 1}
    for role, number in numbers.items():
        (found,) = waiting(session, role, on=TODAY + dt.timedelta(4))
        assert (found.kind, found.number) == ("invitations", number)


def test_word_that_was_given_up_is_to_be_looked_at(session: Session) -> None:
    builders.open_wave(session)
    webhooks.add(session, "https://xa.example.vn/", now=builders.NOW)
    webhooks.announce(session, released.publish(session))
    assert waiting(session, "central") == []
    webhooks.deliveries(session)[0].delivery.due_at = None
    session.flush()
    assert kinds(waiting(session, "central")) == ["undelivered"]


def test_what_is_due_first_comes_first(session: Session, place: ServicePoint) -> None:
    closed(session, place)
    builders.draft(session, "dot-2", opens_on=dt.date(2026, 4, 5), closes_on=dt.date(2026, 4, 30))
    found = waiting(session, "central", on=dt.date(2026, 4, 2))
    assert kinds(found) == ["to_open", "no_frame", "odd"]
