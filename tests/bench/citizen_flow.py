"""Whole flows of citizens a second: open the form, send it, read the receipt.

    python -m tests.bench.citizen_flow [--seconds 8] [--clients 8] [DATABASE_URL]

Beside it, in the same run, the least that such a flow can cost in Flask: a fixed page of the same
size, one row inserted with sqlite3, a fixed receipt. The ratio of the two is what this service
adds; it holds when the machine changes, flows a second do not.
"""

from __future__ import annotations

import argparse
import http.client
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from sqlmodel import select

from app import create_app, session
from app.settings import Settings
from surveys import database, demo, schema
from surveys.tables import Collector, ServicePoint
from tests.servers import free_port, gunicorn

FLOOR = """
import sqlite3, flask
app = flask.Flask(__name__)
def rows():
    connection = sqlite3.connect({file!r}, timeout=15)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    return connection
rows().execute("CREATE TABLE IF NOT EXISTS answer (key TEXT UNIQUE, answers TEXT)")
page = "x" * {size}
@app.get("/k/<code>")
def form(code): return page
@app.post("/k/<code>")
def send(code):
    with rows() as connection:
        connection.execute("INSERT INTO answer VALUES (hex(randomblob(16)), ?)", [str(dict(flask.request.form))])
    return flask.redirect("/thanks", 303)
@app.get("/thanks")
def thanks(): return "thanks"
"""  # noqa: E501
_TICKS = os.sysconf("SC_CLK_TCK")


def flow(connection: http.client.HTTPConnection, code: str) -> tuple[int, int]:
    """The bytes of the form as sent, and the status of the receipt."""
    connection.request("GET", f"/k/{code}", headers={"Accept-Encoding": "identity"})
    page = connection.getresponse().read()
    sent = {"sex": "1"}
    key = re.search(rb'name="key" value="([^"]+)"', page)
    if key:
        names = sorted(set(re.findall(rb'name="(a\.[^"]+)"', page)))
        sent = {"key": key[1].decode(), "p.sex": "2"} | {name.decode(): "4" for name in names}
        field = re.search(rb'name="field" value="([^"]+)"', page)
        sent |= {"field": field[1].decode()} if field else {}
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", f"/k/{code}", body=urlencode(sent), headers=kind)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 303, answer.status
    connection.request("GET", answer.getheader("Location", ""))
    receipt = connection.getresponse()
    receipt.read()
    return len(page), receipt.status


def client(port: int, code: str, seconds: float, times: multiprocessing.Queue[list[float]]) -> None:
    """One citizen after another for that long; the length of each flow goes into the queue."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    lengths: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        start = time.monotonic()
        flow(connection, code)
        lengths.append(time.monotonic() - start)
    times.put(lengths)


def cpu_of(master: int) -> float:
    """Seconds of processor time that a server's workers have used."""
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    fields = [Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split() for pid in children]
    return sum(int(each[11]) + int(each[12]) for each in fields) / _TICKS


def measure(name: str, port: int, master: int, *, code: str, options: argparse.Namespace) -> float:
    """Seconds of server processor time a flow, after printing the whole line."""
    flow(http.client.HTTPConnection("127.0.0.1", port, timeout=30), code)
    queue: multiprocessing.Queue[list[float]] = multiprocessing.Queue()
    before = cpu_of(master)
    args = (port, code, options.seconds, queue)
    clients = [multiprocessing.Process(target=client, args=args) for _ in range(options.clients)]
    for each in clients:
        each.start()
    lengths = sorted(length for _ in clients for length in queue.get())
    for each in clients:
        each.join()
    cost = (cpu_of(master) - before) / len(lengths)
    p50, p95 = statistics.median(lengths), lengths[int(0.95 * len(lengths))]
    print(
        f"{name:28} {len(lengths) / options.seconds:7.1f} flows/s   p50 {1000 * p50:6.1f} ms   "
        f"p95 {1000 * p95:6.1f} ms   server {1000 * cost:6.2f} ms CPU a flow"
    )
    return cost


def prepare(url: str) -> str:
    """The code of a counter of the made-up district in a database."""
    engine = database.connect(url)
    schema.upgrade(engine)
    app = create_app(Settings(database_url=url, secret_key="of the bench"))
    with app.app_context(), database.writing(engine) as writing:
        now = database.now()
        demo.load(
            writing, programme=session.current_programme(), today=database.day_of(now), now=now,
            progress=lambda _: None,
        )  # fmt: skip
        query = select(Collector.code).join(ServicePoint).where(ServicePoint.kind == "counter")
        return writing.exec(query.limit(1)).one()


def floor(folder: Path, size: int, run: Callable[[int, int], float]) -> float:
    """The cost of the least that a flow can be."""
    (folder / "least.py").write_text(FLOOR.format(file=str(folder / "least.db"), size=size))
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "least:app", "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "2", "--no-control-socket", "--log-level", "error"]
    with subprocess.Popen(command, cwd=folder) as server:
        time.sleep(3)
        try:
            return run(port, server.pid)
        finally:
            server.terminate()


def main() -> None:
    """Measure both and print the ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("database", nargs="?")
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = options.database or f"sqlite:///{folder}/bench.db"
        code = prepare(url)
        with gunicorn(url, workers=2, log=folder / "log") as (address, master):
            port = int(address.rsplit(":", 1)[1])
            size, _ = flow(http.client.HTTPConnection("127.0.0.1", port, timeout=30), code)
            ours = measure("Hài lòng", port, master, code=code, options=options)
        least = floor(
            folder,
            size,
            lambda port, pid: measure("bare Flask", port, pid, code=code, options=options),
        )
        print(f"ratio of server CPU {ours / least:.1f}; form {size:,} bytes before compression")


if __name__ == "__main__":
    main()
