"""`flask frame …`: how many people each unit served."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click
from sqlmodel import Session

from app.commands import terminal
from app.session import current_programme
from surveys import frame as served
from surveys.imports import ImportRefused, read_table
from surveys.tables import Unit

frame = terminal.group("frame", "Khung tổng thể: số lượt người được phục vụ.")
#: More problems than this do not help anyone to mend a file.
MOST_SHOWN = 200


@frame.command("import")
@click.argument("path", metavar="TỆP", type=click.Path(path_type=Path))
def import_(path: Path) -> None:
    """Nhập TỆP CSV hoặc XLSX: mã đơn vị, lĩnh vực, tháng, số lượt. Nhập cả tệp hoặc không gì cả."""
    try:
        read = read_table(path)
        with terminal.writing() as session:
            done = served.import_frame(
                session, read, programme=current_programme(), now=terminal.now()
            )
    except ImportRefused as refused:
        _list_problems(refused)
        raise terminal.Problem(
            f"{path.name}: {terminal.number(len(refused.problems))} lỗi, chưa nhập dòng nào."
        ) from refused
    counts = (terminal.number(count) for count in (done.added, done.changed, done.unchanged))
    click.echo("{}: thêm {}, sửa {}, giữ nguyên {} dòng".format(path.name, *counts))


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
    return [
        (code, field, len(totals), terminal.number(sum(totals)))
        for (code, field), totals in sorted(found.items())
    ]


def _list_problems(refused: ImportRefused) -> None:
    for problem in refused.problems[:MOST_SHOWN]:
        click.echo(str(problem), err=True)
    left = len(refused.problems) - MOST_SHOWN
    if left > 0:
        click.echo(f"… và {terminal.number(left)} lỗi nữa", err=True)
