"""The audit trail: every alteration is found at its place; on both databases."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from surveys import database
from surveys.offices import audit
from surveys.offices.audit import Seal, TrailBroken
from surveys.tables import TrailEntry
from tests.builders import NOW


def write(session: Session, count: int = 1) -> list[TrailEntry]:
    return [
        audit.append(
            session, actor="an", action="wave.close", detail={"code": f"đợt-{number}"},
            now=NOW + dt.timedelta(seconds=number),
        )
        for number in range(count)
    ]  # fmt: skip


def tamper(session: Session, statement: str) -> None:
    """As somebody would who owns the database."""
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ALTER TABLE trail_entry DISABLE TRIGGER trail_kept"))
    else:
        session.execute(text("DROP TRIGGER trail_kept_update"))
        session.execute(text("DROP TRIGGER trail_kept_delete"))
    session.execute(text(statement))
    session.expire_all()


def test_a_trail_without_entries_is_whole(session: Session) -> None:
    assert audit.verify(session) == Seal(0, audit.NOTHING)


def test_entries_follow_one_another(session: Session) -> None:
    first, second, third = write(session, 3)
    assert (first.before, second.before, third.before) == (
        audit.NOTHING, first.sha256, second.sha256
    )  # fmt: skip
    assert audit.verify(session) == audit.seal(session) == Seal(3, third.sha256)


def test_an_entry_reads_the_same_from_the_database(session: Session) -> None:
    (entry,) = write(session)
    session.commit()
    session.expire_all()
    assert audit.checksum(session.get_one(TrailEntry, entry.number)) == entry.sha256


@pytest.mark.parametrize(
    ("statement", "number", "kind"),
    [
        ("UPDATE trail_entry SET actor = 'binh' WHERE number = 2", 2, "changed"),
        ("UPDATE trail_entry SET detail = '{}' WHERE number = 3", 3, "changed"),
        ("UPDATE trail_entry SET sha256 = before WHERE number = 1", 1, "changed"),
        ("UPDATE trail_entry SET at = '2020-01-01 00:00:00+00' WHERE number = 4", 4, "changed"),
        ("DELETE FROM trail_entry WHERE number = 1", 1, "cut"),
        ("DELETE FROM trail_entry WHERE number = 3", 3, "cut"),
        ("DELETE FROM trail_entry WHERE number > 3", 4, "cut"),
        ("DELETE FROM trail_entry", 1, "cut"),
    ],
)
def test_the_first_altered_entry_is_found(
    session: Session, statement: str, number: int, kind: str
) -> None:
    write(session, 5)
    tamper(session, statement)
    with pytest.raises(TrailBroken) as caught:
        audit.verify(session)
    assert (caught.value.number, caught.value.kind) == (number, kind)


def test_a_changed_entry_with_its_own_new_checksum_does_not_fit_the_next(session: Session) -> None:
    entry = write(session, 3)[1]
    entry.actor = "binh"
    forged = audit.checksum(entry)
    session.refresh(entry)
    change = f"UPDATE trail_entry SET actor = 'binh', sha256 = '{forged}' WHERE number = 2"
    tamper(session, change)
    with pytest.raises(TrailBroken) as caught:
        audit.verify(session)
    assert (caught.value.number, caught.value.kind) == (3, "joined")


def test_a_trail_made_anew_does_not_fit_a_seal(session: Session) -> None:
    write(session, 3)
    sealed = audit.seal(session)
    tamper(session, "DELETE FROM trail_entry")
    session.execute(text(f"UPDATE trail_end SET number = 0, sha256 = '{audit.NOTHING}'"))
    audit.append(session, actor="binh", action="x", detail={}, now=NOW)
    write(session, 3)
    assert audit.verify(session).number == 4
    with pytest.raises(TrailBroken) as caught:
        audit.verify(session, seals=[sealed])
    assert (caught.value.number, caught.value.kind) == (3, "sealed")


def test_a_seal_of_an_entry_that_is_gone(session: Session) -> None:
    write(session, 2)
    with pytest.raises(TrailBroken) as caught:
        audit.verify(session, seals=[Seal(7, "a" * 64)])
    assert (caught.value.number, caught.value.kind) == (3, "cut")


@pytest.mark.parametrize("change", ["UPDATE trail_entry SET actor = ''", "DELETE FROM trail_entry"])
def test_the_database_refuses_changes(session: Session, change: str) -> None:
    write(session)
    with pytest.raises(DBAPIError, match="not changed"):
        session.execute(text(change))


def test_what_is_rolled_back_leaves_no_entry(session: Session) -> None:
    write(session)
    session.rollback()
    write(session)
    session.commit()
    assert audit.verify(session).number == 1


def test_entries_of_many_at_once_make_one_chain(engine: Engine) -> None:
    def work(name: str) -> None:
        for _ in range(5):
            with database.writing(engine) as session:
                audit.append(session, actor=name, action="x", detail={}, now=NOW)

    threads = [threading.Thread(target=work, args=(f"a{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        assert audit.verify(session).number == 30
        assert audit.actors(session) == [f"a{n}" for n in range(6)]
