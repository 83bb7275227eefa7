"""The second witness: what R `survey` 4.5 and the NCHS rule say of the files in tests/reference."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
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
    SinglePsuError,
    Totals,
    estimate_figures,
    post_stratify,
    presentation,
)

FILES = Path(__file__).parents[1] / "reference"
STORED = json.loads((FILES / "survey_cases.json").read_text(encoding="utf-8"))
CODES = [f"s{k}" for k in range(1, 7)]
ITEMS = Items(CODES, [[0, 0, 0, 1, 1]] * 6, [[1, 2, 3, 4, 5]] * 6)
METHODS = {"beta": "beta", "wilson": "wilson", "xlogit": "logit"}


def cases(*, error: bool = False, kinds: tuple[str, ...] = ()) -> Any:
    """The stored cases of these kinds, each under its name in R's run."""
    chosen = [
        case
        for case in STORED["cases"]
        if ("error" in case["expected"]) is error and case["estimand"]["kind"] in kinds
    ]
    return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])


@cache
def people(name: str) -> list[dict[str, str]]:
    with (FILES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def rows_of(case: Mapping[str, Any]) -> list[list[dict[str, str]]]:
    """The people of each stratum, PSU, cell and domain: what a GROUP BY would put in one row."""
    estimand = case["estimand"]
    by = [estimand["by"]] if isinstance(estimand.get("by"), str) else estimand.get("by", [])
    keys = [case["stratum"], case["psu"], *case.get("cells", []), *case["domain"], *by]
    rows: dict[tuple[str, ...], list[dict[str, str]]] = defaultdict(list)
    for person in people(case["data"]):
        rows[tuple(person[key] for key in keys if key)].append(person)
    return list(rows.values())


def design_of(case: Mapping[str, Any], rows: list[list[dict[str, str]]]) -> Design:
    stratum = [row[0][case["stratum"]] if case["stratum"] else "all" for row in rows]
    psu = [row[0][case["psu"]] for row in rows]
    fractions = {}
    if case["population_size"]:
        sampled = defaultdict(set)
        for name, unit in zip(stratum, psu, strict=True):
            sampled[name].add(unit)
        size = {
            name: float(row[0][case["population_size"]])
            for name, row in zip(stratum, rows, strict=True)
        }
        fractions = {name: len(units) / size[name] for name, units in sampled.items()}
    return Design.from_rows(
        stratum, psu, sampling_fraction=fractions, single_psu=case["single_psu"]
    )


def weights_of(
    case: Mapping[str, Any], design: Design, rows: list[list[dict[str, str]]]
) -> list[float]:
    if case["weight"]:
        return [float(row[0][case["weight"]]) for row in rows]
    return (1 / design.fractions[design.stratum_of_psu[design.psu_of_row]]).tolist()


def totals_of(case: Mapping[str, Any], rows: list[list[dict[str, str]]]) -> Totals:
    counts = np.zeros((len(rows), 6, 5), dtype=int)
    for place, row in enumerate(rows):
        for person in row:
            for item in range(6):
                if answer := person[f"q{item + 1}"]:
                    counts[place, item, int(answer) - 1] += 1
    own = [[float(person["rowidx"]) for person in row if person["rowidx"]] for row in rows]
    design = design_of(case, rows)
    return Totals.from_rows(
        design,
        cell=[tuple(row[0][name] for name in case.get("cells", [])) for row in rows],
        respondents=[len(row) for row in rows],
        counts=counts,
        items=ITEMS,
        extras={"rowidx": Extra([sum(x) for x in own], [len(x) for x in own])},
        base_weight=weights_of(case, design, rows),
    )


def figures_of(
    case: Mapping[str, Any], domains: Mapping[Any, Any] | None = None
) -> Mapping[Any, EstimateSet]:
    rows = rows_of(case)
    totals = totals_of(case, rows)
    calibration = None
    if "population" in case:
        calibration = post_stratify(
            totals, {tuple(cell): size for *cell, size in case["population"]}
        )
        assert not calibration.merges
    mask = [all(row[0][key] == value for key, value in case["domain"].items()) for row in rows]
    estimand = case["estimand"]
    members = zip(estimand.get("vars", CODES), estimand.get("weights", [1] * 6), strict=True)
    rule = IndexRule(
        Node("index", members=tuple(Node("item", code, weight=w) for code, w in members))
    )
    if domains is None:
        domains = {"domain": mask}
    else:
        by = [estimand["by"]] if isinstance(estimand["by"], str) else estimand["by"]
        domains = totals.by_label([tuple(row[0][key] for key in by) for row in rows])
    return estimate_figures(totals, rule, domains=domains, calibration=calibration)


def label_of(estimand: Mapping[str, Any]) -> tuple[str, str]:
    """s1 is a share of satisfied answers, q1 its score, rowidx a person's own index."""
    if estimand["kind"] == "composite":
        return ("index", "")
    variable = estimand["var"]
    family = {"s": "item", "q": "mean_score", "r": "extra"}[variable[0]]
    return (family, variable.replace("q", "s"))


def agrees(estimate: Estimate, value: float, standard_error: float, df: int) -> None:
    assert estimate.value == pytest.approx(value, rel=1e-9)
    assert estimate.standard_error == pytest.approx(standard_error, rel=1e-9, abs=1e-12)
    assert estimate.df == df


@cases(kinds=("mean", "composite", "ciprop"))
def test_estimate_standard_error_and_df_agree_with_r(case: Mapping[str, Any]) -> None:
    expected = case["expected"]
    estimate = figures_of(case)["domain"][label_of(case["estimand"])]
    agrees(estimate, expected["est"], expected["se"], expected["df"])
    if "n" in expected:
        assert estimate.answers == expected["n"]


@cases(kinds=("by",))
def test_each_domain_agrees_with_r(case: Mapping[str, Any]) -> None:
    expected = case["expected"]
    sets = figures_of(case, domains={})
    names = list(zip(*expected["keys"].values(), strict=True))
    for name, value, se, df in zip(
        names, expected["est"], expected["se"], expected["df"], strict=True
    ):
        agrees(sets[name][label_of(case["estimand"])], value, se, df)


@cases(kinds=("ciprop",))
def test_limits_agree_with_r(case: Mapping[str, Any]) -> None:
    expected, estimand = case["expected"], case["estimand"]
    estimate = figures_of(case)["domain"][label_of(estimand)]
    # In a calibrated domain R's `beta` takes the rows outside the domain for answers, too.
    as_r_counts = replace(estimate, answers=expected["nrow_design"])
    interval = as_r_counts.confidence_interval(
        estimand.get("level", 0.95), METHODS[estimand["method"]]
    )
    assert (interval.low, interval.high) == pytest.approx(expected["ci"], rel=1e-7)


@cases(error=True, kinds=("mean",))
def test_what_r_refuses_is_refused(case: Mapping[str, Any]) -> None:
    assert "only one PSU" in case["expected"]["error"]
    with pytest.raises(SinglePsuError):
        figures_of(case)


def nchs(function: str) -> Any:
    chosen = [case for case in STORED["nchs"] if case["fun"] == function]
    return pytest.mark.parametrize("case", chosen, ids=[case["id"] for case in chosen])


def estimate_of(args: Mapping[str, Any]) -> Estimate:
    return Estimate(value=args["p"], variance=args["se"] ** 2, df=args["df"], answers=args["n"])


@nchs("korn_graubard_nchs")
def test_korn_graubard_agrees(case: Mapping[str, Any]) -> None:
    args, expected = case["args"], case["expected"]
    interval = estimate_of(args).confidence_interval(args["level"], "korn_graubard_nchs")
    assert (interval.low, interval.high) == pytest.approx(
        (expected["lo"], expected["hi"]), rel=1e-7
    )


@nchs("nchs_presentation")
def test_the_presentation_rule_agrees(case: Mapping[str, Any]) -> None:
    expected = case["expected"]
    rule = presentation(estimate_of(case["args"]))
    assert (rule.status == "not_shown") is expected["suppress"]
    assert (rule.status == "review") is expected["review"]
    if not expected["suppress"]:
        footnote = "complement_wide" in rule.reasons
        assert footnote is expected["footnote_complement_unreliable"]
