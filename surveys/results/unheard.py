"""What those who did not answer could change in a figure that rests on volunteers.

Volunteers are no sample, so their interval speaks for the others only as far as these think alike.
What holds without that are the bounds, and how different the others would have to be before the
verdict turned. Both need the number of people served. Bounds are put together unit by unit, for
each has its own share of people who did not answer: a unit that few answered about does not lend
their share to all its people. The break-even is a difference that is the same everywhere, so for
it the units' shares come together as 1 − n/N.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import analysis
from analysis import Estimate, Interval
from surveys.results.form_estimates import Voices


@dataclass(frozen=True, slots=True)
class Heard:
    """What a unit's people said: their share, how many answered, how many it served."""

    share: float
    answers: int
    people: int


def bounds(
    shown: Estimate | None, n: int, voices: Voices, units: Sequence[Heard] = ()
) -> Interval | None:
    """The share of all people served if none or if all of the others were satisfied.

    Without units (a group of fields) the others are told by the whole figure. None where nothing
    is to be said: no volunteers, no frame, no share, or everybody answered.
    """
    r = _silent(n, voices)
    if shown is None or shown.kind != "share" or r is None or not voices.population:
        return None
    if not units:
        return analysis.manski_bounds(shown.value, r)
    # More answers than people: a field was chosen otherwise than the office counts it.
    answered = [min(unit.answers, unit.people) for unit in units]
    found = analysis.manski_bounds_over([unit.share for unit in units], answered, voices.population)
    # Weights by sex and age may move a figure beyond what its units say; it is in its bounds.
    return Interval(min(found.low, shown.value), max(found.high, shown.value))


def break_even(found: analysis.Verdict | None, n: int, voices: Voices) -> float | None:
    """How much less satisfied the others must be before the verdict turns; below 0 how much more.

    None where there is no verdict to turn, or nothing that the others think could turn it.
    """
    r = _silent(n, voices)
    if found is None or found.status == "not_shown" or r is None:
        return None
    turning = analysis.break_even(Interval(found.low, found.high), found.target, r)
    return turning.difference if turning.possible else None


def _silent(n: int, voices: Voices) -> float | None:
    """The share that did not answer; None without volunteers, without a frame, or at 0."""
    if not (voices.volunteers and voices.population and n < voices.population):
        return None
    return 1 - n / voices.population
