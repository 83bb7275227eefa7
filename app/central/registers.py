"""The office's lists of units and of service points: a file in, all or nothing; who is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import flask
from flask import redirect, render_template, request, url_for
from sqlmodel import Session

from app import session as current
from app.central import uploads
from app.central.forms import Upload
from app.central.uploads import Step
from surveys.fieldwork import waves
from surveys.imports import Column, Imported, ImportRefused, Table
from surveys.places import point_register, unit_register, units
from surveys.questionnaires.programme import Programme
from surveys.tables import ServicePoint, Unit

Answer = flask.typing.ResponseReturnValue


@dataclass(frozen=True, slots=True)
class Register:
    """A list that an office keeps: its name in phrases, how it is stored, what stands in it."""

    name: str
    store: Callable[..., Imported]
    columns: tuple[Column, ...]
    kinds: Mapping[str, str]


UNITS = Register("units", unit_register.import_units, unit_register.COLUMNS, unit_register.KINDS)
POINTS = Register(
    "points", point_register.import_points, point_register.COLUMNS, point_register.KINDS
)


def unit_list() -> Answer:
    """The page of units."""
    return _register(UNITS)


def point_list() -> Answer:
    """The page of service points."""
    return _register(POINTS)


def _register(kept: Register) -> Answer:
    """The page of a list, where its file is chosen, looked at and taken."""
    form = Upload()
    if request.method in current.READING:
        return _page(kept, form)
    if not form.validate_on_submit():
        return _page(kept, form, empty=True), 400
    try:
        step = uploads.step(form, partial(_store, kept, current.current_programme()))
    except ImportRefused as refused:
        return _page(kept, form, refused), 400
    if step.seen:
        return _page(kept, form, step=step)
    return redirect(url_for(f"central.{kept.name}", _anchor="hien-co"), 303)


def _store(kept: Register, programme: Programme, session: Session, table: Table) -> Imported:
    return kept.store(session, table, programme=programme)


def _page(
    kept: Register,
    form: Upload,
    refused: ImportRefused | None = None,
    *,
    empty: bool = False,
    step: Step | None = None,
) -> str:
    session, programme = current.current_session(), current.current_programme()
    problems = refused.problems if refused else ()
    return render_template(
        "central/register.html",
        demo=waves.made_up(session, programme.code), register=kept, form=form, step=step,
        empty=empty, problems=problems[: uploads.MOST_SHOWN], count=len(problems),
        kinds={key: name for name, key in kept.kinds.items()}, sectors=programme.sectors,
        fields={field.key: field.label for field in programme.fields},
        places=_places(session),
    )  # fmt: skip


def _places(session: Session) -> list[tuple[Unit, list[ServicePoint]]]:
    """The units of today, each with its service points."""
    found = units.existing(session, on=current.today())
    points: dict[int, list[ServicePoint]] = {unit.id or 0: [] for unit in found}
    for point in units.points_of(session, points, on=current.today()):
        points[point.unit_id].append(point)
    return [(unit, points[unit.id or 0]) for unit in found]
