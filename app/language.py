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
from flask import has_request_context, request
from markupsafe import Markup, escape

from surveys.questionnaires.labels import LANGUAGES, Label

FIRST = "vi"
#: A file more here is a language more.
FOLDER = Path(__file__).parent / "phrases"
#: Where a request keeps its language: a large page asks for it ten thousand times.
_KNOWN = "hai-long.language"


class PhraseMissing(LookupError):
    """A page asked for words that no language file has."""


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages that have a file, Vietnamese first."""
    codes = sorted(file.stem for file in FOLDER.glob("*.toml"))
    return (FIRST, *(code for code in codes if code != FIRST))


@cache
def phrases(language: str) -> Mapping[str, str]:
    """All words of a language by their dotted key, such as `citizen.send`."""
    table = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return MappingProxyType(dict(_flat(table, "")))


def _flat(table: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in table.items():
        name = f"{prefix}{key}"
        found += _flat(value, f"{name}.") if isinstance(value, dict) else [(name, str(value))]
    return found


def language_name(language: str) -> str:
    """What a language calls itself."""
    return phrases(language).get("site.language", language)


def words_of(label: Label, language: str) -> tuple[str, str]:
    """A label's text and the language that it is in: Vietnamese where it has no other.

    A further language brings the words of forms and programmes in its own file, under `[labels]`
    by their Vietnamese text: a form that has collected answers cannot be changed any more.
    """
    if language in LANGUAGES:
        return label.get(language), language
    own = dict(label.further).get(language) or phrases(language).get(f"labels.{label.vi}")
    return (own, language) if own else (label.vi, FIRST)


def said(label: Label) -> Markup:
    """A label for the page, in the language of this request or marked as Vietnamese."""
    text, language = words_of(label, current_language())
    if language == current_language():
        return escape(text)
    return Markup('<span lang="{}">{}</span>').format(language, text)


def current_language() -> str:
    """The language of this request; Vietnamese where none, or an unknown one, is asked for."""
    if not has_request_context():
        return FIRST
    known: str | None = request.environ.get(_KNOWN)
    if known is None:
        asked = request.args.get("lang", FIRST)
        known = request.environ[_KNOWN] = asked if asked in languages() else FIRST
    return known


def phrase(key: str, /, **values: object) -> str:
    """The words for a key in the language of this request, with the values put in."""
    for language in (current_language(), FIRST):
        found = phrases(language).get(key)
        if found is not None:
            return _filled(found, values)
    raise PhraseMissing(key)


def _filled(words: str, values: Mapping[str, object]) -> str:
    if any(isinstance(value, Markup) for value in values.values()):
        return escape(words).format_map(values)
    return words.format_map(values) if values else words


def install(app: flask.Flask) -> None:
    """Give templates `_()` and `lang`, and let every link carry the language on."""
    app.jinja_env.globals.update(_=phrase, language_name=language_name)
    app.add_template_filter(said)

    @app.context_processor
    def _language() -> dict[str, object]:
        return {"lang": current_language(), "languages": languages()}

    @app.url_defaults
    def _carry(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint != "static" and current_language() != FIRST and "lang" not in values:
            values["lang"] = current_language()
