"""Nội vụ makes the waves of a year on a page."""

from __future__ import annotations

import flask
import pytest
from sqlmodel import select

from surveys.tables import Wave
from tests.app import staffed
from tests.app.staffed import Offices, post, text

PAGE = "/noi-vu/tao-dot?nganh=administration"
SENT = {
    "year": "2027", "rhythm": "quarters", "prefix": "hc", "forms": "sipas-quay", "size": "0",
    "plan": "rake",
}  # fmt: skip


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def codes(offices: Offices) -> list[str]:
    with offices.session() as session:
        return sorted(session.exec(select(Wave.code)))


def test_a_year_is_made_at_once_and_only_once(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    assert post(client, PAGE, **SENT).status_code == 303
    made = [f"hc-2027-q{number}" for number in range(1, 5)]
    assert codes(offices) == ["dot-3", *made]
    page = text(client.get("/noi-vu").text)
    assert "Đã tạo 4 đợt" in page
    with offices.session() as session:
        assert '"rake"' in staffed.wave(session, "hc-2027-q1").weighting
    assert post(client, PAGE, **SENT).status_code == 409
    assert len(codes(offices)) == 5


def test_an_ad_hoc_wave_has_dates_of_its_own(offices: Offices) -> None:
    days = {"opens_on": "2027-02-03", "closes_on": "2027-02-20"}
    client = offices.signed_in("noi-vu")
    assert post(client, PAGE, **{**SENT, **days, "rhythm": "once"}).status_code == 303
    assert codes(offices) == ["dot-3", "hc-2027-02-03"]


@pytest.mark.parametrize(
    ("wrong", "status"),
    [({"year": "x"}, 400), ({"prefix": "Hành chính"}, 400), ({"size": "99"}, 400),
     ({"forms": "khong-co"}, 400), ({"forms": []}, 400), ({"rhythm": "once"}, 400),
     ({"rhythm": "once", "opens_on": "2027-03-02", "closes_on": "2027-03-01"}, 400)],
)  # fmt: skip
def test_what_cannot_be_leaves_nothing_behind(
    offices: Offices, wrong: dict[str, object], status: int
) -> None:
    client = offices.signed_in("noi-vu")
    assert post(client, PAGE, **{**SENT, **wrong}).status_code == status
    assert codes(offices) == ["dot-3"]
