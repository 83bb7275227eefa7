"""Forms that nobody has typed into, and thanks: rendered once for each place, form and language.

Only the key differs from one opening to the next, and the receipt from one answer to the next.
Rendering takes most of the time of a page, and at a busy counter the same is asked again and again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import cast

from flask import Blueprint, current_app
from flask.blueprints import BlueprintSetupState

#: Pages kept by one process: some 25 KB each, those of split forms 10 KB, but 31 for a place.
MOST_KEPT = 2048
_NAME = "citizen.blanks"
#: A page cut at what is a person's own, which is kept as its place among all that is.
_Pieces = tuple[bytes | int, ...]


def install(door: Blueprint) -> None:
    """Give the app of this door a store of blank forms."""
    door.record(_prepare)


def page(what: Hashable, *, own: Sequence[str], render: Callable[[], str]) -> bytes:
    """The page with what is this person's `own`: random texts, which are nowhere else in it.

    `what` names everything else that is shown; of the page only what it covers is kept.
    """
    kept = cast("dict[Hashable, _Pieces]", current_app.extensions[_NAME])
    pieces = kept.get(what)
    if pieces is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        pieces = kept[what] = _cut(render(), own)
    mine = [text.encode() for text in own]
    return b"".join(mine[piece] if isinstance(piece, int) else piece for piece in pieces)


def _cut(text: str, own: Sequence[str]) -> _Pieces:
    found = re.split(f"({'|'.join(map(re.escape, own))})", text)
    return tuple(own.index(piece) if n % 2 else piece.encode() for n, piece in enumerate(found))


def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_NAME] = {}
