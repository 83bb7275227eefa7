"""Single statements, over connections that lie ready and go with their engine."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest
import sqlalchemy
from sqlalchemy import Engine, bindparam, text
from sqlmodel import Session, col, select

import surveys.tables as t
from surveys import database, singles
from tests import builders

_BY_CODE = sqlalchemy.select(col(t.Unit.name)).where(col(t.Unit.code) == bindparam("code"))


@pytest.fixture
def unit(session: Session) -> t.Unit:
    """A unit that can be looked for."""
    made = builders.unit(session, "17266")
    session.commit()
    return made


def ready(engine: Engine) -> list[object]:
    """The connections that lie ready."""
    return list(singles._idle.get(engine, ()))


def test_a_glance_uses_the_connection_of_the_one_before(engine: Engine, unit: t.Unit) -> None:
    first = singles.glance(engine, _BY_CODE, {"code": "17266"})
    (kept,) = ready(engine)
    assert singles.glance(engine, _BY_CODE, {"code": "17266"}) == first != []
    assert ready(engine) == [kept]


def test_a_glance_sees_what_was_committed_in_between(
    engine: Engine, session: Session, unit: t.Unit
) -> None:
    singles.glance(engine, _BY_CODE, {"code": "17266"})
    unit.name = "Xã mới"
    session.add(unit)
    session.commit()
    assert [tuple(row) for row in singles.glance(engine, _BY_CODE, {"code": "17266"})] == [
        ("Xã mới",)
    ]


def test_a_connection_on_which_something_failed_is_not_used_again(
    engine: Engine, unit: t.Unit
) -> None:
    singles.glance(engine, _BY_CODE, {"code": "17266"})
    driver = engine.dialect.loaded_dbapi
    with pytest.raises(driver.Error):  # type: ignore[union-attr]
        singles.glance(engine, select(text("nothing FROM nowhere")), {})  # type: ignore[call-overload]
    assert ready(engine) == []
    assert len(singles.glance(engine, _BY_CODE, {"code": "17266"})) == 1


def test_connections_go_with_their_engine_also_those_in_use(engine: Engine, unit: t.Unit) -> None:
    singles.glance(engine, _BY_CODE, {"code": "17266"})
    with singles._connection(engine) as used:
        engine.dispose()
    assert ready(engine) == []
    with pytest.raises(engine.dialect.loaded_dbapi.Error):  # type: ignore[union-attr]
        used.execute("SELECT 1")
    assert len(singles.glance(engine, _BY_CODE, {"code": "17266"})) == 1


def test_no_more_lie_ready_than_are_wanted(
    engine: Engine, unit: t.Unit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(singles, "MOST_IDLE", 1)
    with singles._connection(engine), singles._connection(engine):
        pass
    assert len(ready(engine)) == 1


def test_a_connection_that_the_server_closed_is_replaced(engine: Engine, unit: t.Unit) -> None:
    if engine.dialect.name == "sqlite":
        return  # no server
    singles.glance(engine, _BY_CODE, {"code": "17266"})
    (lost,) = ready(engine)
    with database.writing(engine) as session:
        pid = lost.info.backend_pid  # type: ignore[attr-defined]
        session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    assert len(singles.glance(engine, _BY_CODE, {"code": "17266"})) == 1
    assert ready(engine) != [lost]


def test_threads_and_processes_write_in_turns(tmp_path: Path) -> None:
    engine = database.connect(f"sqlite:///{tmp_path}/one.db")
    log = tmp_path / "log"

    def write(name: str) -> None:
        for _ in range(5):
            with database.turn(engine), log.open("a") as lines:
                lines.write(f"{name} in\n")
                lines.flush()
                time.sleep(0.005)
                lines.write(f"{name} out\n")

    write("first")  # the parent has the file open before there is a child
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        write("child")
        os._exit(0)
    threads = [threading.Thread(target=write, args=(f"thread-{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert os.waitpid(child, 0)[1] == 0
    lines = log.read_text().splitlines()
    assert len(lines) == 2 * 5 * 5
    for entered, left in zip(lines[::2], lines[1::2], strict=True):
        assert entered.removesuffix(" in") == left.removesuffix(" out")
    engine.dispose()
