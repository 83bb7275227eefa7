"""Forms that nobody has typed into, and thanks: rendered once for each place, form and language.

Only the key differs from one opening to the next, and the receipt from one answer to the next.
Rendering takes most of the time of a page, and at a busy counter the same is asked again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import cast

from flask import Blueprint, current_app
from flask.blueprints import BlueprintSetupState

#: Pages kept by one process: some 25 KB each, those of split forms 10 KB, but 31 for a place.
MOST_KEPT = 2048
_NAME = "citizen.blanks"
#: Stands in a kept page for what is a person's own; nothing in a page can be written like it.
_PLACE = "{{%d is this person's own}}"


def install(door: Blueprint) -> None:
    """Give the app of this door a store of blank forms."""
    door.record(_prepare)


def page(what: Hashable, *, own: Sequence[str], render: Callable[[], str]) -> str:
    """The page with what is this person's `own`: random texts, which are nowhere else in it.

    `what` names everything else that is shown; of the page only what it covers is kept.
    """
    kept = cast("dict[Hashable, str]", current_app.extensions[_NAME])
    blank = kept.get(what)
    if blank is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        blank = render()
        for place, text in enumerate(own):
            blank = blank.replace(text, _PLACE % place)
        kept[what] = blank
    for place, text in enumerate(own):
        blank = blank.replace(_PLACE % place, text)
    return blank


def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_NAME] = {}
