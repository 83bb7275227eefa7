"""Signs that answers were not given freely, and what the index owes to them.

Each figure is a reason to look, never a proof: content people straight-line, and a bus brings a
crowd. So groups are compared with the other groups, and lists are adjusted for their length.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc, betaln, xlog1py, xlogy

from analysis.arrays import Booleans, Floats
from analysis.calibration import Calibration
from analysis.comparisons import listed
from analysis.domains import variables
from analysis.errors import MethodError, TotalsError
from analysis.estimate import Estimate
from analysis.estimators import difference
from analysis.figures import estimate_figures
from analysis.guards import checked_amount, checked_counts, checked_numbers, checked_share
from analysis.indices import BoundRule, IndexRule
from analysis.totals import Totals
from analysis.variance import deviations
from analysis.weighted import WeightedRows

Name = TypeVar("Name", bound=Hashable)

#: A straight line needs this many answers, as two or three alike are no sign of anything.
FEWEST_ANSWERS = 5
#: Whoever needs less than this part of the usual time per item is hasty.
HASTY = 1 / 3


@dataclass(frozen=True, slots=True)
class Burst:
    """The fullest window of a day: its first minute, its answers, and the chance of so many."""

    start: float
    answers: int
    p_value: float


@dataclass(frozen=True, slots=True)
class Turnout:
    """A group's answers beside its transactions; `excess` are answers nobody can have given.

    `rate` is answers per transaction, None where there were no transactions.
    """

    answers: int
    transactions: int
    excess: int
    rate: float | None


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The index of all, the index without the flagged rows, and the first less the second.

    `difference` has its own variance (the two share most people) on the scale −1 to 1.
    """

    whole: Estimate
    without: Estimate
    difference: Estimate
    flagged_people: int


def straight_lines(answers: ArrayLike, fewest: int = FEWEST_ANSWERS) -> Booleans:
    """Which responses (R,) give one and the same value to all items they answer.

    `answers` (R, K) are values, NaN where there is none; fewer than `fewest` answers are never
    a line. Raises MethodError.
    """
    values = np.asarray(answers, dtype=float)
    if values.ndim != 2:
        raise MethodError(f"answers of shape {values.shape}: give (responses, items)")
    given = ~np.isnan(values)
    low = np.where(given, values, np.inf).min(axis=1, initial=np.inf)
    high = np.where(given, values, -np.inf).max(axis=1, initial=-np.inf)
    lines: Booleans = (given.sum(axis=1) >= max(fewest, 1)) & (low == high)
    return lines


def seconds_per_item(seconds: ArrayLike, items: ArrayLike) -> Floats:
    """The time each response (R,) took per item it answered, in seconds. Raises MethodError."""
    time, answered = checked_numbers("seconds", seconds), checked_numbers("items", items)
    if time.shape != answered.shape or (answered < 1).any():
        raise MethodError(
            f"{time.size} times, {answered.size} numbers of items: one of each, 1 item or more"
        )
    pace: Floats = time / answered
    return pace


def hasty(seconds: ArrayLike, items: ArrayLike, part: float = HASTY) -> Booleans:
    """Which responses (R,) took less than `part` of the median time per item.

    The median is that of the responses given, so give those of one questionnaire and mode
    (Greszki, Meyer & Schoen 2015). Raises MethodError.
    """
    checked_share("part", part)
    pace = seconds_per_item(seconds, items)
    if not pace.size:
        return np.zeros(0, dtype=np.bool_)
    quick: Booleans = pace < part * np.median(pace)
    return quick


def unusual_groups(
    flagged: Mapping[Name, float], people: Mapping[Name, float], *, level: float = 0.10
) -> dict[Name, float]:
    """The groups with more flagged people than the other groups explain, with adjusted p-values.

    P(X ≥ k) of a binomial with the others' share (with half a flag more, so that it is never
    0), adjusted by Benjamini–Hochberg for the groups looked at. Raises MethodError,
    TotalsError.
    """
    missing = [name for name in flagged if name not in people]
    if missing:
        raise TotalsError(f"no number of people for {missing[0]!r}: give it for every group")
    k, n = checked_counts(list(flagged.values()), [people[name] for name in flagged])
    others = (k.sum() - k + 0.5) / (n.sum() - n + 1)
    chance = np.where(k > 0, betainc(np.maximum(k, 1e-9), n - k + 1, np.minimum(others, 1)), 1.0)
    return listed(dict(zip(flagged, chance.tolist(), strict=True)), level)


