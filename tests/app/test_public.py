"""The public pages: frozen figures for everybody, in words, and as files that can be checked."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
from dataclasses import replace

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from tests import released

SECTOR = "/chi-so/2026/health"


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    """The words of a page, without its marks."""
    answer = client.get(address)
    assert answer.status_code == status
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", answer.text)).replace(
        "\N{NO-BREAK SPACE}", " "
    )


@pytest.mark.parametrize("address", ["/", "/chi-so"])
def test_before_anything_is_published_pages_say_so(client: FlaskClient, address: str) -> None:
    assert "Chưa có chỉ số nào được công bố." in text_of(client, address)


@pytest.mark.parametrize("address", ["/", "/chi-so", "/chi-so/2026", SECTOR])
def test_an_index_comes_with_interval_target_and_verdict(
    client: FlaskClient, session: Session, address: str
) -> None:
    released.publish(session)
    page = text_of(client, address)
    for words in ("93,4 %", "91,7–94,8 %", "90 %", "Đạt"):
        assert words in page


def test_a_sector_page_states_targets_of_both_milestones(
    client: FlaskClient, session: Session
) -> None:
    released.publish(session)
    page = text_of(client, SECTOR)
    assert "Chỉ tiêu đến 2025 ≥ 85 %" in page
    assert "Chỉ tiêu đến 2030 ≥ 90 %" in page


def test_a_sector_page_shows_groups_items_measures_and_units(
    client: FlaskClient, session: Session
) -> None:
    released.publish(session)
    page = text_of(client, SECTOR)
    for words in (
        "Khả năng tiếp cận",
        "Biển chỉ dẫn dễ thấy",
        "4,31",
        "102,0 %",
        "Trạm Y tế Tân Kỳ",
    ):
        assert words in page


def test_a_suppressed_figure_shows_its_reason_and_no_number(
    client: FlaskClient, session: Session
) -> None:
    released.publish(session, [released.INDEX, replace(released.SILENT, n=6)])
    page = text_of(client, f"{SECTOR}/{released.SILENT.unit_code}")
    assert page.count("Quá ít phiếu") == 1
    assert "93,4" not in page


def test_the_year_before_is_compared_with_a_word_about_chance(
    client: FlaskClient, session: Session
) -> None:
    earlier = replace(released.INDEX, value=0.88, low=0.86, high=0.9)
    released.publish(session, [earlier], year=2025)
    released.publish(session)
    page = text_of(client, SECTOR)
    assert "+5,4 điểm %" in page
    assert "nhiều hơn mức ngẫu nhiên" in page


def test_overlapping_intervals_are_called_chance(client: FlaskClient, session: Session) -> None:
    released.publish(session, [replace(released.INDEX, value=0.93)], year=2025)
    released.publish(session)
    assert "có thể do ngẫu nhiên" in text_of(client, SECTOR)


def test_a_correction_names_its_reason_and_keeps_the_old_revision(
    client: FlaskClient, session: Session
) -> None:
    released.publish(session, [replace(released.INDEX, value=0.8)])
    released.publish(session, revision=2, reason="Sót phiếu của một trạm")
    assert "Lý do: Sót phiếu của một trạm" in text_of(client, SECTOR)
    old = text_of(client, f"{SECTOR}?ban=1")
    assert "80,0 %" in old
    assert "đã được thay thế" in old


def test_pages_and_files_of_an_old_revision_stay_with_it(
    client: FlaskClient, session: Session
) -> None:
    released.publish(session)
    released.publish(session, revision=2, reason="Sót phiếu")
    page = client.get(f"{SECTOR}?ban=1").text
    assert f"{SECTOR}.json?ban=1" in page
    assert f"{SECTOR}/y-te-17266?ban=1" in page
    assert f"{SECTOR}/y-te-17266?ban" not in client.get(SECTOR).text


@pytest.mark.parametrize(
    "address",
    [
        "/chi-so/2031",
        "/chi-so/2031.xlsx",
        "/chi-so/2026/hospital",
        "/chi-so/2026/%00",
        f"{SECTOR}/%00",
        "/chi-so/2025/health",
        "/chi-so/2025/health.csv",
        f"{SECTOR}?ban=7",
        f"{SECTOR}?ban=x",
        f"{SECTOR}/no-such-unit",
        f"{SECTOR}/<script>",
    ],
)
def test_what_is_not_published_is_a_friendly_404(
    client: FlaskClient, session: Session, address: str
) -> None:
    released.publish(session)
    page = text_of(client, address, 404)
    assert "Chưa có số liệu này" in page
    assert "Xem các chỉ số đã công bố" in page


@pytest.mark.parametrize("year", ["99999999999999999999", "-1", "226", "abcd"])
def test_what_is_no_year_is_not_found(client: FlaskClient, year: str) -> None:
    assert client.get(f"/chi-so/{year}").status_code == 404
    assert client.get(f"/chi-so/{year}/health").status_code == 404


def test_the_source_text_has_the_checksum_that_the_page_states(
    client: FlaskClient, session: Session
) -> None:
    made = released.publish(session)
    answer = client.get(f"{SECTOR}.json")
    assert hashlib.sha256(answer.data).hexdigest() == made.sha256
    assert answer.headers["X-Release-SHA256"] == made.sha256
    assert made.sha256 in client.get(SECTOR).text


def test_files_open_as_what_they_claim_to_be(client: FlaskClient, session: Session) -> None:
    released.publish(session)
    lines = list(csv.DictReader(io.StringIO(client.get(f"{SECTOR}.csv").data.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{SECTOR}.xlsx").data))
    assert len(lines) == len(released.FIGURES)
    assert book.sheetnames[0] == "Tóm tắt"


@pytest.mark.parametrize(
    ("address", "name", "mimetype"),
    [
        (f"{SECTOR}.csv", "chi-so-2026-health.csv", "text/csv"),
        (f"{SECTOR}.json?ban=1", "chi-so-2026-health.json", "application/json"),
        ("/chi-so/2026.csv", "chi-so-2026.csv", "text/csv"),
    ],
)
def test_a_file_has_a_name_and_a_type(
    client: FlaskClient, session: Session, address: str, name: str, mimetype: str
) -> None:
    released.publish(session)
    answer = client.get(address)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.mimetype == mimetype


def test_a_long_table_travels_compressed(client: FlaskClient, session: Session) -> None:
    released.publish(session)
    answer = client.get(f"{SECTOR}.csv", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == client.get(f"{SECTOR}.csv").data


def test_the_yearly_file_has_all_sectors_in_the_programmes_order(
    client: FlaskClient, session: Session
) -> None:
    for sector in ("education", "health", "administration"):
        released.publish(session, [released.INDEX], sector=sector)
    text = client.get("/chi-so/2026.csv").data.decode("utf-8-sig")
    sectors = [line["Lĩnh vực"] for line in csv.DictReader(io.StringIO(text))]
    assert sectors == ["Hành chính", "Y tế", "Giáo dục"]


@pytest.mark.parametrize("address", [*("/", "/chi-so", "/chi-so/2026", SECTOR), f"{SECTOR}.xlsx"])
def test_what_did_not_change_is_not_sent_again(
    client: FlaskClient, session: Session, address: str
) -> None:
    released.publish(session)
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    since = {"If-Modified-Since": first.headers["Last-Modified"]}
    assert client.get(address, headers=since).status_code == 304


@pytest.mark.parametrize("address", ["/", "/chi-so/2026", SECTOR, f"{SECTOR}.csv"])
def test_a_correction_is_seen_at_once(client: FlaskClient, session: Session, address: str) -> None:
    released.publish(session)
    known = client.get(address).headers["ETag"]
    released.publish(session, [replace(released.INDEX, value=0.5)], revision=2, reason="Sửa")
    assert client.get(address, headers={"If-None-Match": known}).status_code == 200


def test_a_page_of_another_language_is_another_page(client: FlaskClient, session: Session) -> None:
    released.publish(session)
    vietnamese, english = client.get(SECTOR), client.get(f"{SECTOR}?lang=en")
    assert vietnamese.headers["ETag"] != english.headers["ETag"]
    assert "Health: satisfaction index 2026" in english.text


@pytest.mark.parametrize(
    "address", ["/", "/chi-so", "/chi-so/2026", SECTOR, f"{SECTOR}/y-te-17266"]
)
def test_demo_data_is_marked_on_every_page(
    client: FlaskClient, session: Session, address: str
) -> None:
    released.publish(session, demo=True)
    assert "DỮ LIỆU MINH HỌA (DEMO)" in text_of(client, address)


def test_real_data_carries_no_demo_mark(client: FlaskClient, session: Session) -> None:
    released.publish(session)
    assert "DEMO" not in text_of(client, SECTOR)


@pytest.mark.parametrize("address", ["/", "/phuong-phap", SECTOR, f"{SECTOR}.csv"])
def test_a_visitor_gets_no_cookie_and_the_page_may_be_kept(
    client: FlaskClient, session: Session, address: str
) -> None:
    released.publish(session)
    headers = client.get(address).headers
    assert "Set-Cookie" not in headers
    assert "Cookie" not in headers.get("Vary", "")
    assert headers["Cache-Control"] == "public, max-age=0, must-revalidate"


def test_a_name_is_text_and_never_markup(client: FlaskClient, session: Session) -> None:
    name = "<script>alert(1)</script>"
    released.publish(session, [released.INDEX, replace(released.UNIT, unit_name=name)])
    assert name not in client.get(SECTOR).text
    assert "&lt;script&gt;" in client.get(SECTOR).text


def test_the_method_page_explains_the_verdict(client: FlaskClient) -> None:
    page = text_of(client, "/phuong-phap")
    for words in ("Quyền số", "Khoảng tin cậy", "chưa đủ căn cứ", "dưới 10 phiếu"):
        assert words in page


@pytest.mark.parametrize("address", ["/chi-so/", "/chi-so/2026/", f"{SECTOR}/", "/phuong-phap/"])
def test_an_address_may_end_in_a_slash(client: FlaskClient, session: Session, address: str) -> None:
    released.publish(session)
    assert text_of(client, address) == text_of(client, address.rstrip("/"))


@pytest.mark.parametrize(
    ("language", "words"), [("vi", "văn bản chính thức:"), ("en", "wording compared with")]
)
def test_a_form_s_standing_is_explained_where_it_is_named(
    client: FlaskClient, session: Session, language: str, words: str
) -> None:
    released.publish(session)
    assert words in text_of(client, f"{SECTOR}?lang={language}")
