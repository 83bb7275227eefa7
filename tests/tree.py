"""The files of the project, as a fresh copy of it has them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: What ships; tests and migrations stand beside it.
PACKAGES = ("app", "surveys", "analysis")
#: Hidden folders are caches and environments, except what the build server runs.
_MADE = {"instance", "build", "htmlcov", "__pycache__"}
_KEPT = {".ci"}
#: Nothing that one reads.
_BINARY = {".ttf"}


def files(*suffixes: str, under: tuple[str, ...] = ()) -> Iterator[Path]:
    """The files that are ours, by suffix and top-level name; all where none is given."""
    for top in sorted(ROOT.iterdir()):
        if under and top.name not in under:
            continue
        for file in [top] if top.is_file() else sorted(top.rglob("*")):
            if file.is_file() and _ours(file) and (not suffixes or file.suffix in suffixes):
                yield file


def name(file: Path) -> str:
    """The file's path from the project's root: what a failed test prints."""
    return file.relative_to(ROOT).as_posix()


def _ours(file: Path) -> bool:
    parts = file.relative_to(ROOT).parts
    if file.suffix in _BINARY:
        return False
    if parts[0].startswith(".") and parts[0] not in _KEPT:
        return len(parts) == 1 and parts[0] == ".gitignore"
    return not any(part in _MADE or part.endswith(".egg-info") for part in parts)
