"""`flask audit …`: the audit trail and the check of its chain."""

from __future__ import annotations

import click

from app.commands import terminal
from app.filters import moment
from surveys.offices import audit as trail
from surveys.offices.audit import Seal, TrailBroken

audit = terminal.group("audit", "Nhật ký: ai đã làm gì, và kiểm tra nhật ký còn nguyên.")
_KINDS = {
    "changed": "nội dung đã bị sửa",
    "cut": "bị thiếu, hoặc phần sau bị cắt",
    "joined": "không nối với mục trước",
    "sealed": "không khớp mã kiểm tra đã ghi ở nơi khác",
}
_SHA256_LENGTH = 64


class _Sealed(click.ParamType[Seal]):
    """A number and a checksum, as a publication shows them."""

    name = "SỐ:SHA256"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Seal:
        """The seal, or a usage error that shows how to write one."""
        if isinstance(value, Seal):
            return value
        number, _, sha256 = str(value).strip().partition(":")
        if not number.isdecimal() or len(sha256) != _SHA256_LENGTH:
            self.fail(f"“{value}”: cần số mục, dấu hai chấm và 64 ký tự SHA-256", param, ctx)
        return Seal(int(number), sha256.lower())


@audit.command()
@click.option(
    "--seal", "seals", type=_Sealed(), multiple=True,
    help="Mã kiểm tra đã ghi ở nơi khác, chẳng hạn trong một bản công bố; dùng được nhiều lần.",
)  # fmt: skip
def verify(seals: tuple[Seal, ...]) -> None:
    """Kiểm tra từng mục; chỉ ra mục đầu tiên đã bị sửa, xóa hoặc chèn."""
    with terminal.reading() as session:
        try:
            end = trail.verify(session, seals=seals)
        except TrailBroken as broken:
            what = _KINDS[broken.kind]
            raise terminal.Problem(
                f"Nhật ký không còn nguyên: mục {broken.number} {what}."
            ) from None
    click.echo(f"Nhật ký còn nguyên: {terminal.number(end.number)} mục")
    click.echo(f"{end.number}:{end.sha256}")


@audit.command("list")
@click.option("--actor", default="", help="Chỉ của tài khoản này.")
@click.option("--most", default=50, show_default=True, type=click.IntRange(1), help="Số mục.")
def list_(actor: str, most: int) -> None:
    """Liệt kê các mục mới nhất."""
    with terminal.reading() as session:
        found = trail.entries(session, actor=actor, most=most)
        rows = [
            (entry.number, moment(entry.at), entry.actor, entry.action, entry.detail)
            for entry in found
        ]
    terminal.table(("số", "lúc", "ai", "việc", "về"), rows)
