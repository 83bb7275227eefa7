"""`flask tickets …`: slips for a sample."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from app.commands import terminal
from app.documents import slips
from app.documents.slips import Slips
from app.session import current_programme, settings
from surveys.fieldwork import tickets as minting
from surveys.fieldwork import waves
from surveys.fieldwork.tickets import HandedOut, Returns, WrongExpiry, WrongNumber
from surveys.fieldwork.waves import NoOpenWave
from surveys.places import units
from surveys.tables import TicketBatch

tickets = terminal.group("tickets", "Phiếu dùng một lần, phát theo mẫu.")
_WORDS: dict[type[Exception], terminal.Words] = {
    WrongExpiry: "Ngày hết hạn phải từ hôm nay và trong đợt {0.wave.code}.",
    WrongNumber: f"Khoảng cách từ 1, số phiếu từ 1 đến {minting.MOST} và không quá số của lô.",
    NoOpenWave: "Điểm này không có đợt nào đang mở. Xem: flask --app wsgi waves list",
    HandedOut: "Phiếu số {0.number} đã có người trả lời, vậy ít nhất {0.number} phiếu đã phát.",
}
_HEADER = (
    "lô", "đơn vị", "điểm", "đợt", "khoảng cách", "đã phát", "có trả lời", "hết hạn", "tỷ lệ",
)  # fmt: skip


@tickets.command()
@click.argument("unit_code", metavar="ĐƠN_VỊ")
@click.argument("point_code", metavar="ĐIỂM")
@click.argument("folder", metavar="THƯ_MỤC", type=click.Path(path_type=Path, file_okay=False))
@click.option("--every", type=int, required=True, help="Cứ bao nhiêu người phát một phiếu.")
@click.option("--size", type=int, required=True, help="Số phiếu.")
@click.option("--expires", type=terminal.DAY, required=True, help="Dùng đến hết ngày này.")
@click.option("--by", required=True, help="Tên cơ quan làm phiếu.")
def mint(
    unit_code: str,
    point_code: str,
    folder: Path,
    *,
    every: int,
    size: int,
    expires: dt.date,
    by: str,
) -> None:
    """Làm phiếu cho ĐIỂM của ĐƠN_VỊ: ghi danh sách CSV và phiếu để in PDF vào THƯ_MỤC.

    Địa chỉ của phiếu không được giữ lại: mất tệp thì thu hồi lô rồi làm lô khác.
    """
    with terminal.writing() as session, terminal.explained(_WORDS):
        unit = terminal.unit(session, unit_code)
        point = terminal.point(session, unit, point_code)
        made = minting.mint(
            session, minting.collector_of(session, point, today=terminal.today()),
            every=every, size=size, expires_on=expires, by=by, now=terminal.now(),
        )  # fmt: skip
        batch = Slips(
            batch=made.batch.id or 0, unit=unit.name, point=point.name, tokens=made.tokens,
            expires_on=expires, base_url=settings().base_url,
        )  # fmt: skip
        # Written before the tickets are: tickets that nobody holds would count as issued.
        _write(folder, batch)
    terminal.warn_of_local_address()


@tickets.command()
@click.argument("wave_code", metavar="ĐỢT")
def counts(wave_code: str) -> None:
    """Phiếu đã phát, có trả lời và hết hạn của ĐỢT, theo lô."""
    with terminal.reading() as session:
        wave = waves.find(session, wave_code)
        if wave is None or wave.programme != current_programme().code:
            raise terminal.Problem(f"Không có đợt “{wave_code}”.")
        found = minting.standings(session, [wave.id or 0])
        holders = units.with_ids(session, {one.point.unit_id for one in found})
        names = {unit.id: unit.code for unit in holders}
        on = terminal.today()
        rows = [
            (
                one.batch.id, names[one.point.unit_id], one.point.code, wave.code,
                f"1/{one.batch.every}", *_row(one.returns(on)),
            )
            for one in found
        ]  # fmt: skip
        total = sum((one.returns(on) for one in found), Returns())
    terminal.table(_HEADER, [*rows, ("", "", "", "", "", *_row(total))] if rows else [])


@tickets.command("call-back")
@click.argument("batch_id", metavar="LÔ", type=int)
@click.option("--handed-out", type=int, required=True, help="Đã phát đến phiếu số này; 0: bỏ lô.")
def call_back(batch_id: int, handed_out: int) -> None:
    """Thu hồi phiếu thừa của LÔ: chỉ phiếu đã phát mới tính vào tỷ lệ trả lời."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        batch = session.get(TicketBatch, batch_id) if 0 < batch_id < 2**31 else None
        if batch is None:
            raise terminal.Problem(f"Không có lô {batch_id}.")
        gone = minting.call_back(session, batch, handed_out=handed_out)
    click.echo(f"Đã thu hồi {terminal.number(gone)} phiếu của lô {batch_id}")


def _row(found: Returns) -> tuple[str, ...]:
    rate = "–" if found.rate is None else f"{100 * found.rate:.1f} %".replace(".", ",")
    whole = (found.issued, found.answered, found.expired)
    return (*map(terminal.number, whole), rate)


def _write(folder: Path, batch: Slips) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for ending, data in (("csv", slips.table(batch)), ("pdf", slips.pdf(batch))):
            path = folder / f"{batch.name}.{ending}"
            path.touch(mode=0o600)  # whoever reads it can answer in the place of others
            path.write_bytes(data)
            click.echo(f"Đã ghi {path}")
    except OSError as error:
        raise terminal.Problem(f"Không ghi được vào {folder}: {error.strerror}.") from error
