"""Every stored case of R `survey` 4.5, computed and compared; each departure is declared below."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from analysis import CalibrationError, SinglePsuError
from tests.analysis.parity import FILES, Case
from tests.analysis.parity_estimands import answer

CASES: list[Case] = [
    case
    for name in ("A_mean", "A_ci", "A_lonely", "A_cal", "A_rep", "A2y", "S")
    for case in json.loads((FILES / f"{name}.json").read_text(encoding="utf-8"))["cases"]
]

#: Agreement of all that is not declared here, relative to R's number.
STRICT = 1e-9
#: What is 0 in R is a rounding error from 0 here.
NOTHING = 1e-13


@dataclass(frozen=True)
class Looser:
    """Fields of some cases that agree less closely, and why."""

    fields: tuple[str, ...]
    within: float
    reason: str


#: By interval method. Everything else agrees to STRICT, and df to the last digit.
LOOSER: Mapping[str, Looser] = {
    "logit": Looser(
        ("est", "se", "ci"), 1e-8, "R stops the iterations of its logistic regression early"
    ),
    "likelihood": Looser(
        ("est", "se", "ci"),
        3e-4,
        "R interpolates the limits with a spline through some ten points; here they are the roots",
    ),
}

#: Where R has no answer, and what this package does instead.
NO_ANSWER_IN_R: Mapping[str, str] = {
    "all satisfied": "R: NaN, an error, or 100–100 %; here the default interval, below 100 %",
    "above 100 %": "R's `mean` limit is above 100 %; here it is 100 %",
    "refused": "R refuses or gives NaN; here a named error",
}


def outcome(case: Case) -> str:
    """How a case is compared: "as R", looser for a reason, or one of NO_ANSWER_IN_R."""
    estimand, expected = case["estimand"], case["expected"]
    if estimand["kind"] == "ciprop" and ("error" in expected or expected["est"] > 1 - 1e-9):
        return "all satisfied"
    if "error" in expected or expected.get("se") == "NaN":
        return "refused"
    if estimand.get("method") == "mean" and expected["ci"][1] > 1:
        return "above 100 %"
    return "as R"


def of(*outcomes: str) -> Any:
    chosen = [case for case in CASES if outcome(case) in outcomes]
    assert chosen
    return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])


def numbers(found: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """All numbers of nested lists and mappings with where they stand; a list of one is its item."""
    if isinstance(found, Mapping):
        for key, part in found.items():
            yield from numbers(part, f"{name}/{key}")
    elif isinstance(found, list | tuple):
        for place, part in enumerate(found):
            yield from numbers(part, f"{name}/{place}" if len(found) > 1 else name)
    else:
        yield name, found


def agrees(case: Case, found: Mapping[str, Any], expected: Mapping[str, Any]) -> None:
    looser = LOOSER.get(case["estimand"].get("method", ""))
    got, wanted_by_name = dict(numbers(found)), dict(numbers(expected))
    for name, wanted in wanted_by_name.items():
        field = name.split("/")[1]
        if got[name] == "refused" or wanted == "NaN":
            assert got[name] == "refused", name
            assert wanted_by_name[name.replace(field, "se", 1)] == "NaN", name
        elif isinstance(wanted, str) or field in {"df", "n", "keys", "level"}:
            assert str(got[name]) == str(wanted), name
        else:
            within = looser.within if looser and field in looser.fields else STRICT
            assert got[name] == pytest.approx(wanted, rel=within, abs=NOTHING), name


@of("as R")
def test_what_r_says_is_said(case: Case) -> None:
    agrees(case, answer(case, FILES), case["expected"])


@of("above 100 %")
def test_a_limit_above_100_percent_is_100_percent(case: Case) -> None:
    low, high = case["expected"]["ci"]
    agrees(case, answer(case, FILES), {**case["expected"], "ci": [low, min(high, 1.0)]})


@of("all satisfied")
def test_all_satisfied_has_an_interval_that_r_lacks(case: Case) -> None:
    found = answer(case, FILES)
    assert found["est"] == pytest.approx(1)
    assert found["n"] == case["expected"].get("n", found["n"])
    low, high = found["ci"]
    # Clopper–Pearson at n answers.
    level = case["estimand"].get("level", 0.95)
    assert low == pytest.approx(((1 - level) / 2) ** (1 / found["n"]))
    assert high == 1


@of("refused")
def test_what_r_cannot_say_is_refused_by_name(case: Case) -> None:
    error = case["expected"].get("error", "")
    kind = CalibrationError if error == "Calibration failed" else SinglePsuError
    with pytest.raises(kind) as caught:
        answer(case, FILES)
    assert "single" in str(caught.value) or "margin" in str(caught.value)


def test_the_count_of_cases_is_known() -> None:
    """What is compared, and how: a change here is a change of what is claimed."""
    assert Counter(outcome(case) for case in CASES) == {
        "as R": 573,
        "all satisfied": 42,
        "above 100 %": 3,
        "refused": 7,
    }
    looser = Counter(
        case["estimand"]["method"]
        for case in CASES
        if outcome(case) == "as R" and case["estimand"].get("method") in LOOSER
    )
    assert looser == {"logit": 21, "likelihood": 21}


def test_the_likelihood_limits_are_roots_that_r_only_interpolates() -> None:
    """Both limits fulfil 2·n_own·(n − 1)/n·KL = t², R's by a part in a thousand."""
    case = next(c for c in CASES if c["id"] == "open-S-ci-likelihood-C06")
    found, expected = answer(case, FILES), case["expected"]
    p, n = found["est"], found["n"]
    own = p * (1 - p) / found["se"] ** 2
    t = 1.7108820799094275  # the 95 % quantile of Student's t with 24 degrees of freedom

    def ratio(limit: float) -> float:
        distance = p * math.log(p / limit) + (1 - p) * math.log((1 - p) / (1 - limit))
        return 2 * own * (n - 1) / n * distance / t**2

    assert [ratio(limit) for limit in found["ci"]] == pytest.approx([1, 1], rel=1e-9)
    in_r = [ratio(limit) for limit in expected["ci"]]
    assert in_r == pytest.approx([1, 1], rel=2e-3)
    assert in_r != pytest.approx([1, 1], rel=1e-5)
