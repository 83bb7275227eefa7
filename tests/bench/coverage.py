"""Evidence for the default interval and the sequence: simulations, their tables as Markdown.

    python -m tests.bench.coverage [--runs 10000] [--seed 1]

The intervals are the product's own. Answers come in days of people who are alike (beta-binomial,
intraclass correlation icc); a unit has its own variance and the pooled design effect of its 50.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from analysis import Estimate, Interval
from analysis.intervals import beta_limits
from analysis.sequences import confidence_sequence, log_e_value

Floats = NDArray[np.float64]

SHARES = (0.80, 0.85, 0.90, 0.95, 0.97, 0.99)
#: Answers of a unit, and how many of them come on one day.
ANSWERS = {10: 2, 20: 4, 30: 5, 60: 6, 120: 10, 300: 15}
CORRELATIONS = (0.0, 0.05, 0.15)
METHODS = ("korn_graubard", "beta", "logit", "wilson", "wald")
#: R's own give no answer where V = 0.
SILENT = {"beta", "logit", "wilson"}
#: The default with the units' mean design effect in place of their median.
MEAN_POOL = "with mean deff"
ROWS = ("korn_graubard", MEAN_POOL, "beta", "logit", "wilson", "wald")
#: How a block's design effects become one.
Pool = Callable[[Sequence[float]], float]
#: The units whose pooled design effect stands in the interval of each.
UNITS = 50
Z = {0.90: 1.6448536269514722, 0.95: 1.959963984540054}


@dataclass(frozen=True)
class Setting:
    """One kind of unit: its true share, its answers, the answers of a day, and their likeness."""

    share: float
    answers: int
    people: int
    icc: float

    @property
    def days(self) -> int:
        """The PSUs."""
        return self.answers // self.people


@dataclass(frozen=True)
class Outcome:
    """What a method did in one setting; all are shares of the runs but the mean width.

    `too_high` and `too_low`: the one-sided 95 % lower limit lay above the truth, the upper below.
    """

    coverage: float
    too_high: float
    too_low: float
    width: float
    without: float


def settings() -> list[Setting]:
    """All 108: six shares, six sizes, three correlations."""
    sizes = ANSWERS.items()
    return [Setting(p, n, m, icc) for p, (n, m), icc in product(SHARES, sizes, CORRELATIONS)]


def drawn(setting: Setting, runs: int, rng: np.random.Generator) -> list[Estimate]:
    """So many units, each with the estimate that its days give."""
    chance = np.full((runs, setting.days), setting.share)
    if setting.icc > 0:
        size = 1 / setting.icc - 1
        chance = rng.beta(size * setting.share, size * (1 - setting.share), chance.shape)
    satisfied = rng.binomial(setting.people, chance)
    values = satisfied.sum(axis=1) / setting.answers
    spread = satisfied.var(axis=1, ddof=1) * setting.days / setting.answers**2
    return [
        Estimate(value, variance, setting.days - 1, setting.answers)
        for value, variance in zip(values.tolist(), spread.tolist(), strict=True)
    ]


def pooled(estimates: Sequence[Estimate], pool: Pool = np.median) -> list[Estimate]:
    """The units with the pooled design effect of their block; 1 where none of it has one."""
    found = []
    for start in range(0, len(estimates), UNITS):
        block = estimates[start : start + UNITS]
        own = [unit.deff for unit in block if unit.deff is not None]
        deff = float(pool(own)) if own else 1.0
        found += [replace(unit, pooled_deff=deff) for unit in block]
    return found


def interval(estimate: Estimate, method: str, level: float) -> Interval | None:
    """The interval as R's methods give it: none where V = 0. Wald's is then the value alone."""
    if method == "wald":
        half = Z[level] * estimate.standard_error
        return Interval(estimate.value - half, estimate.value + half)
    if method in SILENT and estimate.variance == 0:
        return None
    return estimate.confidence_interval(level, method)


def outcome(setting: Setting, estimates: Sequence[Estimate], method: str) -> Outcome:
    """How often the method's limits were right for these units."""
    both = [interval(estimate, method, 0.95) for estimate in estimates]
    one = [interval(estimate, method, 0.90) for estimate in estimates]
    kept, truth, runs = [found for found in both if found], setting.share, len(estimates)
    return Outcome(
        coverage=sum(found.low <= truth <= found.high for found in kept) / runs,
        too_high=sum(found is not None and found.low > truth for found in one) / runs,
        too_low=sum(found is not None and found.high < truth for found in one) / runs,
        width=float(np.mean([found.width for found in kept])) if kept else math.nan,
        without=1 - len(kept) / runs,
    )


