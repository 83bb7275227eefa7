"""A split form: the overall item and some others, each in its turn; and going on to the rest."""

from __future__ import annotations

import html
import re
from collections import Counter

import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from app.citizen import more
from surveys.fieldwork import waves
from surveys.tables import Response, Wave
from tests import builders

ITEMS = ("A1", "A2", "B1", "C1")


@pytest.fixture
def code(session: Session) -> str:
    """The code at a counter whose wave asks one item beside the overall one."""
    return printed(session, 1)


def printed(session: Session, size: int) -> str:
    """The code at a counter whose wave asks so many items beside the overall one."""
    wave = builders.draft(session)
    waves.split(session, wave, "counter", size)
    waves.open_wave(session, wave)
    point = builders.counter(session)
    point.fields = "land"
    made = builders.collector(session, point).code
    session.commit()
    return made


def asked(page: str) -> list[str]:
    """The items that a page asks, in its order."""
    return list(dict.fromkeys(re.findall(r'name="a\.(\w+)"', page)))


def key_in(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    return html.unescape(found[1])


def sent(client: FlaskClient, code: str, *, mark: str = "4", page: str = "") -> TestResponse:
    """The answer to a form of which every item is rated alike."""
    page = page or client.get(f"/k/{code}").text
    ratings = {f"a.{item}": mark for item in asked(page)}
    return client.post(f"/k/{code}", data={"key": key_in(page), **ratings})


def rows(session: Session) -> list[Response]:
    found = list(session.exec(select(Response)))
    session.expunge_all()
    session.rollback()  # an open reading would keep the server from writing
    return found


def test_items_take_turns_and_the_overall_one_is_always_there(
    client: FlaskClient, code: str
) -> None:
    pages = [asked(client.get(f"/k/{code}").text) for _ in range(6)]
    assert all(len(page) == 2 and page[-1] == "C1" for page in pages)
    assert Counter(page[0] for page in pages) == {"A1": 2, "A2": 2, "B1": 2}
    assert pages[:3] == pages[3:]


def test_two_counters_begin_their_turns_by_themselves(
    session: Session, client: FlaskClient
) -> None:
    first = printed(session, 1)
    second = builders.collector(session, builders.counter(session, "17272")).code
    session.commit()
    for code in (first, second):
        assert {asked(client.get(f"/k/{code}").text)[0] for _ in range(3)} == {"A1", "A2", "B1"}


def test_what_is_asked_is_numbered_and_measured_without_the_rest(
    client: FlaskClient, code: str
) -> None:
    page = client.get(f"/k/{code}").text
    assert re.findall(r'class="n">(\d+)\.', page) == ["1", "2", "3", "4", "5"]
    assert "5 câu, khoảng nửa phút; thêm 3 câu về người trả lời." in page
    assert "trên 2 câu đánh giá đã trả lời" in page


def test_what_was_not_asked_is_stored_as_such(
    client: FlaskClient, session: Session, code: str
) -> None:
    for _turn in range(3):
        assert sent(client, code).status_code == 303
    assert {row.answers for row in rows(session)} == {"4..4", ".4.4", "..44"}


def test_an_answer_to_what_was_not_asked_is_refused_kindly(
    client: FlaskClient, session: Session, code: str
) -> None:
    page = client.get(f"/k/{code}").text
    other = next(item for item in ITEMS if item not in asked(page))
    ratings = {"a.C1": "5", f"a.{other}": "5"}
    answer = client.post(f"/k/{code}", data={"key": key_in(page), **ratings})
    assert answer.status_code == 422
    assert f"Phiếu này không hỏi câu “a.{other}”" in answer.text
    # The same form again, with the same key and what was rightly answered.
    assert asked(answer.text) == asked(page)
    assert key_in(answer.text) == key_in(page)
    assert 'name="a.C1" value="5" id' in answer.text or 'value="5" checked' in answer.text
    assert rows(session) == []


def test_the_key_decides_what_was_asked_whatever_is_opened_since(
    client: FlaskClient, session: Session, code: str
) -> None:
    pages = [client.get(f"/k/{code}").text for _ in range(3)]
    for page in reversed(pages):
        assert sent(client, code, page=page).status_code == 303
    assert len(rows(session)) == 3


def test_a_key_of_a_form_that_is_split_otherwise_is_refused(
    client: FlaskClient, session: Session, code: str
) -> None:
    page = client.get(f"/k/{code}").text
    waves.close(session, session.exec(select(Wave)).one(), now=builders.NOW)
    waves.open_wave(session, builders.draft(session, "dot-2"))
    session.commit()
    answer = sent(client, code, page=page)
    assert answer.status_code == 400
    assert "Phiếu này mở đã lâu" in answer.text
    assert asked(answer.text) == list(ITEMS)


def test_the_other_language_asks_the_same(client: FlaskClient, code: str) -> None:
    page = client.get(f"/k/{code}").text
    answer = client.post(f"/k/{code}?doi=1&lan=1&lang=en", data={"key": key_in(page)})
    assert asked(answer.text) == asked(page)
    assert "Your rating" in answer.text


def going_on(client: FlaskClient, code: str) -> str:
    """The address of the rest, from the page of thanks."""
    found = re.search(
        rf'href="(/k/{code}/them/[^"]+)"', client.get(sent(client, code).location).text
    )
    assert found
    return found[1]


def test_who_wants_goes_on_to_the_rest_once(
    client: FlaskClient, session: Session, code: str
) -> None:
    address = going_on(client, code)
    page = client.get(address).text
    (row,) = rows(session)
    rest = asked(page)
    assert len(rest) == 2
    assert "Còn 2 câu chưa được hỏi" in page
    answer = client.post(address, data={f"a.{rest[0]}": "2"})
    assert answer.status_code == 303
    assert "Phần trả lời thêm đã được lưu" in client.get(answer.location).text
    assert client.get(address).location == answer.location
    assert client.post(address, data={f"a.{rest[0]}": "2"}).status_code == 303
    again = client.post(address, data={f"a.{rest[0]}": "3"})
    assert again.status_code == 409
    assert "Đã trả lời thêm trước đó" in again.text
    first = row.answers
    (row,) = rows(session)
    assert (row.answers, row.more.count("2"), row.more.count("-")) == (first, 1, 1)
    assert all("." in {kept, added} for kept, added in zip(first, row.more, strict=True))


def test_the_rest_says_what_is_wrong_and_keeps_what_is_right(
    client: FlaskClient, session: Session, code: str
) -> None:
    address = going_on(client, code)
    rest = asked(client.get(address).text)
    assert "Xin trả lời ít nhất một câu" in client.post(address, data={}).text
    answer = client.post(address, data={f"a.{rest[0]}": "9", f"a.{rest[1]}": "3"})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert f'name="a.{rest[1]}" value="3" checked' in answer.text
    assert client.post(address, data={"a.C1": "5"}).status_code == 422
    assert rows(session)[0].more == ""


def test_the_rest_in_larger_letters_keeps_what_was_chosen_also_beside_its_faults(
    client: FlaskClient, session: Session, code: str
) -> None:
    address = going_on(client, code)
    rest = asked(client.get(address).text)
    chosen = {f"a.{rest[0]}": "2"}
    for given, query, status in (
        ({}, "", 422), ({}, "?chu=lon", 422), (chosen, "?lan=1&doi=1&chu=rat-lon", 200),
    ):  # fmt: skip
        page = client.post(address + query, data=given)
        assert page.status_code == status
        assert page.text.count(">A</button>") == 3
    assert 'class="rat-lon"' in page.text
    assert re.search(rf'name="a\.{rest[0]}" value="2"[^>]* checked', page.text)
    assert [row.more for row in rows(session)] == [""]


def test_the_rest_is_for_the_browser_that_sent_the_form(
    client: FlaskClient, session: Session, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = going_on(client, code)
    (row,) = rows(session)
    plain = f"/k/{code}/cam-on/{row.receipt}"
    for wrong in (plain, f"{plain}?them=x", f"{plain}?them={address.rsplit('/', 1)[1]}x"):
        assert "/them/" not in client.get(wrong).text
    assert client.get(f"{address}x").status_code == 404
    assert client.get(f"/k/2222222/them/{address.rsplit('/', 1)[1]}").status_code == 404
    monkeypatch.setattr(more, "_GOOD_FOR", -more._GOOD_FOR)
    assert "/them/" not in client.get(f"{plain}?them={address.rsplit('/', 1)[1]}").text
    for answer in (client.get(address), client.post(address, data={"a.A1": "5"})):
        assert answer.status_code == 410
        assert "Không trả lời thêm được nữa" in answer.text


def test_after_the_wave_the_rest_is_not_taken(
    client: FlaskClient, session: Session, code: str
) -> None:
    address = going_on(client, code)
    rest = asked(client.get(address).text)
    waves.close(session, session.exec(select(Wave)).one(), now=builders.NOW)
    session.commit()
    answer = client.post(address, data={f"a.{rest[0]}": "2"})
    assert answer.status_code == 409
    assert "khi đợt khảo sát còn mở" in answer.text


def test_a_whole_form_has_no_rest(client: FlaskClient, session: Session) -> None:
    code = printed(session, 0)
    assert "them" not in sent(client, code).location
