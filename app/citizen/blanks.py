"""Forms that nobody has typed into: rendered once for each place, form, block and language.

Only the key differs from one opening to the next. Rendering takes most of the time of opening a
form, and at a busy counter the same form is opened again and again.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import cast

from flask import Blueprint, current_app
from flask.blueprints import BlueprintSetupState

#: Pages kept by one process: some 25 KB each, those of split forms 10 KB, but 31 for a place.
MOST_KEPT = 2048
_NAME = "citizen.blanks"
#: Stands for the key in a kept page; nothing in a form can be written like it.
_PLACE = "{{the key of this opening}}"


def install(door: Blueprint) -> None:
    """Give the app of this door a store of blank forms."""
    door.record(_prepare)


def page(what: Hashable, *, key: str, render: Callable[[str], str]) -> str:
    """The blank form with this key; `what` names all that is shown, `render` takes the key."""
    kept = cast("dict[Hashable, str]", current_app.extensions[_NAME])
    blank = kept.get(what)
    if blank is None:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        blank = kept[what] = render(_PLACE)
    return blank.replace(_PLACE, key)


def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_NAME] = {}
