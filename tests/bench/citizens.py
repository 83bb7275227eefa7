"""Loads for `citizen_flow`: many clients at once, each a process that does one thing repeatedly."""

from __future__ import annotations

import gzip
import http.client
import itertools
import multiprocessing
import os
import random
import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")
_KIND = {"Content-Type": "application/x-www-form-urlencoded"}
#: As telephones ask: pages leave compressed.
_PACKED = {"Accept-Encoding": "gzip"}
_PATIENCE = 60

#: Does one thing each time it is advanced.
Work = Iterator[None]


@dataclass(frozen=True, slots=True)
class Load:
    """What came of some seconds of a load."""

    #: How many a second: of all clients together, each over the time that it took.
    rate: float
    #: Seconds that each single thing took, in order.
    lengths: list[float]
    #: Seconds of processor time of the servers, for one.
    cpu: float

    def within(self, share: float) -> float:
        """The seconds within which a share of them was done."""
        return self.lengths[min(len(self.lengths) - 1, int(share * len(self.lengths)))]


def run(
    work: Callable[[], Work],
    *,
    clients: int,
    seconds: float,
    servers: Sequence[int],
    own: bool = False,
) -> Load:
    """What so many clients get done.

    `servers` are processes whose time counts, with their children; with `own` also the clients'.
    """
    queue: multiprocessing.Queue[tuple[list[float], float]] = multiprocessing.Queue()
    crowd = [
        multiprocessing.Process(target=_client, args=(work, seconds, queue)) for _ in range(clients)
    ]
    before = sum(map(cpu_of, servers))
    for one in crowd:
        one.start()
    done = [queue.get() for _ in crowd]
    for one in crowd:
        one.join()
    lengths = sorted(itertools.chain.from_iterable(lengths for lengths, _ in done))
    # One that waits long for its turn goes on after the others have ended.
    rate = sum(len(each) / sum(each) for each, _ in done)
    cpu = sum(map(cpu_of, servers)) - before + (sum(time for _, time in done) if own else 0)
    return Load(rate, lengths, cpu / len(lengths))


def cpu_of(parent: int) -> float:
    """Seconds of processor time that a process and its children have used, ended ones too."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    own = _times(parent)
    return sum(own) + sum(sum(_times(int(child))[:2]) for child in children)


def _times(pid: int) -> list[float]:
    """Of a process the time of its own, the system's for it, and the same of ended children."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:  # ended meanwhile: its parent has it
        return [0.0] * 4
    return [int(ticks) / _TICKS for ticks in text.rsplit(")", 1)[1].split()[11:15]]


def _client(
    work: Callable[[], Work],
    seconds: float,
    queue: multiprocessing.Queue[tuple[list[float], float]],
) -> None:
    random.seed()
    steps, lengths = work(), []
    next(steps)  # connects, and opens what it needs
    start, began = time.process_time(), time.monotonic()
    now = began
    while now < began + seconds:
        next(steps)
        last, now = now, time.monotonic()
        lengths.append(now - last)
    queue.put((lengths, time.process_time() - start))


def hello(port: int) -> Work:
    """Asks for the text of `tests.bench.hello`."""
    while True:
        _ask(port, "GET", "/")
        yield


def flows(port: int, code: str) -> Work:
    """Opens the form, sends it and reads the receipt."""
    while True:
        whose = _somewhere()
        page = _ask(port, "GET", f"/k/{code}", headers=whose)[1]
        thanks = _send(port, code, filled(page), whose)
        _ask(port, "GET", thanks, headers=whose)
        yield


def submissions(port: int, code: str) -> Work:
    """Sends answers as a tablet does that keeps the form: each with a number of its own."""
    form = filled(_ask(port, "GET", f"/k/{code}")[1])
    signed = form["key"]
    while True:
        form["key"] = f"{signed}~{secrets.token_urlsafe(16)}"
        _send(port, code, form, _somewhere())
        yield


def commits(url: str) -> Work:
    """Inserts a row of an answer's size and commits, with the bare driver."""
    insert = "INSERT INTO bare (key, answers) VALUES ({0}, {0})"
    if url.startswith("sqlite"):
        with closing(_sqlite(url)) as rows:
            while True:
                rows.execute(insert.format("?"), (secrets.token_urlsafe(16), "5" * 400))
                yield
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            connection.execute(insert.format("%s").encode(), (secrets.token_urlsafe(16), "5" * 400))
            yield


def prepare_commits(url: str) -> None:
    """Make the table that `commits` fills."""
    table = "CREATE TABLE IF NOT EXISTS bare (key TEXT UNIQUE, answers TEXT)"
    if url.startswith("sqlite"):
        with closing(_sqlite(url)) as rows:
            rows.execute(table)
        return
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(table.encode())


def filled(page: bytes) -> dict[str, str]:
    """What a person sends who answers everything that is asked."""
    names = {name.decode() for name in re.findall(rb'name="(a\.[^"]+)"', page)}
    values = {
        name: re.search(rb'name="%s" value="([^"]+)"' % name, page) for name in (b"key", b"field")
    }
    sent = {name.decode(): found[1].decode() for name, found in values.items() if found}
    return sent | {"p.sex": "2"} | dict.fromkeys(sorted(names), "4")


def _send(port: int, code: str, form: dict[str, str], whose: dict[str, str]) -> str:
    status, page, thanks = _ask(port, "POST", f"/k/{code}", urlencode(form), {**_KIND, **whose})
    assert status == 303, page[:2000]
    return thanks


def _ask(
    port: int,
    method: str,
    path: str,
    body: str | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, bytes, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    with closing(connection):
        connection.request(method, path, body, {**_PACKED, **(headers or {})})
        answer = connection.getresponse()
        return answer.status, _unpacked(answer), answer.getheader("Location", "")


def _unpacked(answer: http.client.HTTPResponse) -> bytes:
    packed = answer.getheader("Content-Encoding") == "gzip"
    return gzip.decompress(answer.read()) if packed else answer.read()


def _somewhere() -> dict[str, str]:
    """A house of one's own: from one house so many answers are not taken."""
    parts = (str(random.randrange(256)) for _ in range(3))
    return {"X-Forwarded-For": ".".join(("10", *parts))}


def _sqlite(url: str) -> sqlite3.Connection:
    rows = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=_PATIENCE, isolation_level=None)
    rows.execute("PRAGMA journal_mode = WAL")
    rows.execute("PRAGMA synchronous = FULL")
    return rows
