"""What publishing a year of 200 units takes, and then its files: CPU and clock, figures, sizes.

    python -m tests.bench.exports [--size 200000] [--items 16] [--kind sqlite postgresql]

The year of `tests.bench.pages`, closed, after a published one. Files come from sums and frozen
figures, so the number of answers hardly matters. Each is made once, so its libraries are fetched
for it. CPU is that of this process and of the server's that works for it. The last column is the
peak of the process so far.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlmodel import Session, select

from app.documents import edition, workbook, yearbook
from app.documents.report import making
from app.documents.report.period import Period
from surveys import database
from surveys.publishing import publication, steps
from surveys.tables import Wave
from tests import builders, databases, releasing
from tests.bench import pages

PROGRAMME, SECTOR, YEAR = builders.programme(), "administration", 2026
publish = partial(
    releasing.publish, programme=PROGRAMME, sector=SECTOR, year=YEAR - 1, now=builders.NOW
)


def measure(session: Session, engine: Engine) -> None:
    """Print a line for each step of a publication and each file of it."""
    drafter, checker = releasing.pair(session)
    asked: dict[str, Any] = {"programme": PROGRAMME, "sector": SECTOR, "year": YEAR}
    with clocked(engine, "publication"):
        draft = timed(
            engine, "  draft", lambda: releasing.draft(session, **asked, now=builders.NOW)
        )
        step = partial(steps.check, session, PROGRAMME, draft, by=checker, now=builders.NOW)
        timed(engine, "  check", step)
        step = partial(steps.release, session, PROGRAMME, draft, by=drafter, now=builders.NOW)
        release = timed(engine, "  release", step)
        session.commit()
    print(f"           {draft.figures.count(chr(10)) + 1:,} figures")
    sector = next(each for each in PROGRAMME.sectors if each.key == SECTOR)
    assert publication.verify(session, release)
    timed(
        engine, "XLSX, public", lambda: workbook.build([edition.load(session, PROGRAMME, release)])
    )
    timed(engine, "XLSX, office", lambda: yearbook.build(session, PROGRAMME, [sector], YEAR))
    for kind, known in making.KINDS.items():
        timed(engine, kind.upper(), lambda build=known.build: build(
            making.report(session, PROGRAMME, [sector], Period(YEAR), now=builders.NOW),
            builders.NOW,
        ))  # fmt: skip


def timed(engine: Engine, name: str, make: Callable[[], Any]) -> Any:
    """What was made, after a line about it."""
    with clocked(engine, name) as size:
        made = make()
        if isinstance(made, Sized):
            size.append(len(made))
    return made


@contextmanager
def clocked(engine: Engine, name: str) -> Iterator[list[int]]:
    """A block about which a line is printed; it may say how many bytes it made."""
    size: list[int] = []
    cpu, clock = pages.spent(engine), time.perf_counter()
    yield size
    cpu, clock = pages.spent(engine) - cpu, time.perf_counter() - clock
    peak = int(Path("/proc/self/status").read_text("utf-8").split("VmHWM:")[1].split()[0]) / 1024
    kilobytes = f"{size[0] / 1024:6.0f} KB" if size else " " * 9
    print(
        f"{engine.dialect.name:10} {name:14} {cpu:6.2f} s CPU {clock:6.2f} s clock"
        f" {kilobytes} {peak:5.0f} MB",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=200_000)
    parser.add_argument("--items", type=int, default=16)
    parser.add_argument("--kind", nargs="+", default=databases.KINDS)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hailong-") as name:
        folder = Path(name)
        (folder / "server").mkdir()
        with databases.postgresql_server(folder / "server") as server:
            made = databases.Databases(folder, server)
            for kind in given.kind:
                url = made.fresh(kind)
                engine = database.connect(url)
                with Session(engine) as session:
                    pages.furnish(session, given.items, given.size)
                    for wave in session.exec(select(Wave)):
                        wave.status = "closed"
                    publish(session)
                    session.commit()
                    session.expire_all()
                    measure(session, engine)
                engine.dispose()
                made.drop(url)


if __name__ == "__main__":
    main()
