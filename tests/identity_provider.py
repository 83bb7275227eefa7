"""A provider of identities in a process of its own (`tests.identity_server`), and people there."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from app.settings import ProviderSettings
from tests.servers import ROOT, free_port

CLIENT, SECRET = "hai-long", "secret-of-the-tests"
_PATIENCE = 30


@dataclass(frozen=True, slots=True)
class RunningProvider:
    """The provider at its address."""

    address: str
    process: subprocess.Popen[bytes]

    @property
    def settings(self) -> ProviderSettings:
        """What an installation says that uses it."""
        return ProviderSettings(
            issuer=self.address, client_id=CLIENT, client_secret=SECRET, name="tài khoản tỉnh"
        )

    def put(self, path: str, content: dict[str, Any]) -> None:
        """Tell it what it knows of somebody (`/users/<subject>`), or how to answer (`/twist`)."""
        sent = urllib.request.Request(
            self.address + path, json.dumps(content).encode(), method="PUT",
            headers={"Content-Type": "application/json"},
        )  # fmt: skip
        urllib.request.urlopen(sent, timeout=10).close()

    def sign_in(self, address: str, subject: str, **more: str) -> str:
        """Where the provider sends a browser that came to an address, after somebody signed in."""
        parts = urlsplit(address)
        connection = http.client.HTTPConnection("localhost", parts.port or 80, timeout=10)
        body, kind = urlencode({"sub": subject, **more}), "application/x-www-form-urlencoded"
        connection.request("POST", f"{parts.path}?{parts.query}", body, {"Content-Type": kind})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        location = answer.getheader("Location")
        assert location, answer.status
        return location


@contextmanager
def running(log: Path) -> Iterator[RunningProvider]:
    """The provider, listening."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "tests.identity_server", str(port)]
    command += [CLIENT, SECRET]
    with log.open("w") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output)
        made = RunningProvider(f"http://localhost:{port}", process)
        try:
            _wait_for(made)
            yield made
        finally:
            process.terminate()
            process.wait(timeout=_PATIENCE)


def _wait_for(made: RunningProvider) -> None:
    for _ in range(_PATIENCE * 10):
        try:
            return made.put("/twist", {})
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the provider did not answer")
