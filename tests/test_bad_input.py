"""What must not get in, through HTTP and the terminal: a clear message, and nothing stored."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import Session
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from surveys.places import collectors
from surveys.tables import Release, ServicePoint, Staff, Unit, Wave
from tests import builders, databases, house, tampering
from tests.house import World

GOOD = {"field": "land", "a.A1": "5", "a.A2": "0", "a.B1": "4", "a.C1": "3"}
SCRIPT = "<script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    "'; DROP TABLE response; --",
    '"><img src=x onerror=alert(1)>',
    "{{70007*3}}",
    "\0",
]
HEADER = "mã đơn vị,lĩnh vực,tháng,số lượt\n"
ROW = "mot-cua-17266,land,2026-03,{}\n"


@pytest.fixture(scope="module", params=databases.KINDS)
def world(request: pytest.FixtureRequest, test_databases: databases.Databases) -> Iterator[World]:
    """The district; what is refused does not change it, and what is taken does no harm."""
    with house.opened(test_databases, request.param) as world:
        world.visitor("noi-vu")
        yield world


def key(world: World) -> str:
    """The key of a newly opened form."""
    return world.visitor("visitor").open(f"/k/{world.house.code}").form("/k/").values["key"][0]


def send(world: World, **changes: Any) -> TestResponse:
    """The answer to a good form with some values changed; None leaves one out."""
    values = {"key": key(world), **GOOD, **changes}
    sent = {name: value for name, value in values.items() if value is not None}
    return world.ask("visitor", f"/k/{world.house.code}", "POST", data=sent)


@pytest.mark.parametrize(
    "typed", ["ZZZZZZZ", "k", "K7M2Q4XK7M2Q4X", "x' OR '1'='1", "..%2f..", "Mã"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_code_says_so(world: World, typed: str, method: str) -> None:
    before = world.contents()
    answer = world.ask("visitor", f"/k/{typed}", method, data=GOOD if method == "POST" else None)
    assert answer.status_code == 404
    assert "Không có mã" in answer.text or "Không tìm thấy trang" in answer.text
    assert world.contents() == before


def test_a_mistyped_code_is_guessed(world: World) -> None:
    code = world.house.code
    slip = code[1] + code[0] + code[2:]
    answer = world.ask("visitor", f"/k/{slip}")
    assert answer.status_code == 404
    assert f'href="/k/{code}"' in answer.text


REFUSED: dict[str, tuple[dict[str, Any], int, str]] = {
    "unknown item": ({"a.Z9": "5"}, 422, "Phiếu này không có câu “a.Z9”"),
    "value above the scale": ({"a.A1": "6"}, 422, "một trong các mức đang có"),
    "value that is no number": ({"a.A1": "năm"}, 422, "một trong các mức đang có"),
    "not used where that is no answer": ({"a.A1": "0"}, 422, "một trong các mức đang có"),
    "two values": ({"a.A1": ["5", "1"]}, 422, "hai câu trả lời"),
    "nothing answered": (
        {"a.A1": None, "a.A2": None, "a.B1": None, "a.C1": None}, 422, "Chưa có câu nào"
    ),
    "number below": ({"q.G1": "-1"}, 422, "số"),
    "number above": ({"q.G1": "201"}, 422, "từ 0 đến 200"),
    "number in words": ({"q.G1": "chín mươi"}, 422, "chỉ dùng chữ số"),
    "unknown option": ({"q.G2": "9"}, 422, "một trong các mức đang có"),
    "no purpose": ({"field": None}, 422, "Xin chọn một việc"),
    "unknown purpose": ({"field": "moon"}, 422, "một việc trong danh sách"),
    "comment over the limit": ({"t.G3": "ý" * 201}, 422, "Dài quá"),
    "comment of a megabyte": ({"t.G3": "x" * 1_000_000}, 413, "lớn"),
    "no key": ({"key": None}, 400, "mở đã lâu hoặc được gửi từ nơi khác"),
    "empty key": ({"key": ""}, 400, "mở đã lâu hoặc được gửi từ nơi khác"),
    "forged key": ({"key": "AAAAAAAAAAAAAAAAAAAAAA.ap.xyz"}, 400, "gửi từ nơi khác"),
    "a thousand unknown items": ({f"a.x{n}": "1" for n in range(1000)}, 422, "“a.x999”"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_a_wrong_form_is_refused_with_the_reason(world: World, case: str) -> None:
    changes, status, reason = REFUSED[case]
    before = world.contents()
    answer = send(world, **changes)
    assert answer.status_code == status
    assert reason in answer.text
    assert world.contents() == before


def test_a_key_of_another_code_is_refused(world: World) -> None:
    with Session(world.app.extensions["engine"]) as session:
        point = session.get_one(ServicePoint, world.house.point_id + 1)
        made = collectors.issue(session, point, kind="open", today=builders.TODAY).code
        session.commit()
    before = world.contents()
    answer = world.ask("visitor", f"/k/{made}", "POST", data={"key": key(world), **GOOD})
    assert answer.status_code == 400
    assert "gửi từ nơi khác" in answer.text
    assert world.contents() == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"&t.G3=c\xe0 ph\xea", "application/x-www-form-urlencoded"),
        (b"&t.G3=c%E0%20ph%EA", "application/x-www-form-urlencoded"),
        (b"&t.G3=ok", "application/x-www-form-urlencoded; charset=utf-16"),
        (b'{"a.A1": "5"}', "application/json"),
        (b"<a/>", "text/xml"),
        (b"--x\r\nno part", "multipart/form-data; boundary=x"),
    ],
)
def test_what_is_not_a_form_in_utf_8_is_refused(world: World, body: bytes, kind: str) -> None:
    before = world.contents()
    if body.startswith(b"&") and "utf-16" not in kind:
        body = f"key={key(world)}&field=land&a.A1=5".encode() + body
    answer = world.ask("visitor", f"/k/{world.house.code}", "POST", data=body, content_type=kind)
    assert 400 <= answer.status_code < 500
    assert "<h" in answer.text
    assert world.contents() == before


def test_a_replayed_key_counts_once(world: World) -> None:
    used = key(world)
    first = send(world, key=used)
    assert first.status_code == 303
    before = world.contents()
    assert send(world, key=used).location == first.location
    assert world.contents() == before


def test_a_replayed_key_with_other_answers_is_refused(world: World) -> None:
    used = key(world)
    receipt = send(world, key=used).location.rsplit("/", 1)[1]
    before = world.contents()
    answer = send(world, key=used, **{"a.A1": "1"})
    assert answer.status_code == 409
    assert receipt[:4] in answer.text
    assert "không được ghi" in answer.text
    assert world.contents() == before


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(
    "field", ["key", "field", "a.A1", "q.G1", "q.G2", "q.Q2", "p.sex", "p.age_band", "new"]
)
def test_no_field_lets_code_in(world: World, field: str, hostile: str) -> None:
    before = world.contents()
    answer = send(world, **{field: hostile, f"a.{hostile}": hostile})
    assert answer.status_code in {400, 422}
    assert not raw(answer.text)
    assert world.contents() == before


def raw(page: str) -> bool:
    """Whether something hostile stands in a page as it was sent."""
    return any(bad in page for bad in (SCRIPT, "<img src=x", "210021"))


@pytest.mark.parametrize("hostile", [SCRIPT, "'; DROP TABLE response; --", "{{70007*3}}"])
def test_a_hostile_comment_is_kept_as_text(world: World, hostile: str) -> None:
    answer = send(world, **{"t.G3": hostile})
    assert answer.status_code == 303
    assert hostile in {row[2] for row in world.contents()["comment"]}
    answer = send(world, **{"t.G3": hostile, "a.A1": "9"})
    assert answer.status_code == 422
    assert not raw(answer.text)
    assert "alert(1)" in answer.text or "alert" not in hostile  # kept in the form, as text


@pytest.mark.parametrize("hostile", HOSTILE[:4])
@pytest.mark.parametrize(
    "address",
    [
        "/k/?code={}", "/k/{}", "/k/X/cam-on/{}", "/?lang={}", "/dang-nhap?next={}",
        "/chi-so/2025/{}",
        "/chi-so/2025/administration?ban={}", "/chi-so/2025/administration/{}",
        "/noi-vu/dot/{}", "/noi-vu/cong-bo/{}/2026", "/noi-vu/ma-qr?linh-vuc={}",
        "/van-phong/{}", "/van-phong/don-vi/{}", "/van-phong/administration?dot={}",
    ],
)  # fmt: skip
def test_no_address_lets_code_in(world: World, address: str, hostile: str) -> None:
    place, _, query = address.partition("?")
    values = {query.split("=")[0]: hostile} if query else None
    answer = world.ask("noi-vu", place.format(hostile), query_string=values, follow_redirects=True)
    assert answer.status_code in {200, 404}
    assert not raw(answer.text)


def test_hostile_names_are_shown_as_text(world: World) -> None:
    with Session(world.app.extensions["engine"]) as session:
        session.execute(update(Unit).values(name=SCRIPT, note=SCRIPT))
        for table in (ServicePoint, Wave, Staff):
            session.execute(update(table).values(name=SCRIPT))
        tampering.unlock(session)
        session.execute(update(Release).values(reason=SCRIPT, published_by=SCRIPT))
        session.commit()
    seen = 0
    for address in (
        f"/k/{world.house.code}", f"/k/{world.house.code}/cam-on/{world.house.receipt}",
        "/van-phong", "/van-phong/administration?dot=all", f"/van-phong/don-vi/{world.house.unit}",
        "/van-phong/don-vi/17266", "/noi-vu", f"/noi-vu/dot/{world.house.wave}",
        f"/noi-vu/dot/{world.house.wave}/dong", "/noi-vu/cong-bo", "/noi-vu/ma-qr",
        f"/noi-vu/cong-bo/administration/{world.house.year}", "/", "/chi-so",
        f"/chi-so/{world.house.year}", f"/chi-so/{world.house.year}/administration",
    ):  # fmt: skip
        answer = world.ask("noi-vu", address)
        assert answer.status_code == 200, address
        assert not raw(answer.text), address
        seen += answer.text.count("&lt;script&gt;alert(1)")
    assert seen > 15


FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "Tệp rỗng"),
    "only a header": (HEADER.encode(), "không có dòng số liệu"),
    "wrong header": (b"unit,year\nmot-cua-17266,2026\n", "lĩnh vực"),
    "no header": (ROW.format(5).encode() * 2, "mã đơn vị"),
    "duplicate rows": ((HEADER + ROW.format(5) + ROW.format(6)).encode(), "Dòng 3 trùng dòng 2"),
    "negative": ((HEADER + ROW.format(-5)).encode(), "-5"),
    "text in a number": ((HEADER + ROW.format("năm")).encode(), "năm"),
    "decimals": ((HEADER + ROW.format('"5,5"')).encode(), "phần thập phân"),
    "unknown unit": ((HEADER + "x-1,land,2026-03,5\n").encode(), "Không có mã đơn vị này"),
    "unknown field": (
        (HEADER + "mot-cua-17266,trăng,2026-03,5\n").encode(), "Không có lĩnh vực này"
    ),
    "no month": ((HEADER + "mot-cua-17266,land,tháng ba,5\n").encode(), "tháng ba"),
    "month before the unit": ((HEADER + "mot-cua-17266,land,2020-03,5\n").encode(), "2025"),
    "latin-1": ((HEADER + ROW.format(5)).encode("latin-1", "replace") + b"\xe0\xea\n", "UTF-8"),
    "script": ((HEADER + f"{SCRIPT},land,2026-03,5\n").encode(), "alert(1)"),
    "100,000 bad rows": ((HEADER + ROW.format(-1) * 100_000).encode(), "-1"),
    "a picture": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "UTF-8"),
    "a broken workbook": (b"PK\x03\x04" + b"\0" * 200, "xlsx"),
}  # fmt: skip


def hundred_thousand_rows_with_one_mistake() -> bytes:
    """A file of 100,000 rows of which the last is wrong."""
    fields = [field.key for field in builders.programme().fields]
    units = ("mot-cua-17266", "mot-cua-17272", "y-te-17266", "17266")
    months = [f"{year}-{month:02}" for year in range(2026, 2200) for month in range(1, 13)]
    rows = [f"{u},{f},{m},7" for m in months for f in fields for u in units]
    return (HEADER + "\n".join(rows[:99_999]) + "\nmot-cua-17266,land,2026-03,nhiều\n").encode()


FILES["100,000 rows with one mistake"] = (hundred_thousand_rows_with_one_mistake(), "nhiều")


def workbook_that_unpacks_to_a_gigabyte() -> bytes:
    """A small file that is a large one."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 200_000_000)
    return file.getvalue()


