"""The office door: signing in, what each office sees, and that it sees no more."""

from __future__ import annotations

import datetime as dt
import re

import flask
import pytest

from app.office.forms import own_path
from surveys.fieldwork import waves
from surveys.places import units
from tests import builders, fieldwork
from tests.app import staffed
from tests.app.staffed import PASSWORD, Offices, text, token, wave


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices."""
    return staffed.build(app)


def test_wrong_password_says_so_and_keeps_the_name(offices: Offices) -> None:
    client = offices.app.test_client()
    sent = {"username": "vp", "password": "sai hoàn toàn", "csrf_token": token(client)}
    answer = client.post("/dang-nhap", data=sent)
    assert answer.status_code == 401
    assert "không đúng" in answer.text
    assert 'value="vp"' in answer.text
    assert "sai hoàn toàn" not in answer.text


@pytest.mark.parametrize("name", ["", "a" * 101, "a\x00b", "' OR 1=1 --", "<b>x</b>"])
def test_no_name_opens_or_breaks_anything(offices: Offices, name: str) -> None:
    client = offices.app.test_client()
    sent = {"username": name, "password": PASSWORD, "csrf_token": token(client)}
    answer = client.post("/dang-nhap", data=sent)
    assert answer.status_code in {400, 401}
    assert "<b>x</b>" not in answer.text


def test_signing_in_without_the_page_s_token_is_refused(offices: Offices) -> None:
    sent = {"username": "vp", "password": PASSWORD}
    assert offices.app.test_client().post("/dang-nhap", data=sent).status_code == 400


@pytest.mark.parametrize(
    ("following", "leads_to"),
    [
        ("/van-phong/administration?dot=all", "/van-phong/administration?dot=all"),
        ("https://example.com/", "/van-phong"),
        ("//example.com/", "/van-phong"),
    ],
)
def test_after_signing_in_one_is_where_one_wanted_to_be(
    offices: Offices, following: str, leads_to: str
) -> None:
    client = offices.app.test_client()
    sent = {"username": "vp", "password": PASSWORD, "csrf_token": token(client)}
    answer = client.post("/dang-nhap", query_string={"next": following}, data=sent)
    assert (answer.status_code, answer.location) == (303, leads_to)


@pytest.mark.parametrize(
    "address", ["", "van-phong", "/\\example.com", "/\t/example.com", "javascript:alert(1)", "///x"]
)
def test_other_addresses_are_not_our_own(address: str) -> None:
    assert own_path(address) is None


def test_who_signed_out_must_sign_in_again(offices: Offices) -> None:
    client = offices.signed_in("vp")
    home = client.get("/van-phong/administration")
    assert "Văn phòng" in home.text
    sent = {"csrf_token": token(client, "/van-phong/administration")}
    assert client.post("/dang-xuat", data=sent).status_code == 303
    answer = client.get("/van-phong/administration")
    assert answer.location == "/dang-nhap?next=/van-phong/administration"


@pytest.mark.parametrize(
    ("username", "leads_to"),
    [
        ("vp", "/van-phong/administration"),
        ("tan-ky", "/van-phong/don-vi/mot-cua-17266"),
        ("xa", "/van-phong/don-vi/17266"),
    ],
)
def test_each_office_is_led_to_its_own_page(offices: Offices, username: str, leads_to: str) -> None:
    assert offices.signed_in(username).get("/van-phong").location == leads_to


@pytest.mark.parametrize(
    ("username", "seen"),
    [
        ("noi-vu", "administration health don-vi/mot-cua-17266 don-vi/mot-cua-17272 don-vi/17266"),
        ("vp", "administration don-vi/mot-cua-17266 don-vi/mot-cua-17272"),
        ("y-te", "health"),
        ("tan-ky", "don-vi/mot-cua-17266"),
        ("xa", "don-vi/mot-cua-17266 don-vi/17266"),
    ],
)
def test_each_office_sees_its_own_and_no_more(offices: Offices, username: str, seen: str) -> None:
    pages = [
        "administration",
        "health",
        "don-vi/mot-cua-17266",
        "don-vi/mot-cua-17272",
        "don-vi/17266",
    ]
    client = offices.signed_in(username)
    statuses = {page: client.get(f"/van-phong/{page}").status_code for page in pages}
    assert statuses == {page: 200 if page in seen.split() else 403 for page in pages}


@pytest.mark.parametrize("page", ["weather", "don-vi/nowhere", "don-vi/a%00b", "health?dot=dot-3"])
def test_what_is_not_there_is_not_found(offices: Offices, page: str) -> None:
    assert offices.signed_in("noi-vu").get(f"/van-phong/{page}").status_code == 404


def test_sector_reads_its_index_with_interval_verdict_and_basis(offices: Offices) -> None:
    page = text(offices.signed_in("vp").get("/van-phong/administration").text)
    assert "Tạm tính, đợt chưa kết thúc" in page
    assert "Hài lòng về giải quyết thủ tục hành chính 97," in page
    assert re.search(r"Khoảng tin cậy 95 %: 9\d,\d–(9\d|100),\d %", page)
    assert "? Chưa đủ căn cứ" not in page  # the sign is for eyes only
    assert "Chưa đủ căn cứ chỉ dấu Chưa thể kết luận về mức trên 95 %" in page
    assert "Chỉ tiêu đến 2025 > 90 % Chỉ tiêu đến 2030 > 95 % đang áp dụng" in page
    assert "Số phiếu 104" in page
    assert "tự nguyện" in page


def test_units_stand_by_code_and_few_answers_say_why_nothing_is_shown(offices: Offices) -> None:
    page = offices.signed_in("vp").get("/van-phong/administration").text
    rows = re.findall(r'<tr role="row">\s*<th scope="row".*?</tr>', page, re.DOTALL)
    units = [text(row) for row in rows if "/van-phong/don-vi/" in row]
    assert [row.split(" ")[2] for row in units] == ["mot-cua-17266", "mot-cua-17272"]
    assert "10,0 %" in units[0]
    assert "Quá ít phiếu" in units[1]
    assert "100,0 %" not in units[1]


def test_items_stand_from_the_least_satisfying(offices: Offices) -> None:
    page = text(offices.signed_in("vp").get("/van-phong/administration").text)
    least, most = page.index("Có chỗ ngồi chờ"), page.rindex("Biển chỉ dẫn dễ thấy")
    assert least < most


def test_unit_reads_only_its_own_answers(offices: Offices) -> None:
    page = text(offices.signed_in("tan-ky").get("/van-phong/don-vi/mot-cua-17266").text)
    assert "Số phiếu 100" in page
    assert "10,0 % của 1.000 lượt" in page
    assert "17272" not in page
    assert "Về lĩnh vực" not in page


def test_wave_can_be_chosen_and_the_year_put_together(offices: Offices) -> None:
    with offices.session() as session:
        form = waves.forms_of(session, wave(session))["counter"]
        first, last = dt.date(2026, 1, 1), dt.date(2026, 1, 31)
        earlier = builders.draft(session, "dot-1", form=form, opens_on=first, closes_on=last)
        waves.open_wave(session, earlier)
        waves.close(session, earlier, now=builders.NOW)
        session.commit()
    client = offices.signed_in("vp")
    closed = text(client.get("/van-phong/administration?dot=dot-1").text)
    assert "Tạm tính" not in closed
    assert "Chưa có phiếu nào" in closed
    assert "Số phiếu 104" in text(client.get("/van-phong/administration?dot=all").text)


def test_waves_that_are_open_together_are_read_together(offices: Offices) -> None:
    with offices.session() as session:
        house = units.find(session, "17266", on=builders.TODAY)
        assert house is not None
        home = builders.point(session, house, kind="household")
        form = builders.stored(session, builders.instrument(*staffed.HOUSEHOLD_FORM))
        beside = builders.draft(session, "ho-gia-dinh", form=form, kind="household")
        waves.open_wave(session, beside)
        fieldwork.answered(session, beside, home, ["5555"] * 60, field="household")
        session.commit()
    client = offices.signed_in("vp")
    page = text(client.get("/van-phong/administration").text)
    assert "Số phiếu 104" in page
    assert "Số phiếu 60" in page
    assert "Số phiếu 60" not in text(client.get("/van-phong/administration?dot=dot-3").text)


def test_sector_without_a_wave_says_so(offices: Offices) -> None:
    assert "chưa có đợt khảo sát nào" in offices.signed_in("y-te").get("/van-phong/health").text


def test_pages_are_read_in_english_too(offices: Offices) -> None:
    page = text(offices.signed_in("vp").get("/van-phong/administration?lang=en").text)
    assert "Provisional: the wave is still open" in page
    assert "Satisfaction with administrative procedures 97." in page


def test_demonstration_is_marked_as_such(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    assert "DEMO" not in client.get("/van-phong/administration").text
    with offices.session() as session:
        wave(session).demo = True
        session.commit()
    for page in ("", "/administration", "/don-vi/mot-cua-17266"):
        assert "DỮ LIỆU MINH HỌA" in client.get(f"/van-phong{page}").text


def test_the_sign_in_page_has_the_other_language_and_leads_on(offices: Offices) -> None:
    client = offices.app.test_client()
    page = client.get("/dang-nhap?next=/noi-vu/").text
    found = re.search(r'href="([^"]+)" lang="en" hreflang="en"', page)
    assert found
    other = client.get(found[1].replace("&amp;", "&"))
    assert '<html lang="en">' in other.text
    assert "next=" in found[1]
    assert client.get("/noi-vu/").status_code == 302


def test_an_open_wave_says_what_its_finding_rests_on(offices: Offices) -> None:
    client = offices.signed_in("vp")
    assert "giới hạn an toàn khi xem hằng ngày" in client.get("/van-phong/administration").text
    with offices.session() as session:
        waves.close(session, wave(session), now=builders.NOW)
        session.commit()
    page = client.get("/van-phong/administration?dot=dot-3").text
    assert "giới hạn an toàn khi xem hằng ngày" not in page


def test_volunteers_are_read_with_what_the_others_could_change(offices: Offices) -> None:
    page = text(offices.signed_in("tan-ky").get("/van-phong/don-vi/mot-cua-17266").text)
    # 100 of 1,000 people answered, 97.5 % satisfied: 9.75 % to 99.75 %.
    assert "thì tỷ lệ của mọi người được phục vụ là khoảng 9,8 %" in page.replace("\xa0", " ")


@pytest.mark.parametrize(
    ("username", "asked", "words"),
    [
        ("tan-ky", "", "Ở đây có 100 phiếu cho 1.000 lượt phục vụ"),
        ("xa", "", "mỗi phiếu thay cho khoảng 10,0 lượt"),
        ("vp", "", "Ví dụ là số liệu của chính"),
        ("noi-vu", "?donvi=mot-cua-17266&dot=dot-3", "mỗi phiếu thay cho khoảng 10,0 lượt"),
        ("noi-vu", "?donvi=mot-cua-17272", "Chưa có con số nào để làm ví dụ"),
        ("y-te", "", "Chưa có con số nào để làm ví dụ"),
        ("vp", "?lang=en", "While a wave is open"),
    ],
)
def test_figures_are_explained_by_one_s_own(
    offices: Offices, username: str, asked: str, words: str
) -> None:
    page = offices.signed_in(username).get(f"/van-phong/giai-thich{asked}").text
    assert words in text(page)
    assert ('class="reading"' in page) == ("Chưa có con số" not in words)


@pytest.mark.parametrize(
    ("asked", "status"),
    [("nganh=health", 403), ("donvi=17272", 403), ("nganh=x", 404), ("donvi=a%00b", 404)],
)
def test_nobody_is_explained_what_others_see(offices: Offices, asked: str, status: int) -> None:
    client = offices.signed_in("tan-ky")
    assert client.get(f"/van-phong/giai-thich?{asked}").status_code == status


def test_every_page_of_results_leads_to_the_explanation(offices: Offices) -> None:
    page = offices.signed_in("tan-ky").get("/van-phong/don-vi/mot-cua-17266").text
    found = re.search(r'href="(/van-phong/giai-thich[^"]*)"', page)
    assert found
    client = offices.signed_in("noi-vu")
    assert "mỗi phiếu thay cho" in client.get(found[1].replace("&amp;", "&")).text


def test_what_is_held_back_is_said_once(offices: Offices) -> None:
    page = text(offices.signed_in("noi-vu").get(f"/van-phong/don-vi/{offices.shops[1]}").text)
    assert "không nêu" in page.lower()
    assert "không nêu không nêu" not in page.lower()
