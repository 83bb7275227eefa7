"""`flask serve`: gunicorn on this machine, and where to go once it answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from types import FrameType

import click
from flask.cli import with_appcontext

from app.commands import terminal
from app.commands.welcome import welcome
from app.settings import ROOT

#: Seconds that the first answer may take.
PATIENCE = 30
#: Threads, so that a connection which a browser opens ahead and leaves idle blocks nobody.
THREADS = 8


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Địa chỉ để lắng nghe.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Cổng."
)
@click.option(
    "--workers", default=2, show_default=True, type=click.IntRange(1, 64), help="Số tiến trình."
)
@with_appcontext
def serve(host: str, port: int, workers: int) -> None:
    """Chạy máy chủ, rồi in mã QR, địa chỉ và tài khoản mẫu. Ctrl+C để dừng."""
    terminal.check_schema()
    _refuse_taken_port(host, port)
    base_url = os.environ.get("BASE_URL") or f"http://{_reachable_as(host)}:{port}"
    server = subprocess.Popen(  # noqa: S603 - our own server
        _gunicorn(host, port, workers), cwd=ROOT, env=os.environ | {"BASE_URL": base_url}
    )
    signal.signal(signal.SIGTERM, _stop)
    try:
        _wait_for(f"http://{_reachable_as(host)}:{port}/static/core.css", server)
        with terminal.reading() as session:
            welcome(session, base_url)
        terminal.engine().dispose()
        sys.exit(server.wait())
    except KeyboardInterrupt:
        click.echo("\nĐang dừng…")
    finally:
        server.terminate()
        server.wait()


def _gunicorn(host: str, port: int, workers: int) -> list[str]:
    return [
        sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"{host}:{port}",
        "--workers", str(workers), "--worker-class", "gthread", "--threads", str(THREADS),
        "--no-control-socket", "--log-level", "warning",
    ]  # fmt: skip


def _refuse_taken_port(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise terminal.Problem(
                f"Không dùng được cổng {port} ở {host} ({error.strerror}). "
                f"Chọn cổng khác: make run PORT={port % 65535 + 1}"
            ) from error


def _reachable_as(host: str) -> str:
    """The address under which others reach a server that listens everywhere."""
    if host != "0.0.0.0":  # noqa: S104 - compared, not listened on
        return host
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Nothing is sent: this only asks which of our addresses leads out.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    last = time.monotonic() + PATIENCE
    while time.monotonic() < last and server.poll() is None:
        try:
            urllib.request.urlopen(address, timeout=2).close()  # noqa: S310 - our own address
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise terminal.Problem("Máy chủ không trả lời; xem thông báo của gunicorn ở trên.")


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