def outcomes(
    chosen: Iterable[Setting], runs: int, seed: int, methods: Sequence[str] = METHODS
) -> dict[Setting, dict[str, Outcome]]:
    """Every method on the same units, setting by setting."""
    rng = np.random.default_rng(seed)
    found = {}
    for setting in chosen:
        units = drawn(setting, runs, rng)
        estimates = pooled(units)
        found[setting] = {method: outcome(setting, estimates, method) for method in methods}
        found[setting][MEAN_POOL] = outcome(setting, pooled(units, np.mean), "korn_graubard")
    return found


@dataclass(frozen=True)
class Looking:
    """Somebody looks after every `step` answers, up to `steps` times; truth and target are one."""

    target: float
    step: int = 1
    steps: int = 1000
    icc: float = 0.0

    @property
    def deff(self) -> float:
        """The design effect of a step, taken as known from the pool."""
        return 1 + (self.step - 1) * self.icc


#: A rule says of effective satisfied answers, effective answers and a target whether it claims.
Rule = Callable[[float, float, float], bool]


def shown_by_e_value(satisfied: float, answers: float, target: float) -> bool:
    """The open verdict's "met"."""
    return log_e_value(satisfied, answers, target) > math.log(20)


def shown_by_limit(satisfied: float, answers: float, target: float) -> bool:
    """The closed verdict's "met", wrongly asked again and again."""
    return beta_limits(satisfied / answers, answers, 0.05)[0] > target


def sequence_above(satisfied: float, answers: float, target: float) -> bool:
    """The two-sided sequence lies above the truth."""
    return confidence_sequence(satisfied, answers).low > target


def sequence_below(satisfied: float, answers: float, target: float) -> bool:
    """The two-sided sequence lies below the truth."""
    return confidence_sequence(satisfied, answers).high < target


def interval_above(satisfied: float, answers: float, target: float) -> bool:
    """The ordinary interval lies above the truth."""
    return beta_limits(satisfied / answers, answers, 0.025)[0] > target


def interval_below(satisfied: float, answers: float, target: float) -> bool:
    """The ordinary interval lies below the truth."""
    return beta_limits(satisfied / answers, answers, 0.025)[1] < target


def counted(looking: Looking, runs: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """(runs, steps) how many were satisfied up to each look."""
    chance = np.full((runs, looking.steps), looking.target)
    if looking.icc > 0:
        size = 1 / looking.icc - 1
        chance = rng.beta(size * looking.target, size * (1 - looking.target), chance.shape)
    return rng.binomial(looking.step, chance).cumsum(axis=1)


def ever(looking: Looking, counts: NDArray[np.int64], above: Rule, below: Rule | None) -> float:
    """The share of runs in which a rule ever claimed something wrong."""
    wrong = np.zeros(counts.shape[0], dtype=bool)
    for place in range(looking.steps):
        t = (place + 1) * looking.step
        wrong |= counts[:, place] >= first(looking, t, above)
        if below is not None:
            wrong |= counts[:, place] < first(looking, t, lambda *look: not below(*look))
    return float(wrong.mean())


def first(looking: Looking, answers: int, rule: Rule) -> int:
    """The fewest satisfied of so many answers at which a rule that grows with them is true."""
    low, high = -1, answers + 1
    while high - low > 1:
        middle = (low + high) // 2
        deff = looking.deff
        if rule(middle / deff, answers / deff, looking.target):
            high = middle
        else:
            low = middle
    return high


def looked(looking: Looking, runs: int, seed: int) -> dict[str, float]:
    """How often each rule is ever wrong."""
    counts = counted(looking, runs, np.random.default_rng(seed))
    return {
        "false met, e-process": ever(looking, counts, shown_by_e_value, None),
        "false met, closed verdict": ever(looking, counts, shown_by_limit, None),
        "truth lost, sequence": ever(looking, counts, sequence_above, sequence_below),
        "truth lost, interval": ever(looking, counts, interval_above, interval_below),
    }


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] + ["---:"] * (len(head) - 1), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def percent(share: float) -> str:
    """One decimal."""
    return f"{100 * share:.1f} %"


