"""A form without a network, in real Chromium against a real server: one row for each answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect
from sqlmodel import Session, select

from app.citizen.offline import NO_NETWORK
from surveys import database
from surveys.fieldwork import tickets
from surveys.tables import ServicePoint
from tests import fieldwork
from tests.browser.conftest import PHONE
from tests.browser.counters import PATIENCE, RECEIPT, Counter, at_counter, fill, send, settle, visit

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]


@pytest.fixture
def counter(database_url: str, tmp_path: Path) -> Iterator[Counter]:
    """A counter with a server of its own."""
    with at_counter(database_url, tmp_path) as counter:
        yield counter


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One telephone."""
    context = browser.new_context(viewport=PHONE)
    context.set_default_timeout(PATIENCE)
    yield context
    context.close()


@pytest.fixture
def phone(context: BrowserContext, counter: Counter) -> Page:
    """A telephone that was at the counter once."""
    page = context.new_page()
    visit(page, counter)
    return page


def expect_waiting(page: Page, count: int) -> None:
    """Fails unless the page says how many answers wait."""
    expect(page.locator("#queue")).to_contain_text(f"Đang chờ mạng: {count} phiếu")


def expect_sent(page: Page, counter: Counter, count: int = 1) -> None:
    """Fails unless the receipts of the last answers are shown, and each is one row."""
    expect(page.locator("#queue")).to_contain_text("Đã gửi")
    expect(page.locator("#queue")).not_to_contain_text("Đang chờ")
    rows = counter.rows()
    assert len(rows) == count
    shown = page.locator("#queue").inner_text().replace("-", "")
    assert all(row.receipt in shown for row in rows)


def test_a_form_opens_and_is_answered_without_a_network(phone: Page, counter: Counter) -> None:
    phone.context.set_offline(True)
    phone.goto(counter.address.lower())
    fill(phone, comment="Mong có thêm ghế")
    send(phone)
    expect(phone.get_by_role("heading", name="Đang chờ mạng")).to_be_focused()
    expect_waiting(phone, 1)
    assert counter.rows() == []
    phone.context.set_offline(False)
    expect_sent(phone, counter)
    phone.get_by_role("button", name="Đã xem").click()
    expect(phone.locator("#queue")).to_be_empty()


def test_a_scanned_address_in_capitals_opens_too(context: BrowserContext, counter: Counter) -> None:
    page = context.new_page()
    page.goto(counter.address.replace("/k/", "/K/"))
    settle(page)
    context.set_offline(True)
    page.goto(counter.address.replace("/k/", "/K/"))
    expect(page.get_by_role("button", name="Gửi câu trả lời")).to_be_visible()


def test_two_people_answer_on_one_kept_page_and_are_not_linked(
    phone: Page, counter: Counter
) -> None:
    phone.context.set_offline(True)
    for rating in (1, 5):
        phone.goto(counter.address)
        fill(phone, rating=rating)
        send(phone)
        expect(phone.get_by_role("heading", name="Đang chờ mạng")).to_be_visible()
    expect_waiting(phone, 2)
    phone.context.set_offline(False)
    expect_sent(phone, counter, 2)
    first, second = counter.rows()
    assert (first.answers[0], second.answers[0]) == ("1", "5")
    assert not set(first.submission_key) >= set(second.submission_key)


def test_airplane_mode_in_the_middle_of_sending(phone: Page, counter: Counter) -> None:
    def lose(route: Route) -> None:
        route.fetch(max_redirects=0)  # the server has it; the answer never arrives
        phone.context.set_offline(True)
        route.abort("internetdisconnected")

    fill(phone)
    phone.context.route("**/k/*?lan=*", lose, times=1)
    send(phone)
    expect_waiting(phone, 1)
    assert len(counter.rows()) == 1
    phone.context.set_offline(False)
    expect_sent(phone, counter)


def test_a_server_that_dies_after_it_kept_the_answer(phone: Page, counter: Counter) -> None:
    def die(route: Route) -> None:
        route.fetch(max_redirects=0)
        counter.kill()
        route.abort("connectionreset")

    fill(phone)
    phone.context.route("**/k/*?lan=*", die, times=1)
    send(phone)
    expect_waiting(phone, 1)
    counter.start()
    expect_sent(phone, counter)  # by itself: the back-off is short at first


def test_a_server_that_is_away_gets_the_answer_when_it_is_back(
    phone: Page, counter: Counter
) -> None:
    counter.stop()
    fill(phone)
    send(phone)
    expect_waiting(phone, 1)
    phone.close()
    counter.start()
    again = phone.context.new_page()
    again.goto(counter.address)
    expect_sent(again, counter)


