"""Evidence for split forms: how often the intervals of items, dimensions and index hold the truth.

    python -m tests.bench.split_coverage [--runs 2000] [--seed 1]

A finite population of days at counters, answered by everybody who came on the days that are drawn.
A person has one mood, a day another, so answers agree within both. The form is the counter's own;
the blocks take turns as they do at a counter, and figures are made as the product makes them.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis import Design, Estimate, EstimateSet, Items, Totals, estimate_figures
from surveys.questionnaires import instrument, routing
from surveys.questionnaires.routing import Block
from surveys.results.index_rules import index_rule
from tests.bench.coverage import percent, table

Flags = NDArray[np.bool_]

FORM = next(form for form in instrument.shipped() if form.code == "sipas-quay")
RULE = index_rule(FORM)
CODES = [item.code for item in FORM.items]
ITEMS = Items(CODES, [[0, 1]] * len(CODES), [[1, 5]] * len(CODES))
#: Asked of everybody, in split forms too.
ALWAYS = {item.code for item in FORM.items if item.overall}
KINDS = ("item", "dimension", "index")
#: As the product does it; not asked counted as dissatisfied; everybody drawn one by one.
METHODS = ("product", "not asked is dissatisfied", "no days")


@dataclass(frozen=True)
class Setting:
    """Counters with their days, of which some are drawn, and what makes answers agree."""

    #: Items asked besides the overall one; 0: all.
    size: int
    units: int = 8
    days: int = 200
    drawn: int = 12
    people: int = 12
    #: Standard deviations of units, days, people and answers; satisfied is what lies above 0.
    unit: float = 0.2
    day: float = 0.5
    person: float = 0.8
    answer: float = 0.6
    level: float = 1.1

    @property
    def fraction(self) -> float:
        """The share of all people who were asked an item."""
        return self.drawn / self.days * min(routing.chances(FORM, self.size))


def population(setting: Setting, rng: np.random.Generator) -> Flags:
    """Who is satisfied with what: (units, days, people, items)."""
    shape = (setting.units, setting.days, setting.people, len(CODES))
    latent = setting.level + rng.normal(0, 0.25, shape[3]) + rng.normal(0, setting.answer, shape)
    for depth, spread in enumerate((setting.unit, setting.day, setting.person), 1):
        latent += rng.normal(0, spread, shape[:depth] + (1,) * (4 - depth))
    satisfied: Flags = latent > 0
    return satisfied


def truth(everybody: Flags) -> EstimateSet:
    """The figures of everybody, asked everything."""
    return estimated(everybody, np.ones_like(everybody), fraction=1.0)


def drawn(setting: Setting, everybody: Flags, rng: np.random.Generator) -> tuple[Flags, Flags]:
    """Some days of each unit: who is satisfied with what, and who was asked what."""
    days = [rng.choice(setting.days, setting.drawn, replace=False) for _ in range(setting.units)]
    satisfied = everybody[np.arange(setting.units)[:, None], np.array(days)]
    cycle = routing.cycle(FORM, setting.size)
    blocks = [routing.asked(FORM, Block(setting.size, number)) for number in range(cycle)]
    flags = np.array([[code in block for code in CODES] for block in blocks])
    people = setting.drawn * setting.people
    turns = (rng.integers(cycle, size=(setting.units, 1)) + np.arange(people)) % cycle
    return satisfied, flags[turns].reshape(satisfied.shape)


def estimated(
    satisfied: Flags, asked: Flags, *, fraction: float, size: int = 0, by_person: bool = False
) -> EstimateSet:
    """The figures of all units together, with the units' pooled design effects."""
    if by_person:
        one_by_one = (len(satisfied), -1, 1, len(CODES))
        satisfied, asked = satisfied.reshape(one_by_one), asked.reshape(one_by_one)
    units, psus, people, items = satisfied.shape
    yes = (satisfied & asked).sum(axis=2).reshape(-1, items)
    all_ = asked.sum(axis=2).reshape(-1, items)
    unit = np.repeat(np.arange(units), psus)
    totals = Totals.from_rows(
        Design.from_rows(
            unit.tolist(), list(range(len(unit))),
            sampling_fraction=dict.fromkeys(range(units), fraction),
        ),
        cell=[0] * len(unit),
        respondents=np.full(len(unit), people),
        counts=np.stack([all_ - yes, yes], axis=2),
        items=ITEMS,
        asked=np.tile(routing.chances(FORM, size), (len(unit), 1)) if size else None,
    )  # fmt: skip
    domains = {"all": totals.everything(), **totals.by_label(unit.tolist())}
    return estimate_figures(totals, RULE, domains=domains, pool_over=range(units))["all"]


