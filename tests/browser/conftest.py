"""Real Chromium, at the size of a cheap phone unless a test asks for another."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright
from sqlalchemy import Engine
from sqlmodel import Session

from surveys import database
from tests import house
from tests.databases import Databases
from tests.house import House
from tests.servers import gunicorn

PHONE = ViewportSize(width=360, height=640)
#: Without these the browser looks for its maker's servers, which no test may reach.
_QUIET = (
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The installed Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    assert program, "the browser tests need Chromium: apt-get install -y chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(_QUIET))
        yield browser
        browser.close()


@pytest.fixture(params=[True, False], ids=["script", "no-script"])
def phone(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A page on a phone, once with JavaScript and once without."""
    context = browser.new_context(viewport=PHONE, java_script_enabled=request.param)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> Iterator[str]:
    """The address of a real server on the fresh database."""
    with gunicorn(database_url, log=tmp_path / "server.log") as (address, _pid):
        yield address


@dataclass(frozen=True, slots=True)
class Town:
    """The district of `house` on this real day, behind a real server."""

    address: str
    house: House
    engine: Engine


@pytest.fixture(scope="session")
def town(test_databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A town that the tests share: they may answer in it, but leave its waves as they are."""
    url = test_databases.fresh("sqlite")
    engine = database.connect(url)
    with Session(engine) as session:
        furnished = house.furnish(session, today=database.day_of(database.now()))
    log = tmp_path_factory.mktemp("town") / "server.log"
    with gunicorn(url, log=log) as (address, _pid):
        yield Town(address, furnished, engine)
    engine.dispose()
    test_databases.drop(url)
