"""Our Typst templates and somebody's data, typeset into PDF or PNG.

What people wrote goes in as JSON and stays text: it is never read as markup. Only the fonts beside
this file are used, so that a page looks the same on every machine and no font is missing from it.

    Unprintable(ValueError)   a text with a sign that the fonts do not have, or a broken picture
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    import typst

_FOLDER = Path(__file__).parent


class Unprintable(ValueError):
    """Something that cannot be put on paper; its words say what."""


def pdf(
    template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes] | None = None
) -> bytes:
    """The pages of a template as PDF/UA-1: tagged, with title, language and fonts inside.

    `pictures` are files by the name under which the template knows them. Raises Unprintable.
    """
    made = _compile(template, data, pictures or {}, format="pdf", pdf_standards="ua-1")
    return cast("bytes", made)


def png(
    template: str,
    data: Mapping[str, Any],
    pictures: Mapping[str, bytes] | None = None,
    *,
    dots_per_inch: int = 150,
) -> list[bytes]:
    """Each page of a template as PNG. Raises Unprintable."""
    made = _compile(template, data, pictures or {}, format="png", ppi=dots_per_inch)
    return made if isinstance(made, list) else [cast("bytes", made)]


def _compile(
    template: str, data: Mapping[str, Any], pictures: Mapping[str, bytes], **how: Any
) -> object:
    import typst  # noqa: PLC0415 - for who wants the file

    files = {
        **pictures,
        "main": (_FOLDER / template).read_bytes(),
        "data.json": json.dumps(data, ensure_ascii=False).encode(),
    }
    try:
        # The same data make the same bytes, whenever they are set.
        return typst.compile(files, font_paths=_fonts(), timestamp=0, **how)
    except typst.TypstError as error:
        raise Unprintable(str(error)) from error


@cache
def _fonts() -> typst.Fonts:
    import typst  # noqa: PLC0415 - likewise

    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[str(_FOLDER / "fonts")],
    )
