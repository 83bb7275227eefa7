"""The tablet on the counter: large faces with words, one question a screen, for days offline."""

from __future__ import annotations

import flask
from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import sheets
from app.citizen import devices, places, turns
from app.sheets import Entry, Sheet
from surveys.fieldwork.waves import NoOpenWave
from surveys.places import pins

#: Faces that are drawn, from the saddest to the gladdest.
FACES = 5
#: Seconds after which a tablet looks whether a wave has opened.
_LOOK_AGAIN = 600


def kiosk(code: str) -> ResponseReturnValue:
    """The form as a kiosk on a device that staff opened; else the question for the PIN."""
    place = places.find(code)
    if code != place.code:  # the cookie of the device knows one spelling
        return redirect(url_for("citizen.kiosk", code=place.code), 303)
    if not devices.is_open(place):
        return devices.ask(place, "kiosk")
    try:
        visit = places.visit(place)
    except NoOpenWave as pause:
        page = render_template("citizen/kiosk_pause.html", place=place, next=pause.next)
        return page, {"Refresh": str(_LOOK_AGAIN)}
    key, block = turns.opening(visit, "kiosk")
    sheet = sheets.lay_out(visit.instrument, visit.fields, block)
    page = render_template(
        "citizen/kiosk.html",
        visit=visit, sheet=sheet, entries=entries(sheet), face=face, demo=visit.wave.demo,
        key=key, pin=pins.of(place.collector),
    )  # fmt: skip
    response = flask.make_response(page)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def entries(sheet: Sheet) -> tuple[Entry, ...]:
    """What a kiosk asks: what is answered by pointing. Nobody writes where others read along."""
    return tuple(entry for entry in sheet.entries() if entry.kind in {"choice", "multi"})


def face(entry: Entry, place: int) -> int:
    """Which face, 1 to 5, stands beside the option at a place of a scale, counted from 1."""
    steps = max(len(entry.options) - 1, 1)
    return 1 + round((place - 1) * (FACES - 1) / steps)
