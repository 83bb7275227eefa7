"""Pages that may be kept by browsers and caches, and are asked after each time.

What is shown hangs on frozen releases, the code and the address alone: their checksums name the
page. It is asked after every time, because a correction must not wait for a clock; the answer
"not modified" is made before any figure is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import flask
from flask import request

from surveys.tables import Release
from surveys.version import code_version


def answer(
    releases: Sequence[Release], build: Callable[[], str | bytes], *, mimetype: str = "text/html"
) -> flask.Response:
    """What `build` makes of these releases, or 304 where the visitor has it already."""
    response = flask.Response(mimetype=mimetype)
    response.set_etag(_name(releases))
    response.cache_control.public = True
    response.cache_control.max_age = 0
    response.cache_control.must_revalidate = True
    if releases:
        response.last_modified = max(release.published_at for release in releases)
    if response.make_conditional(request).status_code != 304:
        response.set_data(build())
    return response


def _name(releases: Sequence[Release]) -> str:
    parts = [code_version(), request.full_path, *(release.sha256 for release in releases)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
