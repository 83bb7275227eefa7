"""A counter where a form is asked today, behind a real server that a test may end and start."""

from __future__ import annotations

import datetime as dt
import os
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from surveys import database
from surveys.fieldwork import waves
from surveys.places import pins
from surveys.tables import Collector, Response, Wave
from tests import builders
from tests.servers import free_port, gunicorn

RECEIPT = "**/cam-on/**"
#: Milliseconds for what takes one on a quiet machine.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)


@dataclass(slots=True)
class Counter:
    """One code with its open wave, and the server."""

    url: str
    engine: Engine
    log: Path
    code: str
    pin: str
    port: int = field(default_factory=free_port)
    _running: ExitStack = field(default_factory=ExitStack)
    _pid: int = 0

    @property
    def address(self) -> str:
        """Where the form is."""
        return f"http://127.0.0.1:{self.port}/k/{self.code}"

    def start(self) -> None:
        """A server, on the same port each time."""
        server = gunicorn(self.url, log=self.log, port=self.port)
        _address, self._pid = self._running.enter_context(server)

    def kill(self) -> None:
        """End the server at once, in the middle of whatever it does."""
        children = Path(f"/proc/{self._pid}/task/{self._pid}/children").read_text().split()
        for process in (self._pid, *map(int, children)):
            os.kill(process, signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        """End the server in good order."""
        self._running.close()

    def rows(self) -> list[Response]:
        """What is recorded, in the order in which it came."""
        with Session(self.engine) as session:
            return list(session.exec(select(Response).order_by(col(Response.id))))

    def arrived(self, count: int) -> list[Response]:
        """What is recorded, once there are so many."""
        last = time.monotonic() + PATIENCE / 1000
        while len(found := self.rows()) < count and time.monotonic() < last:
            time.sleep(0.05)
        assert len(found) == count
        return found

    def close_wave(self) -> None:
        """Nothing is asked here from now on."""
        with Session(self.engine) as session:
            waves.close(session, session.exec(select(Wave)).one(), now=database.now())
            session.commit()


@contextmanager
def at_counter(url: str, folder: Path) -> Iterator[Counter]:
    """A counter that asks the small form since a week, with a PIN, on a started server."""
    engine = database.connect(url)
    today = database.day_of(database.now())
    with Session(engine) as session:
        week = dt.timedelta(7)
        wave = builders.draft(session, opens_on=today - week, closes_on=today + week)
        waves.open_wave(session, wave)
        code: Collector = builders.collector(session, builders.counter(session))
        made = Counter(
            url, engine, folder / "log", code.code, pins.renew(session, code, rounds=1000)
        )
        session.commit()
    made.start()
    yield made
    made.stop()
    engine.dispose()


#: Not Playwright's `wait_for_function`, which needs what our policy forbids.
_SETTLED = """async () => {
    const kept = async () => (await (await caches.open("hailong")).keys())
        .filter((one) => !one.url.includes("khong-co-mang")).length > 1;
    while (!navigator.serviceWorker.controller || !await kept())
        await new Promise((done) => setTimeout(done, 50));
}"""


def settle(page: Page) -> None:
    """Wait until the page is kept and a worker looks after it."""
    page.evaluate(_SETTLED)


def visit(page: Page, counter: Counter) -> None:
    """Open the form where there is a network, until it opens without one."""
    page.goto(counter.address)
    settle(page)


def fill(page: Page, *, rating: int = 4, comment: str = "") -> None:
    """Answer the two questions that matter."""
    page.get_by_label("Đất đai, môi trường").check()
    page.locator(f"input[name='a.A1'][value='{rating}']").check()
    if comment:
        page.locator("textarea").fill(comment)


def send(page: Page) -> None:
    """Press the button."""
    page.get_by_role("button", name="Gửi câu trả lời").click()
