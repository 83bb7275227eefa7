"""The waves of all sectors: where each stands, and the step that comes next."""

from __future__ import annotations

from dataclasses import dataclass

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import session as current
from app import weighting
from app.central.forms import Confirm
from app.language import phrase
from surveys.fieldwork import paper, waves
from surveys.fieldwork.waves import OverlappingWave, WaveError
from surveys.questionnaires.registry import instrument_of
from surveys.questionnaires.routing import splittable
from surveys.tables import Wave
from surveys.weighting.coverage import coverage

Answer = flask.typing.ResponseReturnValue


@dataclass(frozen=True, slots=True)
class Standing:
    """A wave with what Nội vụ wants to know of it."""

    wave: Wave
    answers: int
    #: Days until the last one, counting today; None unless it takes answers.
    days_left: int | None


def overview() -> Answer:
    """All sectors with their waves."""
    programme = current.current_programme()
    sectors = [(sector, _standings(sector.key)) for sector in programme.sectors]
    demo = any(one.wave.demo for _, standings in sectors for one in standings)
    return render_template("central/overview.html", sectors=sectors, demo=demo)


def wave(code: str) -> Answer:
    """One wave: its forms, its answers, and what can be done with it."""
    found = _wave(code)
    return render_template("central/wave.html", form=Confirm(), demo=found.demo, **_about(found))


def open_wave(code: str) -> Answer:
    """Opens a draft, and back to its page."""
    found = _wave(code)
    if not Confirm().validate_on_submit():
        abort(400)
    try:
        waves.open_wave(current.current_session(), found)
    except OverlappingWave as overlap:
        return _refused(found, phrase("central.overlapping", other=overlap.other.name))
    except WaveError:
        return _refused(found, phrase("central.not_now"))
    flash(phrase("central.opened", wave=found.name))
    return redirect(url_for("central.wave", code=code), 303)


def close_wave(code: str) -> Answer:
    """First what closing means, then the closing itself."""
    found = _wave(code)
    form = Confirm()
    if not form.validate_on_submit():
        waiting = paper.waiting_in(current.current_session(), found)
        return render_template(
            "central/close.html", form=form, waiting=waiting, demo=found.demo, **_about(found)
        )
    try:
        waves.close(current.current_session(), found, now=current.current_moment())
    except WaveError:
        return _refused(found, phrase("central.not_now"))
    flash(phrase("central.closed", wave=found.name))
    return redirect(url_for("central.wave", code=code), 303)


def _refused(found: Wave, why: str) -> Answer:
    page = render_template(
        "central/wave.html", form=Confirm(), demo=found.demo, problem=why, **_about(found)
    )
    return page, 409


def _wave(code: str) -> Wave:
    found = waves.find(current.current_session(), code) if code.isprintable() else None
    if found is None or found.programme != current.current_programme().code:
        abort(404)
    return found


def _about(found: Wave) -> dict[str, object]:
    """What the pages of one wave show."""
    session = current.current_session()
    forms = {kind: instrument_of(kept) for kind, kept in waves.forms_of(session, found).items()}
    answers = waves.answers(session, [found.id or 0]).get(found.id or 0, 0)
    sizes = waves.subsets_of(session, found)
    return {
        "standing": _standing(found, answers),
        "sector": current.current_programme().sector(found.sector),
        "forms": forms,
        "lacks": weighting.lacking(
            session, current.current_programme(), found, waves.plan_of(found)
        ),
        "coverage": coverage(session, found, on=current.today()),
        "splits": {
            kind: (sizes[kind], len(splittable(form)))
            for kind, form in forms.items()
            if sizes[kind]
        },
    }


def _standings(sector: str) -> list[Standing]:
    session = current.current_session()
    known = waves.of_sector(session, current.current_programme().code, sector)
    answers = waves.answers(session, [wave.id or 0 for wave in known])
    return [_standing(wave, answers.get(wave.id or 0, 0)) for wave in known]


def _standing(wave: Wave, answers: int) -> Standing:
    today = current.today()
    left = (wave.closes_on - today).days + 1
    return Standing(wave, answers, left if waves.takes_answers(wave, on=today) else None)
