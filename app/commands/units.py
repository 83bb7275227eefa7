"""`flask units …`: organisations with their dates and service points."""

from __future__ import annotations

import datetime as dt

import click

from app.commands import terminal
from surveys import units as places
from surveys.tables import Unit

units = terminal.group("units", "Đơn vị và điểm phục vụ.")


@units.command("list")
@click.option("--on", type=terminal.DAY, help="Đơn vị có vào ngày này; bỏ trống: hôm nay.")
@click.option("--sector", help="Chỉ lĩnh vực này: administration, health, education.")
@click.option("--points", is_flag=True, help="Kèm các điểm phục vụ của từng đơn vị.")
def list_(on: dt.date | None, sector: str | None, points: bool) -> None:
    """Liệt kê các đơn vị có vào một ngày."""
    if sector:
        terminal.sector(sector)
    with terminal.reading() as session:
        day = on or terminal.today()
        found = (
            places.of_sector(session, sector, on=day) if sector
            else places.existing(session, on=day)
        )  # fmt: skip
        if not points:
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
