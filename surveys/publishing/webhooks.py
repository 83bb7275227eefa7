"""Other systems that are told of publications: who they are, and what is owed to each.

A release and its deliveries are written in one transaction, so none is forgotten and none is of a
release that is not there. Sending is somebody else's: `claim` one, send it, then `delivered` or
`failed`. The next attempt is fixed before the present one begins; whoever dies in between has it
tried again, under the same number, by which a receiver knows it.

WebhookError(Exception)
├── WrongAddress   no HTTPS address of a server; HTTP is for this machine only
└── AddressTaken   the address is told already
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from surveys.constraints import enforced
from surveys.tables import Delivery, Release, Webhook

#: Attempts until it is given up: with the waits below, three days.
MOST = 12
#: Wait after the first failure; four times as long after each further one, up to the longest.
FIRST_WAIT, LONGEST_WAIT = dt.timedelta(minutes=1), dt.timedelta(hours=12)
LONGEST_ADDRESS = 500
#: How this machine is called; only to it may word go without encryption.
HERE = frozenset({"localhost", "127.0.0.1", "::1"})


class WebhookError(Exception):
    """An address that cannot be told."""


class WrongAddress(WebhookError):
    """No address of a server that can be told over HTTPS."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(url)


class AddressTaken(WebhookError):
    """The address is told already."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(url)


@dataclass(frozen=True, slots=True)
class Owed:
    """A delivery with its address and the release that it tells of."""

    delivery: Delivery
    webhook: Webhook
    release: Release

    @property
    def state(self) -> str:
        """Where it stands: "delivered", "waiting" for its next attempt, or "given_up"."""
        if self.delivery.delivered_at is not None:
            return "delivered"
        return "waiting" if self.delivery.due_at is not None else "given_up"


def add(session: Session, url: str, *, now: dt.datetime) -> Webhook:
    """A new address, told of every publication from now on."""
    if not _can_be_told(url):
        raise WrongAddress(url)
    webhook = Webhook(url=url, salt=secrets.token_hex(16), made_at=now)
    with enforced(session, {"uq_webhook_url": AddressTaken(url)}):
        session.add(webhook)
    return webhook


def remove(session: Session, webhook: Webhook) -> None:
    """Tells an address nothing more; what was owed to it goes, too."""
    session.delete(webhook)
    session.flush()


def find(session: Session, number: int) -> Webhook | None:
    """The address with a number, if there is one."""
    return session.get(Webhook, number)


def everyone(session: Session) -> list[Webhook]:
    """All addresses in the order in which they were added."""
    return list(session.exec(select(Webhook).order_by(col(Webhook.id))))


def key(webhook: Webhook, secret: bytes) -> str:
    """The key that signs what an address is told, as its owner gets it: `whsec_…`.

    It follows from the installation's secret: who has the database alone can sign nothing.
    """
    digest = hmac.digest(secret, f"webhook.{webhook.salt}".encode(), hashlib.sha256)
    return f"whsec_{base64.b64encode(digest).decode()}"


def announce(session: Session, release: Release) -> None:
    """Owes word of a release to every address, at once."""
    session.add_all(
        Delivery(
            webhook_id=webhook.id or 0, release_id=release.id or 0,
            message_id=f"msg_{secrets.token_hex(12)}", due_at=release.published_at,
        )
        for webhook in everyone(session)
    )  # fmt: skip
    session.flush()


def claim(session: Session, *, now: dt.datetime) -> Owed | None:
    """The delivery that is due longest, its next attempt fixed; None where none is due."""
    query = (
        select(Delivery)
        .where(col(Delivery.due_at) <= now)
        .order_by(col(Delivery.due_at), col(Delivery.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    delivery = session.exec(query).one_or_none()
    if delivery is None:
        return None
    delivery.attempts += 1
    delivery.due_at = now + wait(delivery.attempts)
    session.flush()
    return Owed(
        delivery,
        session.get_one(Webhook, delivery.webhook_id),
        session.get_one(Release, delivery.release_id),
    )


def delivered(session: Session, number: int, *, now: dt.datetime) -> None:
    """Marks a delivery as arrived; nothing happens where its address was removed meanwhile."""
    delivery = session.get(Delivery, number, with_for_update=True)
    if delivery is not None:
        delivery.delivered_at, delivery.due_at, delivery.problem = now, None, ""
        session.flush()


def failed(session: Session, number: int, problem: str) -> bool:
    """Whether it is given up now; else it is tried again when it is due."""
    delivery = session.get(Delivery, number, with_for_update=True)
    if delivery is None or delivery.delivered_at is not None:
        return False
    delivery.problem = problem
    if delivery.attempts >= MOST:
        delivery.due_at = None
    session.flush()
    return delivery.due_at is None


def again(session: Session, delivery: Delivery, *, now: dt.datetime) -> None:
    """Tries a delivery anew from now on, as if for the first time; one that arrived stays so."""
    if delivery.delivered_at is None:
        delivery.attempts, delivery.due_at = 0, now
        session.flush()


def deliveries(session: Session, *, limit: int = 50) -> list[Owed]:
    """The newest deliveries with their addresses and releases."""
    query = (
        select(Delivery, Webhook, Release)
        .join(Webhook, col(Webhook.id) == Delivery.webhook_id)
        .join(Release, col(Release.id) == Delivery.release_id)
        .order_by(col(Delivery.id).desc())
    )
    return [Owed(*row) for row in session.exec(query.limit(limit))]


def given_up(session: Session) -> list[Delivery]:
    """The deliveries that are tried no more, the oldest first."""
    query = select(Delivery).where(
        col(Delivery.due_at).is_(None), col(Delivery.delivered_at).is_(None)
    )
    return list(session.exec(query.order_by(col(Delivery.id))))


def wait(attempts: int) -> dt.timedelta:
    """How long to wait after so many attempts."""
    # More powers of four than this exceed the longest wait anyway.
    times: int = 4 ** min(attempts - 1, 10)
    return min(FIRST_WAIT * times, LONGEST_WAIT)


def _can_be_told(url: str) -> bool:
    if not (url.isascii() and url.isprintable()) or " " in url or len(url) > LONGEST_ADDRESS:
        return False
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises where it is no number
    except ValueError:
        return False
    # A name and password in the address would stand on a page.
    if not parts.hostname or parts.username is not None or parts.fragment:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE)
