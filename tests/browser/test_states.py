"""What waits, what stands on the counter: for everybody, whatever the colours and the screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import PHONE
from tests.browser.counters import PATIENCE, Counter, at_counter, fill, send, settle, visit
from tests.browser.test_every_page import THUMB, faults

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
TABLET = ViewportSize(width=768, height=1024)
LOOKS = {
    "light": ("light", "none", PHONE),
    "dark": ("dark", "none", TABLET),
    "forced-colours": ("light", "active", TABLET),
}


@pytest.fixture
def counter(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    """A counter with a server of its own."""
    with at_counter(database_url, tmp_path) as counter:
        yield counter


@pytest.fixture(params=LOOKS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A browser with each look, for somebody who wants no movement."""
    scheme: Literal["light", "dark"]
    forced: Literal["active", "none"]
    scheme, forced, size = LOOKS[request.param]  # type: ignore[assignment]  # as the table says
    context = browser.new_context(
        viewport=size, color_scheme=scheme, forced_colors=forced, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE)
    yield context.new_page()
    context.close()


def wrong(page: Page) -> list[str]:
    """What is wrong with a state: what axe finds, what does not fit, what a thumb misses."""
    found = faults(page)
    for target in page.locator("button, main label:has(input), input.number, textarea").all():
        box = target.bounding_box()
        if (
            target.is_visible()
            and box
            and box["x"] >= 0
            and min(box["width"], box["height"]) < THUMB
        ):
            found.append(f"small: {target.inner_text()}")
    return found


def test_waiting_and_sent(page: Page, counter: Counter) -> None:
    visit(page, counter)
    page.context.set_offline(True)
    fill(page)
    send(page)
    expect(page.get_by_role("heading", name="Đang chờ mạng")).to_be_visible()
    found = wrong(page)
    page.goto(counter.address)
    send(page)
    expect(page.locator("#queue")).to_contain_text("Chưa chọn việc")
    found += wrong(page)
    page.context.set_offline(False)
    page.reload()
    expect(page.locator("#queue")).to_contain_text("Đã gửi")
    assert found + wrong(page) == []


def test_the_tablet(page: Page, counter: Counter) -> None:
    page.goto(f"{counter.address}/kiosk")
    found = wrong(page)
    page.get_by_label("Mã PIN").fill(counter.pin)
    page.get_by_role("button", name="Mở").click()
    settle(page)
    page.clock.install()
    found += wrong(page)
    page.get_by_role("button", name="Bắt đầu").click()
    found += wrong(page)
    page.get_by_label("Đất đai, môi trường").check()
    page.locator("#next").click()
    page.get_by_label("Rất hài lòng").first.check()
    found += wrong(page)
    page.mouse.click(2, 300)  # looking for faults took its time
    page.clock.run_for(16_000)
    expect(page.get_by_role("alertdialog")).to_be_visible()
    found += wrong(page)
    page.clock.run_for(4_000)
    page.get_by_role("button", name="Cán bộ").click()
    found += wrong(page)
    page.get_by_label("Mã PIN").fill(counter.pin)
    page.get_by_role("button", name="Tiếp", exact=True).click()
    page.clock.run_for(1_000)
    expect(page.locator("#standing")).to_be_visible()
    assert found + wrong(page) == []


def test_the_screen(page: Page, counter: Counter) -> None:
    page.goto(f"{counter.address}/display")
    found = wrong(page)
    page.get_by_label("Mã PIN").fill(counter.pin)
    page.get_by_role("button", name="Mở").click()
    page.locator("#shown").wait_for()
    assert found + wrong(page) == []
    assert page.locator("#shown").evaluate("one => getComputedStyle(one).animationName") == "none"
