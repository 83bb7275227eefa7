"""Every page in real Chromium: for everybody, on any screen, and telling nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import product
from typing import Literal, get_args
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, ViewportSize

from tests import house
from tests.browser.conftest import PHONE, Town

pytestmark = pytest.mark.browser

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
#: What a thumb meets, in pixels of CSS.
THUMB = 44
CITIZEN = ("/k/{code}", "/k/ZZZZZZZ", "/k/", "/k/{code}/cam-on/{receipt}", "/khong-co")
PUBLIC = (
    "/", "/chi-so", "/chi-so/du-lieu-mo", "/phuong-phap", "/chi-so/{year}",
    "/chi-so/{year}/administration",
    "/chi-so/{year}/administration?ban=1", "/chi-so/{year}/administration/{unit}", "/chi-so/2001",
    "/gop-y", "/gop-y/ap-phich", "/api/v1",
)  # fmt: skip
OFFICE = (
    "/van-phong", "/van-phong/administration", "/van-phong/administration?dot=all",
    "/van-phong/health", "/van-phong/education", "/van-phong/don-vi/{unit}",
    "/van-phong/don-vi/17266", "/van-phong/giai-thich", "/van-phong/giai-thich?donvi={unit}",
    "/van-phong/thu-phieu", "/van-phong/phong-van/{staffed}", "/van-phong/nhap-phieu/{staffed}",
    "/van-phong/nhap-phieu/{staffed}/cho", "/van-phong/gop-y", "/van-phong/gop-y/{case}",
    "/van-phong/don-vi/{unit}/diem/quay-1", "/van-phong/administration/dieu-chinh-mau",
    "/van-phong/administration?linhvuc=land&cach=open", "/van-phong/viec-can-lam",
    "/van-phong/tro-giup", "/van-phong/tai-khoan",
)  # fmt: skip
CENTRAL = (
    "/noi-vu", "/noi-vu/dot/{wave}", "/noi-vu/dot/{draft}", "/noi-vu/dot/{wave}/dong",
    "/noi-vu/cong-bo", "/noi-vu/cong-bo/administration/{year}", "/noi-vu/khung", "/noi-vu/ma-qr",
    "/noi-vu/khung/gioi-tinh-tuoi",
    "/noi-vu/ap-phich", "/noi-vu/gop-y", "/noi-vu/gop-y/{comment}/G3",
    "/noi-vu/dot/{wave}/phieu-la", "/ban-thao", "/ban-thao/{draft_number}", "/noi-vu/tao-dot",
    "/noi-vu/bao-tin", "/noi-vu/khoa-api", "/noi-vu/don-vi", "/noi-vu/diem-phuc-vu",
    "/noi-vu/mau-phieu",
)  # fmt: skip
OPEN = (*CITIZEN, *PUBLIC, "/dang-nhap")
SIGNED_IN = (*OFFICE, *CENTRAL)
Screen = Literal["phone", "desk"]
Scheme = Literal["light", "dark"]
SIZES: dict[Screen, ViewportSize] = {"phone": PHONE, "desk": ViewportSize(width=1280, height=800)}
LOOKS = list(product(get_args(Screen), get_args(Scheme)))


@dataclass  # Playwright writes into its listeners: no slots
class Watched:
    """A page with everything that the browser complained about, and every host that it asked."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Listen from the first request on."""
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", self._asked)

    def _heard(self, message: ConsoleMessage) -> None:
        # That a page was not found is said by its status, and wanted here.
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.complaints.append(f"{self.page.url}: {message.text}")

    def _asked(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme != "data":
            self.hosts.add(parts.netloc)


@contextmanager
def watching(
    browser: Browser, screen: Screen, scheme: Scheme, *, forced: Literal["active", "none"] = "none"
) -> Iterator[Watched]:
    """A fresh browser of a size and colours."""
    size = SIZES[screen]
    context = browser.new_context(viewport=size, color_scheme=scheme, forced_colors=forced)
    context.set_default_timeout(10_000)
    yield Watched(context.new_page())
    context.close()


def sign_in(page: Page, town: Town) -> None:
    """Sign in as Nội vụ, who may see every page."""
    page.goto(f"{town.address}/dang-nhap")
    page.get_by_label("Tên đăng nhập").fill("noi-vu")
    page.get_by_label("Mật khẩu").fill(house.PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()


def visit(page: Page, town: Town, address: str) -> None:
    """Go to an address, in which `{code}` and the like stand for what the town has."""
    known = {name: getattr(town.house, name) for name in type(town.house).__slots__}
    page.goto(town.address + address.format(**known))


def faults(page: Page) -> list[str]:
    """What is wrong with a page for somebody: what axe finds, and what does not fit."""
    page.evaluate("document.querySelectorAll('details').forEach(one => (one.open = true))")
    result = Axe().run(page, options={"runOnly": RULES, "resultTypes": ["violations"]})
    found = [
        f"{page.url} {each['id']}: {node['html'][:120]}"
        for each in result.response["violations"]
        for node in each["nodes"]
    ]
    if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
        found.append(f"{page.url}: wider than the screen")
    return found


@pytest.mark.parametrize(("screen", "scheme"), LOOKS)
def test_open_pages_are_for_everybody(
    browser: Browser, town: Town, screen: Screen, scheme: Scheme
) -> None:
    with watching(browser, screen, scheme) as watched:
        found = []
        for address in OPEN:
            visit(watched.page, town, address)
            found += faults(watched.page)
        watched.page.goto(f"{town.address}/k/{town.house.code}")
        watched.page.get_by_role("button", name="Gửi câu trả lời").click()
        watched.page.locator(".errors").wait_for()
        found += faults(watched.page)
        assert not found
        assert not watched.complaints
        assert watched.hosts == {urlsplit(town.address).netloc}


@pytest.mark.parametrize(("screen", "scheme"), LOOKS)
def test_the_pages_of_offices_are_for_everybody(
    browser: Browser, town: Town, screen: Screen, scheme: Scheme
) -> None:
    with watching(browser, screen, scheme) as watched:
        sign_in(watched.page, town)
        found = []
        for address in SIGNED_IN:
            visit(watched.page, town, address)
            found += faults(watched.page)
        assert not found
        assert not watched.complaints
        assert watched.hosts == {urlsplit(town.address).netloc}


def test_citizens_and_readers_get_no_cookie(browser: Browser, town: Town) -> None:
    with watching(browser, "phone", "light") as watched:
        for address in (*CITIZEN, *PUBLIC):
            visit(watched.page, town, address)
        assert cookies(watched.page.context) == []
        assert watched.page.evaluate("localStorage.length + sessionStorage.length") == 0


def cookies(context: BrowserContext) -> list[str]:
    """The names of everything that sites left in a browser."""
    return [str(cookie.get("name")) for cookie in context.cookies()]


@pytest.mark.parametrize("address", ["/k/{code}", "/k/", "/k/ZZZZZZZ", "/dang-nhap", "/"])
def test_what_a_thumb_must_meet_is_large(browser: Browser, town: Town, address: str) -> None:
    with watching(browser, "phone", "light") as watched:
        visit(watched.page, town, address)
        seen = "main button, main .o label:visible, main textarea"
        targets = watched.page.locator(seen).all()
        assert targets
        for target in targets:
            box = target.bounding_box()
            assert box is not None
            assert min(box["width"], box["height"]) >= THUMB, target.inner_text()


def test_choices_can_be_seen_with_forced_colours(browser: Browser, town: Town) -> None:
    with watching(browser, "phone", "light", forced="active") as watched:
        visit(watched.page, town, "/k/{code}")
        label = watched.page.locator("label:has(input[type=radio])").first
        radio = label.locator("input")
        box = radio.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 20
        assert radio.evaluate("it => getComputedStyle(it).appearance") == "auto"
        before = label.screenshot()
        radio.check()
        assert label.screenshot() != before


def test_these_eyes_see(browser: Browser, town: Town) -> None:
    with watching(browser, "phone", "light") as watched:
        visit(watched.page, town, "/")
        watched.page.evaluate(
            """document.documentElement.removeAttribute("lang");
            document.body.insertAdjacentHTML("beforeend", "<p style='width:900px'>wide</p>");
            document.querySelector("main").innerHTML += "<img src='//example.org/x'>";
            document.body.lastElementChild.style.width = "900px";"""
        )
        found = "\n".join(faults(watched.page))
        assert "html-has-lang" in found
        assert "image-alt" in found
        assert "wider than the screen" in found
        assert "Content Security Policy" in "\n".join(watched.complaints)
