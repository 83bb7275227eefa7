"""Real databases for the tests: SQLite files, and a PostgreSQL server that the tests start."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

from surveys import database, schema

KINDS = ("sqlite", "postgresql")
#: Settings that only a database of tests may have: nothing in it must survive a power cut.
_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
_UTF8 = ("-E", "UTF8", "--locale=C.UTF-8")
_CHOOSES_HOW_TO_COPY = 150000
_INSTALL = "apt-get install -y postgresql"


@contextmanager
def postgresql_server(folder: Path, *, settings: Sequence[str] = _FAST) -> Iterator[str]:
    """The address of a server: `TEST_DATABASE_URL`, or one of our own that ends with the block.

    PostgreSQL refuses to run as root, so root starts it as the user of Debian's package.
    """
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given.rsplit("/", 1)[0]
        return
    programs = _programs()
    as_user = _as_user(folder)
    subprocess.run(
        [*as_user, programs / "initdb", "-D", folder / "data", "-U", "test", "-A", "trust", *_UTF8],
        check=True, capture_output=True, cwd=folder,
    )  # fmt: skip
    options = " ".join(f"-c {setting}" for setting in settings)
    options += f" -c listen_addresses= -c unix_socket_directories={folder}"
    start = [*as_user, programs / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log"]
    subprocess.run([*start, "-o", options, "start"], check=True, capture_output=True, cwd=folder)
    try:
        yield f"postgresql://test@/{{name}}?host={folder}"
    finally:
        subprocess.run(
            [*start, "-m", "immediate", "stop"], check=True, capture_output=True, cwd=folder
        )


def _programs() -> Path:
    found = shutil.which("initdb")
    candidates = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    program = Path(found).resolve() if found else next(iter(candidates), None)
    if program is None:
        raise RuntimeError(f"the tests need a PostgreSQL server: {_INSTALL}")
    return program.parent


def _as_user(folder: Path) -> list[str]:
    if os.geteuid() != 0:
        return []
    owner = pwd.getpwnam("postgres")
    for place in (folder, *folder.parents):
        if place.owner() == "root" and str(place).startswith("/tmp/") and place != Path("/tmp"):
            place.chmod(place.stat().st_mode | 0o011)
    os.chown(folder, owner.pw_uid, owner.pw_gid)
    return ["runuser", "-u", "postgres", "--"]


class Databases:
    """Fresh migrated databases, copied from one template of each kind."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder = folder
        self.server = server
        self._templates: set[str] = set()

    def fresh(self, kind: str) -> str:
        """The address of a new database with the newest schema and nothing in it."""
        if kind not in self._templates:
            self._make_template(kind)
            self._templates.add(kind)
        name = f"t{uuid.uuid4().hex}"
        if kind == "sqlite":
            shutil.copy(self.folder / "template.db", self.folder / f"{name}.db")
            return f"sqlite:///{self.folder}/{name}.db"
        self._administer(f"CREATE DATABASE {name} TEMPLATE {self._template_name}", copying=True)
        return self._address(name)

    def drop(self, url: str) -> None:
        """Remove what `fresh` made."""
        if url.startswith("sqlite"):
            for file in self.folder.glob(Path(url.removeprefix("sqlite:///")).name + "*"):
                file.unlink()
            return
        name = url.split("?", maxsplit=1)[0].rsplit("/", 1)[1]
        self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    def _make_template(self, kind: str) -> None:
        if kind == "sqlite":
            url = f"sqlite:///{self.folder}/template.db"
        else:
            self._template_name = f"template_{uuid.uuid4().hex}"
            self._administer(f"CREATE DATABASE {self._template_name}")
            url = self._address(self._template_name)
        engine = database.connect(url)
        schema.upgrade(engine)
        engine.dispose()

    def _address(self, name: str) -> str:
        return self.server.format(name=name) if "{name}" in self.server else f"{self.server}/{name}"

    def _administer(self, statement: str, *, copying: bool = False) -> None:
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            # Files are copied in half the time; before version 15 nothing else could be done.
            if copying and connection.info.server_version >= _CHOOSES_HOW_TO_COPY:
                statement += " STRATEGY FILE_COPY"
            connection.execute(statement.encode())
