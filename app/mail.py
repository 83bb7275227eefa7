"""Mail over the server that `SMTP_URL` names: one connection, many letters, never in the clear.

MailError(Exception)
├── NotConfigured   no server, no sender, or an address of them that cannot be read
├── ServerFailed    the server does not answer, offers no encryption or refuses name and password
└── Refused         the server takes no mail for this address; it may take that for others

`smtp://` begins in the clear and must turn to TLS before anything is said; only to a server on this
machine it need not. `smtps://` is encrypted from the first byte.
"""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as POLICY
from email.utils import format_datetime, make_msgid
from types import MappingProxyType
from urllib.parse import unquote, urlsplit

from app.session import settings

#: Seconds that the server may take for each step.
PATIENCE = 20
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})
_PORTS = MappingProxyType({"smtp": 587, "smtps": 465})


class MailError(Exception):
    """Mail that was not sent, and why in words."""


class NotConfigured(MailError):
    """The settings name no server or no sender."""


class ServerFailed(MailError):
    """The server cannot be used now: nothing more can be sent."""


class Refused(MailError):
    """The server takes no mail for this address."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail goes out."""

    host: str
    port: int
    encrypted: bool
    user: str
    password: str

    @property
    def here(self) -> bool:
        """Whether it is on this machine, so that nobody can listen on the way."""
        return self.host in _HERE


def configured() -> Server:
    """The server of the settings, or NotConfigured."""
    url = settings().smtp_url
    if url is None or not settings().smtp_from:
        raise NotConfigured("SMTP_URL, SMTP_FROM")
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
        Address(addr_spec=settings().smtp_from)
    except (KeyError, ValueError, IndexError) as error:
        raise NotConfigured("SMTP_URL, SMTP_FROM") from error
    if not parts.hostname:
        raise NotConfigured("SMTP_URL")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if not (user + password).isascii():  # smtplib can say no others
        raise NotConfigured("SMTP_URL")
    return Server(parts.hostname, port, parts.scheme == "smtps", user, password)


@contextmanager
def connected(server: Server) -> Iterator[smtplib.SMTP]:
    """A connection over which letters can be sent; ServerFailed where there is none."""
    try:
        connection = _open(server)
    except (OSError, smtplib.SMTPException) as error:
        raise ServerFailed(_reason(error)) from error
    try:
        yield connection
    finally:
        connection.close()  # a polite QUIT would fail where the server is gone


def letter(*, to: str, name: str, subject: str, text: str) -> EmailMessage:
    """A letter in plain text, its headers such as any server takes."""
    made = EmailMessage(policy=POLICY)
    sender, at = settings().smtp_from, settings().clock()
    made["From"] = Address("Hài lòng", addr_spec=sender)
    made["To"] = Address(name, addr_spec=to)
    made["Subject"] = subject
    made["Date"] = format_datetime(at)
    made["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    # Holiday notes and the like shall not be answered to a machine.
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(text, charset="utf-8", cte="base64")
    return made


def send(connection: smtplib.SMTP, made: EmailMessage) -> None:
    """Hands a letter to the server; Refused for this address, ServerFailed for all."""
    try:
        connection.send_message(made)
    except smtplib.SMTPRecipientsRefused as error:
        code, words = next(iter(error.recipients.values()))
        raise Refused(f"{code} {_text(words)}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise ServerFailed(_reason(error)) from error


def _open(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.encrypted:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=PATIENCE, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=PATIENCE)
    try:
        if not server.encrypted and not server.here:
            connection.starttls(context=context)
        if server.user:
            connection.login(server.user, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _reason(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words
