"""What kept sums cost and save: writing an answer, reading all sums, all figures, one unit's page.

    python -m tests.bench.tallies [--sizes 100000 1000000 10000000] [--items 6 16]
                                  [--kind sqlite postgresql] [--profile]

200 units with one counter each, 5 fields, the working days of a month, two kinds of collectors,
nine kinds of people. Everything of one line is measured in one run.
Seconds are those of CPU, of this process and of the server's that works for it, best of three: they
hold on a machine that does other work, too. "clock" is what all figures took by the clock.

bare, sums   microseconds to store an answer by one INSERT without triggers, and what the trigger
             and a fold as often as `responses.record` makes one add to it: 16,384 answers of the
             last day at all counters, as they come in, in two transactions without their commit
recount      the sums of the wave made anew, once
read, fine   `tallies.tally`, without sex and age band and with them
estimates    sums read and weighted; items, dimensions, index and the rest of sector and units, each
             with standard error, df and interval: `surveys.results.form_estimates`
figures      all figures of the wave by `surveys.results`, with verdicts, limits and bounds, too;
             after: what it takes once sums are read
unit         the figures of one unit
MB           the peak of a process of its own that makes all figures once

The responses are put in by executemany or COPY with triggers off, on PostgreSQL foreign keys too,
and summed by the recount; those beyond the first million are copies of these.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import multiprocessing
import pstats
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, insert, text
from sqlmodel import Session, col, select

from surveys import database
from surveys.counts import tallies, upkeep
from surveys.places import collectors
from surveys.questionnaires.instrument import loads
from surveys.questionnaires.questionnaire import Instrument
from surveys.results import estimates
from surveys.results.form_estimates import estimate_form
from surveys.tables import Population, ServicePoint, StoredInstrument, Unit, Wave
from tests import builders, databases, fieldwork

UNITS, WRITTEN, AT_ONCE, ORIGINALS = 200, 8192, 200_000, 1_000_000
FIELDS = ("land", "construction", "investment", "justice", "other")
DAYS = [str(day) for day in range(2, 32) if day % 7 not in {0, 1}]
COLUMNS = (
    "wave_id", "instrument_id", "unit_id", "point_id", "collector_id", "collector_kind", "field",
    "day", "answered_at", "language", "answers", "others", "sex", "age_band", "submission_key",
    "digest", "receipt",
)  # fmt: skip
_MOMENT = "2026-03-10 05:00:00"


def form(items: int, code: str = "small") -> Instrument:
    """The small form with this many items, under its own code or another."""
    source = builders.SMALL_FORM.read_text("utf-8").replace('code = "small"', f'code = "{code}"')
    more = [f"X{number}" for number in range(items - 4)]
    blocks = "".join(
        f'[[items]]\ncode = "{code}"\ndimension = "B"\nvi = "{code}"\nen = "{code}"\n\n'
        for code in more
    )
    members = "".join(f', "{code}"' for code in more)
    source = source.replace("[[questions]]", blocks + "[[questions]]", 1)
    return loads(source.replace('"B1", "C1"]', f'"B1", "C1"{members}]'))


def furnish(session: Session, items: int, code: str = "small") -> None:
    """Units with counters, an open wave, the people served."""
    stored = builders.stored(session, form(items, code))
    wave = builders.draft(session, form=stored)
    wave.status = "open"
    for number in range(UNITS):
        place = builders.point(
            session,
            builders.unit(session, f"u{number:03d}", kind="one_stop", sector="administration"),
        )
        for kind in ("open", "sampled"):
            collectors.issue(session, place, kind=kind, today=builders.FOUNDED)
    session.flush()
    frame = [
        {"unit_id": unit.id, "field": field, "month": fieldwork.DAYS[0].replace(day=1),
         "total": 1_000_000, "source": "bench", "imported_at": builders.NOW}
        for unit in session.exec(select(Unit)) for field in FIELDS
    ]  # fmt: skip
    session.execute(insert(Population), frame)


def answers(
    session: Session, items: int, many: int, *, first: int = 0, days: Sequence[str] = DAYS
) -> Iterator[tuple[Any, ...]]:
    """Rows of responses in the order of `COLUMNS`, the same in every run."""
    rng = np.random.default_rng(first)
    wave, stored = session.exec(select(Wave)).one(), session.exec(select(StoredInstrument)).one()
    places = session.exec(select(ServicePoint).order_by(col(ServicePoint.id))).all()
    where = [(place.unit_id, place.id) for place in places]
    codes = {
        kind: [fieldwork.collector(session, place, kind).id for place in places]
        for kind in ("open", "sampled")
    }
    marks = np.array(list("12345-"))
    chosen = rng.choice(6, (many, items), p=[0.02, 0.03, 0.08, 0.42, 0.4, 0.05])
    packed = marks[chosen].astype("<U1").view(f"<U{items}").ravel().tolist()
    drawn = rng.integers(0, [UNITS, len(FIELDS), len(days), 5, 3, 3], (many, 6)).tolist()
    of_wave = (wave.id, stored.id)
    for number, (unit, field, day, kind, sex, age) in enumerate(drawn, first):
        way = "sampled" if kind == 0 else "open"
        yield (
            *of_wave, *where[unit], codes[way][unit], way, FIELDS[field],
            f"2026-03-{int(days[day]):02d}", _MOMENT, "vi", packed[number - first], "0902---1",
            (None, "1", "2")[sex], (None, "1", "2")[age], f"k{number:021d}", "", f"r{number:08d}",
        )  # fmt: skip


@contextmanager
def without_triggers(connection: Connection, *, unchecked: bool = False) -> Iterator[None]:
    """A block in which nothing notes what responses change; PostgreSQL can leave off checking."""
    if unchecked and connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE response DISABLE TRIGGER USER"))
        yield
        connection.execute(text("ALTER TABLE response ENABLE TRIGGER USER"))
        return
    made = connection.execute(
        text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
    ).all()
    for name, _ in made:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, statement in made:
        connection.execute(text(statement))


def fill(session: Session, items: int, many: int) -> None:
    """Put responses in by the fastest road, and commit them piece by piece."""
    for first in range(0, min(many, ORIGINALS), AT_ONCE):
        put_in(session, answers(session, items, min(AT_ONCE, many - first), first=first))
        session.commit()
    *columns, key, digest, receipt = COLUMNS
    for copy in range(1, many // ORIGINALS):
        with without_triggers(session.connection(), unchecked=True):
            session.execute(
                text(
                    f"INSERT INTO response ({', '.join(COLUMNS)}) SELECT {', '.join(columns)}, "
                    f"'{copy}' || {key}, {digest}, '{copy}' || {receipt} FROM response "
                    f"WHERE id <= {ORIGINALS}"
                )
            )
        session.commit()
    session.execute(text("ANALYZE"))
    session.commit()


def put_in(session: Session, made: Iterator[tuple[Any, ...]]) -> None:
    """Put made rows in."""
    connection, names = session.connection(), ", ".join(COLUMNS)
    raw: Any = connection.connection.driver_connection
    # The first one asks the database for places, which no COPY under way would let it do.
    rows = itertools.chain([next(made)], made)
    with without_triggers(connection, unchecked=True):
        if connection.dialect.name == "sqlite":
            marks = ", ".join("?" * len(COLUMNS))
            raw.executemany(f"INSERT INTO response ({names}) VALUES ({marks})", rows)
            return
        with raw.cursor().copy(f"COPY response ({names}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def write(session: Session, rows: Sequence[tuple[Any, ...]], *, sums: bool) -> None:
    """Store responses one by one, with a fold as often as `responses.record` makes one."""
    stored = session.exec(select(StoredInstrument)).one()
    columns = ", ".join(COLUMNS)
    values = ", ".join(f":{name}" for name in COLUMNS)
    statement = text(f"INSERT INTO response ({columns}) VALUES ({values})")
    for number, row in enumerate(rows, 1):
        session.execute(statement, dict(zip(COLUMNS, row, strict=True)))
        if sums and number % upkeep.EVERY == 0:
            upkeep.fold(session, stored)


def spent(session: Session) -> float:
    """Seconds of CPU so far, of this process and of the server's that works for it."""
    server = 0
    if session.connection().dialect.name == "postgresql":
        pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        server = int(Path(f"/proc/{pid}/schedstat").read_text("utf-8").split()[0])
    return time.process_time() + server / 1e9


