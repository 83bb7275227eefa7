"""The tablet on the counter: large faces with words, one question a screen, for days offline.

Where forms are split, the page brings a key for every block of the cycle, and the device deals
them: from a block that it draws at random whenever the page is opened, they take turns, a new one
for each person. So each person's block is as likely as any other, whatever anybody answers and
however long the device is offline, just as where the server deals: the chance of an item stays
s/K, which is all that the estimates ask for. The key, which we signed, says which block it was.
"""

from __future__ import annotations

import secrets

import flask
from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from app import sheets
from app.citizen import devices, keys, places
from app.citizen.places import Visit
from app.sheets import Entry, Sheet
from surveys.fieldwork.waves import NoOpenWave
from surveys.places import pins
from surveys.questionnaires import routing
from surveys.questionnaires.routing import WHOLE, Block

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
    dealt = blocks(visit)
    # Without script one person gets one page, with the block that stands first.
    first = secrets.randbelow(len(dealt))
    page = render_template(
        "citizen/kiosk.html",
        visit=visit, entries=entries(sheets.lay_out(visit.instrument, visit.fields)), face=face,
        blocks=[*dealt[first:], *dealt[:first]], demo=visit.wave.demo,
        pin=pins.of(place.collector),
    )  # fmt: skip
    response = flask.make_response(page)
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def blocks(visit: Visit) -> list[tuple[str, list[str]]]:
    """A key and the names of what it leaves out, for each block of the cycle; whole forms: one."""
    form, size = visit.instrument, visit.asked.subset
    every = [Block(size, number) for number in range(routing.cycle(form, size))] if size else []
    items = {item.code for item in form.items}
    return [
        (
            keys.issue(visit.place.code, "kiosk", block),
            sorted(f"a.{code}" for code in items - routing.asked(form, block)),
        )
        for block in every or [WHOLE]
    ]


def entries(sheet: Sheet) -> tuple[Entry, ...]:
    """What a kiosk asks: what is answered by pointing. Nobody writes where others read along."""
    return tuple(entry for entry in sheet.entries() if entry.kind in {"choice", "multi"})


def face(entry: Entry, place: int) -> int:
    """Which face, 1 to 5, stands beside the option at a place of a scale, counted from 1."""
    steps = max(len(entry.options) - 1, 1)
    return 1 + round((place - 1) * (FACES - 1) / steps)
