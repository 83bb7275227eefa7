"""Comments on their pages: masked at first, passed on, answered, told to everybody."""

from __future__ import annotations

import flask
import pytest
from sqlmodel import Session, select

from surveys.fieldwork import comments
from surveys.tables import ServicePoint, TrailEntry
from tests import builders
from tests.app import staffed
from tests.app.staffed import Offices, post, text, token

RAW = "Chị Hoa thu 50 nghìn, gọi tôi 0912 345 678"
MASKED = "Chị [tên người] thu 50 nghìn, gọi tôi [số điện thoại]"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices with a comment at each counter: the second has too few answers."""
    built = staffed.build(app)
    with built.session() as session:
        for number, point in enumerate(session.exec(select(ServicePoint)).all(), 1):
            code = builders.collector(session, point)
            given = builders.answers(comment=RAW)
            builders.response(session, code, number, given=given)
        session.commit()
    return built


def page_of(offices: Offices, unit: int = 0) -> str:
    """The address of Nội vụ's page about the comment at a unit."""
    with offices.session() as session:
        items = comments.of_programme(session, "tan-ky-169", status="new")
        (item,) = [one for one in items if one.unit.code == offices.shops[unit]]
        return f"/noi-vu/gop-y/{item.comment.response_id}/G3"


def pass_on(offices: Offices, unit: int = 0) -> str:
    address = page_of(offices, unit)
    sent = {"shown": MASKED, "category": "fees", "owner": "", "due_on": "2026-03-20"}
    assert post(offices.signed_in("noi-vu"), f"{address}/chuyen", **sent).status_code == 303
    return address


def trail(session: Session) -> str:
    return "\n".join(f"{one.action} {one.detail}" for one in session.exec(select(TrailEntry)))


def test_noi_vu_reads_masked_and_unmasks_under_the_trail_s_eyes(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    address = page_of(offices)
    for path in ("/noi-vu/gop-y", address):
        page = text(client.get(path).text)
        assert "[số điện thoại]" in page
        assert "0912" not in page
    assert RAW in text(post(client, f"{address}/nguyen-van").text)
    with offices.session() as session:
        said = trail(session)
    assert "central.reveal_comment" in said
    assert "0912" not in said


def test_a_unit_reads_and_answers_its_own_and_never_the_raw_text(offices: Offices) -> None:
    pass_on(offices)
    client = offices.signed_in("tan-ky")
    page = client.get("/van-phong/gop-y")
    assert MASKED in text(page.text)
    assert "0912" not in page.text
    assert "20/03/2026" in page.text
    with offices.session() as session:
        (case,) = comments.of_units(session, [1, 2, 3, 4]).items
        number = case.case.id if case.case else 0
    own = f"/van-phong/gop-y/{number}"
    assert "0912" not in client.get(own).text
    assert post(client, own, words="", status="answered").status_code == 400
    assert post(client, own, words="Đã niêm yết phí", status="answered").status_code == 303
    with offices.session() as session:
        item = comments.find_case(session, number or 0)
        assert item is not None
        assert (item.status, item.case and item.case.answer) == ("answered", "Đã niêm yết phí")
        assert "niêm yết" not in trail(session)
    assert offices.signed_in("y-te").get(own).status_code == 403
    assert offices.signed_in("tan-ky").get("/noi-vu/gop-y").status_code == 403


def test_a_comment_where_few_answered_is_held_back(offices: Offices) -> None:
    pass_on(offices, unit=1)
    page = text(offices.signed_in("vp").get("/van-phong/gop-y").text)
    assert "1 góp ý chưa hiện" in page
    assert "thu 50 nghìn" not in page


def test_everybody_reads_the_pair_and_nothing_else(offices: Offices) -> None:
    address = pass_on(offices)
    client = offices.signed_in("noi-vu")
    pair = {"summary": "Mức phí chưa rõ", "deed": "Đã niêm yết mức phí"}
    assert post(client, f"{address}/cong-khai", summary="chỉ một nửa").status_code == 400
    assert post(client, f"{address}/cong-khai", **pair).status_code == 303
    for path in ("/gop-y", "/gop-y/ap-phich", "/gop-y?lang=en"):
        page = text(offices.app.test_client().get(path).text)
        assert pair["summary"] in page
        assert pair["deed"] in page
        assert "50 nghìn" not in page
    assert post(client, f"{address}/rut").status_code == 303
    assert pair["deed"] not in offices.app.test_client().get("/gop-y").text


def test_what_cannot_be_is_refused(offices: Offices) -> None:
    address = page_of(offices)
    client = offices.signed_in("noi-vu")
    sent = {"csrf_token": token(client), "shown": "a", "category": "none"}
    assert client.post(f"{address}/chuyen", data=sent).status_code == 400
    assert post(client, f"{address}/cong-khai", summary="a", deed="b").status_code == 400
    assert post(client, f"{address}/rut").status_code == 409
    for path in ("/noi-vu/gop-y?tinhtrang=x", "/noi-vu/gop-y?trang=0", "/noi-vu/gop-y/999999/G3",
                 "/noi-vu/gop-y/99999999999999/G3"):  # fmt: skip
        assert client.get(path).status_code == 404
    for number in (99999, 99999999999999):
        assert client.get(f"/van-phong/gop-y/{number}").status_code == 404
