"""The citizen's pages in real Chromium: read by everyone, and nothing typed is lost on the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlmodel import Session, select

from surveys import database
from surveys.fieldwork import waves
from surveys.questionnaires import instrument, registry
from surveys.tables import Comment, Response
from tests import builders

pytestmark = pytest.mark.browser

STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def form(session: Session, address: str) -> str:
    """The address of the counter form that ships, while a wave is open on this real day."""
    return f"{address}/k/{printed(session)}"


@pytest.fixture
def split_form(session: Session, address: str) -> str:
    """The same where each person is asked the overall item and five others."""
    return f"{address}/k/{printed(session, size=5)}"


def printed(session: Session, size: int = 0) -> str:
    """The code at a counter where the form that ships asks so many items; 0: all."""
    (shipped,) = (form for form in instrument.shipped() if form.code == "sipas-quay")
    today = database.day_of(database.now())
    wave = builders.draft(
        session, opens_on=today, closes_on=today + dt.timedelta(1),
        form=registry.store(session, shipped, now=builders.NOW),
    )  # fmt: skip
    waves.split(session, wave, "counter", size)
    waves.open_wave(session, wave)
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    return code


@pytest.fixture(
    params=[("light", "none"), ("dark", "none"), ("light", "active")],
    ids=["light", "dark", "forced-colours"],
)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A phone with each look; axe is a script, which our policy keeps out of our pages."""
    scheme, forced = request.param
    context = browser.new_context(
        viewport={"width": 360, "height": 640}, color_scheme=scheme, forced_colors=forced,
        bypass_csp=True,
    )  # fmt: skip
    yield context.new_page()
    context.close()


def fill(page: Page) -> None:
    """Answers the two questions that matter and writes a comment."""
    page.get_by_label("Xây dựng, nhà ở").check()
    page.locator("input[name='a.II.A1'][value='4']").check()
    page.locator("textarea").fill("Mong có thêm ghế")


def send(page: Page) -> None:
    """Presses the button."""
    page.get_by_role("button", name="Gửi câu trả lời").click()


def expect_accessible(page: Page) -> None:
    """Fails for what axe finds, and where the page is wider than the phone."""
    found = Axe().run(page, options={"runOnly": STANDARDS})
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_citizen_page_can_be_read_by_everyone(page: Page, form: str) -> None:
    page.goto(form)
    expect_accessible(page)
    send(page)
    page.locator(".errors").wait_for()
    expect_accessible(page)
    assert page.title().startswith("Lỗi: ")
    assert page.evaluate("document.activeElement.className") == "errors"
    page.locator(".errors a").first.click()
    assert page.evaluate("document.activeElement.name") == "field"
    fill(page)
    send(page)
    page.locator(".receipt").wait_for()
    expect_accessible(page)
    page.goto(form.rsplit("/", 1)[0] + "/0000002")
    expect_accessible(page)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_targets_are_large_and_fit_a_narrow_screen(phone: Page, form: str) -> None:
    phone.goto(form)
    for label in phone.locator(".o label:visible").all():
        box = label.bounding_box()
        assert box
        assert min(box["width"], box["height"]) >= 44
    for width in (320, 180):  # the second is a phone of 360 pixels at double size
        phone.set_viewport_size({"width": width, "height": 640})
        assert phone.locator("html").evaluate("page => page.scrollWidth") <= width


