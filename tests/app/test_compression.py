"""Pages leave compressed where the browser accepts it, and say so to caches."""

from __future__ import annotations

import gzip

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app import compression

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


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=200)), max_size=6))
def test_pieces_make_a_file_that_any_reader_unpacks(pieces: list[tuple[bool, bytes]]) -> None:
    made = [compression.packed(it) if pack else compression.stored(it) for pack, it in pieces]
    text = b"".join(it for _, it in pieces)
    assert gzip.decompress(compression.joined(made, text)) == text


def test_a_piece_that_is_too_long_to_be_stored_is_refused() -> None:
    with pytest.raises(ValueError, match="65535 bytes at most, not 65536"):
        compression.stored(bytes(65536))
