"""What microdata and a bundle of a large year cost: rows a second, memory, size.

    python -m tests.bench.microdata [--size 1000000] [--items 16]

200 units with one counter each, 5 fields, the working days of a month (see `tests.bench.tallies`),
weighted by field, published, then taken out by processes of their own. SQLite.
"""

from __future__ import annotations

import argparse
import multiprocessing
import tempfile
import time
from pathlib import Path

from sqlmodel import Session, select

from app.documents import bundle, microdata
from surveys import database, schema
from surveys.tables import Release, Wave
from tests import builders


def publish(url: str, items: int, size: int) -> None:
    """A published year with this many answers."""
    # Here, for who takes the files away shall not be told to carry this, too.
    from surveys.counts import upkeep  # noqa: PLC0415
    from tests import releasing  # noqa: PLC0415
    from tests.bench import tallies  # noqa: PLC0415

    engine = database.connect(url)
    schema.upgrade(engine)
    with Session(engine) as session:
        tallies.furnish(session, items)
        session.commit()
        tallies.fill(session, items, size)
        wave = session.exec(select(Wave)).one()
        upkeep.recount(session, wave)
        wave.status = "closed"
        session.commit()
        releasing.publish(
            session, programme=builders.programme(), sector="administration", year=2026,
            now=builders.NOW,
        )  # fmt: skip
        session.commit()


def take(url: str, kind: str, size: int) -> None:
    """Print what one file costs, in a process of its own."""
    maker = {"microdata": microdata.take, "bundle": bundle.take}[kind]
    with Session(database.connect(url)) as session, tempfile.TemporaryFile() as file:
        before, clock = time.process_time(), time.perf_counter()
        release = session.exec(select(Release)).one()
        maker(session, builders.programme(), release, key=b"key", file=file)
        spent, passed = time.process_time() - before, time.perf_counter() - clock
        # `getrusage` would tell the peak of the process that started this one, if that was higher.
        status = Path("/proc/self/status").read_text("utf-8")
        peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
        print(
            f"{kind:10} {spent:6.1f} s CPU, {passed:6.1f} s clock, {size / spent:9,.0f} rows/s, "
            f"{peak:5.0f} MB, {file.tell() / 2**20:5.0f} MB ZIP"
        )


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=16)
    given = parser.parse_args()
    alone = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        for target, arguments in (
            (publish, (url, given.items, given.size)),
            (take, (url, "microdata", given.size)),
            (take, (url, "bundle", given.size)),
        ):
            process = alone.Process(target=target, args=arguments)
            process.start()
            process.join()


if __name__ == "__main__":
    main()