@pytest.mark.parametrize("phone", [False], ids=["no-script"], indirect=True)  # or see test_offline
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_form_that_found_no_network_comes_back_whole_and_counts_once(
    phone: Page, session: Session, form: str
) -> None:
    phone.goto(form)
    fill(phone)
    key = phone.locator("input[name=key]").input_value()
    phone.context.set_offline(True)
    send(phone)
    phone.wait_for_url("chrome-error://**")
    phone.go_back()
    assert phone.locator("textarea").input_value() == "Mong có thêm ghế"
    assert phone.locator("input[name=key]").input_value() == key
    phone.context.set_offline(False)
    send(phone)
    receipt = phone.locator(".receipt").inner_text()
    phone.go_back()
    send(phone)
    assert phone.locator(".receipt").inner_text() == receipt
    assert len(session.exec(select(Response)).all()) == 1
    assert session.exec(select(Comment.text)).one() == "Mong có thêm ghế"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_other_language_loses_nothing_and_enter_still_sends(
    phone: Page, session: Session, form: str
) -> None:
    phone.goto(form)
    fill(phone)
    phone.get_by_role("button", name="English").click()
    assert phone.locator("html").get_attribute("lang") == "en"
    assert phone.get_by_label("Construction and housing").is_checked()
    assert phone.locator("textarea").input_value() == "Mong có thêm ghế"
    assert session.exec(select(Response)).all() == []
    session.rollback()  # an open reading would keep the server from writing
    phone.locator("input[name='a.II.A1'][value='4']").press("Enter")
    phone.locator(".receipt").wait_for()
    assert len(session.exec(select(Response)).all()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_going_back_over_a_switch_loses_nothing_and_counts_once(
    phone: Page, session: Session, split_form: str
) -> None:
    phone.goto(split_form)
    phone.get_by_label("Xây dựng, nhà ở").check()
    phone.locator("fieldset.s input[value='4']").first.check()
    phone.locator("textarea").fill("Mong có thêm ghế")
    phone.get_by_role("button", name="English").click()
    phone.get_by_label("A very large").click()
    receipts = set()
    for back in (0, 1, 2, 2):  # to each page of the same form, down to the first
        for _ in range(back):
            phone.go_back()
        assert phone.locator("textarea").input_value() == "Mong có thêm ghế"
        assert phone.locator("#form :checked").count() == 2
        phone.locator("form > button").click()
        receipts.add(phone.locator(".receipt").inner_text().split("\n")[-1])
    assert phone.locator("html").get_attribute("lang") == "vi"
    assert len(receipts) == len(session.exec(select(Response)).all()) == 1


@pytest.mark.parametrize("phone", [True], ids=["script"], indirect=True)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_was_typed_after_a_switch_is_on_the_page_before_it(
    phone: Page, session: Session, form: str
) -> None:
    phone.goto(form)
    fill(phone)
    phone.get_by_role("button", name="English").click()
    phone.locator("textarea").fill("Ghế và nước uống")
    phone.get_by_label("Dissatisfied", exact=True).first.check()
    phone.go_back()
    phone.get_by_text("Phần 1/").wait_for()
    assert phone.locator("textarea").input_value() == "Ghế và nước uống"
    assert phone.locator("input[name='a.II.A1'][value='2']").is_checked()
    send(phone)
    phone.locator(".receipt").wait_for()
    assert session.exec(select(Comment.text)).one() == "Ghế và nước uống"
    session.rollback()
    phone.goto(form)  # the next person on this telephone
    assert phone.locator("textarea").input_value() == ""
    fill(phone)
    send(phone)
    phone.locator(".receipt").wait_for()
    assert len(session.exec(select(Response)).all()) == 2


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_split_form_and_its_rest_can_be_read_by_everyone(
    page: Page, session: Session, split_form: str
) -> None:
    page.goto(split_form)
    assert page.locator("fieldset.s").count() == 6
    expect_accessible(page)
    send(page)
    page.locator(".errors").wait_for()
    expect_accessible(page)
    page.locator(".errors a").first.click()
    assert page.evaluate("document.activeElement.name") == "field"
    page.get_by_label("Xây dựng, nhà ở").check()
    page.locator("fieldset.s").first.locator("input").first.check()
    send(page)
    page.locator(".receipt").wait_for()
    expect_accessible(page)
    page.get_by_role("link", name="Trả lời thêm").click()
    page.locator("fieldset.s").nth(10).wait_for()
    assert page.locator("fieldset.s").count() == 11
    expect_accessible(page)
    send(page)
    page.locator(".errors").wait_for()
    expect_accessible(page)
    assert page.evaluate("document.activeElement.className") == "errors"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_half_a_minute_and_then_the_rest_with_a_script_or_without(
    phone: Page, session: Session, split_form: str
) -> None:
    phone.goto(split_form)
    phone.get_by_label("Xây dựng, nhà ở").check()
    for question in phone.locator("fieldset.s").all():
        question.locator("input[value='4']").check()
    send(phone)
    receipt = phone.locator(".receipt").inner_text()
    phone.get_by_role("link", name="Trả lời thêm").click()
    assert phone.locator("html").evaluate("page => page.scrollWidth") <= 360
    phone.locator("fieldset.s").nth(3).locator("input[value='2']").check()
    send(phone)
    phone.get_by_text("Phần trả lời thêm đã được lưu").wait_for()
    assert phone.locator(".receipt").inner_text() == receipt
    assert phone.get_by_role("link", name="Trả lời thêm").count() == 0
    (row,) = session.exec(select(Response)).all()
    assert (row.answers.count("4"), row.answers.count(".")) == (6, 11)
    assert (row.more.count("2"), row.more.count("-"), row.more.count(".")) == (1, 10, 6)
