"""`flask report …`: the reports that offices owe, as files."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import click
from sqlmodel import Session

from app import weighting
from app.commands import terminal
from app.documents import par
from app.documents.report import making
from app.documents.report import period as periods
from app.documents.report.source import NothingClosed
from app.session import current_programme
from surveys.questionnaires.programme import Sector
from surveys.weighting.calibrations import CalibrationFailed

report = terminal.group("report", "Báo cáo định kỳ (DOCX, PDF) và điểm hài lòng của từng đơn vị.")


def _failed(error: CalibrationFailed) -> str:
    with terminal.reading() as session:
        return weighting.failure(session, current_programme(), error)


_WORDS: dict[type[Exception], terminal.Words] = {
    CalibrationFailed: _failed,
    NothingClosed: "Trong kỳ này chưa có đợt nào đã đóng, hoặc chưa có phiếu nào.",
    periods.UnknownPeriod: "Không hiểu kỳ “{0}”: viết 2026, 2026-q3 (quý) hoặc 2026-h1 (nửa năm).",
    par.NoScoring: "Chương trình này không có thang điểm ([scoring]).",
}


@report.command()
@click.argument("period", metavar="KỲ")
@click.argument("file", metavar="TỆP", type=click.Path(path_type=Path))
@click.option("--sector", "keys", multiple=True, help="Chỉ lĩnh vực này (ghi được nhiều lần).")
@click.option("--wave", "codes", multiple=True, metavar="ĐỢT",
              help="Với KỲ là chon: chỉ đợt này (ghi được nhiều lần).")  # fmt: skip
def write(period: str, file: Path, keys: tuple[str, ...], codes: tuple[str, ...]) -> None:
    """Ghi báo cáo của KỲ (2026, 2026-q3, 2026-h1, chon) vào TỆP .docx hoặc .pdf."""
    kind = making.KINDS[_ending(file, making.KINDS)]
    with terminal.reading() as session, terminal.explained(_WORDS):
        held = periods.read(period, codes)
        made = making.report(session, current_programme(), _sectors(keys), held, now=terminal.now())
    _save(file, kind.build(made, terminal.now()))


@report.command()
@click.argument("year", metavar="NĂM", type=click.IntRange(2000, 2099))
@click.argument("file", metavar="TỆP", type=click.Path(path_type=Path))
@click.option("--sector", "keys", multiple=True, help="Chỉ lĩnh vực này (ghi được nhiều lần).")
def points(year: int, file: Path, keys: tuple[str, ...]) -> None:
    """Ghi điểm hài lòng của từng đơn vị trong NĂM vào TỆP .xlsx hoặc .csv."""
    kind = making.POINTS_KINDS[_ending(file, making.POINTS_KINDS)]
    with terminal.reading() as session, terminal.explained(_WORDS):
        made = _points(session, year, keys)
    _save(file, kind.build(made))


def _points(session: Session, year: int, keys: tuple[str, ...]) -> par.Points:
    return making.points(session, current_programme(), _sectors(keys), year)


def _sectors(keys: tuple[str, ...]) -> tuple[Sector, ...]:
    """The sectors asked for, in the programme's order; all where none is named."""
    asked = {terminal.sector(key).key for key in keys}
    return tuple(each for each in current_programme().sectors if not asked or each.key in asked)


def _ending(file: Path, known: Collection[str]) -> str:
    ending = file.suffix.lower().removeprefix(".")
    if ending not in known:
        listed = " hoặc ".join(f".{each}" for each in known)
        raise terminal.Problem(f"{file.name}: tên tệp phải kết thúc bằng {listed}.")
    return ending


def _save(file: Path, data: bytes) -> None:
    try:
        file.write_bytes(data)
    except OSError as error:
        raise terminal.Problem(f"Không ghi được {file}: {error.strerror}.") from error
    click.echo(f"Đã ghi {file}")