def burst(minutes: ArrayLike, *, window: float, day: tuple[float, float]) -> Burst:
    """The fullest `window` (minutes) of a day from `day[0]` to `day[1]`, with its p-value.

    The scan statistic: the chance that N answers spread evenly over the day put k or more into
    some window w (part of the day) is about (k/w − N − 1)·b(k) + 2·P(X ≥ k), X binomial(N, w)
    (Wallenstein & Neff 1987); good where it is small. A day with busy hours is judged too
    severely: give the busy hours as the day. Raises MethodError.
    """
    times = np.sort(checked_numbers("minutes", minutes))
    length = checked_amount("length of the day", day[1] - day[0])
    part = checked_share("window as a part of the day", window / length)
    if not times.size or times[0] < day[0] or times[-1] > day[1]:
        raise MethodError(f"minutes: give one time or more, all within the day {day[0]}–{day[1]}")
    ends = np.searchsorted(times, times + window, side="left")
    counts = ends - np.arange(times.size)
    fullest = int(np.argmax(counts))
    k = int(counts[fullest])
    return Burst(float(times[fullest]), k, _scan_chance(k, times.size, part))


def turnout(answers: Mapping[Name, int], transactions: Mapping[Name, int]) -> dict[Name, Turnout]:
    """Each group's answers against its transactions, the largest excess first.

    A group without known transactions counts as one without any. For rates that are possible
    but unusual give both to `unusual_groups`. Raises MethodError.
    """
    given = checked_numbers("answers", list(answers.values())).astype(np.int64).tolist()
    done = checked_numbers("transactions", [transactions.get(name, 0) for name in answers])
    rows = [
        (name, Turnout(n, m, max(0, n - m), n / m if m else None))
        for name, n, m in zip(answers, given, done.astype(np.int64).tolist(), strict=True)
    ]
    return dict(sorted(rows, key=lambda row: -row[1].excess))


def sensitivity(
    totals: Totals,
    rule: IndexRule,
    *,
    flagged: ArrayLike,
    domain: ArrayLike | None = None,
    calibration: Calibration | None = None,
) -> Sensitivity:
    """The index of a domain (all rows by default) with and without its flagged rows.

    `flagged` and `domain` are row indices or masks. Both indices are of one design and one set
    of weights, so what they share cancels in the variance of their difference: the scores are
    subtracted first. Raises TotalsError where nobody is left, RuleError, SinglePsuError.
    """
    rows = totals.rows_of(totals.everything() if domain is None else domain)
    rows = rows[totals.respondents[rows] > 0]
    kept = ~np.isin(rows, totals.rows_of(flagged))
    sets = estimate_figures(
        totals,
        rule,
        domains={"whole": rows, "without": rows[kept]},
        calibration=calibration,
    )
    root = (rule.root.kind, rule.root.code)
    for name, figures in sets.items():
        if root not in figures:
            raise TotalsError(f"the index of {name!r} has no answer: nothing to compare")
    whole, without = sets["whole"][root], sets["without"][root]
    found = Estimate(
        value=whole.value - without.value,
        variance=_variance_between(totals, rule, WeightedRows.of(totals, calibration), rows, kept),
        df=whole.df,
        answers=whole.answers,
        kind="mean",
        scale=(-1.0, 1.0),
        sampling_fraction=whole.sampling_fraction,
    )
    return Sensitivity(whole, without, found, int(totals.respondents[rows[~kept]].sum()))


def _variance_between(
    totals: Totals,
    rule: IndexRule,
    weighted: WeightedRows,
    rows: np.ndarray[tuple[int], np.dtype[np.int64]],
    kept: Booleans,
) -> float:
    """The variance of the index of the rows less that of those kept."""
    bound, items = BoundRule.of(rule, totals.items.codes), len(totals.items.codes)
    plain = variables(totals, rows)[:, : 2 * items]
    units, both = weighted.linearised(np.hstack([plain, plain * kept[:, None]]), rows)
    whole, without = (
        bound.evaluate(both[start + items : start + 2 * items], both[start : start + items])[:1]
        for start in (0, 2 * items)
    )
    spread = deviations(difference(whole, without).scores, units, weighted.design)
    return float((spread**2).sum())


def _scan_chance(k: int, answers: int, part: float) -> float:
    """About P(some window has k or more)."""
    ways = -betaln(k + 1, answers - k + 1) - math.log(answers + 1)
    exactly = math.exp(float(ways + xlogy(k, part) + xlog1py(answers - k, -part)))
    or_more = float(betainc(k, answers - k + 1, part))
    return min(1.0, max(0.0, (k / part - answers - 1) * exactly + 2 * or_more))