def test_two_tabs_send_each_answer_once(phone: Page, counter: Counter) -> None:
    posts: list[str] = []
    phone.context.on(
        "requestfinished", lambda one: posts.append(one.url) if one.method == "POST" else None
    )
    other = phone.context.new_page()
    other.goto(counter.address)
    phone.context.set_offline(True)
    for page, rating in ((phone, 2), (other, 3)):
        fill(page, rating=rating)
        send(page)
        expect(page.get_by_role("heading", name="Đang chờ mạng")).to_be_visible()
    phone.context.set_offline(False)
    expect_sent(other, counter, 2)
    assert sorted(row.answers[0] for row in counter.rows()) == ["2", "3"]
    assert len(posts) == 2


def test_the_same_form_sent_twice_gets_the_same_receipt(phone: Page, counter: Counter) -> None:
    fill(phone)
    phone.get_by_role("button", name="Gửi câu trả lời").dblclick()
    phone.wait_for_url(RECEIPT)
    receipt = phone.url
    assert phone.locator("#queue").inner_text() == ""
    phone.go_back()
    send(phone)
    phone.wait_for_url(RECEIPT)
    assert phone.url == receipt
    assert len(counter.rows()) == 1


def test_a_full_disk_loses_nothing_that_was_typed(phone: Page, counter: Counter) -> None:
    cdp = phone.context.new_cdp_session(phone)
    cdp.send("Storage.overrideQuotaForOrigin", {"origin": counter.address[:-10], "quotaSize": 1})
    phone.context.set_offline(True)
    fill(phone, comment="x" * 90)
    send(phone)
    expect(phone.locator("#queue")).to_contain_text("Máy hết chỗ trống")
    assert phone.locator("textarea").input_value() == "x" * 90
    phone.context.set_offline(False)
    send(phone)
    phone.wait_for_url(RECEIPT)
    assert len(counter.rows()) == 1


def test_a_wave_that_closed_meanwhile_is_told_and_the_answer_stays(
    phone: Page, counter: Counter
) -> None:
    phone.context.set_offline(True)
    fill(phone, comment="Mong có thêm ghế")
    send(phone)
    expect_waiting(phone, 1)
    counter.close_wave()
    phone.context.set_offline(False)
    queue = phone.locator("#queue")
    expect(queue).to_contain_text("chưa được nhận")
    phone.reload()
    expect(queue).to_contain_text("chưa được nhận")
    queue.get_by_role("button", name="Xem lý do").click()
    expect(phone.get_by_role("heading")).to_contain_text("Đợt khảo sát vừa kết thúc")
    assert counter.rows() == []
    expect(queue).to_contain_text("chưa được nhận")
    queue.get_by_role("button", name="Bỏ phiếu này").click()
    expect(queue).to_be_empty()


def test_what_waits_for_two_weeks_is_reported_and_kept(phone: Page, counter: Counter) -> None:
    phone.context.set_offline(True)
    fill(phone)
    send(phone)
    expect_waiting(phone, 1)
    phone.evaluate(
        """() => new Promise((done) => indexedDB.open("hailong").onsuccess = ({target}) => {
            const all = target.result.transaction("answers", "readwrite").objectStore("answers");
            all.getAll().onsuccess = (found) => {
                const one = found.target.result[0];
                one.at -= 15 * 864e5;
                all.put(one).onsuccess = () => { target.result.close(); done(); };
            };
        })"""
    )
    phone.goto(counter.address)
    expect(phone.locator("#queue")).to_contain_text("quá 14 ngày")
    phone.context.set_offline(False)
    expect_sent(phone, counter)


def test_a_form_that_says_too_little_is_not_kept(phone: Page, counter: Counter) -> None:
    phone.context.set_offline(True)
    send(phone)
    expect(phone.locator("#queue")).to_contain_text("Chưa chọn việc")
    phone.get_by_label("Đất đai, môi trường").check()
    send(phone)
    expect(phone.locator("#queue")).to_contain_text("Chưa có câu nào được đánh giá")
    # The button stands at the end of a long page, and what is missing is said at its beginning.
    expect(phone.locator("#queue")).to_be_focused()
    expect(phone.locator("#queue")).to_be_in_viewport()
    phone.context.set_offline(False)
    send(phone)
    expect(phone.locator(".errors")).to_be_visible()
    fill(phone)
    send(phone)
    phone.wait_for_url(RECEIPT)
    assert len(counter.rows()) == 1


def test_the_worker_sends_what_no_page_is_open_for(phone: Page, counter: Counter) -> None:
    phone.context.set_offline(True)
    fill(phone)
    send(phone)
    expect_waiting(phone, 1)
    (worker,) = phone.context.service_workers
    phone.goto("about:blank")
    phone.context.set_offline(False)
    worker.evaluate("sendAll(true)")
    assert len(counter.rows()) == 1
    phone.goto(counter.address)
    expect_sent(phone, counter)


