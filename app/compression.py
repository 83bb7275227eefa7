"""Pages leave compressed, because many are read where the network is thin.

Compressed pages can betray a secret next to text that a stranger chooses, if he can make the
browser ask for them again and again. Here he cannot: the session cookie is `SameSite=Lax`, so
such requests come without it, and a citizen's page has no secret that outlives it.
"""

from __future__ import annotations

import gzip
import struct
import zlib
from collections.abc import Iterable
from functools import lru_cache

import flask
from flask import request
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

#: What is text; pictures and workbooks are compressed already.
_TYPES = frozenset({
    "text/html", "text/css", "text/csv", "text/javascript", "application/json", "image/svg+xml",
})  # fmt: skip
#: These have nothing to be read in them.
_BARE = frozenset({204, 303, 304})
#: Below this the answer fits into one packet anyway.
_SMALLEST = 1024
_GZIP_HEAD = b"\x1f\x8b\x08\0\0\0\0\0\2\xff"
#: The last block of a compressed text, with nothing in it.
_GZIP_END = b"\3\0"
_LONGEST_STORED = 0xFFFF


def install(app: flask.Flask) -> None:
    """Compress what a browser accepts compressed."""
    app.after_request(_compress)


def _compress(response: flask.Response) -> flask.Response:
    if response.mimetype not in _TYPES or response.status_code in _BARE:
        return response
    response.vary.add("Accept-Encoding")
    if not takes_gzip(request.headers.get("Accept-Encoding", "")):
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


@lru_cache(maxsize=256)
def takes_gzip(accepted: str) -> bool:
    """Whether who sends this as Accept-Encoding takes compressed texts; browsers send few."""
    known = parse_accept_header(accepted, Accept)
    return known.best_match(("gzip", "identity"), "identity") == "gzip"


def packed(text: bytes) -> bytes:
    """A piece of a text, compressed by itself, so that it can stand between others."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return packer.compress(text) + packer.flush(zlib.Z_FULL_FLUSH)


def stored(text: bytes) -> bytes:
    """A short piece as it is, up to 64 KB, to stand between compressed ones (RFC 1951, 3.2.4)."""
    if len(text) > _LONGEST_STORED:
        raise ValueError(f"a stored piece has {_LONGEST_STORED} bytes at most, not {len(text)}")
    return struct.pack("<BHH", 0, len(text), len(text) ^ _LONGEST_STORED) + text


def joined(pieces: Iterable[bytes], text: bytes) -> bytes:
    """The gzip file of a text (RFC 1952) of which all pieces are compressed or stored already."""
    end = _GZIP_END + struct.pack("<II", zlib.crc32(text), len(text) & 0xFFFFFFFF)
    return b"".join((_GZIP_HEAD, *pieces, end))
