"""Drafts at the door: who sees one, who may take which step, and what the page says of it."""

from __future__ import annotations

from typing import Any

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select
from werkzeug.test import TestResponse

from app.central.forms import CHECKLIST
from surveys.fieldwork import responses, waves
from surveys.offices import audit, staff
from surveys.publishing import publication, steps
from surveys.tables import Release, ReleaseDraft, Response
from tests import builders
from tests.app import staffed
from tests.app.staffed import PASSWORD, Offices, post, text, wave

YEAR = "/noi-vu/cong-bo/administration/2026"
PUBLIC = "/chi-so/2026/administration"
#: Two more people of Nội vụ, one with the drafter's name, and somebody who reads everything.
MORE = {
    "lanh-dao": ("Lãnh đạo", "central"),
    "trung-ten": ("phòng  nội VỤ", "central"),
    "kiem-tra": ("Thanh tra", "auditor"),
}
STEPS: dict[str, dict[str, Any]] = {
    "kiem-tra": {"read": [*CHECKLIST]}, "tra-lai": {"reason": "Sai đợt"}, "cong-bo": {},
}  # fmt: skip


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices with the wave closed, and more people."""
    made = staffed.build(app)
    with made.session() as session:
        waves.close(session, wave(session), now=builders.NOW)
        for username, (name, role) in MORE.items():
            staff.add(
                session, username=username, name=name, role=role,  # type: ignore[arg-type]
                password=PASSWORD, demo=True,
            )  # fmt: skip
        session.commit()
    return made


@pytest.fixture
def place(offices: Offices) -> str:
    """The address of a draft that `noi-vu` made."""
    found = post(offices.signed_in("noi-vu"), YEAR).location
    assert found is not None
    return found


def take(client: FlaskClient, place: str, step: str) -> TestResponse:
    """The answer to a step that a page offers."""
    return post(client, f"{place}/{step}", **STEPS[step])


def exclude_one(offices: Offices) -> None:
    with offices.session() as session:
        query = select(Response.id).where(col(Response.excluded_at).is_(None))
        first = session.exec(query).first()
        responses.exclude(session, first or 0, reason="Trả lời thử", now=builders.NOW)
        session.commit()


@pytest.mark.parametrize(
    ("account", "status"),
    [("noi-vu", 200), ("lanh-dao", 200), ("vp", 200), ("kiem-tra", 200), ("y-te", 403),
     ("tan-ky", 403), ("xa", 403)],
)  # fmt: skip
def test_a_draft_is_seen_by_noi_vu_the_auditor_and_its_sector(
    offices: Offices, place: str, account: str, status: int
) -> None:
    client = offices.signed_in(account)
    assert client.get(place).status_code == status
    assert (place in client.get("/ban-thao").text) == (status == 200)


def test_nobody_else_learns_of_a_draft(offices: Offices, place: str) -> None:
    client = offices.app.test_client()
    assert client.get(place).status_code == 302
    assert client.get(PUBLIC).status_code == 404
    assert client.get(f"{PUBLIC}.json").status_code == 404
    with offices.session() as session:
        assert session.exec(select(Release)).all() == []


@pytest.mark.parametrize(
    ("account", "checks", "returns", "publishes"),
    [
        ("noi-vu", 409, 303, 409), ("lanh-dao", 303, 303, 409), ("trung-ten", 409, 303, 409),
        ("vp", 303, 303, 403), ("kiem-tra", 403, 403, 403), ("y-te", 403, 403, 403),
        ("tan-ky", 403, 403, 403),
    ],
)  # fmt: skip
def test_every_step_of_a_draft_is_for_some(
    offices: Offices, place: str, account: str, checks: int, returns: int, publishes: int
) -> None:
    client = offices.signed_in(account)
    assert take(client, place, "cong-bo").status_code == publishes
    assert take(client, place, "kiem-tra").status_code == checks
    assert take(client, place, "tra-lai").status_code == returns


@pytest.mark.parametrize(("account", "status"), [("noi-vu", 303), ("vp", 403), ("lanh-dao", 303)])
def test_what_was_checked_noi_vu_publishes_once(
    offices: Offices, place: str, account: str, status: int
) -> None:
    take(offices.signed_in("vp"), place, "kiem-tra")
    client = offices.signed_in(account)
    assert take(client, place, "cong-bo").status_code == status
    if status == 303:
        assert take(client, place, "cong-bo").status_code == 409
        page = text(offices.app.test_client().get(PUBLIC).text)
        assert "Người soạn: Phòng Nội vụ. Người kiểm tra: Văn phòng." in page
        assert "Cách chọn người và cách thu phiếu" in page


def test_everything_must_be_read_before_it_is_confirmed(offices: Offices, place: str) -> None:
    client = offices.signed_in("vp")
    for read in ([], [*CHECKLIST[:-1]], ["khong-co"]):
        answer = post(client, f"{place}/kiem-tra", read=read)
        assert (answer.status_code, "đánh dấu đủ" in answer.text) == (400, True)
    with offices.session() as session:
        assert steps.status_of(session.exec(select(ReleaseDraft)).one()) == "drafted"


def test_the_page_offers_each_the_step_that_is_theirs(offices: Offices, place: str) -> None:
    pages = {
        who: offices.signed_in(who).get(place).text
        for who in ("noi-vu", "trung-ten", "vp", "kiem-tra")
    }
    offered = {who: "Xác nhận đã kiểm tra" in page for who, page in pages.items()}
    assert offered == {"noi-vu": False, "trung-ten": False, "vp": True, "kiem-tra": False}
    assert "nên phải có người khác kiểm tra" in pages["noi-vu"]
    assert "<form" not in pages["kiem-tra"].split("<main")[1]


@pytest.mark.parametrize("before", ["kiem-tra", "cong-bo"])
def test_figures_that_changed_are_neither_checked_nor_published(
    offices: Offices, place: str, before: str
) -> None:
    office, noi_vu = offices.signed_in("vp"), offices.signed_in("noi-vu")
    if before == "cong-bo":
        take(office, place, "kiem-tra")
    exclude_one(offices)
    page = text(office.get(place).text)
    assert "Số liệu đã đổi từ khi soạn" in page
    assert "Bản thảo so với hôm nay Chỉ số so với chỉ tiêu" in page
    assert take(office if before == "kiem-tra" else noi_vu, place, before).status_code == 409
    assert take(office, place, "tra-lai").status_code == 303
    assert post(noi_vu, YEAR).status_code == 303
    with offices.session() as session:
        found = session.exec(select(ReleaseDraft).order_by(col(ReleaseDraft.id))).all()
        assert [steps.status_of(one) for one in found] == ["returned", "drafted"]
        assert found[0].return_reason == "Sai đợt"


def test_a_wave_that_opens_meanwhile_stops_a_draft(offices: Offices, place: str) -> None:
    with offices.session() as session:
        wave(session).status = "open"
        session.commit()
    page = text(offices.signed_in("vp").get(place).text)
    assert "Số liệu đã đổi từ khi soạn" in page
    assert "Bản thảo so với hôm nay" not in page


def test_a_draft_on_its_way_comes_before_another(offices: Offices, place: str) -> None:
    client = offices.signed_in("lanh-dao")
    assert "đang có bản thảo" in client.get(YEAR).text
    answer = post(client, YEAR)
    assert (answer.status_code, "đã có bản thảo đang chờ" in answer.text) == (409, True)


def test_a_revision_says_what_changed_and_why(offices: Offices) -> None:
    staffed.publish(offices, YEAR)
    exclude_one(offices)
    place = post(offices.signed_in("noi-vu"), YEAR, reason="Loại phiếu thử").location or ""
    page = text(offices.signed_in("vp").get(place).text)
    assert "Khác gì so với bản số 1 đang công bố Chỉ số so với chỉ tiêu" in page
    assert "Lý do sửa bản đã công bố: Loại phiếu thử" in page
    assert "Phiếu đã loại, không tính vào số liệu: lý do khác: 1" in page
    take(offices.signed_in("vp"), place, "kiem-tra")
    take(offices.signed_in("noi-vu"), place, "cong-bo")
    reader = offices.app.test_client()
    page = text(reader.get(PUBLIC).text)
    assert "Loại phiếu thử" in page
    changed = page.split("Con số nào đã đổi so với bản số 1")[1]
    assert "Cả lĩnh vực" in changed
    assert "104 phiếu" in changed
    assert "103 phiếu" in changed
    assert "Con số nào đã đổi" not in reader.get(f"{PUBLIC}?ban=1").text


def test_every_step_is_in_the_trail(offices: Offices, place: str) -> None:
    take(offices.signed_in("vp"), place, "kiem-tra")
    take(offices.signed_in("noi-vu"), place, "cong-bo")
    with offices.session() as session:
        found = [
            (entry.actor, entry.action)
            for entry in audit.entries(session, most=20)
            if entry.action.startswith("central.")
        ]
        release = publication.latest(session, "tan-ky-169", "administration", 2026)
        assert release is not None
        assert release.trail_number > 0
    assert found == [
        ("noi-vu", "central.release_draft"), ("vp", "central.check_draft"),
        ("noi-vu", "central.publish"),
    ]  # fmt: skip


@pytest.mark.parametrize("number", ["9", "99999999999"])
def test_a_draft_that_is_not_there(offices: Offices, number: str) -> None:
    assert offices.signed_in("noi-vu").get(f"/ban-thao/{number}").status_code == 404


def test_a_long_reason_is_not_taken(offices: Offices, place: str) -> None:
    client = offices.signed_in("vp")
    assert post(client, f"{place}/tra-lai", reason="a" * 1001).status_code == 400
    assert "ghi lý do trả lại" in post(client, f"{place}/tra-lai", reason=" ").text