def written(session: Session, items: int) -> tuple[float, float]:
    """Microseconds of CPU to store an answer, and what its sum adds."""
    plain = summed = 0.0
    for first in (10**8, 2 * 10**8):
        rows = list(answers(session, items, WRITTEN, first=first, days=DAYS[-1:]))
        with without_triggers(session.connection()):
            start = spent(session)
            write(session, rows, sums=False)
            plain += spent(session) - start
        session.rollback()
        start = spent(session)
        write(session, rows, sums=True)
        summed += spent(session) - start
        session.rollback()
    return 1e6 * plain / WRITTEN / 2, 1e6 * (summed - plain) / WRITTEN / 2


def timed(session: Session, work: Callable[[], object]) -> tuple[float, float]:
    """Seconds of CPU and by the clock."""
    cpu, clock = spent(session), time.perf_counter()
    work()
    return spent(session) - cpu, time.perf_counter() - clock


def best(session: Session, work: Callable[[], object]) -> tuple[float, float]:
    """The best of three."""
    return min(timed(session, work) for _ in range(3))


def figures(session: Session, unit_ids: frozenset[int] | None = None) -> None:
    """All figures of the wave, or those of some units."""
    assert len(estimates.estimate(session, scope(session, unit_ids))) > 0


def with_intervals(session: Session) -> None:
    """The estimates of the wave with their intervals, without what figures say beside them."""
    asked = scope(session)
    for form in estimates.weigh(session, asked):
        for part in estimate_form(form, asked.programme).parts.values():
            for found in part.estimates.values():
                found.confidence_interval()


