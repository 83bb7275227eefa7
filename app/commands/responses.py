"""`flask responses`: one answer by its receipt, shown without what it says, or left out."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlmodel import Session, select

from app.commands import terminal
from app.filters import moment
from surveys.fieldwork import responses as service
from surveys.fieldwork import waves
from surveys.tables import Response, Unit, Wave

responses = terminal.group("responses", "Từng phiếu theo mã biên nhận: xem, loại khỏi số liệu.")

_WORDS: dict[type[Exception], str] = {
    service.ReasonMissing: "Loại phiếu phải ghi lý do: --reason",
    service.AlreadyExcluded: "Phiếu đã bị loại trước đó: {0.response.excluded_reason}",
}


@responses.command()
@click.argument("receipt", metavar="BIÊN_NHẬN")
@with_appcontext
def show(receipt: str) -> None:
    """Cho biết phiếu thuộc đợt nào, đơn vị nào, có được tính không; không nêu câu trả lời."""
    with terminal.reading() as session:
        response = _found(session, receipt)
        wave, unit = session.get(Wave, response.wave_id), session.get(Unit, response.unit_id)
        counted = f"bị loại: {response.excluded_reason}" if response.excluded_at else "được tính"
        click.echo(f"Đợt      {wave.name if wave else ''}")
        click.echo(f"Đơn vị   {unit.name if unit else ''}")
        click.echo(f"Ghi lúc  {moment(response.answered_at)}")
        click.echo(f"Phiếu    {counted}")


@responses.command()
@click.argument("receipt", metavar="BIÊN_NHẬN")
@click.option("--reason", default="", help="Lý do, lưu cùng phiếu và đọc lại được sau này.")
@with_appcontext
def exclude(receipt: str, reason: str) -> None:
    """Loại phiếu khỏi mọi số liệu từ nay; câu trả lời vẫn được giữ, bản đã công bố không đổi."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        found = _found(session, receipt)
        service.exclude(session, found.id or 0, reason=reason, now=terminal.now())
    click.echo("Đã loại phiếu. Nếu năm đó đã công bố, hãy công bố đính chính.")


@responses.command()
@click.argument("wave", metavar="MÃ_ĐỢT")
@with_appcontext
def flagged(wave: str) -> None:
    """Liệt kê phiếu có dấu hiệu lạ của một đợt; chúng vẫn được tính cho đến khi bị loại."""
    with terminal.reading() as session:
        known = waves.find(session, wave)
        if known is None:
            raise terminal.Problem(f"không có đợt “{wave}”.")
        found = service.flagged(session, known)
        units = {unit.id: unit.name for unit in session.exec(select(Unit))}
    rows = [
        (
            response.receipt, moment(response.answered_at), response.quality,
            "bị loại" if response.excluded_at else "được tính", units[response.unit_id],
        )
        for response in found
    ]  # fmt: skip
    terminal.table(("biên nhận", "ghi lúc", "dấu hiệu", "phiếu", "đơn vị"), rows)
    click.echo(f"{len(found)} phiếu có dấu hiệu lạ.")


def _found(session: Session, receipt: str) -> Response:
    response = service.find_receipt(session, receipt)
    if response is None:
        raise terminal.Problem(f"không có phiếu với mã biên nhận “{receipt}”.")
    return response
