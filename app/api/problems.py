"""What went wrong, for programs: problem details of RFC 9457, in Vietnamese or as asked.

HTTPException
└── Problem       one of `KINDS`, with words of its own and, of a body, every place that is wrong
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import flask
from flask import request
from werkzeug.exceptions import HTTPException

from app.language import FIRST, languages, phrases

#: Every kind of problem with its status; the page of this door explains them by these names.
KINDS: Mapping[str, int] = {
    "malformed": 400,
    "no_request_key": 400,
    "no_key": 401,
    "out_of_scope": 403,
    "not_found": 404,
    "method": 405,
    "no_open_wave": 409,
    "not_weighed": 409,
    "too_large": 413,
    "not_json": 415,
    "invalid": 422,
    "other_request": 422,
    "too_many": 429,
    "unforeseen": 500,
}
#: Kinds for what is refused before a view is reached.
_OF_STATUS = {404: "not_found", 405: "method", 413: "too_large", 415: "not_json"}
#: Places told of one body: more help nobody to mend it.
MOST_TOLD = 200
_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


@dataclass(frozen=True, slots=True)
class Wrong:
    """A place of a body, as a JSON Pointer, and the key of the phrase that says what is wrong."""

    pointer: str
    words: str
    values: tuple[tuple[str, object], ...] = ()


class Problem(HTTPException):
    """A request that cannot be met."""

    def __init__(
        self, kind: str, *, wrong: Sequence[Wrong] = (), headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__()
        self.kind, self.wrong, self.headers = kind, tuple(wrong), dict(headers or {})
        self.code = KINDS[kind]


def answer(error: Exception) -> flask.Response:
    """The answer to an error anywhere under this door's addresses."""
    problem = error if isinstance(error, Problem) else _of(error)
    said: dict[str, object] = {
        "type": f"/api/v1#{problem.kind}",
        "title": said_of(problem.kind, "title"),
        "status": KINDS[problem.kind],
        "detail": said_of(problem.kind, "detail"),
    }
    if problem.wrong:
        said["errors"] = [_told(each) for each in problem.wrong[:MOST_TOLD]]
        said["error_count"] = len(problem.wrong)
    response = flask.Response(
        json.dumps(said, ensure_ascii=False), KINDS[problem.kind], problem.headers,
        mimetype="application/problem+json",
    )  # fmt: skip
    response.headers["Content-Language"] = language()
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    return response


def said_of(kind: str, part: str) -> str:
    """The title or the detail of a kind of problem."""
    return words(f"api.problem.{kind}.{part}")


def words(key: str, values: Mapping[str, object] | None = None) -> str:
    """The words for a key in the language that the program's header asks for."""
    return phrases(language())[key].format_map(values or {})


def language() -> str:
    """The language that the header asks for; Vietnamese where it asks for none that there is."""
    return request.accept_languages.best_match(languages(), FIRST) or FIRST


def _told(wrong: Wrong) -> dict[str, str]:
    return {"pointer": f"#{wrong.pointer}", "detail": words(wrong.words, dict(wrong.values))}


def _of(error: Exception) -> Problem:
    code = error.code if isinstance(error, HTTPException) and error.code else 500
    kind = _OF_STATUS.get(code, "malformed" if code < 500 else "unforeseen")
    given = dict(error.get_headers()) if isinstance(error, HTTPException) else {}
    return Problem(kind, headers={name: given[name] for name in _HEADERS if name in given})
