"""`flask database …`: the schema."""

from __future__ import annotations

import click

from app.commands import terminal
from surveys import schema

database = terminal.group("database", "Cơ sở dữ liệu: nâng cấp, kiểm tra.")


@database.command()
def upgrade() -> None:
    """Nâng cơ sở dữ liệu lên bản mới nhất; dữ liệu được giữ."""
    with terminal.reachable():
        schema.upgrade(terminal.engine())
    click.echo(f"Cơ sở dữ liệu {terminal.engine().url!r}: bản {schema.head()}")


@database.command()
def check() -> None:
    """Kiểm tra cơ sở dữ liệu có mở được và đúng bản không."""
    terminal.check_schema()
    click.echo(f"Cơ sở dữ liệu {terminal.engine().url!r}: đúng bản {schema.head()}")
