"""Collectors: found by what people type, on both databases."""

from __future__ import annotations

import datetime as dt
import random

import pytest
from sqlalchemy import event
from sqlmodel import Session

from surveys.places import codes, collectors
from surveys.tables import Collector, ServicePoint, Unit
from tests import builders
from tests.builders import TODAY

TOMORROW = TODAY + dt.timedelta(days=1)


def with_code(session: Session, point: ServicePoint, body: str) -> Collector:
    """A collector with a chosen code."""
    made = Collector(code=body + codes.check_character(body), point_id=point.id or 0, made_on=TODAY)
    session.add(made)
    session.flush()
    return made


def issue(session: Session, point: ServicePoint, rng: random.Random) -> Collector:
    return collectors.issue(session, point, kind="open", today=TODAY, rng=rng)


def suggestions(session: Session, typed: str) -> tuple[str, ...]:
    with pytest.raises(collectors.UnknownCode) as caught:
        collectors.find(session, typed, on=TODAY)
    assert caught.value.typed == typed
    return caught.value.suggestions


def test_issued_code_is_found_however_it_is_typed(session: Session) -> None:
    point = builders.counter(session)
    made = collectors.issue(session, point, kind="sampled", today=TODAY)
    assert (made.point_id, made.kind, made.made_on) == (point.id, "sampled", TODAY)
    assert collectors.is_wellformed(made.code)
    for typed in (made.code, made.code.lower(), f" {made.code[:4]}-{made.code[4:]} "):
        assert collectors.find(session, typed, on=TODAY) is made


def test_taken_code_is_not_issued_again(session: Session) -> None:
    point = builders.counter(session)
    rng = random.Random(5)
    issued = [issue(session, point, rng) for _ in range(2)]
    issued.append(issue(session, point, random.Random(5)))
    rng = random.Random(5)
    expected = [collectors.new_code(rng) for _ in range(3)]
    assert [collector.code for collector in issued] == expected


def test_mistyped_code_suggests_the_right_one(session: Session) -> None:
    code = with_code(session, builders.counter(session), "K7M2Q8").code
    typed = [
        "X" + code[1:], "7KM2Q8" + code[6:], code[:-1], code[1:], code + "5", "U" + code[1:],
    ]  # fmt: skip
    assert [suggestions(session, slip) for slip in typed] == [(code,)] * len(typed)


@pytest.mark.parametrize("typed", ["", "Z", "0" * 5000, "' OR 1=1 --", "Đất đai", "\x00"])
def test_nonsense_suggests_nothing(session: Session, typed: str) -> None:
    with_code(session, builders.counter(session), "K7M2Q8")
    assert suggestions(session, typed) == ()


def test_suggestions_are_the_first_three_in_order_from_one_query(session: Session) -> None:
    point = builders.counter(session)
    near = sorted(codes.near("K7M2Q8", collectors.CODE_LENGTH))[:4]
    for code in reversed(near):
        with_code(session, point, code[:-1])
    asked: list[str] = []
    event.listen(session.get_bind(), "before_cursor_execute", lambda *event: asked.append(event[2]))
    assert suggestions(session, "K7M2Q8") == tuple(near[:3])
    assert len(asked) == 1


def test_retired_code_says_so_and_is_not_suggested(session: Session) -> None:
    made = with_code(session, builders.counter(session), "K7M2Q8")
    collectors.retire(session, made, today=TOMORROW)
    assert collectors.find(session, made.code, on=TODAY) is made
    assert suggestions(session, made.code[:-1]) == (made.code,)
    collectors.retire(session, made, today=TODAY)
    with pytest.raises(collectors.RetiredCode) as caught:
        collectors.find(session, made.code, on=TODAY)
    assert caught.value.collector is made
    assert suggestions(session, made.code[:-1]) == ()


@pytest.mark.parametrize("ended", ["point", "unit"])
def test_code_ends_with_its_place(session: Session, ended: str) -> None:
    point = builders.counter(session)
    made = with_code(session, point, "K7M2Q8")
    place = point if ended == "point" else session.get_one(Unit, point.unit_id)
    place.valid_to = TOMORROW
    session.flush()
    assert collectors.find(session, made.code, on=TODAY) is made
    with pytest.raises(collectors.RetiredCode):
        collectors.find(session, made.code, on=TOMORROW)


def test_collectors_of_a_point_in_the_order_they_were_made(session: Session) -> None:
    one, other = builders.counter(session), builders.counter(session, "17239")
    made = [collectors.issue(session, one, kind="open", today=TODAY) for _ in range(3)]
    assert collectors.of_point(session, one.id or 0) == made
    assert collectors.of_point(session, other.id or 0) == []


def test_codes_in_use_stand_by_point_without_retired_ones(session: Session) -> None:
    one, other = builders.counter(session), builders.counter(session, "17239")
    kept, gone = (collectors.issue(session, one, kind="open", today=TODAY) for _ in range(2))
    collectors.retire(session, gone, today=TODAY)
    ids = [one.id or 0, other.id or 0]
    assert collectors.in_use(session, ids, on=TODAY) == {one.id: [kept]}
    assert collectors.in_use(session, ids, on=TODAY - dt.timedelta(1)) == {one.id: [kept, gone]}


@pytest.mark.parametrize("base", ["https://hailong.example", "https://hailong.example/"])
def test_address_of_a_code(base: str) -> None:
    assert collectors.address(base, "K7M2Q8X") == "https://hailong.example/k/K7M2Q8X"
