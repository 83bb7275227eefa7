"""`flask collectors …`: printed codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast

import click
from sqlmodel import Session

from app import qr
from app.commands import terminal
from app.session import settings
from surveys.places import collectors as printed
from surveys.places import pins, units
from surveys.places.collectors import Kind
from surveys.tables import Collector

collectors = terminal.group("collectors", "Mã QR của các điểm phục vụ.")
#: The ways in which a code is given to people.
KINDS: dict[str, str] = {"open": "tự quét", "sampled": "theo mẫu", "staffed": "có người hỏi"}


@collectors.command()
@click.argument("unit_code", metavar="ĐƠN_VỊ")
@click.argument("point_code", metavar="ĐIỂM")
@click.option(
    "--kind", type=click.Choice(["open", "sampled", "staffed"]), default="open", show_default=True,
    help="open: ai quét cũng được; sampled: phát phiếu theo mẫu; staffed: có người hỏi.",
)  # fmt: skip
def issue(unit_code: str, point_code: str, kind: str) -> None:
    """Cấp một mã mới cho ĐIỂM phục vụ của ĐƠN_VỊ."""
    with terminal.writing() as session:
        point = terminal.point(session, terminal.unit(session, unit_code), point_code)
        made = printed.issue(session, point, kind=cast("Kind", kind), today=terminal.today())
        code, name = made.code, point.name
    click.echo(f"{code}  {name}  {_address(code)}")
    terminal.warn_of_local_address()


@collectors.command("list")
@click.option("--unit", "unit_code", help="Chỉ đơn vị mã này và các đơn vị bên dưới.")
def list_(unit_code: str | None) -> None:
    """Liệt kê các mã đang dùng."""
    with terminal.reading() as session:
        day = terminal.today()
        if unit_code:
            holders = units.below(session, terminal.unit(session, unit_code).id or 0, on=day)
        else:
            holders = units.existing(session, on=day)
        points = units.points_of(session, [unit.id or 0 for unit in holders], on=day)
        in_use = printed.in_use(session, [point.id or 0 for point in points], on=day)
        names = {unit.id: unit.code for unit in holders}
        rows = [
            (
                code.code,
                terminal.keyed(KINDS[code.kind], code.kind),
                names[point.unit_id],
                point.code,
                point.name,
            )
            for point in points
            for code in in_use.get(point.id or 0, ())
        ]
    terminal.table(("mã", "cách phát", "đơn vị", "điểm", "tên điểm"), rows)


@collectors.command("qr")
@click.argument("typed", metavar="MÃ")
@click.option("--svg", type=click.Path(path_type=Path), help="Ghi ảnh SVG vào tệp này.")
@click.option("--png", type=click.Path(path_type=Path), help="Ghi ảnh PNG vào tệp này.")
def draw(typed: str, svg: Path | None, png: Path | None) -> None:
    """Vẽ mã QR trên màn hình, hoặc ghi ra tệp ảnh."""
    with terminal.reading() as session:
        address = _address(_collector(session, typed).code)
    terminal.warn_of_local_address()
    for path, picture in ((svg, qr.svg), (png, qr.png)):
        if path:
            _write(path, picture(address))
    if not (svg or png):
        click.echo(qr.text(address, colours=sys.stdout.isatty()))
        click.echo(address)


@collectors.command()
@click.argument("typed", metavar="MÃ")
def retire(typed: str) -> None:
    """Thôi dùng một mã từ hôm nay; các phiếu đã trả lời vẫn còn."""
    with terminal.writing() as session:
        collector = _collector(session, typed)
        printed.retire(session, collector, today=terminal.today())
        code = collector.code
    click.echo(f"{code}: đã thôi dùng")


@collectors.command()
@click.argument("typed", metavar="MÃ")
def pin(typed: str) -> None:
    """Cấp PIN mới để mở máy hay màn hình ở quầy của MÃ; PIN cũ và máy đã mở thôi dùng được."""
    with terminal.writing() as session:
        collector = _collector(session, typed)
        code, made = collector.code, pins.renew(session, collector)
    click.echo(f"{code}: PIN {pins.spaced(made)}")
    click.echo("PIN chỉ hiện lần này. Mở máy ở " + _address(code) + "/kiosk, màn hình ở …/display.")


def _collector(session: Session, typed: str) -> Collector:
    try:
        return printed.find(session, typed, on=terminal.today())
    except printed.UnknownCode as error:
        close = f" Có phải: {', '.join(error.suggestions)}?" if error.suggestions else ""
        raise terminal.Problem(f"Không có mã “{typed}”.{close}") from error
    except printed.RetiredCode as error:
        raise terminal.Problem(f"Mã {error.collector.code} đã thôi dùng.") from error


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise terminal.Problem(f"Không ghi được {path}: {error.strerror}.") from error
    click.echo(f"Đã ghi {path}")


def _address(code: str) -> str:
    return printed.address(settings().base_url, code)
