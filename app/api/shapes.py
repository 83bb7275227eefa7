"""What programs send, as models: they check a body and describe it in the OpenAPI document."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from app.api.problems import Problem, Wrong

#: Rows of one body; more go into the next.
MOST_ROWS = 2000
#: More people than this no unit serves in a day.
MOST_SERVED = 1_000_000

Model = TypeVar("Model", bound=BaseModel)
#: A code as lists have it; PostgreSQL knows no text with a NUL in it.
Code = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\u0000-\u001f\u007f]+$")]
Day = Annotated[dt.date, Field(description="2026-03-31")]
#: Words for what is wrong with a value, by the kind that pydantic tells.
_WORDS = {
    "missing": "api.field.missing",
    "extra_forbidden": "api.field.unknown",
    "string_type": "api.field.text",
    "string_pattern_mismatch": "api.field.text",
    "string_too_short": "api.field.length",
    "string_too_long": "api.field.length",
    "int_type": "api.field.number",
    "greater_than_equal": "api.field.range",
    "less_than_equal": "api.field.range",
    "list_type": "api.field.rows",
    "too_short": "api.field.rows",
    "too_long": "api.field.rows",
    "model_type": "api.field.object",
}
_NUMBERS = {"most_rows": MOST_ROWS, "most_served": MOST_SERVED}


class Sent(BaseModel):
    """A body: nothing in it that is not known, nothing read as something else."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TicketAsked(Sent):
    """Where somebody was served whose dossier is finished; nothing of the person or the dossier."""

    unit: Code
    point: Code


class Row(Sent):
    """How many people a unit served in a field on a day."""

    unit: Code
    field: Code
    day: Day
    total: Annotated[int, Field(ge=0, le=MOST_SERVED)]


class Served(Sent):
    """Rows that are taken all or not at all."""

    rows: Annotated[list[Row], Field(min_length=1, max_length=MOST_ROWS)]


def read(model: type[Model]) -> Model:
    """The body of this request as a model; Problem with every place that is wrong."""
    if request.mimetype != "application/json":
        raise Problem("not_json")
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError as refused:
        found = refused.errors(include_url=False, include_input=False)
        if any(each["type"] == "json_invalid" for each in found):
            raise Problem("malformed") from None
        raise Problem("invalid", wrong=list(_wrong(model, found))) from None


def pointer(*parts: str | int) -> str:
    """A JSON Pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def _wrong(model: type[BaseModel], found: list[ErrorDetails]) -> Iterator[Wrong]:
    for each in found:
        words = _WORDS.get(each["type"], "api.field.day")
        inner = Row if len(each["loc"]) > 2 else model
        known = ", ".join(inner.model_fields)
        yield Wrong(pointer(*each["loc"]), words, (("known", known), *_NUMBERS.items()))
