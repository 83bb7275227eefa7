"""Who is told of publications, and what is owed to them, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlmodel import Session

from surveys.publishing import webhooks
from surveys.publishing.webhooks import AddressTaken, WrongAddress
from surveys.tables import Webhook
from tests import builders, released

NOW = builders.NOW
URL = "https://bao.example.vn/tin?cua=1"


def owing(session: Session, *urls: str) -> list[Webhook]:
    """Addresses that a release was announced to."""
    found = [webhooks.add(session, url, now=NOW) for url in urls]
    webhooks.announce(session, released.publish(session, published_at=NOW))
    return found


@pytest.mark.parametrize(
    "url",
    [
        "http://bao.example.vn/", "ftp://bao.example.vn/", "https://", "bao.example.vn",
        "https://ai:khoa@bao.example.vn/", "https://bao.example.vn/#a", "https://bao.example.vn/á",
        "https://bao.example.vn:x/", "https://bao.example.vn/ a", "https://[::1", "",
        "https://bao.example.vn/" + 500 * "a",
    ],
)  # fmt: skip
def test_only_an_encrypted_address_can_be_told(session: Session, url: str) -> None:
    with pytest.raises(WrongAddress):
        webhooks.add(session, url, now=NOW)


@pytest.mark.parametrize("url", [URL, "http://127.0.0.1:9/a", "http://localhost/", "http://[::1]/"])
def test_this_machine_needs_no_encryption(session: Session, url: str) -> None:
    assert webhooks.add(session, url, now=NOW).url == url


def test_an_address_is_told_once(session: Session) -> None:
    webhooks.add(session, URL, now=NOW)
    with pytest.raises(AddressTaken):
        webhooks.add(session, URL, now=NOW)
    assert len(webhooks.everyone(session)) == 1


def test_each_address_has_a_key_that_follows_from_the_secret(session: Session) -> None:
    one, other = owing(session, URL, "https://khac.example.vn/")
    assert webhooks.key(one, b"a") == webhooks.key(one, b"a")
    assert len({webhooks.key(w, s) for w in (one, other) for s in (b"a", b"b")}) == 4
    assert webhooks.key(one, b"a").startswith("whsec_")


def test_a_publication_is_owed_to_every_address_of_then(session: Session) -> None:
    owing(session, URL, "https://khac.example.vn/")
    webhooks.add(session, "https://sau.example.vn/", now=NOW)
    owed = webhooks.deliveries(session)
    assert {one.webhook.url for one in owed} == {URL, "https://khac.example.vn/"}
    assert {one.state for one in owed} == {"waiting"}
    assert len({one.delivery.message_id for one in owed}) == 2


def test_what_was_claimed_is_due_again_only_later(session: Session) -> None:
    owing(session, URL)
    owed = webhooks.claim(session, now=NOW)
    assert owed is not None
    assert webhooks.claim(session, now=NOW) is None
    later = webhooks.claim(session, now=NOW + webhooks.FIRST_WAIT)
    assert later is not None
    assert later.delivery.message_id == owed.delivery.message_id


def test_what_arrived_is_never_due_again(session: Session) -> None:
    owing(session, URL)
    owed = webhooks.claim(session, now=NOW)
    assert owed is not None
    webhooks.delivered(session, owed.delivery.id or 0, now=NOW)
    assert not webhooks.failed(session, owed.delivery.id or 0, "timeout")
    webhooks.again(session, owed.delivery, now=NOW)
    assert webhooks.claim(session, now=NOW + dt.timedelta(365)) is None
    assert webhooks.deliveries(session)[0].state == "delivered"


def test_it_is_given_up_in_sight_and_can_be_tried_anew(session: Session) -> None:
    owing(session, URL)
    moment, ends = NOW, []
    while owed := webhooks.claim(session, now=moment):
        ends.append(webhooks.failed(session, owed.delivery.id or 0, "status 500"))
        moment = owed.delivery.due_at or moment + dt.timedelta(365)
    assert ends == [False] * (webhooks.MOST - 1) + [True]
    (lost,) = webhooks.given_up(session)
    assert (lost.attempts, lost.problem) == (webhooks.MOST, "status 500")
    assert webhooks.deliveries(session)[0].state == "given_up"
    webhooks.again(session, lost, now=moment)
    assert webhooks.claim(session, now=moment) is not None


def test_waits_grow_up_to_the_longest() -> None:
    waits = [webhooks.wait(attempts) for attempts in range(1, webhooks.MOST)]
    assert waits[:3] == [dt.timedelta(minutes=1), dt.timedelta(minutes=4), dt.timedelta(minutes=16)]
    assert waits[-1] == max(waits) == webhooks.LONGEST_WAIT
    assert dt.timedelta(2) < sum(waits, dt.timedelta()) < dt.timedelta(4)
    assert webhooks.wait(10**9) == webhooks.LONGEST_WAIT


def test_what_was_owed_goes_with_its_address(session: Session) -> None:
    one, _ = owing(session, URL, "https://khac.example.vn/")
    owed = webhooks.claim(session, now=NOW)
    assert owed is not None
    webhooks.remove(session, one)
    session.expunge_all()
    assert [each.webhook.url for each in webhooks.deliveries(session)] == [
        "https://khac.example.vn/"
    ]
    webhooks.delivered(session, owed.delivery.id or 0, now=NOW)
    assert not webhooks.failed(session, owed.delivery.id or 0, "timeout")
    assert webhooks.find(session, one.id or 0) is None
