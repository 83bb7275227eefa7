"""`flask database …`: the schema."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlmodel import select

from app.commands import terminal
from surveys import schema
from surveys.counts import upkeep
from surveys.tables import Wave

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


@database.command()
@with_appcontext
def recount() -> None:
    """So số tổng đang giữ của mỗi đợt với từng phiếu; đợt nào khác thì đếm lại từ đầu."""
    with terminal.reading() as session:
        waves = session.exec(select(Wave).order_by(Wave.code)).all()
        wrong = {found.wave.code for found in upkeep.verify(session, waves)}
    for code in sorted(wrong):
        click.echo(f"{code}: số tổng sai, đã đếm lại {_counted_again(code)} phiếu")
    with terminal.writing() as session:
        upkeep.fold_all(session)
    click.echo(f"Đã so {len(waves)} đợt: {len(waves) - len(wrong)} đúng, {len(wrong)} đã sửa.")


def _counted_again(code: str) -> int:
    """How many responses of a wave were counted: unit by unit, so that nobody waits for long."""
    with terminal.reading() as session:
        wave = session.exec(select(Wave).where(Wave.code == code)).one()
        units = upkeep.units(session, wave)
    total = 0
    for unit_id in units:
        with terminal.writing() as session:
            wave = session.exec(select(Wave).where(Wave.code == code)).one()
            total += upkeep.recount(session, wave, unit_ids=[unit_id])
    return total
