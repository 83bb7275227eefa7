"""A form that nobody has typed into is rendered once, and again when what it shows has changed."""

from __future__ import annotations

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session, select

from app.citizen import blanks
from surveys.tables import ServicePoint, Unit
from tests import builders


def printed(session: Session) -> str:
    """The code at a counter whose wave is open."""
    builders.open_wave(session)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    return code


def test_two_openings_differ_in_their_key_alone(client: FlaskClient, session: Session) -> None:
    code = printed(session)
    first, second = (client.get(f"/k/{code}").text for _ in range(2))
    keys = [page.split('name="key" value="')[1].split('"')[0] for page in (first, second)]
    assert keys[0] != keys[1]
    assert first.replace(keys[0], keys[1]) == second


def test_each_language_has_its_page(client: FlaskClient, session: Session) -> None:
    code = printed(session)
    pages = [client.get(f"/k/{code}{ask}").text for ask in ("", "?lang=en", "", "?lang=en")]
    assert ['<html lang="en">' in page for page in pages] == [False, True, False, True]


def test_a_new_name_is_shown_at_once(client: FlaskClient, session: Session) -> None:
    code = printed(session)
    client.get(f"/k/{code}")
    point = session.exec(select(ServicePoint)).one()
    point.name = "Quầy mới"
    session.get_one(Unit, point.unit_id).name = "Một cửa mới"
    session.commit()
    page = client.get(f"/k/{code}").text
    assert "Quầy mới" in page
    assert "Một cửa mới" in page


def test_other_fields_are_asked_at_once(client: FlaskClient, session: Session) -> None:
    code = printed(session)
    client.get(f"/k/{code}")
    session.exec(select(ServicePoint)).one().fields = "justice other"
    session.commit()
    page = client.get(f"/k/{code}").text
    assert 'value="justice"' in page
    assert 'value="land"' not in page


def test_no_more_pages_are_kept_than_fit(app: flask.Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blanks, "MOST_KEPT", 2)
    made: list[int] = []

    def page(what: int) -> bytes:
        return blanks.page(what, own=["k"], render=lambda: made.append(what) or f"{what} k").plain

    with app.app_context():
        assert [page(what) for what in (1, 2, 1, 3, 1)] == [b"1 k", b"2 k", b"1 k", b"3 k", b"1 k"]
    assert made == [1, 2, 3, 1]


def test_a_kept_page_has_nothing_of_the_person_before(app: flask.Flask) -> None:
    def page(key: str, receipt: str) -> bytes:
        return blanks.page(1, own=[key, receipt], render=lambda: f"{key}: {receipt}, {key}").plain

    with app.app_context():
        assert page("k1", "r1") == b"k1: r1, k1"
        assert page("k2", "r2") == b"k2: r2, k2"


def test_two_thanks_differ_in_their_receipt_alone(client: FlaskClient, session: Session) -> None:
    code = printed(session)
    pages, receipts = [], []
    for _ in range(2):
        key = client.get(f"/k/{code}").text.split('name="key" value="')[1].split('"')[0]
        sent = client.post(f"/k/{code}", data={"key": key, "field": "land", "a.A1": "5"})
        receipts.append(sent.location.rsplit("/", 1)[1])
        pages.append(client.get(sent.location).text)
    first, second = receipts
    assert first not in pages[1]
    assert second in pages[1]
    spoken = [f"{one[:4]}-{one[4:8]}-{one[8:]}" for one in receipts]
    assert pages[0].replace(first, second).replace(spoken[0], spoken[1]) == pages[1]


def test_what_an_address_brings_along_is_not_kept(client: FlaskClient, session: Session) -> None:
    code = printed(session)
    client.get(f"/k/{code}?ma=STRANGE")
    assert "STRANGE" not in client.get(f"/k/{code}").text


def test_each_size_has_its_page(client: FlaskClient, session: Session) -> None:
    code = printed(session)
    for size in ("", "lon", "rat-lon", "", "rat-lon", "<b>"):
        page = client.get(f"/k/{code}", query_string={"chu": size}).text
        wanted = size if size in {"lon", "rat-lon"} else ""
        root = f'<html lang="vi" class="{wanted}">' if wanted else '<html lang="vi">'
        assert root in page
        assert page.count('aria-current="true"') == 1
        assert (f"chu={wanted}" in page.split("<form")[1]) == bool(wanted)
