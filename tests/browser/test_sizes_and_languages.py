"""Larger letters, a third language and an answer taken back, in real Chromium."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page
from sqlmodel import Session, select
from werkzeug.serving import make_server

from app import create_app
from app.settings import Settings
from surveys import database
from surveys.fieldwork import waves
from surveys.questionnaires import instrument, registry
from surveys.tables import Response
from tests import builders
from tests.browser.conftest import PHONE, Town
from tests.further_language import CODE, NAME, further_language

pytestmark = [pytest.mark.browser]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
#: Whether a receipt stands on one line, and in its box.
ONE_LINE = """it => {
    const code = document.createRange();
    code.selectNodeContents(it.lastChild);
    return code.getClientRects().length === 1 && it.scrollWidth <= it.clientWidth;
}"""
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def code(session: Session) -> str:
    """The code of the counter form that ships, while a wave is open on this real day."""
    (shipped,) = (form for form in instrument.shipped() if form.code == "sipas-quay")
    today = database.day_of(database.now())
    wave = builders.draft(
        session, opens_on=today, closes_on=today + dt.timedelta(1),
        form=registry.store(session, shipped, now=builders.NOW),
    )  # fmt: skip
    waves.open_wave(session, wave)
    made = builders.collector(session, builders.counter(session)).code
    session.commit()
    return made


def letters(page: Page) -> float:
    """How large the letters of the page are, in pixels."""
    size: float = page.locator("main").evaluate("it => parseFloat(getComputedStyle(it).fontSize)")
    return size


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    wide: int = page.locator("html").evaluate("it => it.scrollWidth - innerWidth")
    return wide


def asking(path: str, **values: str) -> str:
    """An address that also asks for these."""
    return f"{path}{'&' if '?' in path else '?'}{urlencode(values)}"


def size_step(page: Page, name: str) -> Locator:
    """The switch to a size: a button of an open form, a link elsewhere."""
    return page.get_by_label(name, exact=True)


@on_sqlite
def test_larger_letters_lose_nothing_and_stay_from_page_to_page(
    phone: Page, address: str, code: str
) -> None:
    phone.goto(f"{address}/k/{code}")
    usual = letters(phone)
    phone.get_by_label("Xây dựng, nhà ở").check()
    phone.locator("input[name='a.II.A1'][value='4']").check()
    phone.locator("textarea").fill("Mong có thêm ghế")
    size_step(phone, "A rất lớn").click()
    assert letters(phone) == 1.5 * usual
    assert phone.locator("textarea").input_value() == "Mong có thêm ghế"
    assert overflow(phone) <= 0
    phone.get_by_role("button", name="English").click()
    assert (letters(phone), phone.locator("html").get_attribute("lang")) == (1.5 * usual, "en")
    phone.get_by_role("button", name="Send my answers").click()
    phone.get_by_text("Receipt code").wait_for()
    assert letters(phone) == 1.5 * usual
    assert phone.locator(".receipt").evaluate(ONE_LINE)
    phone.get_by_role("link", name="See whether it is counted").click()
    assert letters(phone) == 1.5 * usual
    size_step(phone, "A large").click()
    phone.get_by_text("This form is counted").wait_for()
    assert letters(phone) == 1.25 * usual
    assert overflow(phone) <= 0
    phone.locator("#ma").fill("ABCD")
    phone.get_by_role("button", name="Look up").click()
    assert (letters(phone), phone.locator("html").get_attribute("lang")) == (1.25 * usual, "en")
    size_step(phone, "A usual").click()
    assert letters(phone) == usual
    assert phone.context.cookies() == []


@pytest.mark.parametrize("width", [360, 320])
@pytest.mark.parametrize("size", ["", "lon", "rat-lon"])
def test_no_size_is_wider_than_a_phone_and_every_target_is_large(
    browser: Browser, town: Town, size: str, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 640})
    for path in (f"/k/{town.house.code}", "/k/", "/k/ZZZZZZZ", "/bien-nhan", "/bien-nhan?ma=A"):
        for language in ("vi", "en"):
            page.goto(town.address + asking(path, chu=size, lang=language))
            assert overflow(page) <= 0, page.url
            for label in page.locator(".o label:visible").all():
                assert label.evaluate("it => it.scrollWidth <= it.clientWidth"), label.inner_text()
            for target in page.locator(".bar a, .bar button:not(.skip)").all():
                box = target.bounding_box()
                assert box
                assert min(box["width"], box["height"]) >= 44, page.url
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_large_letters(browser: Browser, town: Town, scheme: str) -> None:
    context = browser.new_context(viewport=PHONE, color_scheme=scheme, bypass_csp=True)  # type: ignore[arg-type]
    page = context.new_page()
    receipt = town.house.receipt
    paths = (f"/k/{town.house.code}", f"/bien-nhan?ma={receipt}", "/bien-nhan?ma=A", "/bien-nhan")
    for path in paths:
        page.goto(town.address + asking(path, chu="rat-lon"))
        found = Axe().run(page, options={"runOnly": RULES})
        assert found.violations_count == 0, found.generate_report()
    page.goto(f"{town.address}{paths[0]}?lang=en&chu=lon")
    page.locator("input[value='4']").first.check()
    found = Axe().run(page, options={"runOnly": RULES})
    assert found.violations_count == 0, found.generate_report()
    context.close()


@on_sqlite
def test_a_rating_can_be_taken_back_without_a_script(
    phone: Page, session: Session, address: str, code: str
) -> None:
    phone.goto(f"{address}/k/{code}")
    phone.get_by_label("Xây dựng, nhà ở").check()
    first, second = (phone.locator(f"fieldset:has([name='a.II.A{n}'])") for n in (1, 2))
    assert not first.get_by_text("Không trả lời câu này").is_visible()
    first.get_by_label("Rất hài lòng", exact=True).check()
    second.get_by_label("Bình thường").check()
    assert not first.get_by_label("Rất không hài lòng").is_checked()
    first.get_by_label("Không trả lời câu này").check()
    assert not first.get_by_label("Rất hài lòng", exact=True).is_checked()
    counted = phone.locator(".rated").evaluate("it => getComputedStyle(it, '::before').content")
    assert counted == 'counter(r) " "'
    phone.get_by_role("button", name="Gửi câu trả lời").click()
    phone.locator(".receipt").wait_for()
    assert session.exec(select(Response.answers)).one()[:2] == "-3"


@pytest.fixture
def abroad(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server whose folder of phrases has a third file."""
    with further_language(tmp_path, monkeypatch):
        app = create_app(Settings(database_url=database_url, secret_key="test"))
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.port}"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            app.extensions["engine"].dispose()


@on_sqlite
def test_a_third_language_is_chosen_and_kept_and_says_what_is_vietnamese(
    phone: Page, abroad: str, code: str
) -> None:
    phone.goto(f"{abroad}/k/{code}")
    phone.get_by_label("Xây dựng, nhà ở").check()
    phone.locator("input[name='a.II.A1'][value='5']").check()
    phone.get_by_role("button", name=NAME).click()
    assert phone.locator("html").get_attribute("lang") == CODE
    assert overflow(phone) <= 0
    best = phone.locator("label:has([name='a.II.A1'][value='5']) span").first
    assert best.inner_text() == "ꪹꪝꪷ ꪻꪊ ꪨꪱꪥ"
    worst = phone.locator("label:has([name='a.II.A1'][value='1']) [lang=vi]")
    assert worst.inner_text() == "Rất không hài lòng"
    phone.get_by_role("button", name="ꪎꪴ꪿ꪉ ꪁꪫꪱꪣ").click()
    phone.locator(".receipt").wait_for()
    assert phone.locator("html").get_attribute("lang") == CODE
    assert f"lang={CODE}" in phone.url
