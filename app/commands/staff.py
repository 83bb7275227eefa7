"""`flask staff …`: accounts of offices."""

from __future__ import annotations

from typing import cast

import click
from sqlmodel import Session

from app.commands import terminal
from surveys.offices import second_factor
from surveys.offices import staff as accounts
from surveys.offices.staff import MAX_PASSWORD, MIN_PASSWORD, Role
from surveys.tables import Staff

staff = terminal.group("staff", "Tài khoản của các cơ quan, đơn vị.")
_WORDS: dict[type[Exception], str] = {
    accounts.UsernameTaken: "Đã có tài khoản “{0.username}”.",
    accounts.PasswordTooWeak: f"Mật khẩu cần từ {MIN_PASSWORD} đến {MAX_PASSWORD} ký tự.",
    accounts.WrongScope: (
        "Vai trò {0.role} không hợp với phạm vi: sector cần --sector, unit và entry cần --unit, "
        "vai trò khác không cần gì."
    ),
}
#: What an account may be for.
ROLES: dict[str, str] = {
    "administrator": "quản trị",
    "central": "Nội vụ",
    "sector": "cơ quan",
    "unit": "đơn vị",
    "entry": "nhập phiếu",
    "auditor": "kiểm tra",
}
_password = click.password_option(prompt="Mật khẩu", help="Mật khẩu; không ghi thì được hỏi.")


@staff.command()
@click.argument("username", metavar="TÊN_ĐĂNG_NHẬP")
@click.option("--name", required=True, help="Tên cơ quan hoặc người dùng tài khoản.")
@click.option(
    "--role", required=True, type=click.Choice(list(ROLES)),
    help="; ".join(f"{key}: {words}" for key, words in ROLES.items()),
)  # fmt: skip
@click.option("--sector", help="Lĩnh vực của vai trò sector.")
@click.option("--unit", "unit_code", help="Mã đơn vị của vai trò unit hoặc entry.")
@_password
def add(  # noqa: PLR0917 - the arguments of the command line
    username: str,
    name: str,
    role: str,
    sector: str | None,
    unit_code: str | None,
    password: str,
) -> None:
    """Thêm một tài khoản."""
    if sector:
        terminal.sector(sector)
    with terminal.writing() as session, terminal.explained(_WORDS):
        unit_id = terminal.unit(session, unit_code).id if unit_code else None
        accounts.add(
            session, username=username, name=name, password=password,
            role=cast("Role", role), sector=sector, unit_id=unit_id,
        )  # fmt: skip
    click.echo(f"Đã thêm tài khoản {username} ({terminal.keyed(ROLES[role], role)})")


@staff.command()
@click.argument("username", metavar="TÊN_ĐĂNG_NHẬP")
@_password
def password(username: str, password: str) -> None:
    """Đổi mật khẩu; mọi nơi đang đăng nhập bằng tài khoản này bị thoát."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        accounts.set_password(session, _account(session, username), password)
    click.echo(f"Đã đổi mật khẩu của {username}")


@staff.command()
@click.argument("username", metavar="TÊN_ĐĂNG_NHẬP")
def disable(username: str) -> None:
    """Khóa một tài khoản; việc đã làm vẫn mang tên tài khoản ấy."""
    with terminal.writing() as session:
        accounts.disable(session, _account(session, username), now=terminal.now())
    click.echo(f"Đã khóa tài khoản {username}")


@staff.command("forget-digits")
@click.argument("username", metavar="TÊN_ĐĂNG_NHẬP")
def forget_digits(username: str) -> None:
    """Bỏ mã 6 số của một tài khoản, khi chủ tài khoản mất điện thoại."""
    with terminal.writing() as session:
        account = _account(session, username)
        second_factor.remove(account)
        accounts.end_sessions(session, account)
    click.echo(f"Đã bỏ mã 6 số của {username}")


@staff.command("list")
def list_() -> None:
    """Liệt kê các tài khoản."""
    with terminal.reading() as session:
        rows = [_row(account, unit_code) for account, unit_code in accounts.everyone(session)]
    terminal.table(("tên đăng nhập", "tên", "vai trò", "phạm vi", "tình trạng"), rows)


def _account(session: Session, username: str) -> Staff:
    found = accounts.find(session, username)
    if found is None:
        raise terminal.Problem(f"Không có tài khoản “{username}”. Xem: flask --app wsgi staff list")
    return found


def _row(account: Staff, unit_code: str | None) -> tuple[str, ...]:
    scope = terminal.sector_words(account.sector) if account.sector else unit_code or "tất cả"
    state = "đã khóa" if account.disabled_at else "đang dùng"
    role = terminal.keyed(ROLES[account.role], account.role)
    return account.username, account.name, role, scope, state
