"""`flask instruments …`: questionnaires as files and as stored."""

from __future__ import annotations

from pathlib import Path

import click

from app.commands import terminal
from surveys.questionnaires import instrument as files
from surveys.questionnaires import registry
from surveys.questionnaires.instrument import FOLDER, Instrument, InstrumentError

instruments = terminal.group("instruments", "Phiếu khảo sát: kiểm tra, lưu, liệt kê.")

_files = click.argument(
    "paths", nargs=-1, metavar="[TỆP]...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)  # fmt: skip
IN_USE = (
    "Phiếu {0.stored.code} phiên bản {0.stored.version} đang được dùng, không sửa được; "
    "hãy tăng version trong tệp rồi lưu lại."
)


@instruments.command()
@_files
def check(paths: tuple[Path, ...]) -> None:
    """Kiểm tra TỆP phiếu, nêu mọi lỗi cùng chỗ sai; không ghi TỆP: các phiếu đi kèm."""
    chosen = _chosen(paths)
    wrong = sum(not _is_sound(path) for path in chosen)
    if wrong:
        raise terminal.Problem(f"{wrong} trong {len(chosen)} phiếu có lỗi.")


@instruments.command()
@_files
def store(paths: tuple[Path, ...]) -> None:
    """Lưu TỆP phiếu để dùng trong các đợt; không ghi TỆP: các phiếu đi kèm."""
    loaded = [_loaded(path) for path in _chosen(paths)]
    with terminal.writing() as session, terminal.explained({registry.InstrumentInUse: IN_USE}):
        for form in loaded:
            registry.store(session, form, now=terminal.now())
            click.echo(f"{form.code} phiên bản {form.version}: đã lưu ({form.checksum[:12]})")


@instruments.command("list")
def list_() -> None:
    """Liệt kê các phiếu đã lưu."""
    with terminal.reading() as session:
        rows = [
            (
                kept.code,
                kept.version,
                terminal.sector_words(form.sector),
                len(form.items),
                form.status,
                kept.checksum[:12],
            )
            for kept in registry.everything(session)
            for form in [registry.instrument_of(kept)]
        ]  # fmt: skip
    header = ("mã", "phiên bản", "lĩnh vực", "tiêu chí", "tình trạng", "SHA-256")
    terminal.table(header, rows)


def _chosen(paths: tuple[Path, ...]) -> list[Path]:
    return list(paths) or sorted(FOLDER.glob("*.toml"))


def _is_sound(path: Path) -> bool:
    try:
        form = files.load(path)
    except InstrumentError as error:
        click.echo(f"✗ {path.name}")
        for problem in error.problems:
            click.echo(f"    {problem}")
        return False
    click.echo(f"✓ {path.name}: {len(form.items)} tiêu chí, {form.status}")
    return True


def _loaded(path: Path) -> Instrument:
    try:
        return files.load(path)
    except InstrumentError as error:
        count = len(error.problems)
        raise terminal.Problem(
            f"{path.name} có {count} lỗi, chưa lưu gì; lỗi đầu: {error.problems[0]}"
        ) from error
