"""Closed forms: the cases of `tests/reference/aux.json`, made with base R by `aux.R`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from scipy.special import betainc, betaincc

from analysis import Estimate, presentation
from analysis.comparisons import benjamini_hochberg
from analysis.intervals import INTERVAL_METHODS
from analysis.monitoring import funnel_limits
from analysis.samples import sample_size_precision, sample_size_target
from analysis.sequences import confidence_sequence, log_e_value
from analysis.weighting import kish

FILE = Path(__file__).parents[1] / "reference" / "aux.json"
CASES: list[dict[str, Any]] = json.loads(FILE.read_text(encoding="utf-8"))["cases"]

Found = Mapping[str, Any]


def estimate_of(p: float, se: float, n: int, df: int) -> Estimate:
    """The share with this standard error."""
    return Estimate(value=p, variance=se**2, df=df, answers=n)


def bh(p: list[float]) -> Found:
    return {"adjusted": benjamini_hochberg(p).tolist()}


def korn_graubard(p: float, se: float, n: int, df: int, level: float) -> Found:
    interval = INTERVAL_METHODS["korn_graubard_nchs"](estimate_of(p, se, n, df), level)
    return {"lo": interval.low, "hi": interval.high}


def nchs(p: float, se: float, n: int, df: int) -> Found:
    rule = presentation(estimate_of(p, se, n, df))
    suppressed = rule.status == "not_shown"
    return {
        "suppress": suppressed,
        "footnote_complement_unreliable": "complement_wide" in rule.reasons and not suppressed,
        "review": rule.status == "review",
    }


def funnel(target: float, n: int) -> Found:
    limits = funnel_limits(target, [n])
    return {
        "lo95": limits.low_95[0],
        "hi95": limits.high_95[0],
        "lo998": limits.low_998[0],
        "hi998": limits.high_998[0],
    }


def precision(p: float, e: float, N: int, deff: float, rr: float, level: float) -> Found:  # noqa: N803
    size = sample_size_precision(p, e, population=N, deff=deff, response_rate=rr, level=level)
    return {
        "srs": size.simple,
        "with_deff": size.with_deff,
        "with_fpc": size.with_population,
        "invite": size.invitations,
    }


def target_size(p0: float, p1: float, power: float, level: float, deff: float) -> Found:
    size = sample_size_target(p0, p1, power=power, level=level, deff=deff)
    return {"n_srs": size.simple, "n": size.answers}


def sequence(s: int, t: int, a: float, b: float, alpha: float) -> Found:
    interval = confidence_sequence(s, t, level=1 - alpha, prior=(a, b))
    return {"ci": [interval.low, interval.high]}


def e_value(s: int, t: int, p0: float, a: float, b: float) -> Found:
    """What `aux.R` computes, from ours.

    It calls `pbeta(p0, a, b, FALSE, TRUE)` for the logarithm of the upper tail, but R's fourth
    argument is `ncp` and the fifth `lower.tail`: it gets the lower tail, and no logarithm.
    """
    tails = [(a + s, b + t - s, 1), (a, b, -1)]
    meant = sum(sign * math.log(betaincc(*shape, p0)) for *shape, sign in tails)
    given = sum(sign * betainc(*shape, p0) for *shape, sign in tails)
    return {"log_e": log_e_value(s, t, p0, prior=(a, b)) - meant + given}


def kish_of(w: list[float]) -> Found:
    found = kish(w)
    return {"n_eff": found.effective, "deff": found.deff}


FUNCTIONS: dict[str, Callable[..., Found]] = {
    "benjamini_hochberg": bh,
    "korn_graubard_nchs": korn_graubard,
    "nchs_presentation": nchs,
    "funnel_limits": funnel,
    "sample_size_precision": precision,
    "sample_size_target": target_size,
    "confidence_sequence_betabinomial": sequence,
    "log_e_value_target": e_value,
    "kish": kish_of,
}


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_closed_forms_agree_with_r(case: Mapping[str, Any]) -> None:
    found = FUNCTIONS[case["fun"]](**case["args"])
    for key, value in found.items():
        assert value == pytest.approx(case["expected"][key], rel=1e-9, abs=0)


def test_no_case_is_left_out() -> None:
    assert len(CASES) == 41
    assert {case["fun"] for case in CASES} == set(FUNCTIONS)
