"""A person at a browser without a screen: reads pages, follows links, fills in forms as they are.

Tokens and keys come out of the page, as they do for everybody: no test switches a guard off.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import flask
from werkzeug.test import TestResponse, encode_multipart

_SKIPPED = {"style", "script", "head"}


@dataclass(slots=True)
class Form:
    """A form of a page, with what it would send untouched and what can be chosen in it."""

    action: str
    method: str
    #: How it is sent, where that is not the usual way.
    kind: str = ""
    #: What is sent as it stands: hidden fields, ticked boxes, texts.
    values: dict[str, list[str]] = field(default_factory=dict)
    #: All values of radio buttons and check boxes by name.
    choices: dict[str, list[str]] = field(default_factory=dict)


class Page(HTMLParser):
    """An answer of the server, read."""

    def __init__(self, response: TestResponse) -> None:
        super().__init__()
        self.response = response
        self.status = response.status_code
        self.address = response.request.path
        self.forms: list[Form] = []
        self.links: list[str] = []
        self._words: list[str] = []
        self._skipping = 0
        self._area: str | None = None
        if response.mimetype == "text/html":
            self.feed(response.text)

    @property
    def words(self) -> str:
        """What a person reads, with every space alike."""
        return re.sub(r"\s+", " ", " ".join(self._words)).strip()

    def form(self, action: str = "") -> Form:
        """The form that goes to an address with this in it; there must be just one."""
        (found,) = [form for form in self.forms if action in form.action]
        return found

    def link(self, part: str) -> str:
        """The first link with this in its address."""
        return next(link for link in self.links if part in link)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form, a field or a link."""
        given = {name: value or "" for name, value in attrs}
        self._skipping += tag in _SKIPPED
        if tag == "form":
            action, method = given.get("action", self.address), given.get("method", "get")
            self.forms.append(Form(action, method, given.get("enctype", "")))
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "input":
            self._take(given, ticked="checked" in given)
        elif tag == "textarea":
            self._area = given["name"]
            self.forms[-1].values[self._area] = [""]

    def handle_endtag(self, tag: str) -> None:
        """Leave what is no text, or a text field."""
        self._skipping -= tag in _SKIPPED
        if tag == "textarea":
            self._area = None

    def handle_data(self, data: str) -> None:
        """Take words, or the content of a text field."""
        if self._area is not None:
            self.forms[-1].values[self._area][0] += data.removeprefix("\n")
        elif not self._skipping:
            self._words.append(data)

    def _take(self, given: dict[str, str], *, ticked: bool) -> None:
        name, value = given.get("name"), given.get("value", "")
        if not name:
            return
        form = self.forms[-1]
        if given.get("type") in {"radio", "checkbox"}:
            form.choices.setdefault(name, []).append(value)
            if not ticked:
                return
        form.values.setdefault(name, []).append(value)


class Visitor:
    """Somebody with a browser of their own."""

    def __init__(self, app: flask.Flask) -> None:
        self.client = app.test_client()

    def open(self, address: str, status: int = 200) -> Page:
        """The page at an address, after any redirection."""
        page = Page(self.client.get(address, follow_redirects=True))
        assert page.status == status, page.words
        return page

    def send(self, form: Form, values: dict[str, Any] | None = None, status: int = 200) -> Page:
        """The page that follows a form, with some values filled in."""
        whole = form.values | (values or {})
        page = Page(self._ask(form, whole))
        assert page.status == status, page.words
        return page

    def _ask(self, form: Form, values: dict[str, Any]) -> TestResponse:
        if form.method != "post":
            return self.client.get(form.action, query_string=values, follow_redirects=True)
        if form.kind != "multipart/form-data":
            return self.client.post(form.action, data=values, follow_redirects=True)
        boundary, body = encode_multipart(values)
        kind = f'multipart/form-data; boundary="{boundary}"'
        return self.client.post(form.action, data=body, content_type=kind, follow_redirects=True)

    def sign_in(self, username: str, password: str) -> Page:
        """The page after signing in."""
        form = self.open("/dang-nhap").form()
        return self.send(form, {"username": username, "password": password})
