"""Pages leave compressed, because many are read where the network is thin.

Compressed pages can betray a secret next to text that a stranger chooses, if he can make the
browser ask for them again and again. Here he cannot: the session cookie is `SameSite=Lax`, so
such requests come without it, and a citizen's page has no secret that outlives it.
"""

from __future__ import annotations

import gzip

import flask
from flask import request

#: What is text; pictures and workbooks are compressed already.
_TYPES = frozenset({
    "text/html", "text/css", "text/csv", "text/javascript", "application/json", "image/svg+xml",
})  # fmt: skip
#: These have nothing to be read in them.
_BARE = frozenset({204, 303, 304})
#: Below this the answer fits into one packet anyway.
_SMALLEST = 1024


def install(app: flask.Flask) -> None:
    """Compress what a browser accepts compressed."""
    app.after_request(_compress)


def _compress(response: flask.Response) -> flask.Response:
    if response.mimetype not in _TYPES or response.status_code in _BARE:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.best_match(("gzip", "identity"), "identity") != "gzip":
        return response
    response.direct_passthrough = False
    body = response.get_data()
    if len(body) < _SMALLEST or "Content-Encoding" in response.headers:
        return response
    response.set_data(gzip.compress(body, compresslevel=6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag:
        response.set_etag(etag, weak=True)  # the same content, other bytes
    return response
