"""What a weighting plan did, or why it could not, in words: for pages and the terminal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import flask
from flask import render_template
from sqlmodel import Session

import analysis
from app import session as current
from app.filters import number, percent
from app.language import current_language, phrase
from surveys.fieldwork import plans
from surveys.fieldwork.plans import FIELD, Plan
from surveys.questionnaires.programme import Programme
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.form_estimates import WeightedForm
from surveys.results.trends import Trend
from surveys.tables import Unit, Wave
from surveys.weighting import margin_checks, margins
from surveys.weighting.calibrations import CalibrationFailed, Level, Report

#: Units that a sentence names; of more it tells how many.
_MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class Account:
    """How the answers to one form were weighted, in words."""

    title: str
    #: What was measured, and the value.
    facts: tuple[tuple[str, str], ...]
    merged: tuple[str, ...]
    unweighted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """Turns units, fields and answers about the person into words of the reader's language."""

    session: Session
    programme: Programme
    wave: Wave

    def unit(self, unit_id: int | None) -> str:
        """The name of a unit; without one, all that have no margins of their own."""
        found = None if unit_id is None else self.session.get(Unit, unit_id)
        return found.name if found else phrase("weights.others")

    def level(self, key: str, level: Level) -> str:
        """A level of a margin, or several that were merged, with its unit."""
        names = " + ".join(self._name(key, name) for name in level.names)
        return f"{self.unit(level.unit_id)}: {names or phrase('weights.silent_level')}"

    def _name(self, key: str, name: tuple[str, ...]) -> str:
        if key == FIELD:
            return self.programme.field(name[0]).label(current_language())
        keys = plans.PERSONAL if key == "person" else (key,)
        return ", ".join(self.option(*pair) for pair in zip(keys, name, strict=True))

    def option(self, key: str, code: str) -> str:
        """What people say of their sex or age band by this code; the code where no form has it."""
        known = margins.options(self.session, self.wave, key)
        return known[code].label(current_language()) if code in known else code


def accounts(session: Session, programme: Programme, wave: Wave) -> tuple[Account, ...]:
    """How the answers of a wave were weighted, form by form. Raises CalibrationFailed."""
    words = Words(session, programme, wave)
    forms = estimates.weigh(session, Scope(programme, wave.sector, (wave,)))
    return tuple(
        _account(words, form, report)
        for form in forms
        for report in form.calibrated.reports or (None,)
    )


def _account(words: Words, form: WeightedForm, report: Report | None) -> Account:
    title = form.tally.instrument.title(current_language())
    if report is None:
        return Account(title, ((phrase("weights.answers"), number(0)),), (), ())
    merged = (words.level(merge.key, merge.level) for merge in report.merges)
    unweighted = sorted(words.unit(unit) for unit in report.unweighted)
    facts = (*_facts(report), *_response(form, report.wave_id))
    return Account(title, facts, tuple(merged), tuple(unweighted))


def _response(form: WeightedForm, wave_id: int) -> Iterable[tuple[str, str]]:
    """How the tickets of a wave were met, and the factor that this stands for in the weights."""
    asked = [one for one in form.tickets if one.batch.wave_id == wave_id]
    issued, returned = sum(one.batch.size for one in asked), sum(one.answered for one in asked)
    if issued:
        met = {"returned": number(returned), "issued": number(issued)}
        yield phrase("weights.tickets"), phrase("weights.tickets_met", **met)
    if returned:
        factor = analysis.nonresponse({wave_id: issued}, {wave_id: returned})[wave_id].factor
        yield phrase("weights.nonresponse"), number(factor, 3)


def _facts(report: Report) -> Iterable[tuple[str, str]]:
    outcome = report.outcome
    before, after = outcome.before, outcome.after
    yield phrase("weights.answers"), number(report.answers)
    yield phrase("weights.people"), number(report.people)
    yield phrase("weights.iterations"), number(outcome.iterations)
    yield phrase("weights.g"), f"{number(outcome.smallest, 3)} – {number(outcome.largest, 3)}"
    yield phrase("weights.deff"), f"{number(before.deff, 3)} → {number(after.deff, 3)}"
    effective = f"{number(before.effective, 1)} → {number(after.effective, 1)}"
    yield phrase("weights.effective"), effective
    for key, share in report.silent.items():
        yield phrase("weights.silent", margin=phrase(f"weights.key.{key}")), percent(share)


