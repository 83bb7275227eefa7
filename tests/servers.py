"""The real server for tests: gunicorn in processes of its own, on a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

ROOT = Path(__file__).resolve().parent.parent
_PATIENCE = 30


def free_port() -> int:
    """A port of this machine that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def gunicorn(
    database_url: str,
    *,
    workers: int = 1,
    log: Path,
    port: int | None = None,
    application: str = "wsgi:app",
    options: Sequence[str] = (),
    more: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[tuple[str, int]]:
    """The address of a server on the database, and the process id of its master.

    `more` is what its environment says besides.
    """
    port = port or free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", application, "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", str(workers), "--no-control-socket", *options]
    environment = os.environ | {
        "DATABASE_URL": database_url, "SECRET_KEY": "of the tests", "BASE_URL": address, **more,
    }  # fmt: skip
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        try:
            _wait_for(address, server, log)
            yield address, server.pid
        finally:
            server.terminate()
            server.wait(timeout=_PATIENCE)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    last = time.monotonic() + _PATIENCE
    while time.monotonic() < last:
        try:
            urllib.request.urlopen(f"{address}/static/core.css", timeout=2).close()
        except OSError:  # not listening yet, or still importing
            time.sleep(0.1)
        else:
            return
        if server.poll() is not None:
            break
    raise RuntimeError(f"the server did not answer:\n{log.read_text()}")
