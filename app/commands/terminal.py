"""What all commands share: sessions, problems said in one line, days, and columns of text."""

from __future__ import annotations

import datetime as dt
import getpass
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, cast

import click
from flask import current_app
from flask.cli import AppGroup
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app import printing
from app.session import current_programme, settings
from surveys import database, imports, schema
from surveys.fieldwork import waves
from surveys.imports import Imported, Table
from surveys.offices import audit
from surveys.places import units
from surveys.questionnaires.programme import Sector
from surveys.tables import ServicePoint, Unit, Wave

#: Who does what commands do: the account of the machine stands in the entry.
COMMAND_LINE = "$ flask"
#: More problems than this do not help anyone to mend a file.
MOST_SHOWN = 200
UPGRADE = "flask --app wsgi database upgrade"


class Problem(click.ClickException):
    """Something that a person can put right: one line, exit code 1, no trace."""

    def show(self, file: IO[Any] | None = None) -> None:  # noqa: ARG002 - click's signature
        """Say it on the error stream."""
        click.echo(f"Lỗi: {self.message}", err=True)


class _Day(click.ParamType[dt.date]):
    """A day as it is written in Viet Nam or by ISO."""

    name = "ngày"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> dt.date:
        """The day, or a usage error that shows how to write one."""
        if isinstance(value, dt.date):
            return value
        try:
            return imports.day(str(value).strip())
        except imports.CellError as error:
            self.fail(f"“{value}”: {error}", param, ctx)


DAY = _Day()
#: What is said of an error: a text that is filled in, or something that makes one.
Words = str | Callable[[Any], str]


def group(name: str, words: str) -> AppGroup:
    """A group of commands; alone it lists them."""
    return AppGroup(name, help=words)


def engine() -> Engine:
    """The engine of the installation."""
    return cast("Engine", current_app.extensions["engine"])


def now() -> dt.datetime:
    """This moment."""
    return settings().clock()


def today() -> dt.date:
    """The day in Viet Nam."""
    return database.day_of(now())


@contextmanager
def reading() -> Iterator[Session]:
    """A session that cannot write, on a database of the newest schema."""
    check_schema()
    with reachable(), database.reading(engine()) as session:
        yield session


@contextmanager
def writing() -> Iterator[Session]:
    """A session that is committed when the block ends well, with an entry in the audit trail."""
    check_schema()
    with reachable(), database.writing(engine()) as session:
        yield session
        _write_down(session)


def _write_down(session: Session) -> None:
    """Who ran this command, and with which arguments; what is typed unseen is left out."""
    context = click.get_current_context()
    asked = {param.name for param in context.command.params if getattr(param, "hide_input", False)}
    hidden = asked | {"password"}  # also where it is only ever given on the line
    said = {
        # Where a file lay says nothing to the next machine.
        name: value.name if isinstance(value, Path) else value
        for name, value in context.params.items()
        if name not in hidden and value not in (None, "", ())
    }
    with suppress(KeyError, OSError):  # nobody has this number on the machine
        said["user"] = getpass.getuser()
    command = " ".join(context.command_path.split()[1:])
    audit.append(session, actor=COMMAND_LINE, action=command, detail=said, now=now())


def check_schema() -> None:
    """Refuse to work on a database that is not there, or behind the code."""
    with reachable(), engine().connect().execution_options(read_only=True) as connection:
        found = schema.current(connection)
    if found != schema.head():
        stands = f"đang ở bản {found}" if found else "chưa có bảng nào"
        raise Problem(f"Cơ sở dữ liệu {stands}, cần bản {schema.head()}. Chạy: {UPGRADE}")


@contextmanager
def reachable() -> Iterator[None]:
    """Says which database does not answer."""
    try:
        yield
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise Problem(f"Không mở được cơ sở dữ liệu {engine().url!r}: {reason}") from error


@contextmanager
def explained(words: Mapping[type[Exception], Words]) -> Iterator[None]:
    """Turns errors into problems; `{0.code}` in the words stands for the error's attribute."""
    try:
        yield
    except tuple(words) as error:
        kind = next(kind for kind in words if isinstance(error, kind))
        said = words[kind]
        raise Problem(said.format(error) if isinstance(said, str) else said(error)) from error


@contextmanager
def importing(path: Path) -> Iterator[Table]:
    """The table of a file; every row that the block refuses is listed, then said in one line."""
    try:
        yield imports.read_table(path)
    except imports.ImportRefused as refused:
        for problem in refused.problems[:MOST_SHOWN]:
            click.echo(str(problem), err=True)
        count = len(refused.problems)
        if count > MOST_SHOWN:
            click.echo(f"… và {number(count - MOST_SHOWN)} lỗi nữa", err=True)
        raise Problem(f"{path.name}: {number(count)} lỗi, chưa nhập dòng nào.") from refused


def say_imported(path: Path, done: Imported) -> None:
    """Print what an import did."""
    counts = [number(count) for count in (done.added, done.changed, done.unchanged)]
    click.echo("{}: thêm {}, sửa {}, giữ nguyên {} dòng".format(path.name, *counts))


def sector(key: str) -> Sector:
    """The sector of the programme with this key."""
    known = {each.key: each for each in current_programme().sectors}
    if key not in known:
        listed = "; ".join(keyed(each.label.vi, each.key) for each in known.values())
        raise Problem(f"Không có lĩnh vực “{key}”; dùng một trong: {listed}.")
    return known[key]


def unit(session: Session, code: str) -> Unit:
    """The unit that has this code today."""
    found = units.find(session, code, on=today())
    if found is None:
        near = ", ".join(one.code for one in units.nearest(session, code, on=today()))
        close = f" Có phải: {near}?" if near else ""
        raise Problem(
            f"Hôm nay không có đơn vị mã “{code}”.{close} Xem: flask --app wsgi units list"
        )
    return found


def wave(session: Session, code: str) -> Wave:
    """The wave with this code."""
    found = waves.find(session, code)
    if found is None:
        raise Problem(f"Không có đợt “{code}”. Xem: flask --app wsgi waves list")
    return found


def point(session: Session, holder: Unit, code: str) -> ServicePoint:
    """The service point of a unit that has this code today."""
    found = units.points_of(session, [holder.id or 0], on=today())
    known = {point.code: point for point in found}
    if code not in known:
        listed = ", ".join(known) or "chưa có điểm nào"
        raise Problem(f"Đơn vị {holder.code} không có điểm “{code}” ({listed}).")
    return known[code]


def warn_of_local_address() -> None:
    """Says it where a code leads to this machine only: on paper nobody could open it."""
    said = printing.warning()
    if said:
        click.echo(said, err=True)


def keyed(words: str, key: str) -> str:
    """Vietnamese words with the key that is typed for them: `Y tế [health]`."""
    return f"{words} [{key}]"


def sector_words(key: str | None) -> str:
    """A sector's name with its key; a dash where there is none."""
    return keyed(current_programme().sector(key).label.vi, key) if key else "–"


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in columns; nothing but a remark where there are none."""
    if not rows:
        click.echo("(không có)")
        return
    lines = [tuple(header), *([str(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(header))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def number(value: int) -> str:
    """A whole number the Vietnamese way: 1.234."""
    return f"{value:,}".replace(",", ".")
