"""Tablets and screens on a counter: opened by staff with the PIN of the code, and by nobody else.

A signed cookie of the device says that it was opened, for one code and as long as the PIN is the
same. Answers are marked as a kiosk's, and codes as shown on a screen, only on such a device:
whoever finds the address elsewhere gets the question for the PIN.

Wrong PINs are counted by each process for a while. They are no reason to stop an open device.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import cast

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from itsdangerous import BadSignature, Signer

from app.citizen import places
from app.citizen.places import Place
from app.session import current_moment, settings
from surveys.places import pins

COOKIE = "hailong-device"
#: Longer than a cookie may live in today's browsers; each opening renews it.
LASTS = dt.timedelta(days=400)
#: Wrong PINs that one process lets pass for a code in this time.
MOST_WRONG, WHILE = 10, dt.timedelta(minutes=10)
_NAME = "citizen.wrong_pins"


def install(door: Blueprint) -> None:
    """Give the app of this door a count of wrong PINs."""
    door.record(_prepare)


def is_open(place: Place) -> bool:
    """Whether this device was opened for a place with the PIN that counts now."""
    try:
        said = _signer(place).unsign(request.cookies.get(COOKIE, "").encode(errors="replace"))
    except BadSignature:
        return False
    return said == place.code.encode()


def ask(place: Place, page: str, *, wrong: str = "") -> str:
    """The page that asks staff for the PIN; `page` is "kiosk" or "display"."""
    return render_template("citizen/pin.html", place=place, page=page, wrong=wrong)


def unlock(code: str, page: str) -> ResponseReturnValue:
    """Opens this device with the PIN, or closes it; then back to its page.

    Without a token against forged requests: forging one takes the PIN, or closes a device.
    """
    place = places.find(code)
    back = redirect(url_for(f"citizen.{page}", code=place.code), 303)
    path = f"/k/{place.code}"
    if "close" in request.form:
        back.delete_cookie(COOKIE, path=path, samesite="Strict")
        return back
    typed = request.form.get("pin", "")
    recent = _recent(place.code)
    if len(recent) >= MOST_WRONG:
        return ask(place, page, wrong="citizen.pin.too_often"), 429
    kept = pins.of(place.collector)
    if kept is None or not kept.fits(typed):
        recent.append(current_moment())
        return ask(place, page, wrong="citizen.pin.wrong"), 400
    back.set_cookie(
        COOKIE, _signer(place).sign(place.code).decode(), max_age=LASTS, path=path,
        secure=settings().secure, httponly=True, samesite="Strict",
    )  # fmt: skip
    return back


def _recent(code: str) -> list[dt.datetime]:
    """When wrong PINs were typed for a code; those of long ago are forgotten."""
    wrong = cast("dict[str, list[dt.datetime]]", current_app.extensions[_NAME])
    since = current_moment() - WHILE
    for known in list(wrong):
        wrong[known] = [moment for moment in wrong[known] if moment > since]
        if not wrong[known]:
            del wrong[known]
    return wrong.setdefault(code, [])


def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_NAME] = {}


def _signer(place: Place) -> Signer:
    # The PIN is part of it: with a new one every device has to be opened again.
    salt = f"citizen.device.{place.code}.{place.collector.kiosk_pin}"
    secret = current_app.config["SECRET_KEY"]
    return Signer(secret, salt=salt, digest_method=hashlib.sha256)
