"""`flask units …`: organisations with their dates and service points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import click

from app.commands import terminal
from app.session import current_programme
from surveys.imports import Column
from surveys.places import point_register, unit_register
from surveys.places import units as places
from surveys.tables import Unit

units = terminal.group("units", "Đơn vị và điểm phục vụ.")


def _columns(columns: Sequence[Column], **values: Iterable[str]) -> str:
    """What a file needs, as the help of its command shows it."""
    lines = [
        "Cột bắt buộc: " + "; ".join(each.title for each in columns if each.required),
        "Cột tùy chọn: " + "; ".join(each.title for each in columns if not each.required),
        *(f"{title.capitalize()}: {'; '.join(names)}" for title, names in values.items()),
        "Ngày ghi như 01/07/2025; nhiều mục trong một ô cách nhau bằng dấu chấm phẩy.",
    ]
    return "\n\n".join(lines)


#: By key, the name of each kind.
_UNITS = {key: name for name, key in unit_register.KINDS.items()}
_POINTS = {key: name for name, key in point_register.KINDS.items()}
_file = click.argument("path", metavar="TỆP", type=click.Path(path_type=Path))


@units.command("import", epilog=_columns(unit_register.COLUMNS, loại=unit_register.KINDS))
@_file
def import_(path: Path) -> None:
    """Nhập danh sách đơn vị từ TỆP CSV hoặc XLSX. Nhập cả tệp hoặc không gì cả."""
    with terminal.importing(path) as table, terminal.writing() as session:
        done = unit_register.import_units(session, table, programme=current_programme())
    terminal.say_imported(path, done)


@units.command(epilog=_columns(point_register.COLUMNS, loại=point_register.KINDS))
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
            (names[point.unit_id].code, point.code, point.name, _word(_POINTS, point.kind))
            for point in places.points_of(session, [unit.id or 0 for unit in found], on=day)
        ]
        terminal.table(("mã đơn vị", "mã điểm", "tên điểm", "loại"), rows)


def _row(unit: Unit) -> tuple[str, str, str, str, str]:
    sector = terminal.sector_words(unit.sector)
    return unit.code, unit.name, _word(_UNITS, unit.kind), sector, f"{unit.valid_from:%d/%m/%Y}"


def _word(names: Mapping[str, str], kind: str) -> str:
    """The name of a kind as lists of units write it, with its key."""
    return terminal.keyed(names.get(kind, kind), kind)
