"""A screen at the counter whose code changes each minute: whoever answers through it was there.

The code in the address is a MAC of the place and the minute. A code that is too old, or made up,
opens the same form, as if from a printed poster: nobody is turned away for being slow.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlsplit

import flask
from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from app import qr
from app.citizen import devices, keys, places
from app.session import current_moment, settings
from surveys.places import collectors

#: Seconds for which one code is shown.
STEP = 60
#: Codes before the present one that are good: time to take out a telephone.
BEFORE = 3
_LENGTH = 8


def display(code: str) -> ResponseReturnValue:
    """The code of this minute on a device that staff opened; else the question for the PIN."""
    place = places.find(code)
    if code != place.code:  # the cookie of the device knows one spelling
        return redirect(url_for("citizen.display", code=place.code), 303)
    places.let_in(place)
    if not devices.is_open(place):
        return devices.ask(place, "display")
    address = collectors.address(settings().base_url, place.code)
    step, passed = divmod(int(current_moment().timestamp()), STEP)
    parts = urlsplit(address)
    page = render_template(
        "citizen/display.html",
        place=place, left=STEP - passed, short=f"{parts.netloc}{parts.path}",
        picture=Markup(qr.svg(f"{address}?m={token(place.code, step)}").decode()),  # noqa: S704 - drawn by us
    )  # fmt: skip
    response = flask.make_response(page)
    response.headers["Cache-Control"] = "no-store"
    return response


def way(code: str) -> keys.Way:
    """How a form is being opened: "shown" with a code of the last minutes, else "printed"."""
    # The whole address may come in capitals, as it stands in the picture.
    typed = (request.args.get("m") or request.args.get("M") or "").upper()
    if not typed:
        return "printed"
    now = int(current_moment().timestamp()) // STEP
    good = [token(code, now - back) for back in range(BEFORE + 1)]
    same = [hmac.compare_digest(typed.encode(errors="replace"), one.encode()) for one in good]
    return "shown" if any(same) else "printed"


def token(code: str, step: int) -> str:
    """What the address of a place carries in one minute, counted since 1970: 40 bits."""
    secret = current_app.config["SECRET_KEY"]
    mac = hmac.new(secret.encode(), f"citizen.shown.{code}.{step}".encode(), hashlib.sha256)
    return base64.b32encode(mac.digest())[:_LENGTH].decode()
