"""Counting what happened lately: in memory and in a real Redis, which must agree."""

from __future__ import annotations

import datetime as dt
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import flask
import pytest

from app import counters
from app.counters import DAY, TEN_MINUTES, Counters, MemoryCounters, Window
from app.redis_counters import RedisCounters
from tests import builders
from tests.redis_servers import redis_server

NOW = builders.NOW
MINUTE = dt.timedelta(minutes=1)
Server = tuple[str, "subprocess.Popen[bytes]"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A Redis of this test."""
    with redis_server(tmp_path) as server:
        yield server


@pytest.fixture(params=["memory", "redis"])
def counted(request: pytest.FixtureRequest) -> Counters:
    """Counters of each kind, with nothing in them."""
    if request.param == "memory":
        return MemoryCounters()
    return RedisCounters(request.getfixturevalue("server")[0])


def test_what_happened_within_the_window_is_counted(counted: Counters) -> None:
    assert [counted.add("a", NOW, TEN_MINUTES) for _ in range(3)] == [1, 2, 3]
    assert counted.add("b", NOW, TEN_MINUTES) == 1
    assert counted.add("a", NOW + 9 * MINUTE, TEN_MINUTES, 2) == 5
    assert counted.add("a", NOW + 10 * MINUTE, TEN_MINUTES, 0) == 2
    assert counted.add("a", NOW + 19 * MINUTE, TEN_MINUTES, 0) == 0


def test_windows_do_not_mix_and_a_count_can_be_given_back(counted: Counters) -> None:
    counted.add("a", NOW, DAY)
    assert counted.add("a", NOW, TEN_MINUTES, 0) == 0
    assert counted.add("a", NOW + 23 * 60 * MINUTE, DAY, -1) == 0


def test_many_at_once_are_all_counted(counted: Counters) -> None:
    with ThreadPoolExecutor(16) as pool:
        seen = list(pool.map(lambda _: counted.add("a", NOW, TEN_MINUTES), range(400)))
    assert max(seen) == 400
    assert counted.add("a", NOW, TEN_MINUTES, 0) == 400


def test_a_salt_lasts_a_day(counted: Counters) -> None:
    first, second = dt.date(2026, 3, 10), dt.date(2026, 3, 11)
    assert counted.salt(first) == counted.salt(first)
    assert counted.salt(first) != counted.salt(second)
    assert len(counted.salt(second)) == counters.SALT


def test_memory_keeps_no_salt_of_yesterday_and_no_minute_that_is_over() -> None:
    counted = MemoryCounters()
    before = counted.salt(dt.date(2026, 3, 10))
    counted.salt(dt.date(2026, 3, 11))
    assert counted.salt(dt.date(2026, 3, 10)) != before
    for minute in range(100):
        counted.add(f"name {minute}", NOW + minute * MINUTE, TEN_MINUTES)
    assert sum(map(len, counted._counts[TEN_MINUTES].values())) == TEN_MINUTES.steps


def test_a_flood_of_names_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counters, "MOST_NAMES", 3)
    counted = MemoryCounters()
    for name in "abcabc":
        counted.add(name, NOW, TEN_MINUTES)
    assert counted.add("a", NOW, TEN_MINUTES) == 3
    assert counted.add("d", NOW, TEN_MINUTES) == 1
    assert counted.add("a", NOW, TEN_MINUTES, 0) == 0


def test_processes_share_what_redis_counts_and_it_forgets(server: Server) -> None:
    one, other = (RedisCounters(server[0]) for _ in range(2))
    one.add("a", NOW, TEN_MINUTES)
    assert other.add("a", NOW, TEN_MINUTES) == 2
    assert other.salt(NOW.date()) == one.salt(NOW.date())
    kept = one._redis.keys("*")
    assert kept
    assert all(0 < one._redis.ttl(name) <= 24 * 3600 for name in kept)


def test_without_redis_each_process_goes_on_by_itself(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    counted = RedisCounters(server[0])
    counted.add("a", NOW, TEN_MINUTES)
    server[1].kill()
    server[1].wait()
    assert [counted.add("a", NOW, TEN_MINUTES) for _ in range(3)] == [1, 2, 3]
    assert counted.salt(NOW.date()) == counted.salt(NOW.date())
    assert len(caplog.records) == 1  # it is left alone for a while


def test_a_window_ends_with_this_moment() -> None:
    assert list(Window(60, 3).ticks(dt.datetime.fromtimestamp(600, dt.UTC))) == [8, 9, 10]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8::1", "2001:db8::2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_a_house_has_one_name_for_a_day_and_its_address_is_not_in_it(
    app: flask.Flask, one: str, other: str, alike: bool
) -> None:
    assert (name_of(app, one) == name_of(app, other)) is alike
    assert one not in name_of(app, one)
    today = name_of(app, one)
    name_of(app, one, NOW + dt.timedelta(days=1))
    assert name_of(app, one) != today  # for its salt is gone


def name_of(app: flask.Flask, address: str, moment: dt.datetime = NOW) -> str:
    """The name of an address at a moment."""
    with app.app_context():
        return counters.stranger(moment, address)


def test_a_socket_has_no_address(app: flask.Flask) -> None:
    with app.app_context():
        assert [counters.stranger(NOW, none) for none in ("", None)] == ["here", "here"]
