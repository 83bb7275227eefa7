"""`flask units …`: organisations with their dates and service points."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from app.commands import terminal
from app.session import current_programme
from surveys import point_register, unit_register
from surveys import units as places
from surveys.tables import Unit

units = terminal.group("units", "Đơn vị và điểm phục vụ.")
_file = click.argument("path", metavar="TỆP", type=click.Path(path_type=Path))


@units.command("import")
@_file
def import_(path: Path) -> None:
    """Nhập danh sách đơn vị từ TỆP CSV hoặc XLSX. Nhập cả tệp hoặc không gì cả."""
    with terminal.importing(path) as table, terminal.writing() as session:
        done = unit_register.import_units(session, table, programme=current_programme())
    terminal.say_imported(path, done)


@units.command()
@_file
def points(path: Path) -> None:
    """Nhập danh sách điểm phục vụ từ TỆP CSV hoặc XLSX. Nhập cả tệp hoặc không gì cả."""
    with terminal.importing(path) as table, terminal.writing() as session:
        done = point_register.import_points(session, table, programme=current_programme())
    terminal.say_imported(path, done)


@units.command("list")
@click.option("--on", type=terminal.DAY, help="Đơn vị có vào ngày này; bỏ trống: hôm nay.")
@click.option("--sector", help="Chỉ lĩnh vực này: administration, health, education.")
@click.option("--points", "with_points", is_flag=True, help="Các điểm phục vụ của từng đơn vị.")
def list_(on: dt.date | None, sector: str | None, with_points: bool) -> None:
    """Liệt kê các đơn vị có vào một ngày."""
    if sector:
        terminal.sector(sector)
    with terminal.reading() as session:
        day = on or terminal.today()
        found = (
            places.of_sector(session, sector, on=day) if sector
            else places.existing(session, on=day)
        )  # fmt: skip
        if not with_points:
            terminal.table(("mã", "tên", "loại", "lĩnh vực", "từ ngày"), [_row(u) for u in found])
            return
        names = {unit.id: unit for unit in found}
        rows = [
            (names[point.unit_id].code, point.code, point.name, point.kind)
            for point in places.points_of(session, [unit.id or 0 for unit in found], on=day)
        ]
        terminal.table(("mã đơn vị", "mã điểm", "tên điểm", "loại"), rows)


def _row(unit: Unit) -> tuple[str, str, str, str, str]:
    return unit.code, unit.name, unit.kind, unit.sector or "–", f"{unit.valid_from:%d/%m/%Y}"
