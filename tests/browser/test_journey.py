"""The whole way in real Chromium: on a phone to the receipt, at a desk to the published file."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, Route, ViewportSize, expect
from sqlmodel import Session

from surveys.database import day_of, now
from tests import dumps, house
from tests.browser.conftest import PHONE, Town

pytestmark = pytest.mark.browser
DESK = ViewportSize(width=1280, height=800)
#: A picture that the page waits for before it counts as loaded.
SLOW = """addEventListener("DOMContentLoaded", () => { new Image().src = "/k/slow.png"; })"""
COMMENT = "Mong có thêm ghế ngồi chờ"


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def desk(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page on an office's screen, once with JavaScript and once without."""
    context = browser.new_context(viewport=DESK, java_script_enabled=request.param)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def fill(phone: Page, level: str = "Hài lòng") -> None:
    """Answer every rated item by tapping the words of a level, and say what it was about."""
    phone.get_by_text("Đất đai, môi trường", exact=True).click()
    for words in phone.get_by_text(level, exact=True).all():
        words.click()


def send(phone: Page) -> None:
    """Press the button."""
    phone.get_by_role("button", name="Gửi câu trả lời").click()


def answers(town: Town) -> int:
    """How many answers are stored."""
    return dumps.counts(town.engine)["response"]


def test_a_form_with_nothing_answered_comes_back_whole(phone: Page, town: Town) -> None:
    before = answers(town)
    phone.goto(f"{town.address}/K/{town.house.code}")
    phone.locator("textarea").fill(COMMENT)
    send(phone)
    errors = phone.locator(".errors")
    expect(errors).to_be_in_viewport()
    expect(errors).to_contain_text("Chưa có câu nào")
    expect(errors).to_contain_text("Xin chọn một việc")
    expect(phone.locator("textarea")).to_have_value(COMMENT)
    assert answers(town) == before
    fill(phone)
    send(phone)
    expect(phone.locator("h1")).to_contain_text("Đã ghi nhận")
    assert answers(town) == before + 1


def test_going_back_and_sending_again_is_one_answer(phone: Page, town: Town) -> None:
    before = answers(town)
    phone.goto(f"{town.address}/k/{town.house.code}")
    fill(phone)
    send(phone)
    receipt = phone.locator(".receipt").inner_text()
    phone.go_back()
    send(phone)
    assert phone.locator(".receipt").inner_text() == receipt
    phone.reload()
    assert phone.locator(".receipt").inner_text() == receipt
    assert answers(town) == before + 1


def test_changing_the_answers_after_going_back_is_refused_kindly(phone: Page, town: Town) -> None:
    before = answers(town)
    phone.goto(f"{town.address}/k/{town.house.code}")
    fill(phone)
    send(phone)
    receipt = phone.locator(".receipt").inner_text()
    phone.go_back()
    fill(phone, "Bình thường")
    send(phone)
    assert phone.locator(".receipt").inner_text() == receipt
    expect(phone.locator("main")).to_contain_text("không được ghi")
    assert answers(town) == before + 1


def test_a_receipt_that_is_not_put_away_yet_hides_no_refusal(browser: Browser, town: Town) -> None:
    context = browser.new_context(viewport=PHONE, service_workers="block")
    phone = context.new_page()
    phone.goto(f"{town.address}/k/{town.house.code}")
    fill(phone)
    phone.route("**/k/js/*", lambda asked: asked.abort())
    send(phone)
    expect(phone.locator(".receipt")).to_be_visible()
    phone.unroute_all()
    phone.go_back()
    fill(phone, "Bình thường")
    send(phone)
    expect(phone.locator("main")).to_contain_text("không được ghi")
    context.close()


@pytest.mark.parametrize("late", ["/k/slow.png", "/k/js/phieu"], ids=["picture", "script"])
def test_what_is_tapped_while_the_page_still_loads_stays(
    browser: Browser, town: Town, late: str
) -> None:
    context = browser.new_context(viewport=PHONE, service_workers="block")
    phone = context.new_page()
    phone.goto(f"{town.address}/k/{town.house.code}")
    fill(phone)
    send(phone)
    expect(phone.locator(".receipt")).to_be_visible()
    held: list[Route] = []
    phone.route(f"**{late}*", lambda asked: held.append(asked))  # noqa: PLW0108 - it is marked
    phone.add_init_script(SLOW)
    phone.go_back(wait_until="commit")
    fill(phone, "Bình thường")
    assert held
    for asked in held:
        asked.continue_()
    phone.wait_for_load_state("load")
    send(phone)
    expect(phone.locator("main")).to_contain_text("không được ghi")
    context.close()