def made(method: str, setting: Setting, satisfied: Flags, asked: Flags) -> EstimateSet:
    """The figures of a sample by one of `METHODS`."""
    if method == "not asked is dissatisfied":
        return estimated(satisfied & asked, np.ones_like(asked), fraction=setting.fraction)
    return estimated(
        satisfied, asked, fraction=setting.fraction, size=setting.size,
        by_person=method == "no days",
    )  # fmt: skip


def judged(estimate: Estimate, value: float) -> tuple[bool, float, float]:
    """Whether the 95 % interval holds the true value, the error, and the width."""
    limits = estimate.confidence_interval()
    return limits.low <= value <= limits.high, estimate.value - value, limits.width


@dataclass(frozen=True)
class Outcome:
    """What became of one kind of figures over all runs."""

    coverage: float
    #: The mean error, and the mean width of the interval, in points.
    bias: float
    width: float


def outcomes(
    setting: Setting, runs: int, seed: int, method: str = "product"
) -> Mapping[str, Outcome]:
    """Coverage, error and width by kind of figure; runs share one population."""
    rng = np.random.default_rng(seed)
    everybody = population(setting, rng)
    true = truth(everybody)
    wanted = {
        kind: [label for label in true.labels if label[0] == kind and label[1] not in ALWAYS]
        for kind in KINDS
    }
    found: dict[str, list[tuple[bool, float, float]]] = {kind: [] for kind in KINDS}
    for _run in range(runs):
        figures = made(method, setting, *drawn(setting, everybody, rng))
        for kind, labels in wanted.items():
            found[kind] += [judged(figures[label], true[label].value) for label in labels]
    means = {kind: np.mean(rows, axis=0).tolist() for kind, rows in found.items()}
    return {kind: Outcome(c, 100 * bias, 100 * width) for kind, (c, bias, width) in means.items()}


def rows(settings: Iterable[tuple[str, Setting, str]], runs: int, seed: int) -> list[list[str]]:
    """A line of the table for each setting."""
    lines = []
    for name, setting, method in settings:
        found = outcomes(setting, runs, seed, method)
        parts = [f"{percent(o.coverage)} / {o.bias:+.2f} / {o.width:.1f}" for o in found.values()]
        lines.append([name, *parts])
    return lines


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How often are the limits of split forms right?")
    parser.add_argument("--runs", type=int, default=2000, help="samples per line")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    started = time.perf_counter()
    chosen = [
        (f"{label}, 12 of {days} days{extra}", Setting(size, days=days, day=day), "product")
        for label, size in (("all 16 items", 0), ("8 items", 8), ("5 items", 5), ("3 items", 3))
        for days, day, extra in ((200, 0.5, ""), (200, 0.2, ", days alike"), (40, 0.5, ""))
    ]
    chosen += [(f"5 items, {method}", Setting(5), method) for method in METHODS[1:]]
    sys.stdout.write(table(["", *KINDS], rows(chosen, given.runs, given.seed)))
    sys.stdout.write(f"{time.perf_counter() - started:.0f} s\n")


if __name__ == "__main__":
    main()
