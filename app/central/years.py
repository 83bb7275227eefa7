"""The waves of a year in one step."""

from __future__ import annotations

import flask
from flask import abort, flash, redirect, render_template, request, url_for

from app import session as current
from app.central.forms import NewWaves
from app.filters import number
from app.language import phrase
from surveys.fieldwork import plans, waves, years
from surveys.fieldwork.plans import Plan
from surveys.fieldwork.waves import CodeTaken, NoForms, WaveError, WrongSplit
from surveys.fieldwork.years import Design, Period
from surveys.questionnaires import registry
from surveys.questionnaires.programme import Sector
from surveys.tables import StoredInstrument

Answer = flask.typing.ResponseReturnValue

#: What a new wave may be weighted by; the page of its weights offers more.
PLANS = {
    "field": Plan(),
    "rake": Plan("rake", plans.KEYS, plans.USUAL_BOUNDS),
}


def new_waves() -> Answer:
    """The form for a sector's waves, and the drafts once it is sent."""
    sector, form = _sector(), NewWaves()
    stored = _stored(sector)
    form.forms.choices = list(stored)
    if request.method in current.READING:
        return _page(sector, form)
    if not form.validate_on_submit() or not _wanted(form, sector):
        return _page(sector, form, phrase("years.wrong")), 400
    try:
        # All waves or none: a refused page leaves nothing behind, for it is rolled back.
        made = _create(form, sector)
    except WaveError as error:
        return _page(sector, form, _said(error)), 409 if isinstance(error, CodeTaken) else 400
    flash(phrase("years.made", count=number(made)))
    return redirect(url_for("central.overview"), 303)


def _said(error: WaveError) -> str:
    """Why the waves were not made."""
    if isinstance(error, CodeTaken):
        return phrase("years.taken", code=error.code)
    if isinstance(error, WrongSplit):
        return phrase("years.size_wrong", most=error.most)
    return phrase("years.no_forms" if isinstance(error, NoForms) else "years.wrong")


def _create(form: NewWaves, sector: Sector) -> int:
    session = current.current_session()
    chosen = years.forms_of(session, sector.key, form.forms.data) if form.forms.data else {}
    design = Design(
        sector=sector.key, year=form.year.data, forms=chosen, size=form.size.data or 0,
        plan=PLANS[form.plan.data],
    )  # fmt: skip
    wanted = _wanted(form, sector)
    return len(years.create(session, current.current_programme(), wanted, design=design))


def _wanted(form: NewWaves, sector: Sector) -> list[Period]:
    """The waves that the form asks for; none where its days are missing or turned round."""
    rhythm, prefix, year = form.rhythm.data, form.prefix.data, form.year.data
    if rhythm != "once":
        return years.periods(rhythm, prefix, sector.label.vi, year)
    first, last = form.opens_on.data, form.closes_on.data
    if first is None or last is None or last < first:
        return []
    code = f"{prefix}-{first:%Y-%m-%d}"
    return [Period(code, f"{sector.label.vi}: {first:%d/%m}–{last:%d/%m/%Y}", first, last)]


def _sector() -> Sector:
    known = {sector.key: sector for sector in current.current_programme().sectors}
    return known.get(request.args.get("nganh") or next(iter(known))) or abort(404)


def _stored(sector: Sector) -> dict[str, StoredInstrument]:
    found = years.forms_of(current.current_session(), sector.key)
    return {kept.code: kept for kept in found.values()}


def _page(sector: Sector, form: NewWaves, wrong: str | None = None) -> str:
    session, programme = current.current_session(), current.current_programme()
    stored = _stored(sector)
    return render_template(
        "central/years.html",
        form=form, sector=sector, sectors=programme.sectors, wrong=wrong,
        forms=[(code, registry.instrument_of(kept)) for code, kept in stored.items()],
        rhythms=years.RHYTHMS, plans=list(PLANS), year=form.year.data or current.today().year,
        prefix=form.prefix.data or sector.key, sent=request.method == "POST",
        demo=waves.made_up(session, programme.code),
    )  # fmt: skip