def scope(session: Session, unit_ids: frozenset[int] | None = None) -> estimates.Scope:
    """The wave, in all units or some."""
    wave = session.exec(select(Wave)).one()
    return estimates.Scope(builders.programme(), "administration", (wave,), unit_ids)


def peak(url: str, pipe: Any) -> None:
    """Send the megabytes at the peak of making all figures."""
    with database.reading(database.connect(url)) as session:
        figures(session)
    # `getrusage` would tell the peak of the process that started this one, if that was higher.
    status = Path("/proc/self/status").read_text("utf-8")
    pipe.send(int(status.split("VmHWM:")[1].split()[0]) / 1024)


def memory(url: str) -> float:
    """The same, from a fresh process."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=peak, args=(url, theirs))
    process.start()
    found = float(ours.recv())
    process.join()
    return found


def measure(engine: Engine, url: str, items: int, many: int) -> None:
    """Fill a database and print its line."""
    with Session(engine) as session:
        furnish(session, items)
        session.commit()
        fill(session, items, many)
        wave = session.exec(select(Wave)).one()
        counting, _ = timed(session, lambda: upkeep.recount(session, wave))
        session.commit()
        bare, summed = written(session, items)
    with database.reading(engine) as session:
        wave = session.exec(select(Wave)).one()
        stored = session.exec(select(StoredInstrument)).one()
        unit = session.exec(select(Unit.id).where(Unit.code == "u100")).one() or 0
        read = partial(tallies.tally, session, stored, [wave.id or 0])
        reading, _ = best(session, read)
        fine, _ = best(session, partial(read, by=tallies.PERSONAL))
        estimating, _ = best(session, lambda: with_intervals(session))
        everything, clock = best(session, lambda: figures(session))
        page, _ = best(session, lambda: figures(session, frozenset({unit})))
    print(
        f"{engine.dialect.name:10} {many:>10,} {items:>5} {bare:>7.0f} {summed:>7.1f} "
        f"{summed / bare:>5.2f} {counting:>9.1f} {reading:>7.3f} {fine:>7.2f} "
        f"{estimating:>11.2f} {everything:>9.2f} {clock:>7.2f} {everything - reading:>7.2f} "
        f"{1e3 * page:>7.1f} {memory(url):>5.0f}",
        flush=True,
    )


def profile(engine: Engine) -> None:
    """Print where the time of all figures goes."""
    with database.reading(engine) as session:
        figures(session)
        watch = cProfile.Profile()
        watch.runcall(figures, session)
    pstats.Stats(watch).strip_dirs().sort_stats("cumulative").print_stats(45)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--items", type=int, nargs="+", default=[6, 16])
    parser.add_argument("--kind", nargs="+", default=databases.KINDS)
    parser.add_argument("--profile", action="store_true", help="tell where all figures' time goes")
    given = parser.parse_args()
    print(
        "database      answers items bare us sums us ratio recount s  read s  fine s"
        " estimates s figures s   clock   after unit ms    MB"
    )
    with tempfile.TemporaryDirectory(prefix="hailong-") as name:
        folder = Path(name)
        (folder / "server").mkdir()
        with databases.postgresql_server(folder / "server") as server:
            made = databases.Databases(folder, server)
            for kind, many, items in itertools.product(given.kind, given.sizes, given.items):
                url = made.fresh(kind)
                engine = database.connect(url)
                measure(engine, url, items, many)
                if given.profile:
                    profile(engine)
                engine.dispose()
                made.drop(url)


if __name__ == "__main__":
    main()
