"""A screen whose code changes each minute, read by a camera of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.counters import PATIENCE, RECEIPT, Counter, at_counter, fill, send

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
SCREEN = ViewportSize(width=1280, height=800)


@pytest.fixture
def counter(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    """A counter with a server of its own."""
    with at_counter(database_url, tmp_path) as counter:
        yield counter


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def screen(request: pytest.FixtureRequest, browser: Browser, counter: Counter) -> Iterator[Page]:
    """A screen that staff opened, once with JavaScript and once without."""
    context = browser.new_context(viewport=SCREEN, java_script_enabled=request.param)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{counter.address}/display")
    page.get_by_label("Mã PIN").fill(counter.pin)
    page.get_by_role("button", name="Mở").click()
    page.locator("#shown").wait_for()
    yield page
    context.close()


def scanned(page: Page) -> str:
    """The address that a telephone reads from the screen."""
    picture = cv2.imdecode(np.frombuffer(page.screenshot(animations="disabled"), np.uint8), 1)
    assert picture is not None
    found, *_ = cv2.QRCodeDetector().detectAndDecode(picture)
    return str(found)


def test_who_scans_the_screen_was_there(screen: Page, counter: Counter, browser: Browser) -> None:
    address = scanned(screen)
    assert address.startswith(counter.address.upper() + "?M=")
    context = browser.new_context()
    phone = context.new_page()
    phone.goto(address.replace("HTTP", "http"))
    fill(phone)
    send(phone)
    phone.wait_for_url(RECEIPT)
    context.close()
    assert [(row.mode, row.presence) for row in counter.rows()] == [("self", "shown")]


def test_it_says_where_it_stands_and_what_to_type(screen: Page, counter: Counter) -> None:
    words = screen.locator("main").inner_text()
    for wanted in ("Đơn vị mot-cua-17266", "Điểm quay-1", counter.address.split("//")[1]):
        assert wanted in words


def test_a_new_code_comes_each_minute(screen: Page, counter: Counter) -> None:
    head = screen.locator("noscript meta, meta[http-equiv=refresh]")
    if head.count():  # without script the page itself comes again
        assert 1 <= int(head.get_attribute("content") or 0) <= 60
        return
    screen.clock.install()
    screen.reload()
    screen.locator("#shown").evaluate("one => one.classList.add('old')")
    screen.clock.run_for(61_000)
    screen.locator("#shown:not(.old)").wait_for()
    assert scanned(screen).startswith(counter.address.upper() + "?M=")
    screen.context.set_offline(True)
    screen.clock.run_for(61_000)
    assert scanned(screen).startswith(counter.address.upper() + "?M=")
