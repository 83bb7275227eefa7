"""How the answers of a wave are weighted: its plan as a form, and what came of it or why not."""

from __future__ import annotations

import flask
from flask import abort, flash, redirect, render_template, url_for

from app import session as current
from app import weighting
from app.central.forms import Weighting
from app.filters import number
from app.language import phrase
from surveys.fieldwork import waves
from surveys.fieldwork.plans import Plan
from surveys.tables import Wave
from surveys.weighting.calibrations import CalibrationFailed


def weights(code: str) -> flask.typing.ResponseReturnValue:
    """The plan of a wave with a report on each of its forms; a new plan, and back to its report."""
    session, programme = current.current_session(), current.current_programme()
    wave = waves.find(session, code) if code.isprintable() else None
    if wave is None or wave.programme != programme.code:
        abort(404)
    if flask.request.method in current.READING:
        return _page(wave, _filled(waves.plan_of(wave)))
    form = Weighting()
    problems = form.problems()
    if problems:
        return _page(wave, form, problems), 400
    lacking = weighting.lacking(session, programme, wave, form.plan())
    if lacking and not form.anyway.data:
        return _page(wave, form, lacking=lacking), 409
    waves.set_plan(session, wave, form.plan())
    flash(phrase("weights.planned", wave=wave.name))
    return redirect(url_for("central.weights", code=code), 303)


def _filled(plan: Plan) -> Weighting:
    """The form as it says the plan in force."""
    low, high = (_written(bound) for bound in plan.bounds or (None, None))
    return Weighting(
        formdata=None, method=plan.method, keys=list(plan.keys), low=low, high=high,
        unbounded=plan.method == "rake" and plan.bounds is None, smallest=str(plan.smallest),
    )  # fmt: skip


def _written(bound: float | None) -> str:
    """A bound as people write it here, without digits that say nothing."""
    if bound is None:
        return ""
    digits = len(f"{bound:.6f}".rstrip("0").partition(".")[2])
    return number(bound, digits)


def _page(
    wave: Wave,
    form: Weighting,
    problems: dict[str, str] | None = None,
    *,
    lacking: tuple[str, ...] = (),
) -> str:
    session, programme = current.current_session(), current.current_programme()
    accounts: tuple[weighting.Account, ...] = ()
    failed = None
    try:
        accounts = weighting.accounts(session, programme, wave)
    except CalibrationFailed as error:
        failed = weighting.failure(session, programme, error)
    return render_template(
        "central/weights.html",
        wave=wave,
        plan=weighting.plan_in_words(waves.plan_of(wave)),
        accounts=accounts,
        notices=weighting.notices(session, programme, wave),
        form=form,
        wrong=problems or {},
        lacking=lacking,
        lacks=weighting.lacking(session, programme, wave, waves.plan_of(wave)),
        problem=failed,
        demo=wave.demo,
    )
