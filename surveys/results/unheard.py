"""What those who did not answer could change in a figure that rests on volunteers.

Volunteers are no sample, so their interval speaks for the others only as far as these think alike.
What holds without that are the bounds, and how different the others would have to be before the
verdict turned. Both need the number of people served; the share that did not answer is 1 − n/N.
"""

from __future__ import annotations

import analysis
from analysis import Estimate, Interval
from surveys.results.form_estimates import Voices


def bounds(shown: Estimate | None, n: int, voices: Voices) -> Interval | None:
    """The share of all people served if none or if all of the others were satisfied.

    None where nothing is to be said: no volunteers, no frame, no share, or everybody answered.
    """
    r = _silent(n, voices)
    if shown is None or shown.kind != "share" or r is None:
        return None
    return analysis.manski_bounds(shown.value, r)


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
