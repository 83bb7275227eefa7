"""`flask keys …`: keys of other programs."""

from __future__ import annotations

import datetime as dt

import click

from app.commands import terminal
from surveys.offices import api_keys
from surveys.offices.api_keys import LONGEST, MOST_EVERY, SCOPES, NameTaken, WrongReach

keys = terminal.group("keys", "Khóa API của phần mềm khác.")
_WORDS: dict[type[Exception], terminal.Words] = {
    NameTaken: "Đã có khóa tên này, kể cả khóa đã thu hồi.",
    WrongReach: (
        "Cần ít nhất một quyền; chỉ một trong --sector và --unit; hạn từ hôm nay đến "
        f"{LONGEST.days} ngày; --every từ 1 đến {MOST_EVERY}."
    ),
}
_HEADER = ("tên", "đầu khóa", "quyền", "phạm vi", "1/k", "hạn", "dùng gần nhất", "tình trạng")


@keys.command()
@click.argument("name", metavar="TÊN")
@click.option(
    "--scope", "scopes", type=click.Choice(SCOPES), multiple=True, required=True,
    help="tickets: lấy phiếu; frame: gửi số lượt phục vụ; live: đọc kết quả đang thu.",
)  # fmt: skip
@click.option("--sector", help="Chỉ các đơn vị của một ngành.")
@click.option("--unit", "unit_code", help="Chỉ một đơn vị và các đơn vị bên dưới.")
@click.option(
    "--every", type=int, default=1, show_default=True, help="1 phiếu cho bao nhiêu người."
)
@click.option("--expires", type=terminal.DAY, required=True, help="Dùng đến hết ngày này.")
def add(
    name: str,
    *,
    scopes: tuple[str, ...],
    sector: str | None,
    unit_code: str | None,
    every: int,
    expires: dt.date,
) -> None:
    """Tạo khóa TÊN và in ra một lần duy nhất: khóa không được giữ lại."""
    if sector:
        terminal.sector(sector)
    with terminal.writing() as session, terminal.explained(_WORDS):
        unit_id = terminal.unit(session, unit_code).id if unit_code else None
        _, text = api_keys.make(
            session, name=name, scopes=scopes, sector=sector, unit_id=unit_id, every=every,
            expires_on=expires, by=terminal.COMMAND_LINE, now=terminal.now(),
        )  # fmt: skip
    click.echo(text)


@keys.command("list")
def list_() -> None:
    """Liệt kê các khóa; phần bí mật không đọc lại được."""
    with terminal.reading() as session:
        rows = [
            (
                key.name, key.prefix, key.scopes,
                terminal.sector_words(key.sector) if key.sector else unit or "tất cả",
                f"1/{key.every}", f"{key.expires_on:%d/%m/%Y}",
                f"{key.used_on:%d/%m/%Y}" if key.used_on else "–",
                "đang dùng" if api_keys.good(key, on=terminal.today()) else "không còn dùng được",
            )
            for key, unit in api_keys.everyone(session)
        ]  # fmt: skip
    terminal.table(_HEADER, rows)


@keys.command()
@click.argument("name", metavar="TÊN")
def revoke(name: str) -> None:
    """Thu hồi khóa TÊN: từ lúc này không mở được gì nữa."""
    with terminal.writing() as session:
        found = api_keys.find(session, name)
        if found is None:
            raise terminal.Problem(f"Không có khóa “{name}”. Xem: flask --app wsgi keys list")
        api_keys.revoke(session, found, now=terminal.now())
    click.echo(f"Đã thu hồi khóa {name}")
