"""Pages leave compressed where the browser accepts it, and say so to caches."""

from __future__ import annotations

import gzip

from flask.testing import FlaskClient

STYLE = "/static/core.css"
ACCEPTED = {"Accept-Encoding": "gzip, br"}


def test_text_is_compressed_for_those_who_accept_it(client: FlaskClient) -> None:
    plain, packed = (
        client.get(STYLE, buffered=True),
        client.get(STYLE, headers=ACCEPTED, buffered=True),
    )
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) == packed.content_length < len(plain.data)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_a_compressed_file_is_still_known_by_its_tag(client: FlaskClient) -> None:
    tag = client.get(STYLE, headers=ACCEPTED, buffered=True).headers["ETag"]
    assert tag.startswith("W/")
    again = client.get(STYLE, headers={**ACCEPTED, "If-None-Match": tag}, buffered=True)
    assert (again.status_code, again.data) == (304, b"")


def test_a_refusal_is_respected(client: FlaskClient) -> None:
    answer = client.get(STYLE, headers={"Accept-Encoding": "gzip;q=0, identity"}, buffered=True)
    assert "Content-Encoding" not in answer.headers
