"""Forms that nobody has typed into, and thanks: rendered once for each place, form and language.

Only the key differs from one opening to the next, and the receipt from one answer to the next.
Rendering takes most of the time of a page and compressing it the rest, and at a busy counter the
same is asked again and again: what is kept is compressed already, around what is a person's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, current_app
from flask.blueprints import BlueprintSetupState

from app import compression

#: Pages kept by one process: some 32 KB each, those of split forms 13 KB, but 31 for a place.
MOST_KEPT = 2048
_NAME = "citizen.blanks"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A page cut at what is a person's own, which is kept as its place among all that is."""

    pieces: tuple[bytes | int, ...]
    #: The same, compressed.
    packed: tuple[bytes | int, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A kept page with what is one person's own."""

    kept: _Kept
    own: tuple[bytes, ...]

    @property
    def plain(self) -> bytes:
        """The page as it is read."""
        return b"".join(_filled(self.kept.pieces, self.own))

    @property
    def gzipped(self) -> bytes:
        """The page as it is sent to who takes it compressed."""
        own = tuple(map(compression.stored, self.own))
        return compression.joined(_filled(self.kept.packed, own), self.plain)


def install(door: Blueprint) -> None:
    """Give the app of this door a store of blank forms."""
    door.record(_prepare)


def page(what: Hashable, *, own: Sequence[str], render: Callable[[], str]) -> Page:
    """The page with what is this person's `own`: random texts, which are nowhere else in it.

    `what` names everything else that is shown; of the page only what it covers is kept.
    """
    found = kept_page(what, own=own)
    if found is not None:
        return found
    known = _known()
    if len(known) >= MOST_KEPT:
        known.clear()
    known[what] = _cut(render(), own)
    return Page(known[what], tuple(text.encode() for text in own))


def kept_page(what: Hashable, *, own: Sequence[str]) -> Page | None:
    """The same where it was rendered before; else None."""
    kept = _known().get(what)
    return None if kept is None else Page(kept, tuple(text.encode() for text in own))


def _known() -> dict[Hashable, _Kept]:
    return cast("dict[Hashable, _Kept]", current_app.extensions[_NAME])


def _filled(pieces: Sequence[bytes | int], own: Sequence[bytes]) -> list[bytes]:
    return [own[piece] if isinstance(piece, int) else piece for piece in pieces]


def _cut(text: str, own: Sequence[str]) -> _Kept:
    found = re.split(f"({'|'.join(map(re.escape, own))})", text)
    pieces = tuple(own.index(piece) if n % 2 else piece.encode() for n, piece in enumerate(found))
    packed = (it if isinstance(it, int) else compression.packed(it) for it in pieces)
    return _Kept(pieces, tuple(packed))


def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_NAME] = {}
