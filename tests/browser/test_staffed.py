"""Interviews and paper in real Chromium: without a mouse, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlmodel import Session, col, select

from surveys import database
from surveys.tables import Response
from tests import house
from tests.browser.conftest import PHONE, Town
from tests.browser.counters import settle

pytestmark = pytest.mark.browser


def sign_in(page: Page, town: Town) -> None:
    """Sign in as the unit of the first counter."""
    page.goto(f"{town.address}/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill("mot-cua")
    page.get_by_label("Mật khẩu").fill(house.PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("link", name="Thu phiếu")).to_be_visible()


def newest(town: Town, mode: str) -> Response:
    """The last answer of a mode."""
    with Session(town.engine) as session:
        query = select(Response).where(Response.mode == mode)
        return session.exec(query.order_by(col(Response.id).desc())).first() or pytest.fail(mode)


def type_sheet(page: Page, serial: str, keys: str) -> None:
    """Type a sheet with nothing but keys; "." is Enter."""
    expect(page.locator("#serial")).to_be_focused()
    today = database.day_of(database.now())
    for sign in f"{serial}.{today:%d%m%Y}.{keys}":
        page.keyboard.press("Enter" if sign == "." else sign)


def test_a_sheet_is_typed_with_number_keys_and_enter_alone(browser: Browser, town: Town) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        sign_in(page, town)
        for _ in range(2):
            page.goto(f"{town.address}/van-phong/nhap-phieu/{town.house.staffed}")
            # A wrong sign is not taken; an empty box is passed with Enter.
            type_sheet(page, "77", "1854" + ".5" + "90.2" + "13." + "2.2")
            page.keyboard.press("Control+Enter")  # out of the text
            page.keyboard.press("Enter")  # on the button
            expect(page.get_by_role("status")).to_contain_text("77")
        made = newest(town, "paper")
        assert (made.answers, made.others) == ("54-5", "09021012")
        assert (made.sex, made.age_band, made.field) == ("2", None, "land")


def test_a_key_that_a_box_does_not_take_is_explained_beside_it(
    browser: Browser, town: Town
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_default_timeout(10_000)
        sign_in(page, town)
        page.goto(f"{town.address}/van-phong/nhap-phieu/{town.house.staffed}")
        box = page.locator("[id='a.A1']")
        box.press("8")
        expect(page.locator(".wrong-key")).to_contain_text("Không nhận “8” ở câu này")
        box.press("5")
        expect(page.locator(".wrong-key")).to_have_count(0)


def test_enter_sends_no_half_form(phone: Page, town: Town) -> None:
    sign_in(phone, town)
    for page in ("nhap-phieu", "phong-van"):
        address = f"{town.address}/van-phong/{page}/{town.house.staffed}"
        phone.goto(f"{address}#p2")
        box = phone.locator("[id='q.G1']")
        box.fill("90")
        box.press("Enter")
        phone.wait_for_timeout(200)
        assert phone.url.startswith(address)
        expect(box).to_have_value("90")


def test_an_interview_goes_section_by_section_and_loses_nothing(phone: Page, town: Town) -> None:
    sign_in(phone, town)
    phone.goto(f"{town.address}/van-phong/phong-van/{town.house.staffed}")
    first, second = phone.locator("#p1"), phone.locator("#p2")
    expect(first).to_be_visible()
    expect(second).to_be_hidden()
    phone.get_by_label("Đầu tư").check()
    phone.locator("input[name='a.A1'][value='4']").check()
    first.get_by_role("link", name="Phần tiếp theo").click()
    expect(first).to_be_hidden()
    phone.locator("[id='q.G1']").fill("80")
    second.get_by_role("link", name="Phần tiếp theo").click()
    phone.get_by_role("link", name="Cả phiếu").click()
    expect(first).to_be_visible()
    expect(phone.locator("input[name='a.A1'][value='4']")).to_be_checked()
    phone.get_by_role("button", name="Lưu phiếu").click()
    expect(phone.locator("p[role=status]")).to_contain_text("Mời người tiếp theo")
    expect(phone.get_by_label("Đầu tư")).to_be_checked()
    made = newest(town, "interviewer")
    assert (made.answers, made.others[:3], made.field) == ("4---", "080", "investment")


def test_interviews_without_a_network_wait_and_are_sent_once(browser: Browser, town: Town) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        sign_in(page, town)
        address = f"{town.address}/van-phong/phong-van/{town.house.staffed}"
        page.goto(address)
        settle(page)
        with Session(town.engine) as session:
            before = len(session.exec(select(Response).where(Response.mode == "interviewer")).all())
        context.set_offline(True)
        page.goto(address)
        for count, rating in ((1, "2"), (2, "5")):
            page.get_by_label("Đầu tư").check()
            page.locator(f"input[name='a.A1'][value='{rating}']").check()
            page.get_by_role("link", name="Cả phiếu").click()
            page.get_by_role("button", name="Lưu").click()
            expect(page.locator("#queue")).to_contain_text(f"Đang chờ mạng: {count} phiếu")
            expect(page.locator("input[name='a.A1']:checked")).to_have_count(0)
        page.goto(address)
        expect(page.locator("#queue")).to_contain_text("Đang chờ mạng: 2 phiếu")
        cookies = context.cookies()
        context.clear_cookies()
        context.set_offline(False)
        expect(page.locator("#queue")).to_contain_text("xin đăng nhập lại")
        context.add_cookies(cookies)  # type: ignore[arg-type]  # its own answer
        page.get_by_role("button", name="Gửi lại ngay").click()
        expect(page.locator("#queue")).to_be_empty()
        with Session(town.engine) as session:
            query = select(Response).where(Response.mode == "interviewer")
            made = session.exec(query.order_by(col(Response.id))).all()[before:]
        assert [row.answers[0] for row in made] == ["2", "5"]


def test_after_a_refused_interview_the_next_one_begins_blank_and_is_counted(
    browser: Browser, town: Town
) -> None:
    with browser.new_context(viewport=PHONE) as context:
        page = context.new_page()
        page.set_default_timeout(20_000)
        sign_in(page, town)
        page.goto(f"{town.address}/van-phong/phong-van/{town.house.staffed}")
        count = int(page.locator("header b").inner_text().split()[2])
        page.get_by_role("link", name="Cả phiếu").click()
        page.get_by_label("Đầu tư").check()
        page.get_by_role("button", name="Lưu").click()
        expect(page.locator(".errors")).to_be_visible()
        settle(page)
        page.locator("input[name='a.A1'][value='4']").check()
        context.set_offline(True)
        page.get_by_role("button", name="Lưu").click()
        expect(page.locator("#queue")).to_contain_text("Đang chờ mạng: 1 phiếu")
        expect(page.locator(".errors, .error")).to_have_count(0)
        expect(page.locator("input[name='a.A1']:checked")).to_have_count(0)
        context.set_offline(False)
        expect(page.locator("#queue")).to_be_empty()
        expect(page.locator("header b")).to_have_text(f"Hôm nay: {count + 1} phiếu")