def plan_in_words(plan: Plan) -> str:
    """A plan as one sentence."""
    keys = ", ".join(phrase(f"weights.key.{key}") for key in plan.keys)
    method = phrase(f"weights.method.{plan.method}")
    said = phrase("weights.plan", method=method, keys=keys, smallest=plan.smallest)
    if plan.bounds is None:
        return said
    low, high = (number(bound, 1) for bound in plan.bounds)
    return f"{said} {phrase('weights.bounds', low=low, high=high)}"


@dataclass(frozen=True, slots=True)
class MarginRow:
    """A number of people by sex and age band, in words."""

    unit: str
    sex: str
    age_band: str
    people: int
    source: str
    at: dt.datetime


def margin_rows(session: Session, programme: Programme, wave: Wave) -> tuple[MarginRow, ...]:
    """The margins of a wave, in words."""
    words = Words(session, programme, wave)
    return tuple(
        MarginRow(
            words.unit(row.unit_id), words.option("sex", row.sex),
            words.option("age_band", row.age_band), row.total, row.source, row.imported_at,
        )
        for row in margins.rows_of(session, wave)
    )  # fmt: skip


def notices(session: Session, programme: Programme, wave: Wave) -> tuple[str, ...]:
    """What is odd about the margins of a wave, in words."""
    words = Words(session, programme, wave)
    return tuple(
        phrase(
            f"weights.notice.{notice.kind}",
            unit=words.unit(notice.unit_id),
            people=number(notice.people),
            served=number(notice.served),
        )
        for notice in margin_checks.notices(session, wave)
    )


def lacking(session: Session, programme: Programme, wave: Wave, plan: Plan) -> tuple[str, ...]:
    """What a plan asks for that no margins tell, in words: such a wave has no figures."""
    words = Words(session, programme, wave)
    return tuple(
        phrase(
            "weights.lacking_everywhere" if one.everywhere else "weights.lacking",
            margin=phrase(f"weights.key.{one.key}"),
            units=_listed([words.unit(unit.id) for unit in one.units]),
        )
        for one in margin_checks.lacking(session, wave, plan)
    )


def _listed(names: Sequence[str]) -> str:
    """Names as a list that stays readable."""
    shown = "; ".join(names[:_MOST_NAMED])
    left = len(names) - _MOST_NAMED
    return phrase("weights.and_more", named=shown, count=number(left)) if left > 0 else shown


def failure(session: Session, programme: Programme, failed: CalibrationFailed) -> str:
    """Why a plan could not be carried out, with wave, margin and level, and what to do."""
    wave = session.get_one(Wave, failed.wave_id)
    words = Words(session, programme, wave)
    return phrase(
        f"weights.failed.{failed.kind}",
        wave=wave.code,
        margin=phrase(f"weights.key.{failed.key}"),
        level=words.level(failed.key, failed.level),
        unit=words.unit(failed.level.unit_id),
        detail=failed.detail,
    )


def failures(
    session: Session, programme: Programme, found: Iterable[Trend]
) -> dict[int | None, str]:
    """Why waves of some trends have no figures, by wave."""
    points = [point for trend in found for point in trend.points]
    return {p.wave.id: failure(session, programme, p.failed) for p in points if p.failed}


def install(app: flask.Flask) -> None:
    """Answer a page whose figures have no weights with a notice that says why."""
    app.register_error_handler(CalibrationFailed, _notice)


def _notice(failed: CalibrationFailed) -> tuple[str, int]:
    why = failure(current.current_session(), current.current_programme(), failed)
    return render_template("uncalibrated.html", why=why, demo=False), 409
