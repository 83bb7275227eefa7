"""Lists of units and points, and questionnaires, kept on pages: from nothing to a wave."""

from __future__ import annotations

import hashlib
import io

import flask
import pytest
from flask.testing import FlaskClient
from sqlmodel import col, select
from werkzeug.test import TestResponse

from surveys.questionnaires import registry
from surveys.tables import ServicePoint, Unit
from tests.app import staffed
from tests.app.staffed import Offices, post, text

UNITS = (
    "mã,tên,loại,lĩnh vực,mã cấp trên,hiệu lực từ\n"
    "99001,Xã Mới,xã,,,01/07/2025\n"
    "mc-moi,Một cửa xã Mới,một cửa,Hành chính,99001,01/07/2025\n"
)
POINTS = "mã đơn vị,mã điểm,tên,loại,hiệu lực từ\n17266,quay-9,Quầy 9,quầy,01/07/2025\n"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def send(client: FlaskClient, page: str, content: str, *, seen: bool) -> TestResponse:
    """A file sent to a page of lists, for the first time or after it was looked at."""
    data = content.encode()
    digest = hashlib.sha256(data).hexdigest() if seen else ""
    return post(client, f"/noi-vu/{page}", file=(io.BytesIO(data), "tep.csv"), seen=digest)


@pytest.mark.parametrize(
    ("page", "content", "table", "code", "added"),
    [("don-vi", UNITS, Unit, "mc-moi", 2), ("diem-phuc-vu", POINTS, ServicePoint, "quay-9", 1)],
)
def test_a_list_is_shown_before_it_is_taken(
    offices: Offices, page: str, content: str, table: type[Unit], code: str, added: int
) -> None:
    client = offices.signed_in("noi-vu")

    def stored() -> bool:
        with offices.session() as session:
            return session.exec(select(table).where(col(table.code) == code)).first() is not None

    looked = send(client, page, content, seen=False)
    assert f"sẽ thêm {added}" in text(looked.text)
    assert not stored()
    taken = send(client, page, content, seen=True)
    assert (taken.status_code, stored()) == (303, True)
    shown = text(client.get(f"/noi-vu/{page}").text)
    assert f"thêm {added}" in shown
    assert code in shown


def test_each_bad_row_is_named_and_nothing_is_stored(offices: Offices) -> None:
    wrong = UNITS.replace("Hành chính", "Hành chánh").replace("01/07/2025", "31/02/2025", 1)
    answer = send(offices.signed_in("noi-vu"), "don-vi", wrong, seen=True)
    assert answer.status_code == 400
    assert "Hành chánh" in text(answer.text)
    assert "31/02/2025" in text(answer.text)
    with offices.session() as session:
        assert session.exec(select(Unit).where(Unit.code == "99001")).first() is None


def test_a_page_without_a_file_says_so(offices: Offices) -> None:
    answer = post(offices.signed_in("noi-vu"), "/noi-vu/don-vi")
    assert answer.status_code == 400
    assert "Chưa chọn tệp" in text(answer.text)


def test_questionnaires_are_stored_by_one_press(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    assert "chưa lưu" in text(client.get("/noi-vu/mau-phieu").text)
    assert post(client, "/noi-vu/mau-phieu").status_code == 303
    shown = text(client.get("/noi-vu/mau-phieu").text)
    # The wave of the offices asks a form of its own under the code of the official one.
    assert "Đã lưu 8 mẫu phiếu. Giữ nguyên vì đang được dùng: sipas-quay." in shown
    assert "chưa lưu" not in shown
    with offices.session() as session:
        assert {"y-te-noi-tru", "sipas-ho-gia-dinh"} <= {
            kept.code for kept in registry.everything(session)
        }
