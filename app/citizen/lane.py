"""The ordinary half minute, answered before Flask makes a request of it.

Nearly all that a busy day brings are three things: a form that nobody typed into, an answer that
can be kept as it is, and its thanks. Around these few lines of work a request of Flask takes as
long again. What is not ordinary, such as a page that was not made yet, a fault, a comment, a slip
or a cookie, is left to Flask and the views as it came; they can do all that is done here, and so
each of the two may answer first. Both ask the same functions, and tests compare what they say.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl, urlencode

import flask
from flask import g

from app import compression, security
from app.citizen import blanks, forms, limits, more, offline, receipts, sizes, turns, views
from app.citizen.blanks import Page
from app.citizen.places import Place, Visit
from app.language import FIRST, languages
from app.session import current_engine, today
from surveys.fieldwork import responses, scans
from surveys.fieldwork.receipts import receipted

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: As codes are printed and as our own addresses spell them; whatever else is typed is looked at.
_ADDRESS = re.compile(r"/[kK]/([0-9A-Z]{7})(?:/cam-on/([0-9A-Z]{9}))?")
_CHOICES = {"lang", "chu", "them"}
_HTML = ("Content-Type", "text/html; charset=utf-8")
_VARIES = ("Vary", "Accept-Encoding")


class Choices(NamedTuple):
    """What the address of an ordinary page says beside the code."""

    language: str
    size: str
    #: The link to what was not asked.
    link: str


class Asked(NamedTuple):
    """One of the three things that are asked here."""

    code: str
    #: Empty where the form is meant.
    receipt: str
    choices: Choices
    environ: WSGIEnvironment


class Reply(NamedTuple):
    """An answer, less the headers that every one has."""

    status: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Lane:
    """Answers what is ordinary, and hands on the rest."""

    def __init__(self, app: flask.Flask) -> None:
        self._app = app
        self._behind: WSGIApplication = app.wsgi_app
        self._headers = security.headers_of(app)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """The answer of whoever is to give it."""
        reply = self._reply(environ)
        if reply is None:
            return self._behind(environ, start_response)
        length = ("Content-Length", str(len(reply.body)))
        start_response(reply.status, [*reply.headers, length, *self._headers])
        return [reply.body]

    def _reply(self, environ: WSGIEnvironment) -> Reply | None:
        asked = _asked(environ)
        if asked is None:
            return None
        answer = _thanks if asked.receipt else _BY_METHOD[environ["REQUEST_METHOD"]]
        with self._app.app_context():
            try:
                return answer(asked)
            except Exception as error:  # noqa: BLE001 - Flask tries it again, and has words for it
                # No values, and not the address: it may hold a receipt.
                self._app.logger.warning("left to Flask after %s", type(error).__name__)
                return None


def install(app: flask.Flask) -> None:
    """Put the lane before an app."""
    app.wsgi_app = Lane(app)  # type: ignore[method-assign]


def _asked(environ: WSGIEnvironment) -> Asked | None:
    """What is asked, if at a glance it may be ordinary."""
    found = _ADDRESS.fullmatch(environ.get("PATH_INFO", ""))
    if found is None or "HTTP_COOKIE" in environ or environ.get("SCRIPT_NAME"):
        return None
    code, receipt = found[1], found[2] or ""
    if environ["REQUEST_METHOD"] not in ({"GET"} if receipt else _BY_METHOD):
        return None
    choices = _choices(environ.get("QUERY_STRING", ""))
    if choices is None or (choices.link and not receipt):
        return None
    return Asked(code, receipt, choices, environ)


def _choices(query: str) -> Choices | None:
    if not query:
        return Choices(FIRST, "", "")
    pairs = parse_qsl(query, keep_blank_values=True)
    said = dict(pairs)
    if len(said) < len(pairs) or not said.keys() <= _CHOICES:
        return None
    language, size = said.get("lang", FIRST), said.get("chu", "")
    if language not in languages() or size not in sizes.SIZES:
        return None
    return Choices(language, size, said.get("them", ""))


def _visit(code: str) -> Visit | None:
    day = today()
    scan = scans.look(current_engine(), code, today=day, day=day)
    if scan is None or scan.collector.kind != "open":
        return None
    return Visit(Place(scan.collector, scan.point, scan.unit), scan.asked)


def _form(asked: Asked) -> Reply | None:
    """A form that nobody typed into."""
    visit = _visit(asked.code)
    if visit is None:
        return None
    key, block = turns.opening(visit)
    what = views.form_shown(visit, block, asked.choices.language, asked.choices.size)
    page = blanks.kept_page(what, own=(key,))
    if page is None:
        asked.environ[turns.DRAWN] = block  # the person's turn stays theirs
    return _page(asked, page, "private, no-cache")


def _answer(asked: Asked) -> Reply | None:
    """The way to the thanks for an answer that is new, whole and without comment."""
    visit = _visit(asked.code) if _is_readable(asked.environ) else None
    if visit is None or not limits.is_pace_known(visit):
        return None
    body = asked.environ["wsgi.input"].read(int(asked.environ["CONTENT_LENGTH"]))
    asked.environ["wsgi.input"] = io.BytesIO(body)  # whoever comes after reads it again
    g.posted = forms.parse(body)
    if g.posted is None or offline.answered_on(asked.code) is not None:
        return None
    address = asked.environ.get("REMOTE_ADDR")
    try:
        submission, admission = views.submitted(visit, None, asked.choices.language, address)
    except (forms.Refused, limits.Flood):
        return None
    recorded = responses.record_alone(current_engine(), submission)
    if recorded is None:
        admission.give_back()
        return None
    receipt = recorded.response.receipt
    link = more.link(asked.code, recorded.response) or ""
    return _on_to(_thanks_address(asked.code, receipt, asked.choices._replace(link=link)), asked)


def _is_readable(environ: WSGIEnvironment) -> bool:
    """Whether a form was sent by a page of ours and can be read here."""
    length = str(environ.get("CONTENT_LENGTH", ""))
    return (
        environ.get("CONTENT_TYPE", "") == forms.ENCODED
        and "HTTP_TRANSFER_ENCODING" not in environ
        and length.isdecimal()
        and int(length) <= flask.current_app.config["MAX_CONTENT_LENGTH"]
        and views.is_ours(environ.get("HTTP_ORIGIN"), environ.get("HTTP_HOST", ""))
    )


def _thanks(asked: Asked) -> Reply | None:
    """The receipt and what happens next."""
    told = receipted(current_engine(), asked.receipt)
    if told is None or (told.code, told.receipt) != (asked.code, asked.receipt):
        return None
    link = more.offered(told, asked.choices.link)
    what = views.thanks_shown(told, asked.choices.language, asked.choices.size, link=bool(link))
    own = (link, *receipts.written(told.receipt)) if link else receipts.written(told.receipt)
    return _page(asked, blanks.kept_page(what, own=own), "no-store")


def _page(asked: Asked, page: Page | None, kept: str) -> Reply | None:
    """A page that was made before; `kept` is what browsers may do with it."""
    if page is None:
        return None
    headers = (_HTML, ("Cache-Control", kept), _VARIES)
    if compression.takes_gzip(asked.environ.get("HTTP_ACCEPT_ENCODING", "")):
        return Reply("200 OK", (*headers, ("Content-Encoding", "gzip")), page.gzipped)
    return Reply("200 OK", headers, page.plain)


def _on_to(address: str, asked: Asked) -> Reply:
    """Where the receipt is: a browser goes there, a script is told."""
    if offline.is_script(asked.environ.get("HTTP_ACCEPT", "")):
        said = json.dumps({"address": address}, separators=(",", ":")) + "\n"
        headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), _VARIES)
        return Reply("200 OK", headers, said.encode())
    return Reply("303 SEE OTHER", (_HTML, ("Location", address)), b"")


def _thanks_address(code: str, receipt: str, choices: Choices) -> str:
    said = {
        "them": choices.link, "lang": "" if choices.language == FIRST else choices.language,
        "chu": choices.size,
    }  # fmt: skip
    query = urlencode({name: value for name, value in said.items() if value})
    return f"/k/{code}/cam-on/{receipt}{'?' if query else ''}{query}"


_BY_METHOD = {"GET": _form, "POST": _answer}
