"""The tablet on the counter: opened by staff, for days without a network, nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    TimeoutError,  # noqa: A004 - playwright's own
    ViewportSize,
    expect,
)
from sqlmodel import Session, select

from surveys.tables import WaveInstrument
from tests.browser.counters import PATIENCE, Counter, at_counter, settle

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
TABLET = ViewportSize(width=1024, height=768)
WAITING = "Đang chờ mạng: 1 phiếu"


def start_over(tablet: Page) -> None:
    """Back to the first screen by the button, or by itself where a busy machine taps too late."""
    with suppress(TimeoutError):
        tablet.get_by_role("button", name="Về đầu").tap(timeout=4000)
    expect(tablet.get_by_role("button", name="Bắt đầu")).to_be_visible()


@pytest.fixture
def counter(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    """A counter with a server of its own."""
    with at_counter(database_url, tmp_path) as counter:
        yield counter


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One tablet."""
    context = browser.new_context(viewport=TABLET, has_touch=True)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def tablet(context: BrowserContext, counter: Counter) -> Page:
    """A tablet that staff opened."""
    page = context.new_page()
    page.goto(f"{counter.address}/kiosk")
    page.get_by_label("Mã PIN").fill(counter.pin)
    page.get_by_role("button", name="Mở").click()
    settle(page)
    return page


def answer(page: Page) -> None:
    """Point at the first two answers, and skip the rest."""
    page.get_by_role("button", name="Bắt đầu").tap()
    page.get_by_text("Đất đai, môi trường").tap()
    expect(page.locator("#place")).to_have_text("Câu 2/10")
    page.get_by_text("Rất hài lòng").first.tap()
    for number in range(3, 11):
        expect(page.locator("#place")).to_have_text(f"Câu {number}/10")
        page.locator("#next").tap()


def test_an_answer_is_a_kiosks_and_leaves_nothing(tablet: Page, counter: Counter) -> None:
    answer(tablet)
    expect(tablet.get_by_text("Xin cảm ơn!")).to_be_visible()
    (row,) = counter.arrived(1)
    assert (row.mode, row.presence, row.answers[0]) == ("kiosk", "none", "5")
    expect(tablet.get_by_role("button", name="Bắt đầu")).to_be_visible(timeout=8_000)
    assert tablet.locator("#form :checked").count() == 0
    assert row.receipt not in tablet.content()


def test_days_without_a_network_are_counted_and_sent_later(tablet: Page, counter: Counter) -> None:
    tablet.context.set_offline(True)
    tablet.reload()
    for count in (1, 2):
        answer(tablet)
        expect(tablet.locator("#queue")).to_contain_text(f"Đang chờ mạng: {count} phiếu")
        start_over(tablet)
    assert counter.rows() == []
    tablet.context.set_offline(False)
    assert [row.mode for row in counter.arrived(2)] == ["kiosk", "kiosk"]
    expect(tablet.locator("#queue")).to_be_empty()


def test_who_goes_away_is_forgotten_after_a_warning(tablet: Page) -> None:
    tablet.clock.install()
    tablet.get_by_role("link", name="English").tap()
    tablet.get_by_role("button", name="Start").tap()
    tablet.get_by_text("Construction and housing").tap()
    tablet.clock.run_for(14_000)
    expect(tablet.get_by_role("alertdialog")).to_be_hidden()
    tablet.clock.run_for(3_000)
    expect(tablet.get_by_role("alertdialog")).to_contain_text("Starting again in")
    expect(tablet.get_by_role("button", name="I am still answering")).to_be_focused()
    tablet.clock.run_for(4_000)
    expect(tablet.get_by_role("button", name="Bắt đầu")).to_be_visible()
    assert tablet.locator("#form :checked").count() == 0


def test_who_only_reads_on_can_say_so(tablet: Page) -> None:
    tablet.clock.install()
    tablet.reload()
    tablet.get_by_role("button", name="Bắt đầu").tap()
    tablet.clock.run_for(17_000)
    tablet.get_by_role("button", name="Tôi vẫn đang trả lời").tap()
    tablet.clock.run_for(14_000)
    expect(tablet.locator("#place")).to_have_text("Câu 1/10")


