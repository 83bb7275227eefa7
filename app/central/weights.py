"""How the answers of a wave were weighted, or why they could not be."""

from __future__ import annotations

import flask
from flask import abort, render_template

from app import session as current
from app import weighting
from surveys.fieldwork import waves
from surveys.weighting.calibrations import CalibrationFailed


def weights(code: str) -> flask.typing.ResponseReturnValue:
    """The plan of a wave, with a report on each of its forms."""
    session, programme = current.current_session(), current.current_programme()
    wave = waves.find(session, code) if code.isprintable() else None
    if wave is None or wave.programme != programme.code:
        abort(404)
    accounts: tuple[weighting.Account, ...] = ()
    problem = None
    try:
        accounts = weighting.accounts(session, programme, wave)
    except CalibrationFailed as failed:
        problem = weighting.failure(session, programme, failed)
    return render_template(
        "central/weights.html",
        wave=wave,
        plan=weighting.plan_in_words(waves.plan_of(wave)),
        accounts=accounts,
        problem=problem,
        demo=wave.demo,
    )
