"""The words of the interface: one TOML file a language, chosen by `?lang=` in the address.

Nothing is remembered about a visitor: every link of a page carries the language on.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import flask
from flask import g, has_request_context, request

FIRST = "vi"
_FOLDER = Path(__file__).parent / "phrases"


class PhraseMissing(LookupError):
    """A page asked for words that no language file has."""


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages that have a file, Vietnamese first."""
    codes = sorted(file.stem for file in _FOLDER.glob("*.toml"))
    return (FIRST, *(code for code in codes if code != FIRST))


@cache
def phrases(language: str) -> Mapping[str, str]:
    """All words of a language by their dotted key, such as `citizen.send`."""
    table = tomllib.loads((_FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return MappingProxyType(dict(_flat(table, "")))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        found += _flat(value, f"{name}.") if isinstance(value, dict) else [(name, str(value))]
    return found


def current_language() -> str:
    """The language of this request; Vietnamese where none, or an unknown one, is asked for."""
    if not has_request_context():
        return FIRST
    asked = request.args.get("lang", FIRST)
    return asked if asked in languages() else FIRST


def phrase(key: str, /, **values: object) -> str:
    """The words for a key in the language of this request, with the values put in."""
    for language in (current_language(), FIRST):
        found = phrases(language).get(key)
        if found is not None:
            return found.format_map(values) if values else found
    raise PhraseMissing(key)


def install(app: flask.Flask) -> None:
    """Give templates `_()` and `lang`, and let every link carry the language on."""
    app.jinja_env.globals["_"] = phrase

    @app.context_processor
    def _language() -> dict[str, object]:
        return {"lang": current_language(), "languages": languages()}

    @app.url_defaults
    def _carry(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" and current_language() != FIRST and "lang" not in values:
            values["lang"] = current_language()

    @app.before_request
    def _set() -> None:
        g.language = current_language()
