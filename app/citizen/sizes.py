"""How large a citizen's pages are written: three steps, remembered in the address only."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, has_request_context, request

#: As `?chu=` names them and style sheets know them; the usual size needs no name.
SIZES = ("", "lon", "rat-lon")


def current_size() -> str:
    """The size of this request; the usual one where none, or an unknown one, is asked for."""
    asked = request.args.get("chu", "")
    return asked if asked in SIZES else ""


def install(door: Blueprint) -> None:
    """Give the templates of this door `size` and `sizes`, and let its links carry the size on."""
    door.context_processor(lambda: {"size": current_size(), "sizes": SIZES})

    @door.url_defaults
    def _carry(_endpoint: str, values: dict[str, Any]) -> None:
        if has_request_context() and current_size() and "chu" not in values:
            values["chu"] = current_size()
