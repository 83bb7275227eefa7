"""What can be asked at this door: one file of operations, as OpenAPI 3.1 and as a page to read.

Bodies are described by the models that check them, figures by the schema of the open data.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import flask
from flask import current_app, render_template
from pydantic.json_schema import models_json_schema

from app import freshness
from app.api import access, problems, shapes, tickets
from app.language import phrases
from app.session import current_programme, settings
from surveys.version import VERSION

_HERE = Path(__file__).parent
_REF = "#/components/schemas/{model}"

Described = dict[str, Any]


def description() -> flask.Response:
    """The OpenAPI document."""
    return freshness.answer((), _text, mimetype="application/json")


def page() -> str:
    """The same in plain words, with an example of each."""
    root = settings().base_url + "/api/v1"
    told = [
        each | {"example": each["example"].strip().replace("{root}", root)}
        for each in _source()["operations"]
    ]
    return render_template(
        "api/page.html", root=root, operations=told, kinds=problems.KINDS, pace=access.PACE,
        fields=current_programme().fields, demo=False,
    )  # fmt: skip


def document(*, root: str, figures: Path) -> Described:
    """The document for an installation; `figures` is the schema of a release."""
    source = _source()
    paths: Described = {}
    for each in source["operations"]:
        paths.setdefault(each["path"], {})[each["method"]] = _operation(each, source)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": source["title"], "description": source["description"], "version": VERSION
        },
        "servers": [{"url": root}],
        "paths": paths,
        "components": {
            "schemas": _schemas(figures),
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
    }  # fmt: skip


def _text() -> str:
    figures = Path(current_app.root_path, "public", "release.schema.json")
    described = document(root=settings().base_url + "/api/v1", figures=figures)
    return json.dumps(described, ensure_ascii=False)


@cache
def _source() -> Described:
    return tomllib.loads((_HERE / "operations.toml").read_text(encoding="utf-8"))


def _operation(each: Described, source: Described) -> Described:
    named = each.get("parameters", [])
    found: Described = {
        "operationId": each["id"],
        "summary": each["summary"],
        "description": each["description"],
        "security": [{"key": []}] if "scope" in each else [],
        "parameters": [_parameter(name, source["parameters"][name]) for name in named],
        "responses": {
            status: _answer(words, _ref(schema))
            for status, (words, schema) in each["answers"].items()
        }
        | _refusals(each),
    }
    if "scope" in each:
        found["x-scope"] = each["scope"]
    if "no_request_key" in each["problems"]:
        found["parameters"].append(_request_key())
    if "body" in each:
        content = {"application/json": {"schema": _ref(each["body"])}}
        found["requestBody"] = {"required": True, "content": content}
    return found


def _parameter(name: str, given: Described) -> Described:
    return {"name": name, **given, "required": given["in"] == "path"}


def _request_key() -> Described:
    schema = {"type": "string", "pattern": tickets.REQUEST_KEY}
    return {"name": "Idempotency-Key", "in": "header", "required": True, "schema": schema}


def _refusals(each: Described) -> Described:
    keyed = ("no_key", "out_of_scope", "too_many") if "scope" in each else ()
    by_status: dict[int, list[str]] = {}
    for kind in (*keyed, *each["problems"]):
        by_status.setdefault(problems.KINDS[kind], []).append(kind)
    first = phrases("vi")
    return {
        str(status): _answer(
            " · ".join(first[f"api.problem.{kind}.title"] for kind in kinds),
            _ref("Problem"), kind="application/problem+json",
        )
        for status, kinds in sorted(by_status.items())
    }  # fmt: skip


def _answer(words: str, schema: Described, *, kind: str = "application/json") -> Described:
    return {"description": words, "content": {kind: {"schema": schema}}}


def _ref(name: str) -> Described:
    return {"$ref": _REF.format(model=name)}


def _schemas(figures: Path) -> Mapping[str, Any]:
    """All schemas by name: of bodies, of answers, and of what a release holds."""
    models = (shapes.TicketAsked, shapes.Served)
    _, bodies = models_json_schema([(each, "validation") for each in models], ref_template=_REF)
    answers = json.loads((_HERE / "answers.json").read_text(encoding="utf-8"))
    text = figures.read_text(encoding="utf-8").replace("#/$defs/", "#/components/schemas/")
    frozen = json.loads(text)
    inner = frozen.pop("$defs")
    del frozen["$schema"]
    return {**bodies["$defs"], **answers, **inner, "frozen": frozen}
