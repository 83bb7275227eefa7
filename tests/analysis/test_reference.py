"""The figures of a questionnaire against R `survey`, and the NCHS rules against closed forms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from analysis import (
    Design,
    Estimate,
    EstimateSet,
    Extra,
    IndexRule,
    Items,
    Node,
    Totals,
    estimate_figures,
    presentation,
)
from tests.analysis.parity import FILES, Asked, Case, calibrated
from tests.analysis.test_parity import CASES, outcome

CLOSED_FORMS = json.loads((FILES / "aux.json").read_text(encoding="utf-8"))["cases"]
CODES = [f"s{k}" for k in range(1, 7)]
ITEMS = Items(CODES, [[0, 0, 0, 1, 1]] * 6, [[1, 2, 3, 4, 5]] * 6)


def cases() -> Any:
    """All that `estimate_figures` can answer: shares, scores, indices, with any calibration."""
    chosen = [
        case
        for case in CASES
        if case["estimand"]["kind"] in {"mean", "composite"}
        and outcome(case) == "as R"
        and case["id"].split("-")[1] != "A_rep"
        and not {"aggregate", "upper"} & {key for step in case["steps"] for key in step}
        # R applies its rules for single PSUs to those who answered the one item.
        and not case["options"]["adjust_domain_lonely"]
        and case["options"]["lonely_psu"] != "average"
    ]
    return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])


def totals_of(asked: Asked, design: Design) -> Totals:
    counts = np.zeros((len(asked.rows), 6, 5), dtype=int)
    for place, row in enumerate(asked.rows):
        for person in row:
            for item in range(6):
                if answer := person[f"q{item + 1}"]:
                    counts[place, item, int(answer) - 1] += 1
    own = [[float(p["rowidx"]) for p in row if p["rowidx"]] for row in asked.rows]
    rows = asked.base()
    return Totals.from_rows(
        design,
        cell=[rows.cells[cell] for cell in rows.cell_of_row.tolist()],
        respondents=rows.respondents,
        counts=counts,
        items=ITEMS,
        extras={"rowidx": Extra([sum(x) for x in own], [len(x) for x in own])},
        base_weight=rows.base_weight,
    )


def figures_of(case: Case) -> EstimateSet:
    asked = Asked.of(case, FILES)
    totals = totals_of(asked, asked.design())
    calibration = None
    for step in case["steps"]:
        calibration = calibrated(asked, totals, step=step)
    estimand = case["estimand"]
    members = zip(estimand.get("vars", CODES), estimand.get("weights", [1] * 6), strict=True)
    rule = IndexRule(
        Node("index", members=tuple(Node("item", code, weight=w) for code, w in members))
    )
    domains = {"domain": asked.domain()}
    return estimate_figures(totals, rule, domains=domains, calibration=calibration)["domain"]


def label_of(estimand: Mapping[str, Any]) -> tuple[str, str]:
    """s1 is a share of satisfied answers, q1 its score, rowidx a person's own index."""
    if estimand["kind"] == "composite":
        return ("index", "")
    variable = estimand["var"]
    family = {"s": "item", "q": "mean_score", "r": "extra"}[variable[0]]
    return (family, variable.replace("q", "s"))


@cases()
def test_a_figure_of_the_questionnaire_agrees_with_r(case: Case) -> None:
    expected = case["expected"]
    estimate = figures_of(case)[label_of(case["estimand"])]
    assert estimate.value == pytest.approx(expected["est"], rel=1e-9)
    assert estimate.standard_error == pytest.approx(expected["se"], rel=1e-9)
    assert estimate.df == expected["df"]
    assert estimate.answers == expected.get("n", estimate.answers)


def closed_forms(function: str) -> Any:
    chosen = [case for case in CLOSED_FORMS if case["fun"] == function]
    return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])


def estimate_of(args: Mapping[str, Any]) -> Estimate:
    return Estimate(value=args["p"], variance=args["se"] ** 2, df=args["df"], answers=args["n"])


@closed_forms("korn_graubard_nchs")
def test_korn_graubard_agrees(case: Mapping[str, Any]) -> None:
    args, expected = case["args"], case["expected"]
    interval = estimate_of(args).confidence_interval(args["level"], "korn_graubard_nchs")
    assert (interval.low, interval.high) == pytest.approx(
        (expected["lo"], expected["hi"]), rel=1e-7
    )


@closed_forms("nchs_presentation")
def test_the_presentation_rule_agrees(case: Mapping[str, Any]) -> None:
    expected = case["expected"]
    rule = presentation(estimate_of(case["args"]))
    assert (rule.status == "not_shown") is expected["suppress"]
    assert (rule.status == "review") is expected["review"]
    if not expected["suppress"]:
        footnote = "complement_wide" in rule.reasons
        assert footnote is expected["footnote_complement_unreliable"]
