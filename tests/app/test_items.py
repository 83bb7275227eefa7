"""The page of an item: its figures at a place, who may see it, its comments and its files."""

from __future__ import annotations

import csv
import io

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import select

from surveys.fieldwork import comments
from surveys.tables import Comment, Response
from tests.app import staffed
from tests.app.staffed import Offices, text

ITEM = "/van-phong/administration/tieu-chi/sipas-quay/A2"
SHOP, OTHER = "donvi=mot-cua-17266", "donvi=mot-cua-17272"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def table(client: FlaskClient, name: str, query: str = "") -> list[list[str]]:
    """The data of a chart."""
    answer = client.get(f"{ITEM}/bieu-do/{name}.csv?{query}")
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_an_item_at_a_unit_tells_its_share_its_mean_and_its_levels(offices: Offices) -> None:
    client = offices.signed_in("tan-ky")
    said = text(client.get(f"{ITEM}?{SHOP}").text)
    assert "Có chỗ ngồi chờ" in said
    assert "90,0 %" in said
    # Ninety fives and ten threes.
    assert "Điểm trung bình trên thang đo: 4,80 (" in said
    rows = table(client, "muc", SHOP)
    assert [row[1] for row in rows[1:]] == ["0", "0", "10", "0", "90"]


def test_units_stand_below_each_other_the_held_back_last(offices: Offices) -> None:
    rows = table(offices.signed_in("vp"), "don-vi")
    assert [(row[0], row[1]) for row in rows[1:]] == [
        ("Đơn vị mot-cua-17266", "0.9"), ("Đơn vị mot-cua-17272", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("username", "query", "status"),
    [
        ("vp", "", 200), ("noi-vu", f"{SHOP}&diem=quay-1", 200),
        ("tan-ky", SHOP, 200), ("tan-ky", "", 403), ("tan-ky", OTHER, 403),
        ("y-te", SHOP, 403), ("vp", f"{SHOP}&diem=quay-9", 404), ("noi-vu", "donvi=17266", 404),
    ],
)  # fmt: skip
def test_an_item_is_seen_as_its_place_is(
    offices: Offices, username: str, query: str, status: int
) -> None:
    client = offices.signed_in(username)
    assert client.get(f"{ITEM}?{query}").status_code == status
    assert client.get(f"{ITEM}/bieu-do/muc.svg?{query}").status_code == status


@pytest.mark.parametrize("address", ["sipas-quay/Z9", "sipas-ho-gia-dinh/A2", "sipas-quay/index"])
def test_what_nobody_was_asked_is_no_page(offices: Offices, address: str) -> None:
    page = f"/van-phong/administration/tieu-chi/{address}"
    assert offices.signed_in("vp").get(page).status_code == 404


@pytest.mark.parametrize(
    "page", ["administration", "don-vi/mot-cua-17266", "don-vi/mot-cua-17266/diem/quay-1"]
)
def test_every_place_leads_to_its_items_with_its_filters(offices: Offices, page: str) -> None:
    client = offices.signed_in("vp")
    found = client.get(f"/van-phong/{page}?linhvuc=land").text.replace("&amp;", "&")
    start = found.index(ITEM)
    link = found[start : found.index('"', start)]
    assert "linhvuc=land" in link
    assert client.get(link).status_code == 200


def test_screened_comments_on_the_form_stand_beside_their_item(offices: Offices) -> None:
    with offices.session() as session:
        number = session.exec(select(Response.id)).first() or 0
        session.add(
            Comment(response_id=number, question_code="G3", text="Ghế hỏng, gọi 0912345678")
        )
        session.flush()
        found = comments.find(session, number, "G3")
        assert found is not None
        comments.screen(session, found, shown="Ghế hỏng", category="place")
        session.commit()
    client = offices.signed_in("tan-ky")
    page = client.get(f"{ITEM}?{SHOP}").text
    assert "Ghế hỏng" in page
    assert "0912345678" not in page
    # People of one point and day are too few to hide who wrote.
    assert "Ghế hỏng" not in client.get(f"{ITEM}?{SHOP}&diem=quay-1").text
