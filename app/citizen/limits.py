"""How much may come in, from one opened form, at one point and from one house.

What a point gets is counted for the point, and too much of it is only noted with the answers. To
be refused takes a flood from one house: were it the point's, anybody could silence a point.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Hashable
from dataclasses import dataclass
from typing import cast

from flask import Blueprint, current_app, request
from flask.blueprints import BlueprintSetupState
from werkzeug.exceptions import TooManyRequests

from app.citizen import forms, keys
from app.citizen.keys import Opened
from app.citizen.places import Visit
from app.counters import DAY, TEN_MINUTES, counters, stranger
from app.session import current_moment, current_session
from surveys.fieldwork import suspicion
from surveys.fieldwork.suspicion import Arrival, Pace
from surveys.questionnaires.answers import BLANK, NOT_ASKED, NOT_USED, Answers

#: A field that people do not see; programs fill in whatever there is.
BAIT = "website"
#: Sent with an answer that waited for the network on a telephone or a kiosk.
QUEUED = "queued"
#: Seconds after which a refused one may try again: the oldest minute is forgotten by then.
RETRY_AFTER = 60
#: How often one opened form may come back with something to correct, in ten minutes.
CORRECTIONS = 60
#: Well-formed receipts that nobody has, from one house in ten minutes.
GUESSES = 60
_UNANSWERED = (BLANK, NOT_ASKED, NOT_USED)
_NAME = "citizen.paces"
#: A usual pace changes slowly: it is asked for once an hour.
_KEPT = dt.timedelta(hours=1)


class Flood(Exception):
    """More answers from one house for one point than people can give; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class Admission:
    """An answer that may be recorded, with what looks odd about it."""

    point: str
    house: str
    queued: bool
    signs: tuple[str, ...] = ()

    def give_back(self) -> None:
        """Uncount it: it was recorded before, or not at all."""
        for name in (self.point, self.house):
            _count(name, current_moment(), queued=self.queued, by=-1)


def install(door: Blueprint) -> None:
    """Give the app of this door a store of what is usual where."""
    door.record(_prepare)


def admit(visit: Visit, form: Opened, answers: Answers, address: str | None) -> Admission:
    """Count an answer that came in for a visit and say what looks odd about it; or Flood."""
    sent, moment = forms.posted(), current_moment()
    queued = bool(sent.first(QUEUED))
    point, pace = f"point:{visit.place.point.id}", _pace(visit, moment)
    house = f"{point}:{stranger(moment, address)}"
    if _count(house, moment, queued=queued) > pace.flood(queued=queued):
        _count(house, moment, queued=queued, by=-1)
        raise Flood
    arrival = Arrival(
        opened=form.at,
        arrived=moment,
        answered=len(answers.packed) - sum(map(answers.packed.count, _UNANSWERED)),
        together=_count(point, moment, queued=queued),
        baited=bool(sent.first(BAIT)),
        queued=queued,
    )
    return Admission(point, house, queued, suspicion.signs(arrival, pace))


def note_correction(code: str, key: str) -> None:
    """Count that a form goes back to be corrected; TooManyRequests where no person does that."""
    try:
        keys.redeem(code, key)
        name = f"form:{key.partition('~')[0]}"
    except keys.KeyRefused:
        return  # it gets a new one
    if _count(name, current_moment()) > CORRECTIONS:
        raise TooManyRequests(retry_after=RETRY_AFTER)


def note_guess(*, missed: bool) -> None:
    """Refuse a house that asks for receipts which nobody has; `missed` counts one of them."""
    moment = current_moment()
    times = _count(f"guess:{stranger(moment, request.remote_addr)}", moment, by=int(missed))
    if times > GUESSES:
        raise TooManyRequests(retry_after=RETRY_AFTER)


def _count(name: str, moment: dt.datetime, *, queued: bool = False, by: int = 1) -> int:
    kind = "queued" if queued else "live"
    return counters().add(f"{kind}:{name}", moment, DAY if queued else TEN_MINUTES, by)


def is_pace_known(visit: Visit) -> bool:
    """Whether what is usual at a point was asked within the last hour."""
    return _known_pace(visit, current_moment()) is not None


def _known_pace(visit: Visit, moment: dt.datetime) -> Pace | None:
    until, pace = _paces().get(_which(visit), (moment, None))
    return pace if until > moment else None


def _pace(visit: Visit, moment: dt.datetime) -> Pace:
    """The usual pace of a point in a wave, as it was within the last hour."""
    pace = _known_pace(visit, moment)
    if pace is None:
        pace = suspicion.usual_pace(
            current_session(), visit.place.point, wave=visit.wave, stored=visit.asked.stored
        )
        _paces()[_which(visit)] = (moment + _KEPT, pace)
    return pace


def _paces() -> dict[object, tuple[dt.datetime, Pace]]:
    return cast("dict[object, tuple[dt.datetime, Pace]]", current_app.extensions[_NAME])


def _which(visit: Visit) -> Hashable:
    return (visit.wave.id, visit.asked.stored.id, visit.place.point.id)


def _prepare(state: BlueprintSetupState) -> None:
    state.app.extensions[_NAME] = {}
