"""How many people to ask, where, and what is still missing. Shares and rates are 0–1."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeVar

import numpy as np
from scipy.special import ndtri

from analysis.arrays import Floats, Integers
from analysis.errors import MethodError
from analysis.guards import MOST_ANSWERS, checked_amount, checked_numbers, checked_share

Name = TypeVar("Name", bound=Hashable)
Allocation = Literal["proportional", "equal", "neyman"]


@dataclass(frozen=True, slots=True)
class SampleSize:
    """How many answers a precision needs, step by step, and how many people to invite for them.

    `simple` is that of a simple random sample, `with_deff` times the design effect,
    `with_population` after the finite population; `answers` and `invitations` are whole.
    `reachable` is False where more would have to be invited than there are.
    """

    simple: float
    with_deff: float
    with_population: float
    answers: int
    invitations: int
    reachable: bool


@dataclass(frozen=True, slots=True)
class TargetSize:
    """How many answers show a target with the wanted power: of a simple sample, and whole."""

    simple: float
    answers: int


@dataclass(frozen=True, slots=True)
class Missing:
    """Answers planned and received in one place of the plan, and how many are missing."""

    planned: int
    received: int
    missing: int


def official_sample_size(population: int, margin: float = 0.05) -> int:
    """n = N/(1 + N·e²), rounded up: the formula of the official guide (Yamane 1967).

    It is the 95 % size for p = 0.5 with z = 2 and no design effect. Raises MethodError.
    """
    checked_amount("population", population)
    checked_share("margin", margin)
    # A number that is whole but for its last bits is whole.
    return math.ceil(population / (1 + population * margin**2) - 1e-9)


def design_effect(people_per_psu: float, icc: float, weight_cv: float = 0.0) -> float:
    """(1 + (m − 1)·icc)·(1 + cv²(w)): clusters of m people times unequal weights (Kish 1965; 1992).

    `icc` is how alike the answers of one PSU are (0–1), `weight_cv` the coefficient of
    variation of the weights. Raises MethodError.
    """
    checked_numbers("icc", [icc], 1)
    checked_numbers("weight_cv", [weight_cv])
    if not 1 <= people_per_psu < math.inf:
        raise MethodError(f"people_per_psu {people_per_psu}: give a finite number, 1 or more")
    return (1 + (people_per_psu - 1) * icc) * (1 + weight_cv**2)


def sample_size_precision(
    share: float,
    margin: float,
    *,
    population: float = math.inf,
    deff: float = 1.0,
    response_rate: float = 1.0,
    level: float = 0.95,
) -> SampleSize:
    """The sample size at which the interval of `share` reaches `margin` to either side.

    n₀ = z²p(1 − p)/e², n₁ = deff·n₀, n = n₁/(1 + (n₁ − 1)/N), invitations = n/response rate
    (Cochran 1977, sec. 4.4). Raises MethodError.
    """
    z = float(ndtri((1 + checked_share("level", level)) / 2))
    spread = checked_share("share", share) * (1 - share)
    simple = _squared(z * math.sqrt(spread) / checked_share("margin", margin))
    clustered = _countable(checked_amount("deff", deff) * simple)
    if not (population >= 1 and 0 < response_rate <= 1):
        raise MethodError(
            f"population {population}, response rate {response_rate}: "
            "give at least 1 person and a rate above 0, up to 1"
        )
    finite = clustered / (1 + (clustered - 1) / population)
    answers = math.ceil(finite)
    invitations = math.ceil(_countable(answers / response_rate))
    return SampleSize(simple, clustered, finite, answers, invitations, invitations <= population)


def sample_size_target(
    target: float, truth: float, *, power: float = 0.80, level: float = 0.95, deff: float = 1.0
) -> TargetSize:
    """The sample size at which a unit whose share is `truth` is shown to be beyond `target`.

    ((z_level·√(T(1 − T)) + z_power·√(p(1 − p)))/(p − T))², one-sided (Fleiss, Levin & Paik 2003,
    eq. 2.14), times deff: 184·deff for 95 % against 90 %. Raises MethodError.
    """
    for name, number in (("target", target), ("truth", truth), ("power", power), ("level", level)):
        checked_share(name, number)
    if truth == target:
        raise MethodError(f"truth {truth} is the target: no number of answers shows a difference")
    under = float(ndtri(level)) * math.sqrt(target * (1 - target))
    beyond = float(ndtri(power)) * math.sqrt(truth * (1 - truth))
    simple = _squared((under + beyond) / (truth - target))
    return TargetSize(simple, math.ceil(_countable(simple * checked_amount("deff", deff))))


def allocate(
    answers: int,
    sizes: Mapping[Name, int],
    *,
    rule: Allocation = "proportional",
    shares: Mapping[Name, float] | None = None,
    floor: int = 0,
) -> dict[Name, int]:
    """How many of the `answers` each stratum gets: whole numbers that add up to them.

    proportional to N_h, equal, or Neyman's N_h·√(p_h(1 − p_h)) with the expected `shares`
    (Cochran 1977, sec. 5.5); each gets at least `floor` and at most N_h, what that moves is
    spread over the others, and fractions go to the largest remainders. Raises MethodError.
    """
    if rule not in ALLOCATIONS:
        raise MethodError(f"rule {rule!r}: use one of {', '.join(ALLOCATIONS)}")
    people = checked_numbers("sizes", list(sizes.values()))
    expected = checked_numbers("shares", [(shares or {}).get(name, 0.5) for name in sizes], 1)
    least, most = np.minimum(people, floor), people
    if not least.sum() <= answers <= most.sum():
        raise MethodError(
            f"{answers} answers over strata that take {least.sum():.0f} to {most.sum():.0f}: "
            "change the number, the floor or the strata"
        )
    claims = np.maximum(ALLOCATIONS[rule](people, expected), 0.0)
    whole = _rounded(_filled(claims, least, most, answers), least, most, answers)
    return dict(zip(sizes, whole.tolist(), strict=True))


def still_missing(planned: Mapping[Name, int], received: Mapping[Name, int]) -> dict[Name, Missing]:
    """What each place of the plan, e.g. (unit, field), still lacks; places that lack most first.

    Answers from places without a plan are not counted; surplus in one place does not help
    another. Raises MethodError.
    """
    wanted = checked_numbers("planned", list(planned.values())).astype(np.int64).tolist()
    there = checked_numbers("received", [received.get(name, 0) for name in planned])
    rows = [
        (name, Missing(plan, got, max(0, plan - got)))
        for name, plan, got in zip(planned, wanted, there.astype(np.int64).tolist(), strict=True)
    ]
    return dict(sorted(rows, key=lambda row: -row[1].missing))


def _squared(number: float) -> float:
    """Its square; inf where that is too large, unlike `**`."""
    return number * number


def _countable(size: float) -> float:
    """The size if so many people can be asked. Raises MethodError."""
    if not size <= MOST_ANSWERS:
        raise MethodError(
            f"{size:g} people would have to be asked: allow a wider margin or difference, "
            "a lower level or a higher response rate"
        )
    return size


def _proportional(people: Floats, expected: Floats) -> Floats:  # noqa: ARG001
    return people


def _equal(people: Floats, expected: Floats) -> Floats:  # noqa: ARG001
    return np.ones_like(people)


def _neyman(people: Floats, expected: Floats) -> Floats:
    """A stratum expected to agree wholly is taken to have one dissenter in its size."""
    safe = np.clip(expected, 0.5 / (people + 1), 1 - 0.5 / (people + 1))
    claims: Floats = people * np.sqrt(safe * (1 - safe))
    return claims


ALLOCATIONS: Mapping[str, Callable[[Floats, Floats], Floats]] = MappingProxyType(
    {"proportional": _proportional, "equal": _equal, "neyman": _neyman}
)


def _filled(claims: Floats, least: Floats, most: Floats, answers: int) -> Floats:
    """The shares clip(λ·claim, least, most) that add up to `answers`, λ by bisection."""
    low, high = 0.0, float((most / np.where(claims > 0, claims, np.inf)).max(initial=0.0))
    for _ in range(100):
        middle = (low + high) / 2
        enough = np.clip(middle * claims, least, most).sum() >= answers
        low, high = (low, middle) if enough else (middle, high)
    return np.clip(high * claims, least, most)


def _rounded(parts: Floats, least: Floats, most: Floats, answers: int) -> Integers:
    """Whole numbers within the bounds that add up, the largest remainders rounded up."""
    # A share that is whole but for its last bits is whole.
    whole = np.clip(np.floor(parts + 1e-9), np.ceil(least), np.floor(most))
    while (short := answers - int(whole.sum())) > 0:
        room = np.flatnonzero(whole + 1 <= most)
        first = room[np.argsort(-(parts - whole)[room], kind="stable")][:short]
        whole[first] += 1
    return whole.astype(np.int64)
