"""What the pages of offices cost over a large year: first view, p50, p95, CPU and clock.

    python -m tests.bench.pages [--size 1000000] [--items 16] [--kind sqlite postgresql]
                                [--views 40] [--profile PAGE]

200 units with one counter each, 5 fields, the working days of a month (see `tests.bench.tallies`)
in the open wave of the year, a fifth as many in a closed wave of the year before, a comment to
every thousandth answer. Each page is asked for in a process that keeps nothing yet (`first`), and
then again and again while answers come in. CPU is that of this process and of the server's that
works for it.
"""

from __future__ import annotations

import argparse
import cProfile
import datetime as dt
import pstats
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import flask
from sqlalchemy import Engine, text
from sqlmodel import Session, select

from app import create_app, memory
from app.settings import Settings
from surveys.counts import upkeep
from surveys.fieldwork import comments, responses
from surveys.offices import staff
from surveys.questionnaires import registry
from surveys.tables import ServicePoint, StoredInstrument, Wave
from tests import builders, databases, fieldwork
from tests.bench import tallies
from tests.visitor import Visitor

CODE, EARLIER = "sipas-quay", 200_000
PASSWORD = "mật khẩu rất dài"
#: Each page, and who looks at it.
PAGES = {
    "home": ("noi-vu", "/van-phong"),
    "sector": ("noi-vu", "/van-phong/administration"),
    "sector, one field": ("noi-vu", "/van-phong/administration?linhvuc=land"),
    "unit": ("noi-vu", "/van-phong/don-vi/u100"),
    "groups": ("noi-vu", "/van-phong/administration/nhom?theo=nhom-field"),
    "ways": ("noi-vu", "/van-phong/administration/nhom?theo=nhom-cach"),
    "unit's groups": ("noi-vu", "/van-phong/don-vi/u100/nhom"),
    "point": ("noi-vu", "/van-phong/don-vi/u100/diem/quay-1"),
    "steering": ("noi-vu", "/van-phong/administration/dieu-chinh-mau"),
    "comments": ("vp", "/van-phong/gop-y"),
    "all comments": ("noi-vu", "/noi-vu/gop-y"),
    "reports": ("noi-vu", "/van-phong/bao-cao"),
    "waves": ("noi-vu", "/noi-vu"),
    "wave": ("noi-vu", "/noi-vu/dot/dot-1"),
    "integrity": ("noi-vu", "/noi-vu/dot/dot-1/phieu-la"),
}


def furnish(session: Session, items: int, many: int) -> None:
    """A year and the one before it, with accounts and comments, committed."""
    tallies.furnish(session, items, CODE)
    _people(session)
    session.commit()
    tallies.fill(session, items, many)
    wave = session.exec(select(Wave)).one()
    form = session.exec(select(StoredInstrument)).one()
    before = builders.draft(
        session, "dot-0", opens_on=dt.date(2025, 3, 1), closes_on=dt.date(2025, 3, 31), form=form
    )
    before.status = "closed"
    session.flush()
    _over_the_day(session)
    _copied(session, before)
    for one in (before, wave):
        upkeep.recount(session, one)
    _spoken(session)
    session.commit()
    session.execute(text("ANALYZE"))
    session.commit()


def _people(session: Session) -> None:
    add = partial(staff.add, session, password=PASSWORD, demo=True)
    add(username="noi-vu", name="Phòng Nội vụ", role="central")
    add(username="vp", name="Văn phòng", role="sector", sector="administration")


def _over_the_day(session: Session) -> None:
    """Answers come in from half past seven to half past four; every fiftieth was very fast."""
    minute = "(id % 100000 * 7919 % 540 + 30)"
    moment = f"datetime(day, {minute} || ' minutes') || '.000000'"
    if session.get_bind().dialect.name == "postgresql":
        moment = f"(day + {minute} * interval '1 minute') AT TIME ZONE 'UTC'"
    with tallies.without_triggers(session.connection(), unchecked=True):
        session.execute(text(
            f"UPDATE response SET answered_at = {moment}, "
            "quality = CASE WHEN id % 50 = 0 THEN 'fast' ELSE '' END"
        ))  # fmt: skip


def _copied(session: Session, wave: Wave) -> None:
    """Answers of the open wave, a year earlier, into another one."""
    *columns, key, digest, receipt = tallies.COLUMNS
    day = "replace(day, '2026', '2025')"
    if session.get_bind().dialect.name == "postgresql":
        day = "day - 365"
    taken = [{"wave_id": str(wave.id), "day": day}.get(name, name) for name in columns]
    with tallies.without_triggers(session.connection(), unchecked=True):
        session.execute(text(
            f"INSERT INTO response ({', '.join(tallies.COLUMNS)}) SELECT {', '.join(taken)}, "
            f"'b' || {key}, {digest}, 'b' || {receipt} FROM response WHERE id <= {EARLIER}"
        ))  # fmt: skip


