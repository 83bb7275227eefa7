"""Commands as processes of their own: an empty database, one that is not there, and the server."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest

from surveys import demo
from tests.servers import ROOT, free_port

FLASK = (sys.executable, "-m", "flask", "--app", "wsgi")


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a new installation in a folder."""
    plain = {k: v for k, v in os.environ.items() if k not in {"DATABASE_URL", "BASE_URL"}}
    return plain | {"INSTANCE": str(folder)} | more


def flask(folder: Path, *args: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A command that has ended."""
    return subprocess.run(
        [*FLASK, *args], cwd=ROOT, env=environment(folder, **more), check=False,
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip


def test_without_tables_the_command_to_type_is_said(tmp_path: Path) -> None:
    done = flask(tmp_path, "units", "list")
    assert done.returncode == 1
    assert "flask --app wsgi database upgrade" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("args", "url"),
    [
        (("units", "list"), "postgresql://nobody:geheim@127.0.0.1:1/none"),
        (("database", "upgrade"), "sqlite:////none/hailong.db"),
    ],
    ids=["postgresql", "sqlite"],
)
def test_a_database_that_does_not_answer_is_named(
    tmp_path: Path, args: tuple[str, ...], url: str
) -> None:
    done = flask(tmp_path, *args, DATABASE_URL=url)
    assert done.returncode == 1
    assert "Không mở được cơ sở dữ liệu" in done.stderr
    assert "geheim" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_port_is_said_with_another_to_choose(tmp_path: Path) -> None:
    assert flask(tmp_path, "database", "upgrade").returncode == 0
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = flask(tmp_path, "serve", "--port", str(port))
    assert done.returncode == 1
    assert f"Không dùng được cổng {port}" in done.stderr
    assert "make run PORT=" in done.stderr


def test_the_server_greets_answers_and_stops(tmp_path: Path) -> None:
    assert flask(tmp_path, "database", "upgrade").returncode == 0
    assert flask(tmp_path, "demo", "load").returncode == 0
    port = free_port()
    server = subprocess.Popen(
        [*FLASK, "serve", "--port", str(port), "--workers", "1"], cwd=ROOT,
        env=environment(tmp_path), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        greeting = _until(server, "Ctrl+C")
        idle = [socket.create_connection(("127.0.0.1", port)) for _ in range(3)]
        code = greeting.split("/k/")[1].split()[0]
        page = _get(port, f"/k/{code}")
        for connection in idle:
            connection.close()
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=30)
    assert f"http://127.0.0.1:{port}/van-phong" in greeting
    assert f"http://127.0.0.1:{port}/chi-so" in greeting
    assert demo.PASSWORD in greeting
    assert all(account.username in greeting for account in demo.ACCOUNTS)
    assert "<form" in page
    assert server.returncode == 0
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def _until(server: subprocess.Popen[str], last: str) -> str:
    """What the server printed up to a line."""
    assert server.stdout
    lines: list[str] = []
    started = time.monotonic()
    while not (lines and last in lines[-1]):
        line = server.stdout.readline()
        assert line, "".join(lines)
        assert time.monotonic() < started + 60
        lines.append(line)
    return "".join(lines)


def _get(port: int, path: str) -> str:
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=10) as answer:
        text: str = answer.read().decode()
        return text
