"""`flask demo …`: a made-up district in an empty database."""

from __future__ import annotations

import click

from app.commands import terminal
from app.session import current_programme
from surveys import demo as district
from surveys.offices import staff

_WORDS: dict[type[Exception], str] = {
    staff.PasswordTooWeak: f"Mật khẩu cần ít nhất {staff.MIN_PASSWORD} ký tự.",
}
demo = terminal.group("demo", "Dữ liệu mẫu, mọi nơi ghi rõ là DEMO.")


@demo.command()
@click.option(
    "--password", default=district.PASSWORD, show_default=True, help="Mật khẩu các tài khoản mẫu."
)
def load(password: str) -> None:
    """Nạp dữ liệu mẫu vào cơ sở dữ liệu trống; đã có dữ liệu thì không làm gì."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        loaded = district.load(
            session, programme=current_programme(), today=terminal.today(), now=terminal.now(),
            progress=_say, password=password,
        )  # fmt: skip
    if loaded is None:
        click.echo("Cơ sở dữ liệu đã có dữ liệu: giữ nguyên, không nạp dữ liệu mẫu.")
        return
    click.echo(
        f"Đã nạp dữ liệu mẫu (DEMO): {loaded.units} đơn vị, {loaded.points} điểm phục vụ, "
        f"{loaded.waves} đợt, {terminal.number(loaded.responses)} phiếu, {loaded.releases} công bố."
    )


def _say(step: str) -> None:
    click.echo(f"  · {step}")
