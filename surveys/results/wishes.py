"""What people wish to see improved: for each wish how many gave which answer, and who wants it.

Counts are of answers as they came in. The share of those who want an improvement is weighted, and
its interval has the design of all other figures: the wishes take the place of the form's items.
A split form asks everybody the wishes; its smaller sampling fraction then errs to the safe side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from sqlmodel import Session

import analysis
from analysis import Estimate, Interval, Items, Node
from surveys.counts import choices, tallies
from surveys.counts.sums import Counts
from surveys.questionnaires.labels import Label
from surveys.questionnaires.programme import Wishes
from surveys.questionnaires.questionnaire import Instrument, Question
from surveys.questionnaires.registry import instrument_of
from surveys.results import estimates
from surveys.results.estimates import Scope
from surveys.results.form_estimates import SECTOR, WeightedForm, basis, domain_rows
from surveys.results.judgement import FEWEST_ANSWERS, shown_as


@dataclass(frozen=True, slots=True)
class Wanted:
    """The weighted share of people who want an improvement, with its interval."""

    value: float
    standard_error: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Wish:
    """An improvement that people were asked about."""

    code: str
    label: Label
    answers: int
    #: By level, as given; None where fewer than ten answered.
    counts: tuple[int, ...] | None
    #: None where the answers are too few, or too uncertain to be told.
    wanted: Wanted | None


@dataclass(frozen=True, slots=True)
class FormWishes:
    """The wishes of a form, the most wanted first and those held back last."""

    form: Label
    levels: tuple[Label, ...]
    #: The levels that count as wanting it.
    counted: tuple[Label, ...]
    wishes: tuple[Wish, ...]


def wishes(session: Session, scope: Scope) -> tuple[FormWishes, ...]:
    """The wishes in some waves; empty where no form asks or nobody answered one that does.

    Raises CalibrationFailed.
    """
    asked = tallies.forms(session, [wave.id or 0 for wave in scope.waves])
    if not any(_questions(scope, instrument_of(each.stored)) for each in asked):
        return ()
    return of_weighed(session, scope, estimates.weigh(session, scope))


def of_weighed(
    session: Session, scope: Scope, weighed: Sequence[WeightedForm]
) -> tuple[FormWishes, ...]:
    """The same of the answers to all forms of a whole scope, weighted already."""
    found = []
    for form in weighed:
        questions = _questions(scope, form.tally.instrument)
        known = scope.programme.wishes_of(form.tally.instrument.code)
        if known and questions:
            found.append(_of_form(session, form, questions, known))
    return tuple(found)


def _questions(scope: Scope, form: Instrument) -> list[Question]:
    """The wishes as far as this version of the form has them, with the options of the first."""
    known = scope.programme.wishes_of(form.code)
    there = [
        question
        for question in form.questions
        if known and question.code in known.questions and question.kind == "choice"
    ]
    return [question for question in there if question.options == there[0].options]


def _of_form(
    session: Session, form: WeightedForm, questions: Sequence[Question], known: Wishes
) -> FormWishes:
    counts = choices.counts(session, form.tally, questions)
    found = _estimates(form, counts, questions, known)
    each = [
        _wish(question, said, found.get(question.code))
        for question, said in zip(questions, counts.sum(axis=0).tolist(), strict=True)
    ]
    options = questions[0].options
    return FormWishes(
        form.tally.instrument.title,
        tuple(option.label for option in options),
        tuple(option.label for option in options if option.code in known.counted),
        tuple(sorted(each, key=_order)),
    )


def _estimates(
    form: WeightedForm, counts: Counts, questions: Sequence[Question], known: Wishes
) -> dict[str, Estimate]:
    """The shares over the sector by code, floors of their intervals from its units."""
    totals, calibration = basis(form, SECTOR)
    names, options = [question.code for question in questions], questions[0].codes
    satisfied = [[option in known.counted for option in options]] * len(names)
    items = Items(names, satisfied, [np.arange(len(options), dtype=float)] * len(names))
    asked = replace(totals, counts=counts, items=items, extras={}, asked=None)
    domains = domain_rows(form.tally, {})
    found = analysis.estimate_figures(
        asked,
        analysis.IndexRule(Node("index", members=tuple(names)), "pooled"),
        domains=domains,
        calibration=calibration,
        pool_over=[domain for domain in domains if domain != SECTOR],
    )[SECTOR]
    return {name: each for name in names if (each := found.get("item", name))}


def _wish(question: Question, said: Sequence[int], found: Estimate | None) -> Wish:
    answers = sum(said)
    told = found is not None and shown_as(found, answers)[0] != "suppressed"
    wanted = _wanted(found) if found and told else None
    enough = answers >= FEWEST_ANSWERS
    return Wish(question.code, question.label, answers, tuple(said) if enough else None, wanted)


def _wanted(found: Estimate) -> Wanted:
    return Wanted(found.value, found.standard_error, found.confidence_interval())


def _order(wish: Wish) -> tuple[bool, float]:
    return wish.wanted is None, -(wish.wanted.value if wish.wanted else 0.0)
