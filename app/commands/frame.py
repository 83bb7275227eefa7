"""`flask frame …`: how many people each unit served."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
from sqlmodel import Session

from app.commands import terminal
from app.session import current_programme
from surveys.tables import Unit
from surveys.weighting import frame as served
from surveys.weighting import margins as cells

frame = terminal.group("frame", "Khung tổng thể: số lượt người được phục vụ.")


@frame.command("import")
@click.argument("path", metavar="TỆP", type=click.Path(path_type=Path))
def import_(path: Path) -> None:
    """Nhập TỆP CSV hoặc XLSX: mã đơn vị, lĩnh vực, tháng, số lượt. Nhập cả tệp hoặc không gì cả."""
    with terminal.importing(path) as table, terminal.writing() as session:
        done = served.import_frame(
            session, table, programme=current_programme(), now=terminal.now()
        )
    terminal.say_imported(path, done)


@frame.command()
@click.argument("path", metavar="TỆP", type=click.Path(path_type=Path))
def margins(path: Path) -> None:
    """Nhập TỆP CSV hoặc XLSX: mã đợt, mã đơn vị, giới tính, nhóm tuổi, số người.

    Bỏ trống mã đơn vị: số của mọi đơn vị không có dòng riêng. Nhập cả tệp hoặc không gì cả.
    """
    with terminal.importing(path) as table, terminal.writing() as session:
        done = cells.import_margins(session, table, now=terminal.now())
    terminal.say_imported(path, done)


@frame.command()
@click.argument("year", metavar="NĂM", type=click.IntRange(2000, 2100))
@click.option("--sector", help="Chỉ lĩnh vực này: administration, health, education.")
def show(year: int, sector: str | None) -> None:
    """Số lượt người được phục vụ trong NĂM, theo đơn vị và lĩnh vực thủ tục."""
    if sector:
        terminal.sector(sector)
    with terminal.reading() as session:
        rows = _yearly(session, year, sector)
    terminal.table(("mã đơn vị", "lĩnh vực", "số tháng", "số lượt"), rows)


def _yearly(session: Session, year: int, sector: str | None) -> list[tuple[str, str, int, str]]:
    """One row for each unit and field: how many months are there, and their sum."""
    months = served.months(dt.date(year, 1, 1), dt.date(year, 12, 1))
    found: dict[tuple[str, str], list[int]] = {}
    for (unit_id, field, _month), total in served.totals(session, None, months).items():
        unit = session.get_one(Unit, unit_id)
        if sector in {None, unit.sector}:
            found.setdefault((unit.code, field), []).append(total)
    fields = {each.key: each.label.vi for each in current_programme().fields}
    return [
        (code, terminal.keyed(fields[field], field), len(totals), terminal.number(sum(totals)))
        for (code, field), totals in sorted(found.items())
    ]