def test_a_keyboard_is_enough(tablet: Page, counter: Counter) -> None:
    press = tablet.keyboard.press
    tablet.get_by_role("button", name="Bắt đầu").focus()
    press("Enter")
    expect(tablet.locator("legend:visible")).to_be_focused()
    press("Enter")  # nothing is chosen, and this question needs it
    for key in ("Tab", "Space", "ArrowDown", "ArrowUp"):
        press(key)
    expect(tablet.locator("#place")).to_have_text("Câu 1/10")
    press("Enter")
    expect(tablet.locator("#place")).to_have_text("Câu 2/10")
    for key in ("Tab", "Space", "ArrowDown", "Enter"):
        press(key)
    for _ in range(8):
        tablet.locator("#next").press("Enter")
    expect(tablet.get_by_text("Xin cảm ơn!")).to_be_focused()
    assert counter.arrived(1)[0].answers[0] == "2"


def test_each_person_gets_a_block_of_their_own_for_days_without_a_network(
    tablet: Page, counter: Counter
) -> None:
    with Session(counter.engine) as session:
        session.exec(select(WaveInstrument)).one().subset = 1
        session.commit()
    tablet.reload()
    settle(tablet)
    tablet.wait_for_load_state("networkidle")
    tablet.context.set_offline(True)
    for _ in range(6):
        tablet.get_by_role("button", name="Bắt đầu").tap()
        tablet.get_by_text("Đất đai, môi trường").tap()
        for number in range(2, 9):
            expect(tablet.locator("#place")).to_have_text(f"Câu {number}/8")
            best = tablet.locator("section:visible .s input[value='5']")
            if best.count():
                best.tap()
            else:
                tablet.locator("#next").tap()
        expect(tablet.get_by_text("Xin cảm ơn!")).to_be_visible()
        start_over(tablet)
    tablet.context.set_offline(False)
    asked = [row.answers for row in counter.arrived(6)]
    assert sorted(asked[:3]) == ["..55", ".5.5", "5..5"]
    assert asked[3:] == asked[:3]


def test_nothing_rated_is_not_an_answer(tablet: Page, counter: Counter) -> None:
    tablet.get_by_role("button", name="Bắt đầu").tap()
    tablet.locator("#next").tap()
    expect(tablet.get_by_role("alert").filter(has_text="Chưa chọn việc")).to_be_visible()
    tablet.get_by_text("Đất đai, môi trường").tap()
    for number in range(2, 11):
        expect(tablet.locator("#place")).to_have_text(f"Câu {number}/10")
        tablet.locator("#next").tap()
    expect(tablet.get_by_role("alert").filter(has_text="Chưa có câu nào")).to_be_visible()
    tablet.get_by_role("button", name="Quay lại").tap()
    assert tablet.locator("#form :checked").count() == 1
    assert counter.rows() == []


def test_staff_get_out_by_pin_without_a_network(tablet: Page, counter: Counter) -> None:
    tablet.context.set_offline(True)
    answer(tablet)
    start_over(tablet)
    tablet.get_by_role("button", name="Cán bộ").tap()
    for typed, shown in (("1234", "PIN không đúng"), (counter.pin, "1 phiếu đang chờ gửi")):
        tablet.get_by_label("Mã PIN").fill(typed)
        tablet.get_by_role("button", name="Tiếp", exact=True).tap()
        expect(tablet.get_by_role("dialog")).to_contain_text(shown)
    tablet.context.set_offline(False)
    expect(tablet.locator("#standing")).to_have_text("0 phiếu đang chờ gửi.")
    tablet.get_by_role("button", name="Đóng máy này").tap()
    expect(tablet.get_by_role("heading")).to_contain_text("Mở máy trả lời")
    assert tablet.context.cookies() == []
    tablet.context.set_offline(True)
    tablet.goto(f"{counter.address}/kiosk")
    expect(tablet.get_by_role("heading")).to_contain_text("mất mạng")


def test_without_script_it_is_one_long_form(
    browser: Browser, tablet: Page, counter: Counter
) -> None:
    context = browser.new_context(viewport=TABLET, java_script_enabled=False)
    context.add_cookies(tablet.context.cookies())  # type: ignore[arg-type]  # its own answer
    page = context.new_page()
    page.goto(f"{counter.address}/kiosk")
    page.get_by_label("Đất đai, môi trường").check()
    page.locator("input[name='a.A1'][value='4']").check()
    page.get_by_role("button", name="Gửi câu trả lời").click()
    expect(page.get_by_text("Đã ghi nhận")).to_be_visible()
    assert [row.mode for row in counter.rows()] == ["kiosk"]
    page.wait_for_url("**/kiosk")
    context.close()
