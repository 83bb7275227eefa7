"""What the engine promises on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlmodel import Session, SQLModel, select

import surveys.tables as t
from surveys import database, schema
from surveys.fieldwork import tickets
from tests import builders, fieldwork


def account(name: str = "an", role: str = "central") -> t.Staff:
    return t.Staff(username=name, name="An", password_hash="x", role=role)


def test_reading_session_cannot_write(engine: Engine) -> None:
    with database.reading(engine) as session:
        session.add(account())
        with pytest.raises(DBAPIError):
            session.flush()


def test_connection_can_write_again_after_it_was_used_for_reading(engine: Engine) -> None:
    with database.reading(engine) as session:
        session.exec(select(t.Staff)).all()
    with database.writing(engine) as session:
        session.add(account())
    with database.reading(engine) as session:
        assert session.exec(select(t.Staff.username)).all() == ["an"]


def test_connection_that_the_server_closed_is_replaced(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        return  # no server
    with database.reading(engine) as session:
        lost = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    other = database.connect(engine.url.render_as_string(hide_password=False))
    with database.writing(other) as session:
        session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": lost})
    other.dispose()
    with database.writing(engine) as session:
        assert session.execute(text("SELECT pg_backend_pid()")).scalar_one() != lost


def test_reading_session_sees_one_moment(engine: Engine) -> None:
    with database.reading(engine) as session:
        before = session.exec(select(t.Staff.username)).all()
        with database.writing(engine) as other:
            other.add(account("two"))
        assert session.exec(select(t.Staff.username)).all() == before


def test_what_a_server_has_planned_outlives_a_reading(engine: Engine) -> None:
    if engine.dialect.name == "sqlite":
        return  # no server
    for _ in range(10):
        with database.reading(engine) as session:
            session.exec(select(t.Staff.username)).all()
            kept = session.execute(text("SELECT statement FROM pg_prepared_statements")).all()
    assert any("staff.username" in statement for (statement,) in kept)


def test_failed_block_leaves_nothing(engine: Engine) -> None:
    def fail() -> None:
        with database.writing(engine) as session:
            session.add(account())
            session.flush()
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    with database.reading(engine) as session:
        assert session.exec(select(t.Staff)).all() == []


def test_moment_comes_back_in_utc(session: Session) -> None:
    moment = dt.datetime(2026, 3, 1, 7, 30, tzinfo=database.TIME_ZONE)
    person = account()
    person.disabled_at = moment
    session.add(person)
    session.commit()
    session.expire_all()
    stored = session.exec(select(t.Staff.disabled_at)).one()
    assert stored is not None
    assert (stored.isoformat(), database.day_of(stored)) == (
        "2026-03-01T00:30:00+00:00",
        dt.date(2026, 3, 1),
    )


def test_moment_without_zone_is_refused(session: Session) -> None:
    person = account()
    person.disabled_at = dt.datetime(2026, 3, 1)  # noqa: DTZ001 - the fault under test
    session.add(person)
    with pytest.raises(StatementError, match="without time zone"):
        session.flush()


def test_violated_constraint_is_named(session: Session) -> None:
    session.add(account(role="sector"))
    with pytest.raises(IntegrityError, match="ck_staff_sector_scope"):
        session.flush()


def test_migrations_make_exactly_the_tables(engine: Engine) -> None:
    with engine.begin() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, SQLModel.metadata) == []


def test_head_is_pinned(engine: Engine) -> None:
    with engine.begin() as connection:
        script = ScriptDirectory.from_config(schema.configuration(connection))
        assert [schema.head()] == script.get_heads()
        assert schema.current(connection) == schema.head()


def test_batches_of_tickets_keep_their_numbers_and_slips_through_migrations(
    session: Session, engine: Engine
) -> None:
    code = fieldwork.collector(session, builders.counter(session), "sampled")
    wave = builders.open_wave(session)
    minted = tickets.mint(
        session, code, every=3, size=3, expires_on=wave.closes_on, by="An", now=builders.NOW
    )
    session.commit()
    for step, revision in ((command.downgrade, "0010_comments"), (command.upgrade, "head")):
        with engine.begin() as connection:
            step(schema.configuration(connection), revision)
    assert tickets.batch_of(session, minted.tokens[2]).minted_by == "An"
    if engine.dialect.name == "sqlite":
        assert session.execute(text("PRAGMA foreign_key_check")).all() == []


def test_migrations_can_be_taken_back(engine: Engine) -> None:
    with engine.begin() as connection:
        command.downgrade(schema.configuration(connection), "base")
    with engine.begin() as connection:
        assert schema.current(connection) is None
        command.upgrade(schema.configuration(connection), "head")
        assert connection.execute(text("SELECT count(*) FROM answer")).scalar() == 0
