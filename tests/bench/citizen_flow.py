"""What a citizen's answer costs: durable submissions and whole flows, on both databases.

    python -m tests.bench.citizen_flow [--seconds 4] [--clients 2 8 32 128] [--profile]

Beside each line, in the same run and from as many clients, what it cannot do without: a bare WSGI
"hello" under the same gunicorn, and the commit of one row with the database's bare driver. Ratios
hold when the machine changes, rates do not. PostgreSQL is started here, as durable as it comes;
its processes count as the server's. `--profile` tells where the time of a submission goes.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlmodel import select

from app import create_app, session
from app.settings import Settings
from surveys import database, demo, schema
from surveys.places import collectors
from surveys.tables import ServicePoint
from tests.bench import citizens
from tests.bench.citizens import Load
from tests.databases import KINDS, postgresql_server
from tests.servers import gunicorn

#: As the README has it: SQLite writes one after another anyway.
OPTIONS = {"sqlite": (), "postgresql": ("--worker-class", "gthread", "--threads", "8")}
#: Milliseconds of server CPU that LimeSurvey 6.14 needs for such a flow of one page (PHP-FPM,
#: MariaDB, nginx), measured on another day on a machine of two cores.
LIMESURVEY = (126, 142)
_PROFILED = 500
_MS = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """What so many clients got done on one database."""

    kind: str
    clients: int
    flow: Load
    submission: Load
    hello: Load
    commit: Load

    @property
    def over_least(self) -> float:
        """The server CPU of a submission over that of a hello and a commit."""
        return self.submission.cpu / (self.hello.cpu + self.commit.cpu)

    def row(self) -> str:
        """The line of the table."""
        flow, sent, hello, commit = self.flow, self.submission, self.hello, self.commit
        below = [peer / (_MS * flow.cpu) for peer in LIMESURVEY]
        return (
            f"| {self.kind:10} | {self.clients:4} | {sent.rate:6.0f} | {_MS * sent.cpu:5.2f} "
            f"| {flow.rate:6.0f} | {_MS * flow.cpu:5.2f} | {_MS * flow.within(0.5):6.0f} "
            f"| {_MS * flow.within(0.99):6.0f} | {hello.rate:6.0f} | {_MS * hello.cpu:5.2f} "
            f"| {commit.rate:6.0f} | {_MS * commit.cpu:5.2f} | {self.over_least:5.1f} "
            f"| {below[0]:3.0f}-{below[1]:.0f} |"
        )


HEAD = (
    "| database | clients | submissions/s | CPU ms | flows/s | CPU ms | p50 ms | p99 ms "
    "| hello/s | CPU ms | commits/s | CPU ms | submission : hello + commit "
    "| LimeSurvey (elsewhere) : flow |\n" + "|---" * 14 + "|"
)


@dataclass(frozen=True, slots=True)
class Bench:
    """A database with a code to answer at, and what to do with it."""

    kind: str
    url: str
    code: str
    folder: Path
    #: The database's own process, where it has one.
    servers: tuple[int, ...]
    seconds: float

    def lines(self, clients: Sequence[int]) -> Iterator[Line]:
        """One line for each number of clients."""
        citizens.prepare_commits(self.url)
        with self._served("wsgi:app") as ours, self._served("tests.bench.hello:app") as least:
            for count in clients:
                yield Line(self.kind, count, *self._loads(count, ours, least))

    def _loads(self, clients: int, ours: tuple[int, int], least: tuple[int, int]) -> Iterator[Load]:
        run = partial(citizens.run, clients=clients, seconds=self.seconds)
        port, master = ours
        # Each worker reads the form and renders its pages once.
        citizens.run(partial(citizens.flows, port, self.code), clients=4, seconds=1, servers=())
        for work in (citizens.flows, citizens.submissions):
            yield run(partial(work, port, self.code), servers=(master, *self.servers))
        yield run(partial(citizens.hello, least[0]), servers=(least[1],))
        yield run(partial(citizens.commits, self.url), servers=self.servers, own=True)

    def profile(self) -> str:
        """Where the time of submissions goes, in one worker."""
        with self._served("tests.bench.profiled:app", workers=1) as (port, _):
            work = citizens.submissions(port, self.code)
            for _ in range(_PROFILED):
                next(work)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/profile") as answer:
                return str(answer.read().decode())

    @contextmanager
    def _served(self, application: str, workers: int = 2) -> Iterator[tuple[int, int]]:
        log = self.folder / f"{self.kind}.{application}.log"
        served = gunicorn(
            self.url, workers=workers, log=log, application=application, options=OPTIONS[self.kind]
        )
        with served as (address, master):
            yield int(address.rsplit(":", 1)[1]), master


def prepare(url: str) -> str:
    """A code that everybody can answer at, at a counter of the made-up district."""
    engine = database.connect(url)
    schema.upgrade(engine)
    app = create_app(Settings(database_url=url, secret_key="of the bench"))
    with app.app_context(), database.writing(engine) as writing:
        now = database.now()
        demo.load(
            writing, programme=session.current_programme(), today=database.day_of(now), now=now,
            progress=lambda _: None,
        )  # fmt: skip
        point = writing.exec(select(ServicePoint).where(ServicePoint.kind == "counter")).first()
        assert point is not None
        # The district hands out slips there; a poster is what everybody's flow begins with.
        code = collectors.issue(writing, point, kind="open", today=database.day_of(now)).code
    engine.dispose()
    return code


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The address of a durable database, and the process of its server."""
    if kind == "sqlite":
        yield f"sqlite:///{folder}/bench.db", ()
        return
    with postgresql_server(folder, settings=("max_connections=300",)) as server:
        pid = int((folder / "data" / "postmaster.pid").read_text().split()[0])
        yield server.format(name="postgres"), (pid,)


def main() -> None:
    """Measure and print the table, or the profiles."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--clients", type=int, nargs="+", default=[2, 8, 32, 128])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    os.environ["PROXIES"] = "1"  # the clients say which house they are in
    os.environ.pop("TEST_DATABASE_URL", None)  # it need not be durable
    if not options.profile:
        print(HEAD, flush=True)
    for kind in options.kinds:
        with tempfile.TemporaryDirectory() as name, databases(kind, Path(name)) as (url, servers):
            bench = Bench(kind, url, prepare(url), Path(name), servers, options.seconds)
            if options.profile:
                print(f"{kind}\n{bench.profile()}")
                continue
            for line in bench.lines(options.clients):
                print(line.row(), flush=True)


if __name__ == "__main__":
    main()
