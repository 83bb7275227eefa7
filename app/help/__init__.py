"""Help inside the product: what each page shows and what to do there, a glossary, a guide.

The texts are data, one file a language, by endpoint. In them `[words](term)` leads to the glossary
and `[words](door.page)` to a page; everything else is plain text.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import flask
from flask import request, url_for
from markupsafe import Markup, escape

from app.language import FIRST, current_language
from app.session import current_staff

FOLDER = Path(__file__).parent
#: Words in brackets, and in parentheses the term or endpoint that they lead to.
LINK = re.compile(r"\[([^\]]+)\]\(([a-z_.]+)\)")


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows, and what to do there."""

    title: str
    shows: str
    todo: str


@dataclass(frozen=True, slots=True)
class Term:
    """A statistical word in plain language."""

    word: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the way from an empty installation to a published year."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Book:
    """All help in one language."""

    #: By endpoint.
    pages: Mapping[str, Page]
    #: By the key that links name.
    terms: Mapping[str, Term]
    guide: tuple[Step, ...]


@cache
def languages() -> tuple[str, ...]:
    """The languages that have help."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.toml")))


@cache
def book(language: str) -> Book:
    """The help in a language."""
    table = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    pages = {
        f"{door}.{name}": Page(one["title"], one["shows"], one["do"])
        for door, named in table["pages"].items()
        for name, one in named.items()
    }
    terms = {key: Term(**one) for key, one in table["terms"].items()}
    guide = tuple(Step(**one) for one in table["guide"])
    return Book(MappingProxyType(pages), MappingProxyType(terms), guide)


def current_book() -> Book:
    """The help in the language of this request; in Vietnamese where it has none."""
    return book(language())


def language() -> str:
    """The language of the help of this request."""
    return current_language() if current_language() in languages() else FIRST


def page_help() -> Page | None:
    """The help of the page that is asked for; None for visitors and where there is none."""
    found = current_book().pages.get(request.endpoint or "")
    return found if found is not None and current_staff() is not None else None


def rendered(text: str) -> Markup:
    """A text of the help for a page, its links made."""
    made, end = Markup(""), 0
    for link in LINK.finditer(text):
        made += escape(text[end : link.start()])
        made += Markup('<a href="{}">{}</a>').format(_address(link[2]), link[1])
        end = link.end()
    return made + escape(text[end:])


def install(app: flask.Flask) -> None:
    """Give templates the help of their page."""
    app.jinja_env.globals.update(page_help=page_help, help_language=language)
    app.add_template_filter(rendered, "help")


def _address(target: str) -> str:
    return url_for(target) if "." in target else url_for("office.help", _anchor=target)
