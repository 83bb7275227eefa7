"""Paper forms: typed twice, compared, decided, and recorded once; on both databases."""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from surveys import database
from surveys.fieldwork import modes, paper, printed, waves
from surveys.fieldwork.paper import EntriesDiffer, NotPrinted, SheetRecorded, WrongDay
from surveys.fieldwork.responses import Recorded, WaveClosed
from surveys.offices import staff
from surveys.places import collectors
from surveys.questionnaires.answers import Answers, check
from surveys.tables import (
    Collector,
    Comment,
    PaperEntry,
    Response,
    ServicePoint,
    Staff,
    StoredInstrument,
    Wave,
)
from tests import builders
from tests.builders import NOW, TODAY


@dataclasses.dataclass
class Desk:
    """A counter where paper is handed out, and the account that types it in."""

    session: Session
    sheet: paper.Sheet
    clerk: Staff
    keys: int = 0

    def enter(self, given: Answers | None = None, **changed: object) -> Recorded | PaperEntry:
        """Type a sheet in, with a newly opened form each time."""
        self.keys += 1
        decided = changed.pop("decided", None)
        key = str(changed.pop("key", self.keys))
        sheet = dataclasses.replace(self.sheet, answers=given or self.sheet.answers, **changed)  # type: ignore[arg-type]
        return paper.enter(
            self.session,
            sheet,
            by=self.clerk,
            form_key=key,
            now=NOW,
            decided=decided,  # type: ignore[arg-type]
        )

    def responses(self) -> list[Response]:
        """All recorded answers."""
        return list(self.session.exec(select(Response)))


@pytest.fixture
def desk(session: Session) -> Desk:
    """A counter in an open wave with sheet 7 in hand."""
    wave = builders.open_wave(session)
    place = builders.counter(session)
    code = collectors.issue(session, place, kind="staffed", today=builders.FOUNDED)
    stored = waves.forms_of(session, wave)["counter"]
    sheet = paper.Sheet(
        wave=wave, stored=stored, point=place, collector=code, serial=7,
        day=TODAY - dt.timedelta(days=3), answers=builders.answers(comment="Nhanh"),
    )  # fmt: skip
    clerk = staff.add(
        session, username="a", name="Cô An", password="mật khẩu rất dài", role="central"
    )
    return Desk(session, sheet, clerk)


def test_two_equal_typings_make_one_answer_of_the_day_asked(desk: Desk) -> None:
    first = desk.enter()
    assert isinstance(first, PaperEntry)
    assert (first.entered_by, desk.responses()) == (desk.clerk.id, [])
    done = desk.enter()
    assert isinstance(done, Recorded)
    (made,) = desk.responses()
    assert (made.mode, made.presence, made.collector_kind) == ("paper", "none", "staffed")
    assert (made.day, made.answers, made.field) == (desk.sheet.day, "5435", "land")
    assert desk.session.exec(select(Comment.text)).all() == ["Nhanh"]
    assert desk.session.exec(select(PaperEntry)).all() == []


def test_same_form_sent_twice_is_no_second_typing(desk: Desk) -> None:
    assert isinstance(desk.enter(key="x"), PaperEntry)
    assert isinstance(desk.enter(key="x"), PaperEntry)
    assert desk.responses() == []
    assert isinstance(desk.enter(key="y"), Recorded)
    with pytest.raises(SheetRecorded) as refused:
        desk.enter(key="y")
    assert refused.value.receipt == desk.responses()[0].receipt


def test_difference_waits_for_a_person_to_decide_it(desk: Desk) -> None:
    desk.enter()
    other = builders.answers("54-2", field="justice", comment="Nhanh ")
    second = dataclasses.replace(other, sex=None)
    with pytest.raises(EntriesDiffer) as found:
        desk.enter(second, day=TODAY)
    named = {one.name: (one.first, one.second) for one in found.value.differences}
    assert named == {
        "day": (["2026-03-07"], ["2026-03-10"]), "a.B1": (["3"], []), "a.C1": (["5"], ["2"]),
        "p.sex": (["2"], []), "field": (["land"], ["justice"]),
        "t.G3": (["Nhanh"], ["Nhanh "]),
    }  # fmt: skip
    decided = dict.fromkeys(named, "second") | {"a.C1": "first", "day": "first"}
    del decided["field"]
    with pytest.raises(EntriesDiffer):
        desk.enter(second, day=TODAY, decided=decided)
    desk.enter(second, day=TODAY, decided=decided | {"field": "first"})
    (made,) = desk.responses()
    assert (made.answers, made.field, made.sex) == ("54-5", "land", None)
    assert made.day == dt.date(2026, 3, 7)


def test_a_comment_that_only_one_typing_has_is_decided_by_a_person(desk: Desk) -> None:
    desk.enter()
    with pytest.raises(EntriesDiffer) as found:
        desk.enter(builders.answers())
    assert [one.name for one in found.value.differences] == ["t.G3"]
    desk.enter(builders.answers(), decided={"t.G3": "second"})
    assert desk.session.exec(select(Comment.text)).all() == []


