"""The weighting plans of waves carried out on the answers to one form, with a report on each.

The base weight is that of the unit in the wave, N_h/n_h, so a factor g near 1 means that the
margins ask for little. Units with margins of their own are calibrated one by one, all others of the
wave together. Units that the frame does not know stay at weight 1.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

import analysis
from analysis import Auxiliaries, Calibration, Totals
from analysis.calibration import reported
from surveys.counts.tallies import Tally
from surveys.fieldwork.plans import Plan
from surveys.weighting.calibration_blocks import (
    Block,
    CalibrationFailed,
    Done,
    Level,
    Merge,
    person_of,
)
from surveys.weighting.margins import Known
from surveys.weighting.weights import Weighting

__all__ = [
    "Calibrated", "CalibrationFailed", "Level", "Merge", "Report", "base_weights", "calibrate"
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Report:
    """How the answers of a wave to a form were weighted."""

    wave_id: int
    plan: Plan
    #: Answers that have a weight, and the people for whom they stand.
    answers: int
    people: float
    #: Iterations, the range of g, Kish's deff and effective number before and after.
    outcome: analysis.Report
    merges: tuple[Merge, ...]
    #: Units with answers that stay at weight 1.
    unweighted: frozenset[int]
    #: Share of the weighted answers without sex or age band, by key of the plan.
    silent: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Calibrated:
    """One factor per cell over all waves, and the reports by wave."""

    calibration: Calibration
    reports: tuple[Report, ...]


def base_weights(tally: Tally, weighting: Weighting) -> NDArray[np.float64]:
    """(R,) the people of each row's unit and wave over its answers; 1 where these are unknown."""
    answered = tally.people(lambda psu: psu[:2], lambda _: None)
    sizes: dict[tuple[int, int], float] = defaultdict(float)
    for cell, number in weighting.population.items():
        sizes[cell[:2]] += number
    weights = [
        sizes[stratum] / answered[stratum, None] if answered[stratum, None] and stratum in sizes
        else 1.0
        for stratum in (psu[:2] for psu in tally.psus)
    ]  # fmt: skip
    return np.array(weights)[tally.psu_of_row]


def calibrate(
    totals: Totals,
    weighting: Weighting,
    *,
    plans: Mapping[int, Plan],
    margins: Mapping[int, Known],
) -> Calibrated:
    """The factors that carry out the plan of each wave. Raises CalibrationFailed."""
    done: list[Done] = []
    reports = []
    for wave_id, plan in plans.items():
        block = Block.of(totals, weighting, wave_id, plan)
        if block.people.respondents.any():
            parts = [part.carried_out(margins.get(wave_id, {})) for part in block.parts(margins)]
            done += parts
            reports.append(_report(block, parts, weighting))
    return Calibrated(_together(totals, done), tuple(reports))


def _report(block: Block, parts: Sequence[Done], weighting: Weighting) -> Report:
    places = np.concatenate([part.cells for part in parts])
    factors = np.concatenate([part.calibration.factors for part in parts])
    whole = float(block.weighted.sum())
    silent = {key: _silent(block, key) / whole for key in block.plan.personal}
    iterations = max(part.iterations for part in parts)
    outcome = reported(block.people, factors[np.argsort(places)], iterations)
    merges = tuple(merge for part in parts for merge in part.merges)
    answered = {unit for unit, wave in weighting.answered if wave == block.wave_id}
    return Report(
        block.wave_id, block.plan, int(block.people.respondents.sum()), whole, outcome, merges,
        frozenset(answered & weighting.unweighted), silent,
    )  # fmt: skip


def _silent(block: Block, key: str) -> float:
    """The weighted people of a block who did not answer a question about themselves."""
    silent = [not person_of(cell, (key,)) for cell in block.cells]
    return float(block.weighted[silent].sum())


def _together(totals: Totals, done: Sequence[Done]) -> Calibration:
    """One calibration of all blocks; where one has margins, post-strata become margins, too."""
    size = len(totals.cells)
    factors, poststratum = np.ones(size), np.full(size, -1)
    for part in done:
        factors[part.cells] = part.calibration.factors
    if any(part.calibration.auxiliaries for part in done):
        known = Auxiliaries.joined(size, [(part.cells, _known(part.calibration)) for part in done])
        return Calibration(factors, poststratum, auxiliaries=known)
    for part in done:
        own = part.calibration.poststratum
        poststratum[part.cells] = np.where(own >= 0, own + poststratum.max(initial=-1) + 1, -1)
    return Calibration(factors, poststratum)


def _known(calibration: Calibration) -> Auxiliaries:
    """What is known of the cells of a block; its post-strata are one margin."""
    if calibration.auxiliaries is not None:
        return calibration.auxiliaries
    levels = calibration.poststratum[:, None]
    return Auxiliaries.of_levels(range(levels.max(initial=-1) + 1), levels)
