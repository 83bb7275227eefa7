"""What a second person should look at before a year is published: nothing that stops it."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from surveys.counts import tallies
from surveys.fieldwork import waves
from surveys.publishing import steps
from surveys.results import suspects
from surveys.results.figures import Figures, collect
from surveys.tables import ReleaseDraft, Unit, Wave
from surveys.weighting import coverage


@dataclass(frozen=True, slots=True)
class OfWave:
    """What is odd about a wave that a draft rests on, as it is today."""

    wave: Wave
    #: Its weights follow the people served alone, not sex and age.
    uncalibrated: bool
    #: Units that served people and have no answer, with how many people.
    silent: tuple[tuple[Unit, int], ...]
    #: Answers that look odd and were not left out, by sign.
    signs: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Cautions:
    """Everything worth a look in a draft; the parts are empty where all is well."""

    #: Indices of units without people served, without some of their months, and not told at all.
    unweighted: Figures
    incomplete: Figures
    held_back: Figures
    #: Answers that were left out, by kind of reason.
    excluded: Mapping[str, int]
    #: Places with more answers than people reported, and cells that were merged for few answers.
    raised: int
    merged: int
    waves: tuple[OfWave, ...]


def cautions(session: Session, draft: ReleaseDraft, *, today: dt.date) -> Cautions:
    """What to look at in a draft: of its figures as frozen, of its waves as they are today."""
    method = json.loads(draft.method)
    units = _indices(steps.figures_of(draft))
    found = (waves.find(session, wave["code"]) for wave in method["waves"])
    return Cautions(
        unweighted=collect(row for row in units if not row.weighted),
        incomplete=collect(row for row in units if row.missing),
        held_back=collect(row for row in units if row.showing == "suppressed"),
        excluded=_excluded(method["waves"]),
        raised=len(method["weighting"]["raised"]),
        merged=len(method["weighting"]["merges"]),
        waves=tuple(_of_wave(session, wave, today) for wave in found if wave),
    )


def _indices(figures: Figures) -> Figures:
    """The index of each unit, by target where targets judge it."""
    rows = figures.where(scope="unit", measure="index")
    return collect(row for row in rows if row.target_key) or rows


def _excluded(described: Sequence[Mapping[str, Any]]) -> Counter[str]:
    found: Counter[str] = Counter()
    for wave in described:
        found.update(wave.get("excluded_by_kind", {}))
    return found


def _of_wave(session: Session, wave: Wave, today: dt.date) -> OfWave:
    return OfWave(
        wave,
        uncalibrated=not waves.plan_of(wave).personal,
        silent=coverage.coverage(session, wave, on=today).without_answers,
        signs=_signs(session, wave),
    )


def _signs(session: Session, wave: Wave) -> Counter[str]:
    return Counter(
        sign
        for form in tallies.forms(session, [wave.id or 0])
        for one in suspects.suspects(session, wave, form.stored)
        for sign in one.signs
    )