def by_method(found: Mapping[Setting, Mapping[str, Outcome]]) -> str:
    """One row per method over all settings."""
    rows = []
    for method in ROWS:
        all_of = [row[method] for row in found.values()]
        rows.append(
            [
                method,
                percent(min(o.coverage for o in all_of)),
                str(sum(o.coverage < 0.95 for o in all_of)),
                percent(max(o.too_high for o in all_of)),
                str(sum(o.too_high > 0.05 for o in all_of)),
                percent(max(o.too_low for o in all_of)),
                percent(max(o.without for o in all_of)),
                percent(float(np.nanmean([o.width for o in all_of]))),
            ]
        )
    head = ["method", "least coverage", "settings < 95 %", "most too high", "settings > 5 %"]
    return table([*head, "most too low", "most without answer", "mean width"], rows)


def by_size(found: Mapping[Setting, Mapping[str, Outcome]]) -> str:
    """Least coverage and mean width of each method, one row per number of answers."""
    rows = []
    for size in ANSWERS:
        chosen = [row for setting, row in found.items() if setting.answers == size]
        row = [str(size)]
        for method in ROWS:
            all_of = [row[method] for row in chosen]
            least, width = min(o.coverage for o in all_of), [o.width for o in all_of]
            row.append(f"{percent(least)} / {100 * float(np.nanmean(width)):.0f}")
        rows.append(row)
    return table(["answers", *ROWS], rows)


def worst(found: Mapping[Setting, Mapping[str, Outcome]], rows: int = 6) -> str:
    """The settings in which the default's lower limit is too high most often."""
    chosen = sorted(found.items(), key=lambda pair: -pair[1]["korn_graubard"].too_high)[:rows]
    return table(
        ["share, answers, days, icc", "too high", "with mean deff", "coverage"],
        [
            [
                f"{percent(setting.share)}, {setting.answers}, {setting.days}, {setting.icc:g}",
                percent(one["korn_graubard"].too_high),
                percent(one[MEAN_POOL].too_high),
                percent(one["korn_graubard"].coverage),
            ]
            for setting, one in chosen
        ],
    )


def by_look(runs: int, seed: int) -> str:
    """One row per way of looking."""
    ways = [Looking(target) for target in (0.80, 0.85, 0.90, 0.95)]
    ways += [Looking(0.90, step=10, steps=100, icc=icc) for icc in (0.05, 0.15)]
    found = {way: looked(way, runs, seed) for way in ways}
    rows = [
        [f"{percent(way.target)}, {way.steps} looks, icc {way.icc:g}", *map(percent, one.values())]
        for way, one in found.items()
    ]
    return table(["truth = target", *next(iter(found.values()))], rows)


def widths() -> str:
    """How much wider the sequence is at 90 % satisfied."""
    rows = []
    for n in (50, 100, 300, 1000, 10_000):
        low, high = beta_limits(0.9, n, 0.025)
        wide = confidence_sequence(0.9 * n, n).width
        rows.append(
            [str(n), f"{100 * (high - low):.1f}", f"{100 * wide:.1f}", f"{wide / (high - low):.2f}"]
        )
    return table(["answers", "interval, points", "sequence, points", "ratio"], rows)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser(description="How often are the limits right?")
    parser.add_argument("--runs", type=int, default=10_000, help="units per setting")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.perf_counter()
    found = outcomes(settings(), given.runs, given.seed)
    error = math.sqrt(0.95 * 0.05 / given.runs)
    heading = f"{len(found)} settings, {given.runs} units each, simulation error ±{percent(error)}"
    parts = [heading + "\n", by_method(found), worst(found), by_size(found)]
    parts += [by_look(given.runs, given.seed), widths(), f"{time.perf_counter() - started:.0f} s\n"]
    sys.stdout.write("\n".join(parts))


if __name__ == "__main__":
    main()