def test_only_printed_numbers_are_taken_once_a_printing_is_known(desk: Desk) -> None:
    sheet = desk.sheet
    for first, size in ((1, 3), (4, 2), (20, 1)):
        printed.keep(
            desk.session, sheet.wave, sheet.collector, first=first, size=size, by=desk.clerk,
            now=NOW,
        )  # fmt: skip
    assert printed.next_serials(desk.session, [sheet.collector.id or 0]) == {sheet.collector.id: 21}
    with pytest.raises(NotPrinted) as refused:
        desk.enter()
    assert refused.value.ranges == (range(1, 6), range(20, 21))


def test_wave_may_take_paper_typed_once(desk: Desk) -> None:
    paper.set_double_entry(desk.session, desk.sheet.wave, twice=False)
    assert isinstance(desk.enter(), Recorded)
    with pytest.raises(SheetRecorded):
        desk.enter()


def test_eight_who_type_the_same_sheet_at_once_make_one_answer(desk: Desk, engine: Engine) -> None:
    ids = desk.sheet.wave.id, desk.sheet.stored.id, desk.sheet.point.id, desk.sheet.collector.id
    by, given = desk.clerk.id, desk.sheet.answers
    desk.session.commit()  # last: a row that is read after it would keep others from writing
    barrier = threading.Barrier(8, timeout=60)
    outcomes: list[str] = []

    def enter(number: int) -> None:
        barrier.wait()
        try:
            with database.writing(engine) as session:
                rows = zip((Wave, StoredInstrument, ServicePoint, Collector), ids, strict=True)
                wave, stored, point, code = (session.get_one(table, key) for table, key in rows)
                sheet = paper.Sheet(
                    wave=wave, stored=stored, point=point, collector=code, serial=7, day=TODAY,
                    answers=given,
                )  # fmt: skip
                clerk = session.get_one(Staff, by)
                done = paper.enter(session, sheet, by=clerk, form_key=str(number), now=NOW)
                outcomes.append(type(done).__name__)
        except SheetRecorded:
            outcomes.append("SheetRecorded")

    threads = [threading.Thread(target=enter, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["PaperEntry", "Recorded", *["SheetRecorded"] * 6]
    with database.reading(engine) as session:
        assert session.exec(select(func.count(col(Response.id)))).one() == 1
        assert session.exec(select(PaperEntry)).all() == []


@pytest.mark.parametrize("day", [dt.date(2026, 2, 28), dt.date(2026, 3, 11), dt.date(2026, 4, 1)])
def test_day_outside_the_wave_or_to_come_is_refused(desk: Desk, day: dt.date) -> None:
    with pytest.raises(WrongDay):
        desk.enter(day=day)


def test_closed_wave_takes_no_paper(desk: Desk) -> None:
    desk.enter()
    waves.close(desk.session, desk.sheet.wave, now=NOW)
    with pytest.raises(WaveClosed):
        desk.enter()


def test_waiting_sheets_are_counted_listed_and_can_be_dropped(desk: Desk) -> None:
    for serial in (9, 7):
        desk.enter(serial=serial)
    code = desk.sheet.collector
    assert paper.waiting(desk.session, [code.id or 0]) == {code.id: 2}
    listed = paper.entries(desk.session, code)
    assert [(entry.serial, name) for entry, name in listed] == [(7, "Cô An"), (9, "Cô An")]
    other = collectors.issue(desk.session, desk.sheet.point, kind="staffed", today=builders.FOUNDED)
    assert paper.drop(desk.session, other, listed[0][0].id or 0) is None
    assert paper.drop(desk.session, code, listed[0][0].id or 0) is not None
    assert paper.waiting(desk.session, [code.id or 0]) == {code.id: 1}


@pytest.mark.parametrize(
    "given", [builders.answers(), builders.answers("50-5", field="justice", comment="A\nB")]
)
def test_written_is_the_way_back_from_checked_answers(given: Answers) -> None:
    form = builders.instrument()
    assert check(form, paper.written(form, given), fields=["land", "justice"]) == given


def test_modes_are_counted_without_excluded_answers_and_by_unit(desk: Desk) -> None:
    session, wave = desk.session, desk.sheet.wave
    desk.enter()
    desk.enter()
    poster = builders.collector(session, desk.sheet.point)
    for number in (1, 2):
        made = builders.response(session, poster, number)
    made.excluded_at, made.excluded_reason = NOW, "thử"
    session.flush()
    expected = {"self": 1, "kiosk": 0, "interviewer": 0, "paper": 1}
    assert modes.counts(session, [wave.id or 0]) == expected
    assert modes.counts(session, [wave.id or 0], unit_ids=[desk.sheet.point.unit_id]) == expected
    assert sum(modes.counts(session, [wave.id or 0], unit_ids=[0]).values()) == 0
    code = desk.sheet.collector.id or 0
    assert modes.of_day(session, code, "paper", day=desk.sheet.day) == 1
