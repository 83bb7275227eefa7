"""A real Redis for the tests, on a socket of its own, that keeps nothing on its disk."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PATIENCE = 10


@contextmanager
def redis_server(folder: Path) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The address of a server and its process; it ends with the block, if not before."""
    program = shutil.which("redis-server")
    if program is None:
        raise RuntimeError("the tests need a Redis server: apt-get install -y redis-server")
    socket = folder / "redis.sock"
    command = [program, "--port", "0", "--unixsocket", str(socket), "--dir", str(folder)]
    command += ["--save", "", "--appendonly", "no", "--logfile", str(folder / "redis.log")]
    server = subprocess.Popen(command)
    try:
        last = time.monotonic() + _PATIENCE
        while not socket.exists() and time.monotonic() < last:
            time.sleep(0.02)
        yield f"unix://{socket}", server
    finally:
        server.terminate()
        server.wait(timeout=_PATIENCE)
