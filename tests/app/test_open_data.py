"""Open data: files that keep their schema, a catalogue whose addresses work, one licence."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import fields
from typing import Any
from urllib.parse import urlsplit

import flask
import jsonschema
import pytest
from flask.testing import FlaskClient
from sqlmodel import Session

from app.public.catalogue import LICENCE
from surveys.results.figures import Figure
from tests import released
from tests.app import recomputing, staffed

SECTOR = "/chi-so/2026/health"


@pytest.fixture
def client(app: flask.Flask) -> FlaskClient:
    return app.test_client()


def schema(client: FlaskClient) -> dict[str, Any]:
    return json.loads(client.get("/chi-so/luoc-do.json").text)


def checker(client: FlaskClient) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(
        schema(client), format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )


def embedded(page: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    return json.loads(found[1])


def test_the_schema_is_one_and_knows_every_field(client: FlaskClient) -> None:
    found = schema(client)
    jsonschema.Draft202012Validator.check_schema(found)
    assert set(found["$defs"]["figure"]["properties"]) == {field.name for field in fields(Figure)}


@pytest.mark.parametrize("kind", recomputing.KINDS)
def test_what_is_published_keeps_the_schema(app: flask.Flask, kind: str) -> None:
    offices = staffed.build(app)
    recomputing.published(offices, kind)
    client = app.test_client()
    file = json.loads(client.get("/chi-so/2026/administration.json").text)
    assert len(file["rows"]) > 10
    checker(client).validate(file)


def test_a_figure_that_should_not_be_shown_breaks_the_schema(
    client: FlaskClient, session: Session
) -> None:
    released.publish(session)
    file = json.loads(client.get(f"{SECTOR}.json").text)
    checker(client).validate(file)
    hidden = next(row for row in file["rows"] if row["showing"] == "suppressed")
    hidden["value"] = 0.5
    assert not checker(client).is_valid(file)


def test_csv_and_json_say_the_same(client: FlaskClient, session: Session) -> None:
    released.publish(session)
    rows = json.loads(client.get(f"{SECTOR}.json").text)["rows"]
    text = client.get(f"{SECTOR}.csv").data.decode("utf-8-sig")
    _, *lines = csv.reader(io.StringIO(text, newline=""))
    assert len(lines) == len(rows)
    said = {cell for line in lines for cell in line}
    assert {str(row["value"]) for row in rows if row["value"] is not None} <= said


def test_every_address_of_the_catalogue_works(client: FlaskClient, session: Session) -> None:
    released.publish(session)
    answer = client.get("/chi-so/danh-muc.json")
    assert answer.mimetype == "application/ld+json"
    (dataset,) = json.loads(answer.text)["dataset"]
    assert dataset["@type"] == "Dataset"
    assert dataset["license"] == LICENCE
    for file in dataset["distribution"]:
        parts = urlsplit(file["contentUrl"])
        found = client.get(f"{parts.path}?{parts.query}")
        assert (found.status_code, found.mimetype) == (200, file["encodingFormat"])
    assert client.get(urlsplit(dataset["url"]).path).status_code == 200


def test_a_page_tells_programs_what_its_file_is(client: FlaskClient, session: Session) -> None:
    made = released.publish(session)
    found = embedded(client.get(SECTOR).text)
    assert found["@context"] == "https://schema.org"
    assert found["identifier"] == f"sha256:{made.sha256}"
    assert found["temporalCoverage"] == "2026-01-01/2026-12-31"
    assert embedded(client.get("/chi-so/du-lieu-mo").text)["dataset"][0]["@id"] == found["@id"]


def test_before_the_first_year_the_page_says_so(client: FlaskClient) -> None:
    assert "Chưa công bố năm nào." in client.get("/chi-so/du-lieu-mo").text
