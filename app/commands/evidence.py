"""`bundle` and `microdata`: what a release rests on, as a ZIP with its checksum beside it."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import IO, Protocol

import click
from flask.cli import with_appcontext
from sqlmodel import Session

from app.commands import terminal
from app.documents import bundle as bundles
from app.documents import microdata as people
from app.session import current_programme, settings
from surveys.publishing import evidence, publication
from surveys.questionnaires.programme import Programme
from surveys.tables import Release
from surveys.weighting.calibrations import CalibrationFailed

_WORDS: dict[type[Exception], terminal.Words] = {
    evidence.AnswersChanged: (
        "Phiếu trả lời đã thay đổi sau lần công bố {0.release.revision}; "
        "công bố đính chính rồi chạy lại."
    ),
    CalibrationFailed: "Không tính được quyền số: {0}",
}
_FOLDER = click.Path(file_okay=False, exists=True, path_type=Path)


class _Maker(Protocol):
    def __call__(
        self, session: Session, programme: Programme, release: Release, *, key: bytes,
        file: IO[bytes],
    ) -> str: ...  # fmt: skip


@click.command()
@click.argument("sector", metavar="LĨNH_VỰC")
@click.argument("year", metavar="NĂM", type=click.IntRange(2000, 2100))
@click.option("--to", default=".", type=_FOLDER, help="Thư mục ghi tệp; mặc định là thư mục này.")
@with_appcontext
def bundle(sector: str, year: int, to: Path) -> None:
    """Ghi gói tính lại chỉ số đã công bố của LĨNH_VỰC trong NĂM: R tính lại từng con số."""
    _write(sector, year, to, bundles.take)


@click.command()
@click.argument("sector", metavar="LĨNH_VỰC")
@click.argument("year", metavar="NĂM", type=click.IntRange(2000, 2100))
@click.option("--to", default=".", type=_FOLDER, help="Thư mục ghi tệp; mặc định là thư mục này.")
@with_appcontext
def microdata(sector: str, year: int, to: Path) -> None:
    """Ghi vi dữ liệu (CSV, SPSS) của LĨNH_VỰC trong NĂM, đã che để không nhận ra ai."""
    _write(sector, year, to, people.take)


def _write(sector: str, year: int, folder: Path, make: _Maker) -> None:
    """Make the file beside its place, write down who takes it, then put it there."""
    known, programme = terminal.sector(sector), current_programme()
    with tempfile.TemporaryFile(dir=folder) as file:
        with terminal.reading() as session, terminal.explained(_WORDS):
            release = publication.latest(session, programme.code, known.key, year)
            if release is None:
                raise terminal.Problem(f"{known.label.vi} năm {year} chưa công bố.")
            name = make(session, programme, release, key=settings().sampling_key, file=file)
        with terminal.writing():
            pass  # the trail's entry comes before the file
        file.seek(0)
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0)
        with (folder / name).open("wb") as target:
            shutil.copyfileobj(file, target)
    (folder / f"{name}.sha256").write_text(f"{sha256}  {name}\n", encoding="utf-8")
    click.echo(f"{name}: SHA-256 {sha256}")