def test_the_browser_s_own_sync_sends_once_with_no_page_open(phone: Page, counter: Counter) -> None:
    cdp = phone.context.new_cdp_session(phone)
    versions: list[dict[str, str]] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated", lambda it: versions.extend(it["registrations"])
    )
    cdp.send("ServiceWorker.enable")
    phone.context.set_offline(True)
    fill(phone)
    send(phone)
    expect_waiting(phone, 1)
    phone.evaluate("navigator.serviceWorker.ready.then((one) => one.sync.getTags())")
    phone.goto("about:blank")
    # Only this tab was told that there is no network: the browser may have sent it already.
    phone.context.set_offline(False)
    (registration,) = {one["registrationId"] for one in versions if one["scopeURL"].endswith("/k/")}
    origin = counter.address[:-10]
    for _ in range(2):  # the second finds nothing left to send
        cdp.send(
            "ServiceWorker.dispatchSyncEvent",
            {
                "origin": origin,
                "registrationId": registration,
                "tag": "answers",
                "lastChance": False,
            },
        )
        (row,) = counter.arrived(1)
    phone.goto(counter.address)
    expect_sent(phone, counter)
    assert counter.rows()[0].receipt == row.receipt


@pytest.fixture
def slip(counter: Counter) -> str:
    """The address of a slip for the counter, on this real day."""
    with Session(counter.engine) as session:
        code = fieldwork.collector(session, session.exec(select(ServicePoint)).one(), "sampled")
        minted = tickets.mint(
            session, code, every=1, size=1, by="An", now=database.now(),
            expires_on=database.day_of(database.now()),
        )  # fmt: skip
        session.commit()
    return f"{counter.address[:-10]}/p/{minted.tokens[0]}"


def test_a_slip_without_a_network_says_so_and_nothing_of_it_is_kept(
    context: BrowserContext, counter: Counter, slip: str
) -> None:
    page = context.new_page()
    page.goto(slip)
    page.evaluate("navigator.serviceWorker.ready.then(() => 0)")
    page.wait_for_load_state("networkidle")
    fill(page, comment="Mong có thêm ghế")
    context.set_offline(True)
    for press in ("English", "Gửi câu trả lời"):
        page.get_by_role("button", name=press).click()
        expect(page.get_by_role("heading")).to_contain_text(
            ("mất mạng", "no network")[press == "English"]
        )
        page.go_back()
        assert page.locator("textarea").input_value() == "Mong có thêm ghế"
    names = page.evaluate(
        "caches.open('hailong').then((all) => all.keys()).then((all) => all.map((one) => one.url))"
    )
    assert {name.split("?")[0] for name in names} == {counter.address[:-10] + NO_NETWORK}
    context.set_offline(False)
    send(page)
    page.wait_for_url(RECEIPT)
    assert [row.presence for row in counter.rows()] == ["ticket"]


def test_a_switch_without_a_network_loses_nothing(phone: Page) -> None:
    fill(phone, comment="Mong có thêm ghế")
    phone.context.set_offline(True)
    phone.get_by_role("button", name="English").click()
    expect(phone.locator("#queue")).to_contain_text("cần có mạng")
    assert phone.locator("textarea").input_value() == "Mong có thêm ghế"
    phone.goto(phone.url.rsplit("/", 1)[0] + "/")
    expect(phone.get_by_role("heading")).to_contain_text("mất mạng")


def test_a_new_version_renews_the_kept_pages(phone: Page, counter: Counter) -> None:
    old = f"'{counter.address[:-8]}/js/phieu?v=old'"
    phone.evaluate(
        f"""async () => {{
            const store = await caches.open("hailong");
            await store.put(location.pathname, new Response("<script src={old}>"));
            await store.put({old}, new Response("old"));
        }}"""
    )
    (worker,) = phone.context.service_workers
    worker.evaluate("renew()")
    kept = phone.evaluate("caches.match(location.pathname).then((one) => one.text())")
    assert 'id="form"' in kept
    names = phone.evaluate(
        "caches.open('hailong').then((all) => all.keys()).then((all) => all.map((one) => one.url))"
    )
    assert len([name for name in names if NO_NETWORK not in name]) == 2
    assert not [name for name in names if "old" in name]


def test_nothing_of_a_person_is_kept_in_the_store_of_pages(phone: Page, counter: Counter) -> None:
    fill(phone)
    send(phone)
    phone.wait_for_url(RECEIPT)
    phone.wait_for_load_state("networkidle")
    names = phone.evaluate(
        "caches.open('hailong').then((all) => all.keys()).then((all) => all.map((one) => one.url))"
    )
    assert sorted(name.split("?")[0] for name in names) == [
        counter.address, f"{counter.address[:-8]}/js/phieu",
        *2 * [counter.address[:-10] + NO_NETWORK],
    ]  # fmt: skip
    waiting = phone.evaluate("indexedDB.databases().then((all) => all.map((one) => one.name))")
    assert waiting == ["hailong"]
    assert counter.rows()[0].receipt not in phone.content().replace("-", "").split("main")[0]
