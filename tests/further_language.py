"""A third language for tests: a few words of Tai Dam, in a folder beside copies of ours."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app import language

CODE, NAME = "blt", "ꪼꪕ ꪒꪾ"
#: As small as a file may be; what it leaves out is said in Vietnamese.
FILE = f"""
[site]
language = "{NAME}"

[citizen]
send = "ꪎꪴ꪿ꪉ ꪁꪫꪱꪣ"
field = "ꪣꪱ ꪹꪮꪥꪷ ꪒꪴꪉ?"

[labels]
"Rất hài lòng" = "ꪹꪝꪷ ꪻꪊ ꪨꪱꪥ"
"""


@contextmanager
def further_language(folder: Path, patch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app speaks a third language until the block ends."""
    for file in language.FOLDER.glob("*.toml"):
        shutil.copy(file, folder)
    (folder / f"{CODE}.toml").write_text(FILE, encoding="utf-8")
    with patch.context() as patched:
        patched.setattr(language, "FOLDER", folder)
        _forget()
        yield
    _forget()


def _forget() -> None:
    language.languages.cache_clear()
    language.phrases.cache_clear()
