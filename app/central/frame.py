"""People served: a file in, all or nothing, with every bad row named; and what is in force."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import flask
from flask import abort, redirect, render_template, request, url_for

from app import session as current
from app.central import uploads
from app.central.forms import Upload
from app.central.uploads import Step
from surveys.fieldwork import waves
from surveys.imports import ImportRefused
from surveys.places import units
from surveys.tables import Unit
from surveys.weighting import frame as frames

#: Replaced totals that are listed.
MOST_CHANGES = 50


@dataclass(frozen=True, slots=True)
class InForce:
    """The totals of a year as they count now: by unit and month, all fields together."""

    year: int
    #: The years of which there are totals, newest first.
    years: tuple[int, ...]
    months: tuple[dt.date, ...]
    rows: tuple[tuple[Unit, Mapping[dt.date, int]], ...]


def frame() -> flask.typing.ResponseReturnValue:
    """The page where a file is chosen; after it was taken, the same page with what changed."""
    form = Upload()
    if flask.request.method in current.READING:
        return _page(form)
    if not form.validate_on_submit():
        return _page(form, empty=True), 400
    programme, now = current.current_programme(), current.current_moment()
    try:
        step = uploads.step(form, partial(frames.import_frame, programme=programme, now=now))
    except ImportRefused as refused:
        return _page(form, refused), 400
    if step.seen or step.done.changes:
        # Shown at once, for nothing keeps the old numbers; the same file again changes nothing.
        return _page(form, step=step)
    return redirect(url_for("central.frame"), 303)


def _page(
    form: Upload,
    refused: ImportRefused | None = None,
    *,
    empty: bool = False,
    step: Step | None = None,
) -> str:
    problems = refused.problems if refused else ()
    changes = step.done.changes if step else ()
    programme = current.current_programme()
    return render_template(
        "central/frame.html",
        demo=waves.made_up(current.current_session(), programme.code),
        changes=changes[:MOST_CHANGES],
        changed=len(changes),
        step=step,
        in_force=_in_force(),
        form=form,
        empty=empty,
        problems=problems[: uploads.MOST_SHOWN],
        count=len(problems),
        columns=frames.COLUMNS,
        fields=programme.fields,
        labels={field.key: field.label for field in programme.fields},
    )


def _in_force() -> InForce | None:
    """The totals of the year asked for, or of the newest one; None while there are none."""
    session = current.current_session()
    years = frames.years(session)
    if not years:
        return None
    year = request.args.get("nam", years[0], type=int)
    if year not in years:
        abort(404)
    months = frames.months(dt.date(year, 1, 1), dt.date(year, 12, 1))
    totals = frames.monthly(session, year)
    on = min(current.today(), dt.date(year, 12, 31))
    rows = tuple((unit, totals.get(unit.id or 0, {})) for unit in _holders(set(totals), on))
    return InForce(year, tuple(years), months, rows)


def _holders(known: set[int], on: dt.date) -> list[Unit]:
    """The units that should have totals: those of each sector on a day, then others that do."""
    session, sectors = current.current_session(), current.current_programme().sectors
    found = [unit for one in sectors for unit in units.of_sector(session, one.key, on=on)]
    others = known - {unit.id for unit in found}
    return [*found, *units.with_ids(session, others)]
