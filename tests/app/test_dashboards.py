"""The charts of the office door: their files, whose they are, and views that can be sent on."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree as ET

import flask
import pytest

from app.office import plates, views
from app.office.plates import Column, Plate, Row
from tests.app import staffed
from tests.app.staffed import Offices, text

SECTOR = "/van-phong/administration"
SHOP = "/van-phong/don-vi/mot-cua-17266"
POINT = f"{SHOP}/diem/quay-1"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def test_every_chart_has_files_with_what_it_shows(offices: Offices) -> None:
    client = offices.signed_in("vp")
    for page in (SECTOR, SHOP, POINT):
        for key in ("tuan", "muc-1", "tieu-chi-1"):
            drawing = client.get(f"{page}/bieu-do/{key}.svg")
            assert drawing.mimetype == "image/svg+xml"
            assert ET.fromstring(drawing.data).tag == "{http://www.w3.org/2000/svg}svg"
            data = client.get(f"{page}/bieu-do/{key}.csv")
            rows = list(csv.reader(io.StringIO(data.data.decode("utf-8-sig"))))
            assert len(rows) > 1
            assert f"{key}.csv" in data.headers["Content-Disposition"]


def test_people_are_told_apart_on_a_page_of_their_own(offices: Offices) -> None:
    client = offices.signed_in("vp")
    for page in (SECTOR, SHOP):
        assert f'href="{page}/nhom?dot=' in client.get(page).text
        assert 'id="nhom-cach"' not in client.get(page).text
        assert "Không có gì để tách" in text(client.get(f"{page}/nhom").text)
        ways = client.get(
            f"{page}/nhom", query_string={"theo": "nhom-cach", "linhvuc": "land"}
        ).text
        assert 'id="nhom-cach"' in ways
        assert 'name="theo" value="nhom-cach"' in ways
        assert client.get(f"{page}/bieu-do/nhom-cach.csv").status_code == 200
        single = client.get(f"{page}/nhom", query_string={"theo": "nhom-cach", "cach": "open"}).text
        assert "Không có gì để tách" in text(single)


def test_a_week_s_numbers_are_those_of_the_answers(offices: Offices) -> None:
    data = offices.signed_in("tan-ky").get(f"{SHOP}/bieu-do/tuan.csv").data.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(data)))
    # March 1st was a Sunday: ten people, then seventy, then twenty; one of ten missed one of three.
    assert [row[:2] for row in rows[1:]] == [
        ["23/02/2026", "10"], ["02/03/2026", "70"], ["09/03/2026", "20"],
    ]  # fmt: skip
    assert {float(row[2]) for row in rows[1:]} == {0.966667}


@pytest.mark.parametrize(
    ("username", "allowed"),
    [("vp", {SECTOR, SHOP, POINT}), ("tan-ky", {SHOP, POINT}), ("y-te", set())],
)
def test_files_keep_to_the_scope_of_their_page(
    offices: Offices, username: str, allowed: set[str]
) -> None:
    client = offices.signed_in(username)
    for page in (SECTOR, SHOP, POINT):
        status = client.get(f"{page}/bieu-do/tuan.csv").status_code
        assert status == (200 if page in allowed else 403), page
    sampling = client.get(f"{SECTOR}/dieu-chinh-mau").status_code
    assert sampling == (200 if SECTOR in allowed else 403)


@pytest.mark.parametrize(
    "address",
    [f"{SECTOR}/bieu-do/la.svg", f"{SECTOR}/bieu-do/tuan.pdf", f"{SHOP}/diem/quay-9",
     f"{SECTOR}?linhvuc=x", f"{SECTOR}/nhom?theo=x", f"{POINT}/bieu-do/nhom-cach.csv",
     "/van-phong/don-vi/17266/nhom", f"{SECTOR}?cach=x", f"{SHOP}/diem/quay-9/bieu-do/tuan.svg",
     "/van-phong/don-vi/17266/bieu-do/tuan.svg", "/van-phong/don-vi/17266/diem/quay-1"],
)  # fmt: skip
def test_what_is_not_there_is_not_found(offices: Offices, address: str) -> None:
    assert offices.signed_in("noi-vu").get(address).status_code == 404


def test_a_narrowed_view_keeps_its_address_and_gives_no_verdict(offices: Offices) -> None:
    client = offices.signed_in("vp")
    page = client.get(SHOP, query_string={"linhvuc": "land", "cach": "open"}).text
    assert "không kết luận đạt hay chưa đạt" in text(page)
    assert "linhvuc=land&amp;cach=open" in page
    assert 'class="verdict verdict-met' not in page
    empty = client.get(SHOP, query_string={"cach": "staffed"})
    assert empty.status_code == 200
    assert "Chưa có phiếu nào" in text(empty.text)


def test_a_point_has_its_own_page(offices: Offices) -> None:
    page = text(offices.signed_in("tan-ky").get(POINT).text)
    assert "Điểm quay-1" in page
    assert "Theo dõi từng tuần" in page


def test_the_page_says_what_is_missing(offices: Offices) -> None:
    page = text(offices.signed_in("vp").get(f"{SECTOR}/dieu-chinh-mau").text)
    assert "286 (thiếu 186)" in page
    assert "Chưa có số lượt phục vụ" in page


def test_a_long_plan_is_shown_page_by_page(
    offices: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = offices.signed_in("vp")
    assert "trang=" not in client.get(f"{SECTOR}/dieu-chinh-mau").text
    monkeypatch.setattr(views, "_ROWS", 1)
    first, last, beyond = (
        client.get(f"{SECTOR}/dieu-chinh-mau?trang={page}").text for page in (1, 2, 99)
    )
    assert "286 (thiếu 186)" in text(first)
    assert 'rel="next"' in first
    assert "286 (thiếu 186)" not in text(last)
    assert 'rel="prev"' in beyond


def test_a_cell_is_never_a_formula(app: flask.Flask) -> None:
    plate = Plate("k", "t", "a", (Column("=1"),), (Row(("=1+1",)), Row((0.1234567,))), "")  # type: ignore[arg-type]
    with app.test_request_context():
        rows = plates.file(plate, "csv").data.decode("utf-8-sig").splitlines()
    assert rows[1:] == ["'=1+1", "0.123457"]
