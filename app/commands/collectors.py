"""`flask collectors …`: printed codes."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import cast, get_args

import click
from sqlmodel import Session

from app import qr
from app.commands import terminal
from app.documents import posters as documents
from app.documents.posters import Size
from app.documents.typesetting import Unprintable
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
        names = _holders(session, unit_code)
        points = units.points_of(session, names, on=day)
        in_use = printed.in_use(session, [point.id or 0 for point in points], on=day)
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
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), metavar="TỆP")
@click.option(
    "--unit", "unit_code", help="Chỉ đơn vị mã này và các đơn vị bên dưới; không ghi là tất cả."
)
@click.option("--point", "point_codes", multiple=True, help="Chỉ điểm mã này; ghi được nhiều lần.")
@click.option(
    "--size", type=click.Choice(get_args(Size)), default="a4", show_default=True,
    help="a4, a5, hoặc tent: A4 gấp đôi để bàn.",
)  # fmt: skip
def posters(file: Path, unit_code: str | None, point_codes: tuple[str, ...], size: str) -> None:
    """Ghi TỆP PDF có áp phích mã QR của các điểm phục vụ, mỗi điểm một trang."""
    with terminal.reading() as session:
        points = [
            point
            for point in units.points_of(session, _holders(session, unit_code), on=terminal.today())
            if not point_codes or point.code in point_codes
        ]
        made, without = documents.gather(
            session, points, base_url=settings().base_url, on=terminal.today()
        )
    for point in without:
        click.echo(f"Chưa có mã “tự quét”, bỏ qua: {point.code} ({point.name})", err=True)
    if not made:
        raise terminal.Problem("Không có mã nào để in. Xem: flask --app wsgi collectors list")
    terminal.warn_of_local_address()
    try:
        content = documents.typeset(made, cast("Size", size), logo=settings().logo)
    except (Unprintable, OSError) as error:
        raise terminal.Problem(f"Không in được: {error}") from error
    _write(file, content)


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


def _holders(session: Session, unit_code: str | None) -> dict[int, str]:
    """The codes of a unit and those below it by id; of all units where none is named."""
    day = terminal.today()
    if unit_code:
        found = units.below(session, terminal.unit(session, unit_code).id or 0, on=day)
    else:
        found = units.existing(session, on=day)
    return {unit.id or 0: unit.code for unit in found}


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
