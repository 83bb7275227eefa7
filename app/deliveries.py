"""Word of publications on its way to other systems: signed, tried again, and never in the way.

Headers are those of Standard Webhooks (standardwebhooks.com): `webhook-id` stays the same however
often it is tried, `webhook-timestamp` is the moment of this attempt, `webhook-signature` is made of
both and the body. No redirect is followed and no answer is read but its status. An address inside
the own network is told only where `WEBHOOKS_INSIDE` says so: otherwise this server could be made
to knock at doors that are shut to the world.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import flask
from flask import current_app
from sqlalchemy import Engine

from app.addresses import absolute
from app.session import current_session, settings
from surveys import database
from surveys.publishing import webhooks
from surveys.tables import Release
from surveys.version import VERSION

#: Seconds for one attempt, however slowly the other side speaks.
PATIENCE = 10.0
_PREFIX = "whsec_"


#: What keeps a message from arriving, beside a status such as `status 500`.
PROBLEMS = ("timeout", "connection", "certificate", "inside")


class Unreachable(Exception):
    """A message that did not arrive: a word of `PROBLEMS`, or the status of the answer."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is sent to one address."""

    number: int
    url: str
    message_id: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the deliveries that were due."""

    delivered: int = 0
    failed: int = 0
    given_up: int = 0


def send_due() -> Sent:
    """What became of all deliveries that are due now, each tried once.

    No transaction is open while another server is asked: nobody here waits for it.
    """
    engine: Engine = current_app.extensions["engine"]
    # Those that fail are due again later than this moment, so that the loop ends.
    now, done = settings().clock(), Sent()
    while (message := _claimed(engine, now)) is not None:
        try:
            post(message, now=now)
        except Unreachable as problem:
            with database.writing(engine) as session:
                last = webhooks.failed(session, message.number, str(problem))
            done = Sent(done.delivered, done.failed + 1, done.given_up + last)
        else:
            with database.writing(engine) as session:
                webhooks.delivered(session, message.number, now=now)
            done = Sent(done.delivered + 1, done.failed, done.given_up)
    return done


def send_soon(response: flask.Response) -> flask.Response:
    """The response, after which what is due is tried once, beside everything else.

    It begins when the response is with its reader, so after the publication was committed. A server
    that stops meanwhile loses nothing: `webhooks send` tries again.
    """
    if not webhooks.everyone(current_session()):
        return response
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001

    def _begin() -> None:
        threading.Thread(target=_send_in, args=(app,), name="webhooks", daemon=True).start()

    response.call_on_close(_begin)
    return response


def payload(release: Release) -> bytes:
    """What is said of a release: the same bytes at every attempt."""
    where = {"year": release.year, "sector": release.sector}
    said = {
        "type": "release.published",
        "timestamp": release.published_at.astimezone(dt.UTC).isoformat(),
        "data": {
            "programme": release.programme, "sector": release.sector, "year": release.year,
            "revision": release.revision, "sha256": release.sha256, "demo": release.demo,
            "page": absolute("public.sector", **where),
            "files": {
                kind: absolute("public.sector_file", kind=kind, **where)
                for kind in ("json", "csv", "xlsx")
            },
        },
    }  # fmt: skip
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


def signature(key: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The signature of a message, as its header has it: `v1,…`."""
    secret = base64.b64decode(key.removeprefix(_PREFIX))
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()


def post(message: Message, *, now: dt.datetime) -> None:
    """Sends a message once; Unreachable unless the other side takes it with a status of 2xx."""
    timestamp = int(now.timestamp())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"hailong/{VERSION}",
        "webhook-id": message.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature(message.key, message.message_id, timestamp, message.body),
    }
    try:
        status = _status(message, headers)
    except TimeoutError as error:
        raise Unreachable("timeout") from error
    except ssl.SSLError as error:
        raise Unreachable("certificate") from error
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        raise Unreachable("connection") from error
    if not 200 <= status < 300:
        raise Unreachable(f"status {status}")


class _Connection(http.client.HTTPConnection):
    """A connection to an address that was looked at: the name is not asked for a second time."""

    def __init__(self, host: str, port: int, address: str, *, encrypted: bool) -> None:
        super().__init__(host, port, timeout=PATIENCE)
        self._address, self._encrypted = address, encrypted
        # A time limit of a socket begins anew with every byte; this one does not.
        self._clock = threading.Timer(PATIENCE, self._hang_up)
        self._clock.daemon = True
        self.late = False

    def connect(self) -> None:
        """Open it, with the certificate of the name where it is encrypted."""
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        self._clock.start()
        if self._encrypted:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self.host)

    def close(self) -> None:
        """Close it, and stop the clock."""
        self._clock.cancel()
        super().close()

    def _hang_up(self) -> None:
        self.late = True
        # Whoever waits for a byte wakes up; closing alone would not wake it.
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_RDWR)


def _status(message: Message, headers: dict[str, str]) -> int:
    parts = urlsplit(message.url)
    host, encrypted = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if encrypted else 80)
    connection = _Connection(host, port, _address(host, port), encrypted=encrypted)
    target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", target, message.body, headers)
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        if connection.late:
            raise TimeoutError from None
        raise
    finally:
        connection.close()


def _address(host: str, port: int) -> str:
    """The number behind a name, if it may be told."""
    found = [entry[4][0] for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not settings().webhooks_inside and not all(
        ipaddress.ip_address(str(number).partition("%")[0]).is_global for number in found
    ):
        raise Unreachable("inside")
    return str(found[0])


def _claimed(engine: Engine, now: dt.datetime) -> Message | None:
    with database.writing(engine) as session:
        owed = webhooks.claim(session, now=now)
        if owed is None:
            return None
        key = webhooks.key(owed.webhook, settings().secret_key.encode())
        return Message(
            owed.delivery.id or 0, owed.webhook.url, owed.delivery.message_id, key,
            payload(owed.release),
        )  # fmt: skip


def _send_in(app: flask.Flask) -> None:
    with app.app_context():
        send_due()
