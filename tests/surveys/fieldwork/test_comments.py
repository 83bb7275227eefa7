"""Comments: who may read them when, and what is made public."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from surveys.fieldwork import comments
from surveys.fieldwork.comments import Item, NothingSaid, NotScreened, WrongStatus
from surveys.tables import Collector
from tests import builders

PROGRAMME = "tan-ky-169"


def said(session: Session, code: Collector, number: int, text: str = "") -> int:
    given = builders.answers(comment=text)
    return builders.response(session, code, number, given=given).id or 0


def item_of(session: Session, response_id: int) -> Item:
    found = comments.find(session, response_id, "G3")
    assert found is not None
    return found


def passed_on(session: Session, response_id: int, shown: str = "Xin thêm ghế") -> int:
    item = item_of(session, response_id)
    return comments.screen(session, item, shown=shown, category="place").id or 0


@pytest.fixture
def code(session: Session) -> Collector:
    """The code of a counter where a wave is open."""
    place = builders.counter(session)
    builders.open_wave(session)
    return builders.collector(session, place)


def test_a_comment_is_new_until_it_was_passed_on(session: Session, code: Collector) -> None:
    number = said(session, code, 1, "Chờ lâu")
    assert [item.status for item in comments.of_programme(session, PROGRAMME, status="new")] == [
        "new"
    ]
    passed_on(session, number)
    assert comments.of_programme(session, PROGRAMME, status="new") == []
    assert comments.numbers(session, PROGRAMME) == {
        "new": 0, "approved": 1, "working": 0, "answered": 0, "closed": 0,
    }  # fmt: skip
    assert item_of(session, number).comment.text == "Chờ lâu"


@pytest.mark.parametrize(("people", "told"), [(9, 0), (10, 1)])
def test_a_unit_reads_nothing_that_few_people_can_have_said(
    session: Session, code: Collector, people: int, told: int
) -> None:
    first = said(session, code, 1, "Chờ lâu")
    for number in range(2, people + 1):
        said(session, code, number)
    case = passed_on(session, first)
    unit_id = item_of(session, first).unit.id or 0
    queue = comments.of_units(session, [unit_id])
    assert (len(queue.items), queue.held_back) == (told, 1 - told)
    assert (comments.find_case(session, case) is not None) == bool(told)
    assert comments.of_units(session, [unit_id + 1000]).items == ()


def test_what_is_open_stands_first_and_not_in_the_order_of_time(
    session: Session, code: Collector
) -> None:
    ids = [said(session, code, number, f"Lời {number}") for number in range(1, 13)]
    for number, shown in zip(ids[:3], ("c", "b", "a"), strict=True):
        passed_on(session, number, shown)
    comments.answer(session, item_of(session, ids[2]), words="Đã làm", status="answered")
    queue = comments.of_units(session, [item_of(session, ids[0]).unit.id or 0])
    assert [item.case.shown for item in queue.items if item.case] == ["b", "c", "a"]


def test_a_pair_is_public_until_it_is_withdrawn(session: Session, code: Collector) -> None:
    number = said(session, code, 1, "Chờ lâu")
    passed_on(session, number)
    item = item_of(session, number)
    comments.publish(session, item, summary="Chờ lâu", deed="Mở thêm quầy", now=builders.NOW)
    assert [one.case.deed for one in comments.published(session, PROGRAMME) if one.case] == [
        "Mở thêm quầy"
    ]
    comments.withdraw(session, item)
    assert comments.published(session, PROGRAMME) == []


def test_nothing_is_done_with_what_was_not_screened(session: Session, code: Collector) -> None:
    item = item_of(session, said(session, code, 1, "Chờ lâu"))
    with pytest.raises(NotScreened):
        comments.answer(session, item, words="Đã làm", status="answered")
    with pytest.raises(NotScreened):
        comments.publish(session, item, summary="a", deed="b", now=builders.NOW)
    with pytest.raises(NothingSaid):
        comments.screen(session, item, shown=" ", category="place")


def test_answers_and_pairs_need_words(session: Session, code: Collector) -> None:
    number = said(session, code, 1, "Chờ lâu")
    passed_on(session, number)
    item = item_of(session, number)
    with pytest.raises(NothingSaid):
        comments.answer(session, item, words=" ", status="answered")
    with pytest.raises(WrongStatus):
        comments.answer(session, item, words="a", status="approved")
    with pytest.raises(NothingSaid):
        comments.publish(session, item, summary="a", deed=" ", now=builders.NOW)


def test_the_database_keeps_half_a_pair_out(session: Session, code: Collector) -> None:
    number = said(session, code, 1, "Chờ lâu")
    passed_on(session, number)
    case = item_of(session, number).case
    assert case is not None
    case.summary = "Chỉ một nửa"
    with pytest.raises(IntegrityError, match="ck_comment_case_published"):
        session.flush()
