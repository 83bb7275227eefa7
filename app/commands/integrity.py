"""`flask integrity …`: odd answers of a wave, and leaving them out."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from app.commands import terminal
from app.filters import number, percent
from app.language import phrase
from app.session import current_programme
from app.weighting import failure
from surveys.fieldwork.responses import ReasonMissing
from surveys.results import integrity as odd
from surveys.results import suspects
from surveys.results.integrity import Finding
from surveys.weighting.calibrations import CalibrationFailed

integrity = terminal.group(
    "integrity", "Phiếu đáng ngờ của một đợt: xem, loại khỏi số liệu, tính lại."
)
_SIGN = click.Choice(suspects.SIGNS)
_WORDS: dict[type[Exception], terminal.Words] = {ReasonMissing: "Phải ghi lý do: --reason"}


@integrity.command()
@click.argument("wave", metavar="MÃ_ĐỢT")
@with_appcontext
def show(wave: str) -> None:
    """Liệt kê từng dấu hiệu: số phiếu, chỉ số có và không có phiếu ấy, khoảng của chênh lệch."""
    with terminal.reading() as session:
        try:
            found = odd.findings(session, current_programme(), terminal.wave(session, wave))
        except CalibrationFailed as failed:
            raise terminal.Problem(failure(session, current_programme(), failed)) from failed
    header = ("dấu hiệu", "phiếu", "tỷ lệ", "chỉ số", "không tính", "chênh lệch", "mẫu phiếu")
    terminal.table(header, [_row(one) for one in found])


@integrity.command()
@click.argument("wave", metavar="MÃ_ĐỢT")
@click.argument("sign", metavar="DẤU_HIỆU", type=_SIGN)
@click.option("--reason", default="", help="Lý do, lưu cùng từng phiếu.")
@with_appcontext
def exclude(wave: str, sign: str, reason: str) -> None:
    """Loại mọi phiếu mang DẤU_HIỆU khỏi số liệu; câu trả lời vẫn được giữ."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        found = terminal.wave(session, wave)
        count = odd.exclude(session, found, sign, reason=reason, now=terminal.now())
    click.echo(phrase("integrity.done.exclude", count=number(count)))


@integrity.command()
@click.argument("wave", metavar="MÃ_ĐỢT")
@click.argument("sign", metavar="DẤU_HIỆU", type=_SIGN)
@click.option("--reason", default="", help="Lý do, lưu cùng từng phiếu.")
@with_appcontext
def readmit(wave: str, sign: str, reason: str) -> None:
    """Tính lại mọi phiếu đã bị loại vì DẤU_HIỆU."""
    with terminal.writing() as session, terminal.explained(_WORDS):
        found = terminal.wave(session, wave)
        count = odd.readmit(session, found, sign, reason=reason, now=terminal.now())
    click.echo(phrase("integrity.done.readmit", count=number(count)))


def _row(one: Finding) -> tuple[object, ...]:
    start = (phrase(f"integrity.sign.{one.sign}"), number(one.people), percent(one.share))
    if one.effect is None:
        return (*start, "–", "–", "–", one.instrument.code)
    gap = one.effect.difference
    span = gap.confidence_interval()
    change, low, high = (number(-one * 100, 1) for one in (gap.value, span.high, span.low))
    return (
        *start, percent(one.effect.whole.value), percent(one.effect.without.value),
        f"{change} ({low}; {high})", one.instrument.code,
    )  # fmt: skip
