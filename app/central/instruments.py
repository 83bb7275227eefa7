"""The questionnaires: those that come along, those that are stored, and storing what is new."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import session as current
from app.central.forms import Confirm
from app.filters import number
from app.language import phrase
from surveys.fieldwork import waves
from surveys.questionnaires import instrument as files
from surveys.questionnaires import registry
from surveys.questionnaires.instrument import FOLDER, Instrument
from surveys.questionnaires.registry import InstrumentInUse


@dataclass(frozen=True, slots=True)
class Standing:
    """A version of a questionnaire and whether waves can use it as its file says now."""

    form: Instrument
    #: "stored"; "new" where nothing is stored; "changed" where the file says otherwise.
    state: str


def instruments() -> flask.typing.ResponseReturnValue:
    """All questionnaires, stored or not."""
    session, programme = current.current_session(), current.current_programme()
    return render_template(
        "central/instruments.html",
        demo=waves.made_up(session, programme.code),
        sectors={sector.key: sector.label for sector in programme.sectors},
        standings=_standings(),
        form=Confirm(),
    )


def store_instruments() -> flask.typing.ResponseReturnValue:
    """The questionnaires that come along, stored; those in use stay as they are."""
    if not Confirm().validate_on_submit():
        abort(400)
    session, now = current.current_session(), current.current_moment()
    wanted = [one.form for one in _standings() if one.state != "stored"]
    kept = []
    for form in wanted:
        try:
            registry.store(session, form, now=now)
        except InstrumentInUse:
            kept.append(form.code)
    flash(phrase("central.instruments.done", count=number(len(wanted) - len(kept))))
    if kept:
        flash(phrase("central.instruments.in_use", codes=", ".join(kept)))
    return redirect(url_for("central.instruments"), 303)


def _standings() -> list[Standing]:
    stored = map(registry.instrument_of, registry.everything(current.current_session()))
    known = {(form.code, form.version): form for form in stored}
    found = [Standing(form, "stored") for form in known.values()]
    for path in sorted(FOLDER.glob("*.toml")):
        form = files.load(path)
        same = known.get((form.code, form.version))
        if same is None:
            found.append(Standing(form, "new"))
        elif same.checksum != form.checksum:
            found.append(Standing(form, "changed"))
    return sorted(found, key=lambda one: (one.form.sector, one.form.code, one.form.version))