def _spoken(session: Session) -> None:
    """Comments; every tenth was passed on to its unit."""
    session.execute(text(
        "INSERT INTO comment (response_id, question_code, text) "
        "SELECT id, 'G3', 'Xin thêm ghế ở chỗ chờ' FROM response WHERE id % 1000 = 0"
    ))  # fmt: skip
    session.flush()
    numbers = session.execute(text("SELECT response_id FROM comment WHERE response_id % 10000 = 0"))
    for (number,) in numbers.all():
        found = comments.find(session, number, "G3")
        assert found is not None
        comments.screen(session, found, shown=found.comment.text, category="place")


def coming_in(engine: Engine) -> Iterator[None]:
    """Whenever it is asked, one more answer is recorded."""
    number = 0
    with Session(engine) as session:
        places = session.exec(select(ServicePoint)).all()
        codes = [fieldwork.collector(session, place, "open") for place in places]
        form = builders.submission(session, codes[0]).instrument
        width = len(registry.instrument_of(form).items)
        while True:
            number += 1
            given = builders.answers("5" * width)
            sent = builders.submission(session, codes[number % len(codes)], number, given=given)
            responses.record(session, sent)
            session.commit()
            yield


def measure(app: flask.Flask, views: int) -> None:
    """Print a line for each page."""
    engine = app.extensions["engine"]
    visitors = {name: Visitor(app) for name in ("noi-vu", "vp")}
    for name, visitor in visitors.items():
        visitor.sign_in(name, PASSWORD)
    answers = coming_in(engine)
    for name, (who, address) in PAGES.items():
        # As in a process that has just started: signing in shows a page, too.
        memory.install(app)
        taken = []
        for _ in range(views + 1):
            next(answers)
            cpu, clock = spent(engine), time.perf_counter()
            page = visitors[who].client.get(address)
            taken.append((spent(engine) - cpu, time.perf_counter() - clock))
            assert page.status_code == 200, (name, page.status)
        said = [f"{1e3 * value:8.0f}" for value in taken[0]]
        for each in zip(*taken[1:], strict=True):
            order = sorted(each)
            said += [f"{1e3 * order[int(len(order) * part)]:8.0f}" for part in (0.5, 0.95)]
        weight = len(page.data) / 1024
        print(f"{engine.dialect.name:10} {name:18}", *said, f"{weight:8.0f}", flush=True)


def spent(engine: Engine) -> float:
    """Seconds of CPU so far, of this process and of all of the server's for this database."""
    server = 0
    if engine.dialect.name == "postgresql":
        with engine.connect() as connection:
            pids = connection.execute(
                text("SELECT pid FROM pg_stat_activity WHERE datname = current_database()")
            ).scalars()
            for pid in pids:
                status = Path(f"/proc/{pid}/schedstat")
                server += int(status.read_text("utf-8").split()[0]) if status.exists() else 0
    return time.process_time() + server / 1e9


def profile(app: flask.Flask, name: str) -> None:
    """Print where the time of a page goes that is seen for the first time."""
    who, address = PAGES[name]
    visitor = Visitor(app)
    visitor.sign_in(who, PASSWORD)
    visitor.client.get("/van-phong/tai-khoan")
    watch = cProfile.Profile()
    watch.runcall(visitor.client.get, address)
    pstats.Stats(watch).strip_dirs().sort_stats("cumulative").print_stats(70)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=1_000_000)
    parser.add_argument("--items", type=int, default=16)
    parser.add_argument("--views", type=int, default=40)
    parser.add_argument("--kind", nargs="+", default=databases.KINDS)
    parser.add_argument("--profile", choices=PAGES)
    given = parser.parse_args()
    print(
        "milliseconds                  first CPU   clock  p50 CPU p95 CPU  p50 clk p95 clk     KB"
    )
    with tempfile.TemporaryDirectory(prefix="hailong-") as name:
        folder = Path(name)
        (folder / "server").mkdir()
        with databases.postgresql_server(folder / "server") as server:
            made = databases.Databases(folder, server)
            for kind in given.kind:
                url = made.fresh(kind)
                app = create_app(
                    Settings(database_url=url, secret_key="bench", clock=lambda: builders.NOW)
                )
                with Session(app.extensions["engine"]) as session:
                    furnish(session, given.items, given.size)
                if given.profile:
                    profile(app, given.profile)
                else:
                    measure(app, given.views)
                app.extensions["engine"].dispose()
                made.drop(url)


if __name__ == "__main__":
    main()
