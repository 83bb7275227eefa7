"""The OpenAPI document: valid, true of every operation, and kept to by the app under odd input."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from app.api import access, problems
from surveys.offices.api_keys import SCOPES
from tests import databases, house
from tests.app.machines import Machine, machine
from tests.house import World

SHOP = "mot-cua-17266"
#: Of each operation and mode.
EXAMPLES = 12
#: The test client does not unpack.
PLAIN = {"Accept-Encoding": "identity"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module", params=databases.KINDS)
def world(request: pytest.FixtureRequest, test_databases: databases.Databases) -> Iterator[World]:
    """The district."""
    with house.opened(test_databases, request.param) as world:
        yield world


@pytest.fixture(scope="module")
def program(world: World) -> Machine:
    """A program that may do everything."""
    return machine(world.app)


def document(world: World) -> dict[str, Any]:
    """The document as it is published."""
    found = json.loads(Machine(world.app).ask("/openapi.json").data)
    assert isinstance(found, dict)
    return found


def test_the_document_is_valid_openapi(world: World) -> None:
    OpenAPIV31SpecValidator(document(world)).validate()


def test_the_document_names_every_rule_and_its_scope(world: World) -> None:
    said = document(world)
    named = {
        f"api.{one['operationId']}": one for path in said["paths"].values() for one in path.values()
    }
    endpoints = {rule.endpoint for rule in world.app.url_map.iter_rules()}
    assert {one for one in endpoints if one.startswith("api.")} - {"api.page"} == set(named)
    for rule in world.app.url_map.iter_rules():
        if rule.endpoint in named:
            path, (method,) = next(
                (path, one) for path, one in said["paths"].items()
                if next(iter(one.values()))["operationId"] == rule.endpoint[4:]
            )  # fmt: skip
            assert method.upper() in (rule.methods or ())
            assert re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule) == f"/api/v1{path}"
    scopes = {name: one["x-scope"] for name, one in named.items() if "x-scope" in one}
    assert scopes == access.NEEDED
    assert set(scopes.values()) == set(SCOPES)
    assert set(named) - set(scopes) | {"api.page"} == access.OPEN


def test_every_kind_of_problem_is_told_somewhere(world: World) -> None:
    said = document(world)
    told = {
        int(status)
        for path in said["paths"].values()
        for one in path.values()
        for status in one["responses"]
    }
    # Methods and failures are no operation's own.
    assert set(problems.KINDS.values()) - told == {405, 500}


#: One good request for each operation: arguments of schemathesis, and the status.
GOOD: dict[str, tuple[dict[str, Any], int]] = {
    "draw_ticket": (
        {"body": {"unit": SHOP, "point": "quay-1"}, "headers": {"Idempotency-Key": "H29-0001"}}, 201
    ),
    "put_frame": (
        {"body": {"rows": [{"unit": SHOP, "field": "other", "day": "2026-03-09", "total": 4}]}}, 200
    ),
    "releases": ({}, 200),
    "release": ({"path_parameters": {"year": 2025, "sector": "administration"}}, 200),
    "release_unit": (
        {"path_parameters": {"year": 2025, "sector": "administration", "unit": SHOP}}, 200
    ),
    "live_sector": ({"path_parameters": {"sector": "administration"}}, 200),
    "live_unit": ({"path_parameters": {"sector": "administration", "unit": SHOP}}, 200),
    "description": ({}, 200),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_what_is_taken_answers_as_described(world: World, program: Machine, name: str) -> None:
    given_, status = GOOD[name]
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world.app)
    body = {"media_type": "application/json"} if "body" in given_ else {}
    case = schema.find_operation_by_id(name).Case(**given_, **body)
    case.headers.update(PLAIN | program.headers)
    assert case.call_and_validate(checks=CHECKS).status_code == status


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_app_keeps_to_the_document(
    world: World, program: Machine, mode: GenerationMode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "PACE", 1_000_000)
    load_all_checks()
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", world.app)
    checks = [*CHECKS, negative_data_rejection] if mode is GenerationMode.NEGATIVE else CHECKS
    heard: dict[str, set[int]] = defaultdict(set)
    for found in schema.get_all_operations():
        operation = found.ok()

        @seed(20260310)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case) -> None:
            answer = case.call_and_validate(headers=PLAIN | program.headers, checks=checks)
            heard[case.operation.label].add(answer.status_code)

        try:
            ask()
        except Exception as error:
            if "Unsatisfiable" in type(error).__name__:
                continue
            raise
    # All but the document itself; and what has no parameters cannot be asked wrongly.
    assert len(heard) == {GenerationMode.POSITIVE: 7, GenerationMode.NEGATIVE: 6}[mode]
    if mode is GenerationMode.POSITIVE:
        assert set().union(*heard.values()) == {200, 404, 422}
