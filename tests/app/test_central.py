"""The central door: waves are opened and closed, years published, totals and codes kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import re

import flask
import pytest
from sqlmodel import col, select
from werkzeug.test import TestResponse

from surveys.fieldwork import waves
from surveys.places import collectors
from surveys.publishing import publication
from surveys.tables import Collector, Population, Release
from tests import builders
from tests.app import staffed
from tests.app.staffed import Offices, post, text, token, wave

YEAR = "/noi-vu/cong-bo/administration/2026"
WAVE = "/noi-vu/dot/dot-3"
HEADER = "mã đơn vị;lĩnh vực;tháng;số lượt\n"
PAGES = ["", "/dot/dot-3", "/dot/dot-3/dong", "/cong-bo", "/khung", "/ma-qr", "/phieu"]


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


@pytest.fixture
def closed(offices: Offices) -> Offices:
    """The offices with the wave closed."""
    with offices.session() as session:
        waves.close(session, wave(session), now=builders.NOW)
        session.commit()
    return offices


def upload(offices: Offices, content: bytes, name: str = "khung.csv") -> TestResponse:
    client = offices.signed_in("noi-vu")
    seen = hashlib.sha256(content).hexdigest()
    return post(client, "/noi-vu/khung", file=(io.BytesIO(content), name), seen=seen)


@pytest.mark.parametrize("page", PAGES)
def test_pages_are_for_noi_vu_alone(offices: Offices, page: str) -> None:
    statuses = [
        offices.signed_in(username).get(f"/noi-vu{page}").status_code
        for username in ("noi-vu", "vp", "tan-ky")
    ]
    assert statuses == [200, 403, 403]


@pytest.mark.parametrize(
    "path", [f"{WAVE}/mo", f"{WAVE}/dong", YEAR, "/noi-vu/khung", "/noi-vu/ma-qr"]
)
def test_nothing_happens_without_the_page_s_token(offices: Offices, path: str) -> None:
    client = offices.signed_in("noi-vu")
    answer = client.post(path, data={"reason": "x", "point": "1", "kind": "open"})
    assert answer.status_code == 400
    with offices.session() as session:
        assert wave(session).status == "open"
        assert session.exec(select(Release)).all() == []
        assert session.exec(select(Collector)).all() != []


@pytest.mark.parametrize(
    "path", ["/noi-vu/dot/none", "/noi-vu/dot/a%00b", "/noi-vu/cong-bo/weather/2026",
             "/noi-vu/cong-bo/administration/2019", "/noi-vu/ma-qr?nganh=weather"]
)  # fmt: skip
def test_what_is_not_there_is_not_found(offices: Offices, path: str) -> None:
    assert offices.signed_in("noi-vu").get(path).status_code == 404


def test_overview_tells_status_answers_and_days_left(offices: Offices) -> None:
    page = text(offices.signed_in("noi-vu").get("/noi-vu").text)
    assert "Đợt dot-3 Đang mở 01/03/2026 – 31/03/2026 104 22" in page
    assert "Y tế Lĩnh vực này chưa có đợt khảo sát nào." in page


def test_draft_is_opened_on_its_page(offices: Offices) -> None:
    with offices.session() as session:
        waves.close(session, wave(session), now=builders.NOW)
        form = waves.forms_of(session, wave(session))["counter"]
        builders.draft(session, "dot-4", form=form)
        session.commit()
    client = offices.signed_in("noi-vu")
    answer = post(client, "/noi-vu/dot/dot-4/mo")
    assert (answer.status_code, answer.location) == (303, "/noi-vu/dot/dot-4")
    assert "Đã mở: Đợt dot-4." in client.get("/noi-vu/dot/dot-4").text
    assert "Đã mở: Đợt dot-4." not in client.get("/noi-vu/dot/dot-4").text
    assert post(client, "/noi-vu/dot/dot-4/mo").status_code == 409


def test_wave_that_would_overlap_is_not_opened_and_names_the_other(offices: Offices) -> None:
    with offices.session() as session:
        form = waves.forms_of(session, wave(session))["counter"]
        builders.draft(session, "dot-4", form=form)
        session.commit()
    answer = post(offices.signed_in("noi-vu"), "/noi-vu/dot/dot-4/mo")
    assert answer.status_code == 409
    assert "Chưa mở được: Đợt dot-3 đang mở" in answer.text
    with offices.session() as session:
        assert wave(session, "dot-4").status == "draft"


def test_closing_first_says_what_follows(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    page = text(client.get(f"{WAVE}/dong").text)
    assert "Đợt này đã có 104 phiếu. Nếu để nguyên, đợt còn nhận phiếu thêm 22 ngày." in page
    with offices.session() as session:
        assert wave(session).status == "open"
    assert post(client, f"{WAVE}/dong").location == WAVE
    assert "Đã đóng: Đợt dot-3." in client.get(WAVE).text
    assert post(client, f"{WAVE}/dong").status_code == 409
    with offices.session() as session:
        assert (wave(session).status, wave(session).closed_at) == ("closed", builders.NOW)


@pytest.mark.parametrize(
    ("status", "words"),
    [("draft", "chưa mở nên không có gì"), ("closed", "đã đóng."), ("published", "đã công bố.")],
)
def test_only_an_open_wave_is_offered_to_be_closed(
    offices: Offices, status: str, words: str
) -> None:
    with offices.session() as session:
        wave(session).status = status
        session.commit()
    page = offices.signed_in("noi-vu").get(f"{WAVE}/dong").text
    assert words in text(page)
    assert "<button>Đóng đợt</button>" not in page


@pytest.mark.parametrize("page", ["", "/khung", "/ma-qr", "/phieu"])
@pytest.mark.parametrize("demo", [True, False])
def test_pages_of_a_demonstration_say_so(offices: Offices, page: str, demo: bool) -> None:
    with offices.session() as session:
        wave(session).demo = demo
        session.commit()
    assert ('class="demo"' in offices.signed_in("noi-vu").get(f"/noi-vu{page}").text) == demo


def test_year_with_an_open_wave_is_not_published(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    page = client.get(YEAR).text
    assert "Còn đợt đang mở" in page
    assert "<button>Soạn bản thảo</button>" not in page
    assert post(client, YEAR).status_code == 409
    with offices.session() as session:
        assert session.exec(select(Release)).all() == []


def test_a_draft_shows_what_is_frozen_and_what_is_odd(closed: Offices) -> None:
    client = closed.signed_in("noi-vu")
    assert "Đợt dot-3 (01/03/2026 – 31/03/2026, Đã đóng)" in text(client.get(YEAR).text)
    page = text(client.get(post(client, YEAR).location or "").text)
    assert "Chưa có số lượt phục vụ nên không tính được quyền số cho: Đơn vị mot-cua-17272" in page
    assert "Đơn vị mot-cua-17272 : Quá ít phiếu" in page
    # The whole less this one would be the other one.
    assert "Sẽ không nêu con số của: Đơn vị mot-cua-17266 : Không nêu để không ai tính" in page
    assert "Hài lòng về giải quyết thủ tục hành chính 97," in page


def test_missing_month_is_named_before_publishing(offices: Offices) -> None:
    with offices.session() as session:
        found = wave(session)
        found.closes_on = dt.date(2026, 4, 30)
        session.flush()
        waves.close(session, found, now=builders.NOW)
        session.commit()
    client = offices.signed_in("noi-vu")
    page = text(client.get(post(client, YEAR).location or "").text)
    assert "Còn thiếu: Đơn vị mot-cua-17266: tháng 04/2026" in page


def test_published_year_stands_in_the_list_with_its_checksum(closed: Offices) -> None:
    client = closed.signed_in("noi-vu")
    assert "Lý do công bố lại" not in client.get(YEAR).text
    staffed.publish(closed, YEAR)
    with closed.session() as session:
        (release,) = session.exec(select(Release)).all()
        assert (release.published_by, release.revision) == ("Phòng Nội vụ", 1)
        assert (release.drafted_by, release.checked_by) == ("Phòng Nội vụ", "Văn phòng")
        assert publication.verify(session, release)
        assert wave(session).status == "published"
    page = text(client.get("/noi-vu/cong-bo").text)
    row = "Hành chính 2026 1 10:00 10/03/2026 Phòng Nội vụ Người soạn: Phòng Nội vụ."
    assert f"{row} Người kiểm tra: Văn phòng. – {release.sha256}" in page


def test_correction_needs_something_new_and_a_reason(closed: Offices) -> None:
    client = closed.signed_in("noi-vu")
    staffed.publish(closed, YEAR)
    unchanged = post(client, YEAR, reason="thử lại")
    assert (unchanged.status_code, "không khác bản" in unchanged.text) == (409, True)
    upload(closed, (HEADER + "mot-cua-17272;land;2026-03;80\n").encode())
    page = client.get(YEAR).text
    assert "đã được công bố (lần 1, 10:00 10/03/2026)" in page
    silent = post(client, YEAR, reason="  ")
    assert (silent.status_code, "Mời ghi lý do" in silent.text) == (409, True)
    assert post(client, YEAR, reason="a" * 1001).status_code == 400
    assert post(client, YEAR, reason="a\x00b").status_code == 400
    staffed.publish(closed, YEAR, "bổ sung <lượt>")
    assert "bổ sung &lt;lượt&gt;" in client.get("/noi-vu/cong-bo").text


def test_frame_is_taken_and_says_what_changed(offices: Offices) -> None:
    rows = "mot-cua-17266;land;2026-03;1200\nmot-cua-17272;Đất đai, môi trường;03/2026;80\n"
    content = (HEADER + rows).encode()
    client = offices.signed_in("noi-vu")
    for seen in ("", "0" * 64):
        sent = (io.BytesIO(content), "t3.csv")
        before = post(client, "/noi-vu/khung", file=sent, seen=seen)
        assert "Chưa lưu gì. Tệp này sẽ thêm 1, sửa 1, giữ nguyên 0 dòng." in text(before.text)
        with offices.session() as session:
            assert list(session.exec(select(Population.total))) == [1000]
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', before.text)
    assert found
    sent = (io.BytesIO(content), "t3.csv")
    answer = post(client, "/noi-vu/khung", file=sent, seen=found[1])
    assert answer.status_code == 200
    page = text(answer.text)
    assert "Đã nhập t3.csv: thêm 1, sửa 1, giữ nguyên 0 dòng." in page
    assert "mot-cua-17266 Đất đai, môi trường 03/2026 1.000 1.200" in page
    with offices.session() as session:
        totals = session.exec(select(Population.total).order_by(col(Population.total))).all()
        assert list(totals) == [80, 1200]


def test_frame_without_changes_goes_back_to_its_page(offices: Offices) -> None:
    answer = upload(offices, (HEADER + "mot-cua-17266;land;2026-03;1000\n").encode())
    assert (answer.status_code, answer.location) == (303, "/noi-vu/khung")


def test_changes_are_cut_and_counted(offices: Offices) -> None:
    months = [f"{year}-{month:02}" for year in (2026, 2027, 2028, 2029, 2030)
              for month in range(1, 13)]  # fmt: skip
    for total in (5, 6):
        rows = "".join(f"mot-cua-17266;justice;{month};{total}\n" for month in months)
        answer = upload(offices, (HEADER + rows).encode())
    assert answer.text.count('data-label="số mới"') == 50
    assert "Còn 10 chỗ nữa" in answer.text


def test_frame_in_force_shows_each_unit_and_month(offices: Offices) -> None:
    rows = "mot-cua-17266;justice;2026-03;234\nmot-cua-17272;land;2025-12;7\n"
    upload(offices, (HEADER + rows).encode())
    client = offices.signed_in("noi-vu")
    page = text(client.get("/noi-vu/khung").text)
    assert "mot-cua-17266 – – 1.234 – – – – – – – – –" in page
    assert "mot-cua-17272 – – – – – – – – – – – –" in page
    before = text(client.get("/noi-vu/khung?nam=2025").text)
    assert "mot-cua-17272 – – – – – – – – – – – 7" in before
    assert client.get("/noi-vu/khung?nam=1999").status_code == 404


def test_frame_with_bad_rows_names_each_and_stores_nothing(offices: Offices) -> None:
    bad = [
        "nowhere;land;2026-03;5",
        "mot-cua-17266;<b>land</b>;2026-03;5",
        "mot-cua-17272;land;2026-03;-5",
    ]
    answer = upload(offices, (HEADER + "\n".join(bad)).encode())
    page = text(answer.text)
    assert answer.status_code == 400
    assert "Tệp có 3 chỗ cần sửa. Chưa có gì được lưu." in page
    places = re.findall(r"\b(\d) (mã đơn vị|lĩnh vực|số lượt) ", page)
    assert places == [("2", "mã đơn vị"), ("3", "lĩnh vực"), ("4", "số lượt")]
    assert "<b>land" not in answer.text
    with offices.session() as session:
        assert [row.total for row in session.exec(select(Population))] == [1000]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Tệp rỗng"),
        (b"PK\x03\x04 no archive", "Chưa nhập tệp"),
        ("mã;tên\n1;2\n".encode(), "Chưa nhập tệp"),
        ("mã đơn vị\n".encode("utf-16"), "Chưa nhập tệp"),
    ],
)
def test_file_that_is_no_frame_is_refused(offices: Offices, content: bytes, words: str) -> None:
    answer = upload(offices, content)
    assert (answer.status_code, words in answer.text) == (400, True)


def test_sending_no_file_is_told(offices: Offices) -> None:
    answer = post(offices.signed_in("noi-vu"), "/noi-vu/khung")
    assert (answer.status_code, "Chưa chọn tệp" in answer.text) == (400, True)


def test_many_problems_are_cut_and_counted(offices: Offices) -> None:
    rows = "".join(f"nowhere{number};land;2026-03;5\n" for number in range(1100))
    page = upload(offices, (HEADER + rows).encode()).text
    assert page.count('data-label="Dòng"') == 1000
    assert "Còn 100 chỗ nữa" in page


@pytest.mark.parametrize(
    ("path", "size", "status"),
    [("/noi-vu/khung", 600_000, 400), ("/noi-vu/khung", 21_000_000, 413),
     (f"{WAVE}/dong", 600_000, 413)],
)  # fmt: skip
def test_large_file_finds_room_here_and_nowhere_else(
    offices: Offices, path: str, size: int, status: int
) -> None:
    client = offices.signed_in("noi-vu")
    head = 'Content-Disposition: form-data; name="{}"{}\r\n\r\n'
    fields = [
        head.format("csrf_token", "").encode() + token(client).encode(),
        head.format("file", '; filename="a.csv"').encode() + b"x" * size,
    ]
    body = b"".join(b"--part\r\n" + field + b"\r\n" for field in fields) + b"--part--\r\n"
    answer = client.post(path, data=body, content_type="multipart/form-data; boundary=part")
    assert answer.status_code == status
    assert ("20 MB" in answer.text) == (path == "/noi-vu/khung")


def test_codes_stand_by_service_point_with_their_picture(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    page = client.get("/noi-vu/ma-qr").text
    with offices.session() as session:
        made = session.exec(select(Collector)).first()
        assert made is not None
        picture = f"/k/{made.code}/qr.svg"
        assert f'src="{picture}"' in page
        assert collectors.address("http://127.0.0.1:8000", made.code) in page
    assert client.get(picture).status_code == 200
    assert "chưa có điểm phục vụ" in client.get("/noi-vu/ma-qr?nganh=health").text


def test_new_code_is_made_for_a_point(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    with offices.session() as session:
        before = session.exec(select(Collector)).all()
        point = str(before[0].point_id)
    answer = post(client, "/noi-vu/ma-qr", point=point, kind="staffed")
    assert answer.location == f"/noi-vu/ma-qr?nganh=administration#p{point}"
    with offices.session() as session:
        made = session.exec(select(Collector).order_by(col(Collector.id).desc())).first()
        assert made is not None
        assert (made.kind, str(made.point_id), made.made_on) == ("staffed", point, builders.TODAY)
        assert f"Đã làm mã {made.code} cho" in client.get("/noi-vu/ma-qr").text


@pytest.mark.parametrize(
    ("point", "kind", "status"),
    [("1", "stolen", 400), ("1", "sampled", 400), ("x", "open", 400), ("", "open", 400),
     ("999", "open", 404), ("99999999999999999999", "open", 404), ("-1", "open", 404)],
)  # fmt: skip
def test_code_for_nothing_is_not_made(offices: Offices, point: str, kind: str, status: int) -> None:
    with offices.session() as session:
        before = len(session.exec(select(Collector)).all())
    client = offices.signed_in("noi-vu")
    assert post(client, "/noi-vu/ma-qr", point=point, kind=kind).status_code == status
    with offices.session() as session:
        assert len(session.exec(select(Collector)).all()) == before


def test_each_sector_leads_to_the_page_that_makes_its_waves(offices: Offices) -> None:
    page = offices.signed_in("noi-vu").get("/noi-vu").text
    assert page.count('href="/noi-vu/tao-dot?nganh=') == 3
