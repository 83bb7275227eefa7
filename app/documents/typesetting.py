"""Pages on paper, set by Typst: a template of ours, data from others, the same bytes every time."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Literal, cast

import typst

_FOLDER = Path(__file__).parent


@cache
def fonts() -> typst.Fonts:
    """The fonts that pages are set in: none of the machine's, so that all machines set alike."""
    return typst.Fonts(include_system_fonts=False)


def pdf(template: str, data: object) -> bytes:
    """A template of this folder filled with data, as PDF; data are values and never markup."""
    return cast("bytes", _set(template, data, "pdf"))


def pictures(template: str, data: object, *, dots_per_inch: float = 200) -> list[bytes]:
    """The same, a PNG for each page."""
    found = _set(template, data, "png", dots_per_inch)
    return [found] if isinstance(found, bytes) else cast("list[bytes]", found)


def _set(
    template: str, data: object, kind: Literal["pdf", "png"], dots_per_inch: float | None = None
) -> object:
    return typst.compile(
        (_FOLDER / template).read_bytes(),
        format=kind,
        ppi=dots_per_inch,
        font_paths=fonts(),
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=0,
    )
