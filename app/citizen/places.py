"""What a code leads to: the place, and the form that is asked there today."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import cast

from app import sheets
from app.session import current_engine, current_programme, current_session, today
from surveys.fieldwork import scans, waves
from surveys.fieldwork.waves import NoOpenWave, OpenForm
from surveys.places import collectors
from surveys.questionnaires.programme import Field
from surveys.questionnaires.questionnaire import Instrument
from surveys.questionnaires.registry import instrument_of
from surveys.tables import Collector, ServicePoint, Unit, Wave


@dataclass(frozen=True, slots=True)
class Place:
    """A collector with the service point and the unit that it stands for."""

    collector: Collector
    point: ServicePoint
    unit: Unit

    @property
    def code(self) -> str:
        """The code as it is stored and printed."""
        return self.collector.code


@dataclass(frozen=True, slots=True)
class Visit:
    """A place with the form that is, or was last, asked there."""

    place: Place
    asked: OpenForm
    #: The token of the ticket that opened it; empty where a code did.
    ticket: str = ""

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
        """What a person can have come for here; nothing to choose where the form says it."""
        return sheets.fields_at(current_programme(), self.instrument, self.place.point)


def find(typed: str) -> Place:
    """The place of a code as somebody typed or scanned it; `collectors.CodeError` if none."""
    return Place(*collectors.locate(current_session(), typed, on=today()))


def of(collector: Collector) -> Place:
    """The place that a collector stands for."""
    session = current_session()
    # Foreign keys promise both.
    point = cast("ServicePoint", session.get(ServicePoint, collector.point_id))
    return Place(collector, point, cast("Unit", session.get(Unit, point.unit_id)))


class TicketNeeded(LookupError):
    """Answers here are a sample: only who was given a ticket can give one."""

    def __init__(self, place: Place) -> None:
        self.place = place
        super().__init__(place.code)


class StaffNeeded(LookupError):
    """Answers here are brought in by staff, who ask people or have their sheets of paper."""


def visit(place: Place, *, on: dt.date | None = None) -> Visit:
    """The visit of somebody who opens a form today, or did on a day; NoOpenWave if none is.

    TicketNeeded or StaffNeeded where a code alone opens nothing.
    """
    let_in(place)
    return Visit(place, waves.form_for(current_session(), place.point, on=on or today()))


def arrive(typed: str, *, on: dt.date | None = None) -> Visit:
    """The visit of somebody who scans or types a code today, of a form of today or of a day.

    Raises what `find` and `visit` raise: they are only asked where there is no form.
    """
    code = collectors.normalise(typed)
    scan = scans.look(current_engine(), code, today=today(), day=on or today())
    if scan is None:
        return visit(find(typed), on=on)
    collector, point, unit, asked = scan
    place = Place(collector, point, unit)
    let_in(place)
    return Visit(place, asked)


def late_visit(place: Place, pause: NoOpenWave) -> Visit | None:
    """The visit of somebody who opened the form while the last wave was open, if there was one."""
    forms = waves.forms_of(current_session(), pause.last) if pause.last else {}
    stored = forms.get(place.point.kind)
    if pause.last is None or stored is None:
        return None
    subset = waves.subsets_of(current_session(), pause.last).get(place.point.kind, 0)
    return Visit(place, OpenForm(pause.last, stored, instrument_of(stored), subset))


def let_in(place: Place) -> None:
    """Pass only where whoever scans the code may answer; TicketNeeded or StaffNeeded elsewhere."""
    if place.collector.kind == "sampled":
        raise TicketNeeded(place)
    if place.collector.kind == "staffed":
        raise StaffNeeded