def test_a_double_tap_is_one_answer(phone: Page, town: Town) -> None:
    before = answers(town)
    phone.goto(f"{town.address}/k/{town.house.code}")
    fill(phone)
    phone.get_by_role("button", name="Gửi câu trả lời").dblclick()
    expect(phone.locator("h1")).to_contain_text("Đã ghi nhận")
    assert answers(town) == before + 1


def test_the_form_is_completed_with_the_keyboard_alone(phone: Page, town: Town) -> None:
    before = answers(town)
    phone.goto(f"{town.address}/k/{town.house.code}")
    focused = phone.locator(":focus")
    for _ in range(60):
        phone.keyboard.press("Tab")
        if focused.count() and focused.evaluate("it => it.type") in {"radio", "checkbox"}:
            phone.keyboard.press("Space")
        elif focused.count() and focused.evaluate("it => it.matches('form button')"):
            phone.keyboard.press("Enter")
            break
    expect(phone.locator("h1")).to_contain_text("Đã ghi nhận")
    assert answers(town) == before + 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_noi_vu_closes_and_publishes_and_everybody_downloads(
    desk: Page, session: Session, address: str
) -> None:
    furnished = house.furnish(session, today=day_of(now()))
    desk.goto(f"{address}/noi-vu")
    enter(desk, "noi-vu")
    desk.get_by_role("link", name=furnished.wave).click()
    desk.get_by_role("link", name="Đóng đợt").click()
    desk.locator("main form button").click()
    expect(desk.get_by_role("status")).to_contain_text("Đã đóng")
    desk.get_by_role("link", name=re.compile("Công bố")).click()
    desk.get_by_role("button", name="Soạn bản thảo").click()
    expect(desk.get_by_role("status")).to_contain_text("Cần người khác kiểm tra")
    draft = desk.url
    expect(desk.locator("main")).to_contain_text("nên phải có người khác kiểm tra")
    sign_in(desk, draft, "hanh-chinh")
    for box in desk.get_by_role("checkbox").all():
        box.check()
    desk.get_by_role("button", name="Xác nhận đã kiểm tra").click()
    expect(desk.get_by_role("status")).to_contain_text("đã được kiểm tra")
    sign_in(desk, draft, "noi-vu")
    desk.get_by_role("button", name="Công bố").click()
    expect(desk.get_by_role("status")).to_contain_text("Đã công bố")
    desk.get_by_role("button", name="Đăng xuất").click()
    shown = the_newest_index(desk, address)
    with desk.expect_download() as downloading:
        desk.get_by_role("link", name=re.compile("XLSX")).click()
    file = io.BytesIO(downloading.value.path().read_bytes())
    rows = list(openpyxl.load_workbook(file).worksheets[0].values)
    header = next(row for row in rows if "Giá trị" in row)
    value = rows[rows.index(header) + 1][header.index("Giá trị")]
    assert f"{100 * float(str(value)):.1f} %".replace(".", ",") == shown


def sign_in(desk: Page, address: str, account: str) -> None:
    """Somebody else sits down at the desk and opens a page."""
    desk.get_by_role("button", name="Đăng xuất").click()
    desk.goto(address)
    enter(desk, account)


def enter(desk: Page, account: str) -> None:
    """Signs in on the page that asks for it."""
    desk.get_by_label("Tên đăng nhập").fill(account)
    desk.get_by_label("Mật khẩu").fill(house.PASSWORD)
    desk.get_by_role("button", name="Đăng nhập").click()


def the_newest_index(desk: Page, address: str) -> str:
    """The index of administration on the newest year's page, reached from the front page."""
    desk.goto(address)
    desk.locator("main table a").first.click()
    shown = desk.locator(".headline .big").first.inner_text()
    return shown.replace("\N{NO-BREAK SPACE}", " ").strip()
