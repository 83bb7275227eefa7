"""Where staff bring answers in: a staffed code, the place behind it, and what is asked there."""

from __future__ import annotations

from dataclasses import dataclass

from flask import abort

from app import session as current
from app import sheets
from app.sheets import Sheet
from surveys.fieldwork import waves
from surveys.fieldwork.waves import NoOpenWave, OpenForm
from surveys.offices import staff
from surveys.places import collectors
from surveys.places.collectors import CodeError
from surveys.questionnaires.programme import Field
from surveys.questionnaires.questionnaire import Instrument
from surveys.questionnaires.registry import instrument_of
from surveys.tables import Collector, ServicePoint, Staff, Unit, Wave


@dataclass(frozen=True, slots=True)
class Place:
    """A staffed code with the service point and the unit that it stands for."""

    collector: Collector
    point: ServicePoint
    unit: Unit

    @property
    def code(self) -> str:
        """The code as it is stored and printed."""
        return self.collector.code


@dataclass(frozen=True, slots=True)
class Desk:
    """A place with the form that is asked there."""

    place: Place
    asked: OpenForm

    @property
    def wave(self) -> Wave:
        """The wave which the answers enter."""
        return self.asked.wave

    @property
    def instrument(self) -> Instrument:
        """The form."""
        return self.asked.instrument

    @property
    def fields(self) -> tuple[Field, ...]:
        """What a person can have come for here, where the form asks it."""
        return sheets.fields_at(current.current_programme(), self.instrument, self.place.point)

    @property
    def sheet(self) -> Sheet:
        """The form as it is read."""
        return sheets.lay_out(self.instrument, self.fields)


def account() -> Staff:
    """Who is signed in."""
    return current.current_staff() or abort(401)


def find(code: str) -> Place:
    """The place of a staffed code; 404 where there is none, 403 where the account may not go."""
    session, on = current.current_session(), current.today()
    try:
        collector = collectors.find(session, code, on=on)
    except CodeError:
        abort(404)
    point = session.get_one(ServicePoint, collector.point_id)
    unit = session.get_one(Unit, point.unit_id)
    if not staff.may_see_unit(session, account(), unit, on=on):
        abort(403)
    if collector.kind != "staffed":
        abort(404)
    return Place(collector, point, unit)


def opened(place: Place, *, late: bool = False) -> Desk | None:
    """The place with what is asked there today; None where nothing is.

    `late`: a wave that is past its last day but not closed yet still takes paper of its days.
    """
    session = current.current_session()
    try:
        return Desk(place, waves.form_for(session, place.point, on=current.today()))
    except NoOpenWave as pause:
        last = pause.last
    if not late or last is None or last.status != "open":
        return None
    stored = waves.forms_of(session, last)[place.point.kind]
    return Desk(place, OpenForm(last, stored, instrument_of(stored)))


def posted_fields(desk: Desk, values: dict[str, list[str]]) -> dict[str, list[str]]:
    """The values with what the person came for, where there was nothing to choose."""
    keys = [field.key for field in desk.fields]
    return {**values, "field": keys} if len(keys) == 1 else values
