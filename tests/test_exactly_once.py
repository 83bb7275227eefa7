"""Real servers, many senders, a sudden death: each answer is kept once and none is lost."""

from __future__ import annotations

import http.client
import os
import re
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, col, select

from surveys.database import day_of, now
from surveys.fieldwork import waves
from surveys.tables import Response
from tests import builders
from tests.servers import gunicorn

SENDERS = 32
WORKERS = 2
#: Receipts that clients hold when the server dies.
ENOUGH = 40
#: Fiftieths of a second in which they must have them.
PATIENCE = 1500
GOOD = {"field": "land", "a.A1": "5", "a.A2": "0", "a.B1": "4", "a.C1": "3"}
HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class Sender:
    """Phones that answer at one code, and what they were told."""

    address: str
    code: str
    #: What was sent, by key; and the receipt, where an answer came back.
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    receipts: dict[str, str] = field(default_factory=dict)

    def open(self) -> str:
        """The key of a newly opened form."""
        found = re.search(r'name="key" value="([^"]+)"', self._ask("GET")[1])
        assert found
        return found[1]

    def send(self, key: str, **changes: str) -> int:
        """The status of an answer under a key; a receipt is remembered."""
        self.sent[key] = {**GOOD, **changes, "key": key}
        status, _, location = self._ask("POST", urlencode(self.sent[key]))
        if status == 303:
            self.receipts[key] = location.rsplit("/", 1)[1]
        return status

    def _ask(self, method: str, body: str | None = None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=20)
        try:
            connection.request(method, f"/k/{self.code}", body, HEADERS if body else {})
            response = connection.getresponse()
            return response.status, response.read().decode(), response.headers["Location"] or ""
        finally:
            connection.close()


@pytest.fixture
def code(session: Session) -> str:
    """The code at a counter whose wave is open today."""
    today = day_of(now())
    wave = builders.draft(session, opens_on=today - timedelta(1), closes_on=today + timedelta(1))
    waves.open_wave(session, wave)
    made = builders.collector(session, builders.counter(session)).code
    session.commit()
    return made


@pytest.fixture
def sender(database_url: str, code: str, tmp_path: Path) -> Iterator[Sender]:
    """Phones before a server of several processes."""
    with gunicorn(database_url, workers=WORKERS, log=tmp_path / "log") as (address, _):
        yield Sender(address, code)


def recorded(engine: Engine) -> list[str]:
    """The receipts in the database."""
    with Session(engine) as session:
        return list(session.exec(select(Response.receipt).order_by(col(Response.id))))


def test_one_form_sent_by_32_at_once_is_one_answer(sender: Sender, engine: Engine) -> None:
    key = sender.open()
    together = threading.Barrier(SENDERS)

    def send(_number: int) -> tuple[int, str]:
        together.wait()
        return sender.send(key), sender.receipts[key]

    with ThreadPoolExecutor(SENDERS) as pool:
        answers = list(pool.map(send, range(SENDERS)))
    assert {status for status, _ in answers} == {303}
    assert [receipt for _, receipt in answers] == recorded(engine) * SENDERS


def test_of_different_answers_to_one_form_the_first_is_kept(sender: Sender, engine: Engine) -> None:
    key = sender.open()
    together = threading.Barrier(SENDERS)

    def send(number: int) -> int:
        together.wait()
        return sender.send(key, **{"t.G3": f"Ý kiến {number}"})

    with ThreadPoolExecutor(SENDERS) as pool:
        statuses = sorted(pool.map(send, range(SENDERS)))
    assert statuses == [303] + [409] * (SENDERS - 1)
    assert len(recorded(engine)) == 1


def test_a_killed_server_loses_no_receipt_and_counts_nobody_twice(
    database_url: str, engine: Engine, code: str, tmp_path: Path
) -> None:
    with gunicorn(database_url, workers=WORKERS, log=tmp_path / "log") as (address, master):
        sender = Sender(address, code)
        _answer_until_killed(sender, master)
    kept = recorded(engine)
    assert len(sender.receipts) >= ENOUGH
    assert set(sender.receipts.values()) <= set(kept)
    seen = dict(sender.receipts)
    with gunicorn(database_url, workers=WORKERS, log=tmp_path / "log") as (address, _):
        sender.address = address
        for key in list(sender.sent):
            assert sender.send(key) == 303
    assert seen.items() <= sender.receipts.items()
    assert sorted(recorded(engine)) == sorted(sender.receipts.values())


def _answer_until_killed(sender: Sender, master: int) -> None:
    """Eight phones answer again and again, until the server is killed among them."""
    dead = threading.Event()

    def answer(_number: int) -> None:
        while not dead.is_set():
            with suppress(OSError, http.client.HTTPException):
                sender.send(sender.open())

    with ThreadPoolExecutor(8) as pool:
        phones = [pool.submit(answer, number) for number in range(8)]
        for _ in range(PATIENCE):
            if len(sender.receipts) >= ENOUGH or dead.wait(0.02):
                break
        _kill(master)
        dead.set()
        for phone in phones:
            phone.result()


def _kill(master: int) -> None:
    """End a server and its processes at once, without a chance to finish anything."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    for process in (master, *map(int, children)):
        os.kill(process, signal.SIGKILL)
