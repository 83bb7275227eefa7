"""From an exception to a page that says what happened and what to do, in one table.

HTTPException                 by its status, see `STATUSES`
└── CSRFError                 the form was open too long, or came from elsewhere
anything else                 500, logged with its trace
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import cast

import flask
from flask import render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

#: Statuses with words of their own (`error.<status>.title`, `error.<status>.text`).
STATUSES = (400, 401, 403, 404, 405, 409, 413, 429, 500)


#: What answers an error instead of a page.
Answerer = Callable[[Exception], flask.Response]
_MACHINES = "errors.machines"


def install(app: flask.Flask, *, machines: Mapping[str, Answerer]) -> None:
    """Answer every error with a page in the visitor's language.

    Under the beginnings of addresses that `machines` names programs ask, who want no page.
    """
    app.extensions[_MACHINES] = machines
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def page(status: int, *, words: str | None = None) -> tuple[str, int]:
    """An error page; `words` names phrases other than the status's own."""
    known = status if status in STATUSES else 400 if status < 500 else 500
    return render_template("error.html", words=words or f"error.{known}", status=status), status


def _machine() -> Answerer | None:
    """What answers an error at this address, if no person asks there."""
    known = cast("Mapping[str, Answerer]", flask.current_app.extensions[_MACHINES])
    return next((known[root] for root in known if request.path.startswith(f"{root}/")), None)


def _csrf(_error: CSRFError) -> flask.typing.ResponseReturnValue:
    return page(400, words="error.csrf")


def _http(error: HTTPException) -> flask.typing.ResponseReturnValue:
    if error.code is None or error.code < 400:
        return error
    machine = _machine()
    if machine is not None:
        return machine(error)
    # A page that takes files allows itself more than the app does: it says how long one may be.
    room = flask.current_app.config["MAX_CONTENT_LENGTH"]
    file = error.code == 413 and (request.max_content_length or 0) > room
    body, status = page(error.code, words="error.file" if file else None)
    response = flask.make_response(body, status)
    for name, value in error.get_headers():
        if name in {"Allow", "Retry-After"}:
            response.headers[name] = value
    return response


def _unforeseen(error: Exception) -> flask.typing.ResponseReturnValue:
    # The rule and not the address, which may hold a ticket or a receipt.
    flask.current_app.logger.error("%s %s failed", request.method, request.url_rule, exc_info=error)
    machine = _machine()
    return page(500) if machine is None else machine(error)
