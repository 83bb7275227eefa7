"""What lets a form be answered without a network: scripts, and answers that come in later.

Without script every page works as it is. With it the form is kept in the browser's own store of
pages, answers wait in the browser's database, and a worker sends them when it can.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import cast

import flask
from flask import Blueprint, abort, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from app.citizen import devices, forms, keys
from app.language import languages
from app.session import today
from surveys.places import collectors

#: Each script with the files that it is put together from: one request, and no build step.
SCRIPTS = {
    "phieu": ("queue", "page", "lines", "form"),
    "phong-van": ("queue", "page", "lines", "interview"),
    "kiosk": ("queue", "page", "kiosk"),
    "man-hinh": ("display",),
    "mang": ("network",),
    "sw": ("queue", "worker"),
}
#: The page that the worker shows in the place of one that cannot be opened.
NO_NETWORK = "/k/khong-co-mang"
_NAME = "citizen.scripts"
_FOLDER = Path(__file__).parent / "scripts"
_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Script:
    """A script as browsers get it; its version changes with its text."""

    text: str
    version: str


def install(door: Blueprint) -> None:
    """Give the app of this door its scripts, and its scripts their answers."""
    door.record(_prepare)
    door.after_request(_tell)


def script(name: str) -> flask.Response:
    """A script of a page, for a year where its address has its version."""
    found = _scripts().get(name)
    if found is None or name == "sw":
        abort(404)
    response = flask.Response(found.text, mimetype="text/javascript")
    if request.args.get("v") == found.version:
        response.cache_control.public = True
        response.cache_control.max_age = _YEAR
        response.cache_control.immutable = True
    else:
        response.cache_control.no_cache = True
    return response


def worker() -> flask.Response:
    """The service worker: another text whenever any script changes, so that it is renewed.

    It is asked for as `/k/sw.js`, and may also look after the addresses in capitals.
    """
    response = flask.Response(_scripts()["sw"].text, mimetype="text/javascript")
    response.cache_control.no_cache = True
    response.headers["Service-Worker-Allowed"] = "/"
    return response


def no_network() -> str:
    """The page in the place of one that needs a network; without script, so that it stays so."""
    return flask.render_template("citizen/no_network.html")


def answered_on(code: str) -> dt.date | None:
    """The earlier day on which a form was filled in that waited for a network; else None.

    The device's clock is not trusted: the day must lie between that on which we signed the form
    and today. Whether the wave took answers then is for `surveys` to say.
    """
    sent = forms.posted()
    try:
        claimed = dt.date.fromisoformat(sent.first("day"))
        signed = keys.redeem(collectors.normalise(code), sent.first("key")).on
    except ValueError:
        return None
    return claimed if signed <= claimed < today() else None


@lru_cache(maxsize=256)
def is_script(accepted: str) -> bool:
    """Whether who sends this as Accept is a script of ours, and no browser on its way to a page."""
    return parse_accept_header(accepted, MIMEAccept).best == "application/json"


def _prepare(state: BlueprintSetupState) -> None:
    texts = {name: _together(files) for name, files in SCRIPTS.items()}
    everything = _version("".join(texts.values()))
    told = [NO_NETWORK, *(f"{NO_NETWORK}?lang={other}" for other in languages()[1:])]
    known = {"VERSION": everything, "NONE": NO_NETWORK, "TOLD": told}
    lines = (f"const {name} = {json.dumps(value)};\n" for name, value in known.items())
    texts["sw"] = "".join(lines) + texts["sw"]
    scripts = {name: Script(text, _version(text)) for name, text in texts.items()}
    state.app.extensions[_NAME] = scripts
    state.app.jinja_env.globals["script"] = partial(_address, scripts)


def _together(files: Iterable[str]) -> str:
    """The files one after another, without comments and indentation."""
    text = "".join((_FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in files)
    return re.sub(r"^\s*(//.*)?\n|^[ ]+", "", text, flags=re.MULTILINE)


def _version(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _address(scripts: dict[str, Script], name: str) -> str:
    # Not by url_for, which would add the language: a script has none.
    return f"/k/js/{name}?v={scripts[name].version}"


def _scripts() -> dict[str, Script]:
    return cast("dict[str, Script]", current_app.extensions[_NAME])


def _tell(response: flask.Response) -> flask.Response:
    """For a script that sent a form, where its receipt is; for a receipt, that nobody keeps it."""
    if request.endpoint == "citizen.thanks":
        response.headers["Cache-Control"] = "no-store"
        if devices.COOKIE in request.cookies:  # a tablet without script: the next person's form
            response.headers["Refresh"] = f"6; url=/k/{(request.view_args or {})['code']}/kiosk"
    if request.endpoint != "citizen.answer" or response.status_code != 303:
        return response
    if not is_script(request.headers.get("Accept", "")):
        return response
    told = flask.jsonify(address=response.location)
    told.headers["Cache-Control"] = "no-store"
    return told
