"""The steps of a draft on both databases: two people, once each, and nothing changed behind."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Any

import pytest
from sqlalchemy import Engine, text, update
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col, select

from surveys import database
from surveys.fieldwork import responses, waves
from surveys.offices import staff
from surveys.publishing import publication, steps
from surveys.publishing.steps import (
    DraftPending,
    FiguresChanged,
    NoRemarks,
    NotAllowed,
    SamePerson,
    WrongStep,
)
from surveys.tables import Release, ReleaseDraft, ReleaseRow, Response, ServicePoint, Staff, Wave
from tests import builders, fieldwork, releasing

PROGRAMME = builders.programme()
UNCHECKED = (
    "INSERT INTO release (programme, sector, year, revision, reason, published_at, published_by, "
    "code_version, method, sha256, demo) SELECT programme, sector, year, 2, 'x', published_at, "
    "published_by, code_version, method, sha256, demo FROM release"
)
LATER = builders.NOW + dt.timedelta(hours=1)


@pytest.fixture
def place(session: Session) -> ServicePoint:
    """A counter."""
    return builders.counter(session)


@pytest.fixture
def wave(session: Session, place: ServicePoint) -> Wave:
    """A closed wave with sixty answers on six days."""
    form = builders.stored(session, builders.instrument(('code = "small"', 'code = "sipas-quay"')))
    wave = builders.draft(session, form=form)
    waves.open_wave(session, wave)
    for day in range(2, 8):
        answers = ["5555"] * 9 + ["2222"]
        fieldwork.answered(session, wave, place, answers, day=builders.TODAY.replace(day=day))
    fieldwork.served(session, place, 90)
    waves.close(session, wave, now=builders.NOW)
    return wave


@pytest.fixture
def draft(session: Session, wave: Wave) -> ReleaseDraft:
    """Its year, drafted."""
    return drafted(session)


@pytest.fixture
def checker(session: Session) -> Staff:
    """The second person."""
    return releasing.pair(session)[1]


def drafted(session: Session, reason: str = "") -> ReleaseDraft:
    return releasing.draft(
        session, programme=PROGRAMME, sector="administration", year=2026, now=builders.NOW,
        reason=reason,
    )  # fmt: skip


def check(session: Session, draft: ReleaseDraft, by: Staff) -> None:
    steps.check(session, PROGRAMME, draft, by=by, now=LATER)


def release(session: Session, draft: ReleaseDraft, by: Staff) -> Release:
    return steps.release(session, PROGRAMME, draft, by=by, now=LATER)


def person(session: Session, name: str, role: Any, **scope: Any) -> Staff:
    return staff.add(session, username=name, name=name, role=role, **scope)


def test_what_is_published_is_what_was_drafted(
    session: Session, wave: Wave, draft: ReleaseDraft, checker: Staff
) -> None:
    frozen = steps.figures_of(draft)
    assert wave.status == "closed"
    check(session, draft, checker)
    made = release(session, draft, checker)
    assert publication.figures_of(session, made) == frozen
    assert (made.method, made.draft_id) == (draft.method, draft.id)
    assert (made.drafted_by, made.checked_by) == (releasing.DRAFTER, releasing.CHECKER)
    assert publication.verify(session, made)
    assert '"checked_by":"Lãnh đạo' in publication.canonical_text(made, [])
    assert (wave.status, steps.status_of(draft)) == ("published", "released")


def test_who_drafted_never_checks(session: Session, draft: ReleaseDraft) -> None:
    drafter, _ = releasing.pair(session)
    with pytest.raises(SamePerson):
        check(session, draft, drafter)
    with pytest.raises(SamePerson):
        check(session, draft, person(session, "phòng  nội VỤ", "central"))


def test_a_new_name_makes_no_second_person(session: Session, draft: ReleaseDraft) -> None:
    drafter, _ = releasing.pair(session)
    drafter.name = "Người khác"
    with pytest.raises(SamePerson):
        check(session, draft, drafter)


def test_only_noi_vu_drafts_and_publishes(
    session: Session, draft: ReleaseDraft, checker: Staff
) -> None:
    office = person(session, "van-phong", "sector", sector="administration")
    with pytest.raises(NotAllowed):
        steps.draft(
            session, programme=PROGRAMME, sector="administration", year=2026, by=office,
            now=LATER,
        )  # fmt: skip
    check(session, draft, office)
    with pytest.raises(NotAllowed):
        release(session, draft, office)
    release(session, draft, checker)


def test_others_do_not_check(session: Session, draft: ReleaseDraft) -> None:
    gone = person(session, "nghi", "central")
    gone.disabled_at = LATER
    for one in (
        person(session, "y-te", "sector", sector="health"), person(session, "tt", "auditor"),
        person(session, "qt", "administrator"), gone,
    ):  # fmt: skip
        assert not steps.may_check(draft, one)
        with pytest.raises(NotAllowed):
            check(session, draft, one)


def test_nothing_is_published_unchecked_or_twice(
    session: Session, draft: ReleaseDraft, checker: Staff
) -> None:
    with pytest.raises(WrongStep):
        release(session, draft, checker)
    check(session, draft, checker)
    with pytest.raises(WrongStep):
        check(session, draft, checker)
    release(session, draft, checker)
    with pytest.raises(WrongStep) as caught:
        release(session, draft, checker)
    assert caught.value.status == "released"


def test_one_draft_at_a_time(session: Session, draft: ReleaseDraft, checker: Staff) -> None:
    with pytest.raises(DraftPending):
        drafted(session)
    with pytest.raises(NoRemarks):
        steps.send_back(session, draft, by=checker, reason=" ", now=LATER)
    steps.send_back(session, draft, by=checker, reason=" Sai ", now=LATER)
    assert (draft.return_reason, draft.returned_by) == ("Sai", releasing.CHECKER)
    other = drafted(session)
    assert steps.pending(session, PROGRAMME.code, "administration", 2026) is other
    assert steps.drafts(session, PROGRAMME.code, ["administration"]) == [other, draft]
    assert steps.drafts(session, PROGRAMME.code, ["health"]) == []


def test_who_waits_for_whom(session: Session, draft: ReleaseDraft, checker: Staff) -> None:
    drafter, _ = releasing.pair(session)
    assert steps.waiting(session) == steps.waiting(session, checker) == [draft]
    assert steps.waiting(session, drafter) == []
    assert steps.checked(session) == []
    check(session, draft, checker)
    assert steps.waiting(session) == []
    assert steps.checked(session) == [draft]
    release(session, draft, drafter)
    assert steps.checked(session) == []


@pytest.mark.parametrize("after", ["drafted", "checked"])
def test_a_draft_that_is_no_longer_true_goes_no_further(
    session: Session, wave: Wave, draft: ReleaseDraft, checker: Staff, after: str
) -> None:
    if after == "checked":
        check(session, draft, checker)
    first = session.exec(select(Response.id)).first() or 0
    responses.exclude(session, first, reason="thử", now=LATER)
    with pytest.raises(FiguresChanged):
        (release if after == "checked" else check)(session, draft, checker)
    responses.readmit(session, first, reason="nhầm", now=LATER)
    (release if after == "checked" else check)(session, draft, checker)


def test_a_wave_that_opens_meanwhile_is_a_change(
    session: Session, wave: Wave, draft: ReleaseDraft, checker: Staff
) -> None:
    form = waves.forms_of(session, wave)["counter"]
    other = builders.draft(
        session, "dot-2", form=form, opens_on=builders.TODAY.replace(month=5),
        closes_on=builders.TODAY.replace(month=6),
    )  # fmt: skip
    waves.open_wave(session, other)
    with pytest.raises(FiguresChanged):
        check(session, draft, checker)


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE release SET reason = 'x'", "published is not changed"),
        ("DELETE FROM release", "published is not changed"),
        ("UPDATE release_row SET figure = '{}'", "published is not changed"),
        ("DELETE FROM release_row", "published is not changed"),
        ("UPDATE release_draft SET figures = ''", "draft is not changed"),
        ("UPDATE release_draft SET checked_by = 'Ai đó'", "draft is not changed"),
        ("DELETE FROM release_draft", "draft is not changed"),
        (UNCHECKED, "needs a draft that was checked"),
    ],
)  # fmt: skip
def test_the_database_keeps_what_is_published(
    session: Session, draft: ReleaseDraft, checker: Staff, statement: str, refusal: str
) -> None:
    check(session, draft, checker)
    release(session, draft, checker)
    session.commit()
    with pytest.raises(DatabaseError, match=refusal):
        session.execute(text(statement))


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"released_at": LATER}, "ck_release_draft_released"),
        ({"checked_at": LATER}, "ck_release_draft_checked"),
        ({"checked_at": LATER, "checked_by": "Ai đó", "checked_by_id": "drafter"},
         "ck_release_draft_four_eyes"),
        ({"checked_at": LATER, "checked_by": releasing.DRAFTER, "checked_by_id": "checker"},
         "ck_release_draft_four_eyes"),
        ({"returned_at": LATER, "returned_by": "Ai đó"}, "ck_release_draft_returned"),
    ],
)  # fmt: skip
def test_the_database_knows_the_steps(
    session: Session, draft: ReleaseDraft, changes: dict[str, object], constraint: str
) -> None:
    drafter, checker = releasing.pair(session)
    people = {"drafter": drafter.id, "checker": checker.id}
    values = {name: people.get(str(value), value) for name, value in changes.items()}
    with pytest.raises(DatabaseError, match=constraint):
        session.execute(update(ReleaseDraft).values(**values))


def test_of_two_who_press_at_once_one_publishes(engine: Engine) -> None:
    with Session(engine) as session:
        point = builders.counter(session)
        _closed(session, point)
        made, (drafter, checker) = drafted(session), releasing.pair(session)
        check(session, made, checker)
        session.commit()
        number, ids = made.id, (drafter.id, checker.id)
    together, ends = threading.Barrier(2), []

    def press(who: int | None) -> None:
        together.wait()
        try:
            with database.writing(engine) as session:
                release(session, session.get_one(ReleaseDraft, number), session.get_one(Staff, who))
            ends.append("released")
        except WrongStep:
            ends.append("refused")

    threads = [threading.Thread(target=press, args=(who,)) for who in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["refused", "released"]
    with Session(engine) as session:
        made_once = session.exec(select(Release)).one()
        rows = session.exec(select(ReleaseRow).where(col(ReleaseRow.release_id) == made_once.id))
        assert len(rows.all()) == len(publication.figures_of(session, made_once))
        assert publication.verify(session, made_once)


def test_of_two_who_draft_at_once_one_drafts(engine: Engine) -> None:
    with Session(engine) as session:
        _closed(session, builders.counter(session))
        ids = [one.id for one in releasing.pair(session)]
        session.commit()
    together, ends = threading.Barrier(2), []

    def press(who: int | None) -> None:
        together.wait()
        try:
            with database.writing(engine) as session:
                steps.draft(
                    session, programme=PROGRAMME, sector="administration", year=2026,
                    by=session.get_one(Staff, who), now=LATER,
                )  # fmt: skip
            ends.append("drafted")
        except DraftPending:
            ends.append("refused")

    threads = [threading.Thread(target=press, args=(who,)) for who in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["drafted", "refused"]


def _closed(session: Session, point: ServicePoint) -> None:
    form = builders.stored(session, builders.instrument(('code = "small"', 'code = "sipas-quay"')))
    wave = builders.draft(session, form=form)
    waves.open_wave(session, wave)
    for day in range(2, 8):
        fieldwork.answered(session, wave, point, ["5555"] * 9 + ["2222"],
                           day=builders.TODAY.replace(day=day))  # fmt: skip
    waves.close(session, wave, now=builders.NOW)
