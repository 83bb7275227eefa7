"""QR codes: what a phone reads in the pictures is the address of the form."""

from __future__ import annotations

import re

import cv2
import numpy as np
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from app import qr
from tests import builders

ADDRESS = "https://hailong.example.vn/k/K7M2Q9X"
SCANNED = "HTTPS://HAILONG.EXAMPLE.VN/K/K7M2Q9X"


def scan(picture: np.ndarray) -> str:
    """The text that a reader finds in a picture."""
    return cv2.QRCodeDetector().detectAndDecode(picture)[0]


def drawn(svg: str) -> np.ndarray:
    """The squares of the SVG as a picture, ten pixels each."""
    found = re.search(r'viewBox="0 0 (\d+) \1"', svg)
    assert found
    picture = np.full((int(found[1]), int(found[1])), 255, np.uint8)
    for column, row in re.findall(r"M(\d+),(\d+)h1v1h-1z", svg):
        picture[int(row), int(column)] = 0
    return np.kron(picture, np.ones((10, 10), np.uint8))


def test_a_reader_finds_the_address_in_the_png() -> None:
    data = np.frombuffer(qr.png(ADDRESS), np.uint8)
    assert scan(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE)) == SCANNED


def test_a_reader_finds_the_address_in_the_svg() -> None:
    assert scan(drawn(qr.svg(ADDRESS).decode())) == SCANNED


@pytest.mark.parametrize(("name", "kind"), [("svg", "image/svg+xml"), ("png", "image/png")])
def test_every_printed_code_has_its_pictures(
    client: FlaskClient, session: Session, name: str, kind: str
) -> None:
    code = builders.collector(session, builders.counter(session)).code
    session.commit()
    answer = client.get(f"/k/{code.lower()}/qr.{name}")
    assert (answer.status_code, answer.mimetype) == (200, kind)
    picture = drawn(answer.text) if name == "svg" else cv2.imdecode(
        np.frombuffer(answer.data, np.uint8), cv2.IMREAD_GRAYSCALE
    )  # fmt: skip
    assert scan(picture) == f"HTTP://127.0.0.1:8000/K/{code}"


@pytest.mark.parametrize("name", ["svg", "png"])
def test_an_unknown_code_has_no_picture(client: FlaskClient, name: str) -> None:
    assert client.get(f"/k/0000000/qr.{name}").status_code == 404
