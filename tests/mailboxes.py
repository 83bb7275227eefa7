"""A real SMTP server of the test's own: what it takes, what it refuses, and when it goes away."""

from __future__ import annotations

import email
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers import free_port

#: An address of this machine that counts as another one.
ELSEWHERE = "127.0.0.2"
USER, PASSWORD = "nhac@tanky", "mat khau: 100% @ /"


@dataclass(slots=True)
class Mailbox:
    """What came in, and how the server behaves."""

    #: Addresses that it knows nothing of.
    unknown: tuple[str, ...] = ()
    #: After so many letters it hangs up.
    most: int = 1000
    host: str = "127.0.0.1"
    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name is aiosmtpd's
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Take an address, or say that it is not known."""
        if len(self.letters) >= self.most:
            assert server.transport is not None
            server.transport.close()
        if address in self.unknown:
            return "550 5.1.1 Khong co hop thu"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a letter."""
        assert isinstance(envelope.content, bytes)
        self.raw.append(envelope.content)
        found = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.letters.append(found)
        return "250 OK"


def _opens(
    _server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any
) -> AuthResult:
    assert isinstance(data, LoginPassword)
    known = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=known, handled=known)


@contextmanager
def mailbox(
    *, context: ssl.SSLContext | None = None, host: str = "127.0.0.1", **given: Any
) -> Iterator[Mailbox]:
    """A server that is up; with a context it offers STARTTLS and wants a name and password."""
    found = Mailbox(host=host, port=free_port(), **given)
    controller = Controller(
        found, hostname=host, port=found.port, tls_context=context, authenticator=_opens,
        auth_required=context is not None, require_starttls=context is not None,
    )  # fmt: skip
    controller.start()
    try:
        yield found
    finally:
        controller.stop()


def certificate(folder: Path, address: str = ELSEWHERE) -> tuple[Path, ssl.SSLContext]:
    """A certificate for an address that signs itself, and a server's context with it."""
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={address}",
         "-addext", f"subjectAltName=IP:{address}",
         "-keyout", key, "-out", cert],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return cert, context
