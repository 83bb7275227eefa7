"""What people said and what was done: the pairs that Nội vụ made public, and a poster of them."""

from __future__ import annotations

import flask
from flask import render_template

from app.session import current_programme, current_session
from surveys.fieldwork import comments

#: As many pairs as a poster has room for.
ON_POSTER = 6


def deeds() -> flask.Response:
    """All pairs, the newest first."""
    return _page("public/deeds.html", None)


def poster() -> flask.Response:
    """The newest pairs on one page to print and hang up."""
    return _page("public/deeds_poster.html", ON_POSTER)


def _page(template: str, most: int | None) -> flask.Response:
    found = comments.published(current_session(), current_programme().code)[:most]
    response = flask.make_response(
        render_template(template, items=found, demo=any(item.wave.demo for item in found))
    )
    # A pair can be withdrawn at any time: asked for anew every time.
    response.cache_control.no_cache = True
    return response
