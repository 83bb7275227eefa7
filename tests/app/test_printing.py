"""Codes that lead to this machine only: said alike on every page and command before paper."""

from __future__ import annotations

import html
from dataclasses import replace

import flask
import pytest

from app import printing
from app.language import phrase
from tests.app import staffed

PAGES = ("/noi-vu/ma-qr", "/noi-vu/ap-phich", "/noi-vu/phieu")


@pytest.mark.parametrize(
    ("host", "local"),
    [("127.0.0.1:8000", True), ("127.1.2.3", True), ("[::1]:80", True), ("0.0.0.0:8000", True),
     ("localhost", True), ("a.localhost", True), ("khaosat.vn", False),
     ("192.168.1.5:8000", False), ("localhost.vn", False)],
)  # fmt: skip
def test_only_addresses_of_the_machine_itself_are_local(host: str, local: bool) -> None:
    assert printing.is_local(f"http://{host}") is local


def test_pages_and_commands_warn_in_the_same_words(app: flask.Flask) -> None:
    client = staffed.build(app).signed_in("noi-vu")
    said = phrase("site.local_address", address="http://127.0.0.1:8000")
    for page in PAGES:
        assert said in html.unescape(client.get(page).text), page
    done = app.test_cli_runner().invoke(
        args=["collectors", "issue", "mot-cua-17266", "quay-1", "--kind", "open"]
    )
    assert said in done.output


def test_nothing_is_said_where_people_can_come(app: flask.Flask) -> None:
    app.extensions["settings"] = replace(
        app.extensions["settings"], base_url="http://khaosat.example"
    )
    client = staffed.build(app).signed_in("noi-vu")
    assert not [page for page in PAGES if "BASE_URL" in client.get(page).text]
