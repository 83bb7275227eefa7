"""Tickets for programs: one for a dossier however often it asks, by chance, and not traceable."""

from __future__ import annotations

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, func, select

from surveys import database
from surveys.fieldwork import draws, tickets
from surveys.fieldwork.draws import Drawn, OtherRequest
from surveys.fieldwork.waves import NoOpenWave
from surveys.offices import api_keys
from surveys.offices.api_keys import Caller
from surveys.tables import Collector, ServicePoint, Ticket, TicketBatch, Unit
from tests import builders, dumps
from tests.builders import NOW, TODAY

SECRET = b"of this installation"
ASKERS = 16


@pytest.fixture
def point(session: Session) -> ServicePoint:
    """A counter where a wave is open until the end of March."""
    builders.open_wave(session)
    return builders.counter(session)


def caller(session: Session, name: str = "Một cửa", every: int = 1) -> Caller:
    """A program that may ask for tickets."""
    _, shown = api_keys.make(
        session, name=name, scopes=["tickets"], every=every, expires_on=dt.date(2026, 12, 31),
        by="Nội vụ", now=NOW,
    )  # fmt: skip
    found = api_keys.identify(session, shown, on=TODAY)
    assert found
    return found[0]


def draw(
    session: Session, point: ServicePoint, program: Caller, request: str, **changes: Any
) -> Drawn | None:
    """What a request for a ticket comes to."""
    given = {"secret": SECRET, "now": NOW, **changes}
    return draws.draw(session, point, caller=program, request=request, **given)


def test_the_same_request_gets_the_same_ticket(session: Session, point: ServicePoint) -> None:
    program = caller(session)
    first, again = (draw(session, point, program, "hồ sơ 1") for _ in range(2))
    assert first
    assert again
    assert (first.new, again.new) == (True, False)
    assert first.token == again.token
    assert first.expires_on == dt.date(2026, 3, 31)
    tickets.check(session, first.token, on=TODAY)
    assert len(session.exec(select(Ticket)).all()) == 1


def test_others_get_another_ticket(session: Session, point: ServicePoint) -> None:
    one, two = caller(session), caller(session, "Phần mềm khác")
    found = [
        draw(session, point, one, "hồ sơ 1"),
        draw(session, point, one, "hồ sơ 2"),
        draw(session, point, two, "hồ sơ 1"),
    ]
    assert len({each.token for each in found if each}) == 3
    # Who has the database and not the secret finds no ticket of a dossier.
    other = draw(session, point, one, "hồ sơ 1", secret=b"another")
    assert other
    assert other.new


def test_nothing_of_the_request_or_the_token_is_stored(
    session: Session, point: ServicePoint, engine: Engine
) -> None:
    found = draw(session, point, caller(session), "H29.17266-260310-0001")
    session.commit()
    assert found
    kept = repr(dumps.contents(engine))
    assert "260310-0001" not in kept
    assert found.token not in kept


def test_tickets_of_a_program_and_point_stay_together(
    session: Session, point: ServicePoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tickets, "MOST", 3)
    program = caller(session)
    for number in range(4):
        draw(session, point, program, f"hồ sơ {number}")
    batches = session.exec(select(TicketBatch).order_by(col(TicketBatch.id))).all()
    assert [(each.size, each.every, each.minted_by) for each in batches] == [
        (3, 1, "API: Một cửa"), (1, 1, "API: Một cửa"),
    ]  # fmt: skip
    numbers = session.exec(select(Ticket.batch_id, Ticket.number)).all()
    assert sorted(numbers) == [(batches[0].id, 1), (batches[0].id, 2), (batches[0].id, 3),
                               (batches[1].id, 1)]  # fmt: skip


def test_one_in_k_is_drawn_and_asking_again_does_not_help(
    session: Session, point: ServicePoint
) -> None:
    program = caller(session, every=4)
    asked = [f"hồ sơ {number}" for number in range(400)]
    first = [draw(session, point, program, name) is not None for name in asked]
    # Four standard deviations of 400 draws at 1 in 4.
    assert 65 <= sum(first) <= 135
    assert first == [draw(session, point, program, name) is not None for name in asked]
    assert session.exec(select(func.count()).select_from(Ticket)).one() == sum(first)


def test_a_name_used_at_another_point_is_refused(session: Session, point: ServicePoint) -> None:
    program = caller(session)
    other = builders.point(session, session.get_one(Unit, point.unit_id), "quay-2")
    draw(session, point, program, "hồ sơ 1")
    with pytest.raises(OtherRequest):
        draw(session, other, program, "hồ sơ 1")


def test_without_a_wave_there_is_no_ticket_but_an_old_one_is_told_again(
    session: Session, point: ServicePoint
) -> None:
    program = caller(session)
    first = draw(session, point, program, "hồ sơ 1")
    later = NOW + dt.timedelta(days=40)
    again = draw(session, point, program, "hồ sơ 1", now=later)
    assert first
    assert again
    assert again.token == first.token
    with pytest.raises(NoOpenWave):
        draw(session, point, program, "hồ sơ 2", now=later)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_new_ticket_writes_its_batch_anew(session: Session, point: ServicePoint) -> None:
    program = caller(session)
    drawn = [draw(session, point, program, f"hồ sơ {number}") for number in range(2)]
    session.commit()
    code = session.exec(select(Collector)).one()
    assert drawn[0]
    tickets.answer(session, drawn[0].token, builders.submission(session, code))
    session.commit()
    draw(session, point, program, "hồ sơ 3")
    session.commit()
    written = session.execute(text("SELECT count(DISTINCT xmin::text) FROM ticket")).scalar_one()
    answered = session.execute(text("SELECT xmin::text FROM response")).scalar_one()
    assert written == 1
    assert answered != session.execute(text("SELECT min(xmin::text) FROM ticket")).scalar_one()


def test_many_who_ask_at_once_get_one_ticket(
    session: Session, point: ServicePoint, engine: Engine
) -> None:
    program, point_id = caller(session), point.id
    # What is read after it would open a transaction, and keep others from writing.
    session.commit()
    together = threading.Barrier(ASKERS)

    def ask(number: int) -> str:
        together.wait()
        with database.writing(engine) as own:
            place = own.get_one(ServicePoint, point_id)
            found = draw(own, place, program, f"hồ sơ {number % 2}")
            return found.token if found else ""

    with ThreadPoolExecutor(ASKERS) as pool:
        told = list(pool.map(ask, range(ASKERS)))
    assert len(set(told)) == 2
    assert len(session.exec(select(Ticket)).all()) == 2
    assert session.exec(select(TicketBatch.size)).one() == 2
    assert len(session.exec(select(Collector)).all()) == 1
