"""A real HTTP server that is told of publications, and answers as the test says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class Told:
    """One request that came in."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Receiver:
    """What came in, and the statuses of the answers to come; the last one stays."""

    statuses: list[int]
    #: Seconds between the bytes of an answer; 0: at once.
    slow: float = 0
    url: str = ""
    told: list[Told] = field(default_factory=list)
    came: threading.Event = field(default_factory=threading.Event)


@contextmanager
def receiver(statuses: Sequence[int] = (204,), *, slow: float = 0) -> Iterator[Receiver]:
    """A receiver on a port of its own."""
    found = Receiver(list(statuses), slow)

    class Handler(BaseHTTPRequestHandler):
        """Keeps what comes in."""

        def do_POST(self) -> None:
            """Take one message."""
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            found.told.append(Told(self.path, headers, body))
            found.came.set()
            status = found.statuses.pop(0) if len(found.statuses) > 1 else found.statuses[0]
            words = f"HTTP/1.1 {status} So\r\nLocation: {found.url}/elsewhere\r\n\r\n".encode()
            try:
                for byte in words:
                    self.wfile.write(bytes([byte]))
                    time.sleep(found.slow)
            except OSError:
                pass  # the other side hung up, as it should

        def do_GET(self) -> None:
            """Keep it, too: nobody should ask."""
            self.do_POST()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