FILES["a workbook that unpacks too far"] = (workbook_that_unpacks_to_a_gigabyte(), "")


@pytest.mark.parametrize("case", FILES)
def test_a_malformed_frame_is_refused_on_the_page(world: World, case: str) -> None:
    content, reason = FILES[case]
    before = world.contents()
    form = world.visitor("noi-vu").open("/noi-vu/khung").form("khung")
    page = world.visitor("noi-vu").send(
        form, {"file": FileStorage(io.BytesIO(content), "khung.csv")}, status=400
    )
    assert reason in page.words
    assert "Chưa có gì được lưu" in page.words
    assert not raw(page.response.text)
    assert len(page.response.data) < 1_000_000
    assert world.contents() == before


@pytest.mark.parametrize("case", FILES)
def test_a_malformed_frame_is_refused_in_the_terminal(
    world: World, case: str, tmp_path: Path
) -> None:
    content, reason = FILES[case]
    file = tmp_path / "khung.csv"
    file.write_bytes(content)
    before = world.contents()
    done = world.app.test_cli_runner().invoke(args=["frame", "import", str(file)])
    assert done.exit_code == 1
    assert reason in done.output
    assert "Traceback" not in done.output
    assert re.search(r"lỗi, chưa nhập dòng nào", done.output)
    assert world.contents() == before


def test_no_file_at_all_is_refused(world: World) -> None:
    before = world.contents()
    form = world.visitor("noi-vu").open("/noi-vu/khung").form("khung")
    page = world.visitor("noi-vu").send(form, status=400)
    assert "Chưa chọn tệp" in page.words
    done = world.app.test_cli_runner().invoke(args=["frame", "import", "khong-co.csv"])
    assert done.exit_code in {1, 2}
    assert world.contents() == before
