"""The door for programs behind the real server: many who ask at once, one ticket, one count."""

from __future__ import annotations

import datetime as dt
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from surveys.database import day_of, now
from surveys.fieldwork import waves
from surveys.offices import api_keys
from surveys.tables import Population, Ticket, TicketBatch
from tests import builders
from tests.servers import gunicorn

ASKERS = 24
SHOP = "mot-cua-17266"


@dataclass(frozen=True, slots=True)
class Program:
    """Software of a one-stop shop before the server."""

    address: str
    key: str

    def send(self, path: str, method: str, body: object, **headers: str) -> tuple[int, Any]:
        """Status and answer."""
        given = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        request = urllib.request.Request(
            f"{self.address}/api/v1{path}",
            json.dumps(body).encode(),
            given | headers,
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.load(refused)


@pytest.fixture
def program(session: Session, database_url: str, tmp_path: Path) -> Iterator[Program]:
    """A program whose wave is open today, before a server of two processes."""
    today = day_of(now())
    day = dt.timedelta(1)
    wave = builders.draft(session, opens_on=today - day, closes_on=today + day)
    waves.open_wave(session, wave)
    builders.counter(session)
    _, key = api_keys.make(
        session, name="Một cửa", scopes=api_keys.SCOPES, expires_on=today, by="Nội vụ", now=now()
    )
    session.commit()
    with gunicorn(database_url, workers=2, log=tmp_path / "log") as (address, _):
        yield Program(address, key)


def test_many_who_ask_at_once_get_one_ticket_and_count_once(
    program: Program, session: Session
) -> None:
    together = threading.Barrier(ASKERS)
    day = day_of(now()).isoformat()
    rows = {"rows": [{"unit": SHOP, "field": "land", "day": day, "total": 41}]}

    def ask(number: int) -> tuple[int, str]:
        together.wait()
        if number % 2:
            status, said = program.send("/frame", "PUT", rows)
            return status, str(said["added"])
        body = {"unit": SHOP, "point": "quay-1"}
        status, said = program.send("/tickets", "POST", body, **{"Idempotency-Key": "H29-0001"})
        return status, str(said["address"])

    with ThreadPoolExecutor(ASKERS) as pool:
        told = list(pool.map(ask, range(ASKERS)))
    tickets = {answer for answer in told if answer[0] == 201}
    assert len(tickets) == 1
    assert sorted(answer for answer in told if answer[0] == 200) == [
        *[(200, "0")] * (ASKERS // 2 - 1), (200, "1"),
    ]  # fmt: skip
    assert len(session.exec(select(Ticket)).all()) == 1
    assert session.exec(select(TicketBatch.size)).one() == 1
    assert session.exec(select(Population.total)).one() == 41
    ((_, address),) = tickets
    with urllib.request.urlopen(address, timeout=20) as form:
        assert "<form" in form.read().decode()
