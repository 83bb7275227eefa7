"""What each kind of R's cases expects, computed: one function per kind, and the table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from analysis import Replicates, Rows, Sample, SinglePsuError, Variable
from analysis.joint import Joint
from analysis.weighting import kish
from tests.analysis.parity import Asked, Case, calibrated, replicates

Found = dict[str, Any]


def answer(case: Case, folder: Path) -> Found:
    """What this package says to a case, under R's names."""
    asked = Asked.of(case, folder)
    rows = asked.base()
    again = replicates(asked, rows.design)
    if again is not None:
        return _replicated(asked, rows, *again)
    return KINDS[case["estimand"]["kind"]](asked, asked.sample(rows, case["steps"]))


def _summary(found: Joint, level: float = 0.95) -> Found:
    interval = found.t_interval(level) if found.df else None
    return {
        "est": found.values.tolist(),
        "se": found.standard_errors.tolist(),
        "df": found.df,
        "n": found.answers,
        **({"ci": [interval.low, interval.high]} if interval else {}),
    }


def _deff(estimand: Case, found: Joint) -> Found:
    if not estimand.get("deff"):
        return {}
    effects = found.design_effects(with_replacement=estimand["deff"] == "replace")
    return {"deff": effects.tolist()}


def _mean(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    found = sample.mean(asked.variable(estimand["var"]), asked.domain())
    return _summary(found, estimand.get("level", 0.95)) | _deff(estimand, found)


def _total(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    found = sample.total(asked.variable(estimand["var"]), asked.domain())
    return _summary(found) | _deff(estimand, found)


def _ratio(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    numerator = asked.variable(estimand["var"], estimand["den"])
    denominator = asked.variable(estimand["den"], estimand["var"])
    return _summary(sample.ratio(numerator, denominator, asked.domain()))


def _levels(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    name = estimand["var"]
    labels = sorted({p[name] for row in asked.rows for p in row if p[name] != ""})
    counts = [[sum(p[name] == label for p in row) for label in labels] for row in asked.rows]
    found = sample.levels(counts, labels, asked.domain())
    return {
        "level": [int(label) if label.isdigit() else label for label in labels],
        "est": found.values.tolist(),
        "se": found.standard_errors.tolist(),
    } | _deff(estimand, found)


def _by(asked: Asked, sample: Sample) -> Found:
    names = asked.case["estimand"]["by"]
    names = [names] if isinstance(names, str) else names
    variable = asked.variable(asked.case["estimand"]["var"])
    keys = [tuple(row[0][name] for name in names) for row in asked.rows]
    order = sorted(set(keys), key=lambda key: key[::-1])
    each = [
        _refusable(sample, variable, np.array([k == key for k in keys]) & asked.domain())
        for key in order
    ]
    return {
        "keys": {name: [key[place] for key in order] for place, name in enumerate(names)},
        **{name: [found[name] for found in each] for name in ("est", "se", "df")},
    }


def _refusable(sample: Sample, variable: Variable, rows: Any) -> Found:
    """One group: refused where R gives no standard error to a single PSU."""
    try:
        found = sample.mean(variable, rows)
    except SinglePsuError:
        return dict.fromkeys(("est", "se", "df"), "refused")
    return {"est": found.value, "se": found.standard_error, "df": found.df}


def _groups(asked: Asked, name: str) -> Mapping[Hashable, Any]:
    column = asked.column(name)
    return {label: np.array([value == label for value in column]) for label in sorted(set(column))}


def _change(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    groups = _groups(asked, estimand["by"])
    variable = asked.variable(estimand["var"])
    both = sample.by(variable, groups, asked.domain())
    before, after = (groups[label] for label in estimand["levels"])
    change = sample.change(variable, before, after, asked.domain())
    test = change.t_test()
    return {
        "est": both.values.tolist(),
        "vcov": both.covariance.tolist(),
        "diff": change.value,
        "diff_se": change.standard_error,
        "df": both.df,
        "t": test.t,
        "p_two": test.p_two_sided,
    }


def _cov(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    names = estimand["vars"]
    complete = asked.with_all_of(names)
    found = sample.means({name: complete.variable(name) for name in names}, asked.domain())
    contrast = found.contrast(dict(zip(names, estimand["coef"], strict=True)))
    return {
        "est": found.values.tolist(),
        "vcov": found.covariance.tolist(),
        "contrast": contrast.value,
        "contrast_se": contrast.standard_error,
        "df": contrast.df,
    }


def _composite(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    variables = [asked.variable(name) for name in estimand["vars"]]
    found = sample.composite(variables, estimand["weights"], asked.domain())
    summary = _summary(found)
    del summary["n"]
    return summary


def _target(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    found = sample.mean(asked.variable(estimand["var"]), asked.domain())
    test, limits = found.t_test(estimand["target"]), found.t_interval(0.90)
    return {
        "est": found.value,
        "se": found.standard_error,
        "df": found.df,
        "t": test.t,
        "p_greater": test.p_greater,
        "p_less": test.p_less,
        "lower95": limits.low,
        "upper95": limits.high,
    }


def _ttest(asked: Asked, sample: Sample) -> Found:
    estimand = asked.case["estimand"]
    first, second = _groups(asked, estimand["group"]).values()
    difference = sample.difference(asked.variable(estimand["var"]), second, first)
    test = difference.t_test(fewer_df=1)
    return {"diff": test.value, "t": test.t, "df": test.df, "p": test.p_two_sided}


def _weights(asked: Asked, sample: Sample) -> Found:
    w = sample.weighted.weight[asked.row_of_person]
    cost = kish(w)
    return {
        "sum": w.sum(),
        "min": w.min(),
        "max": w.max(),
        "sumsq": (w**2).sum(),
        "kish_deff": cost.deff,
        "n_kish": cost.effective,
        "first": w[: len(asked.case["expected"]["first"])].tolist(),
    }


def _ciprop(asked: Asked, sample: Sample) -> Found:
    """R counts all rows of a calibrated design as answers, also those outside the domain."""
    estimand = asked.case["estimand"]
    found = sample.mean(asked.variable(estimand["var"]), asked.domain())
    rows_in_r = asked.case["expected"]["nrow_design"] if "n" in asked.case["expected"] else 0
    as_r = found
    if estimand["method"] == "beta" and rows_in_r:
        as_r = Joint(found.labels, found.values, found.deviations, found.df, rows_in_r)
    interval = as_r.estimate("mean").confidence_interval(
        estimand.get("level", 0.95), estimand["method"]
    )
    return {
        "est": found.value,
        "se": found.standard_error,
        "ci": [interval.low, interval.high],
        "df": found.df,
        "n": found.answers,
        "nrow_design": rows_in_r,
    }


KINDS: dict[str, Callable[[Asked, Sample], Found]] = {
    "mean": _mean,
    "total": _total,
    "ratio": _ratio,
    "levels": _levels,
    "by": _by,
    "ciprop": _ciprop,
    "composite": _composite,
    "change": _change,
    "cov": _cov,
    "target": _target,
    "weights": _weights,
    "ttest2": _ttest,
}


def _replicated(asked: Asked, rows: Rows, again: Replicates, steps: list[Case]) -> Found:
    estimand = asked.case["estimand"]
    variable = asked.variable(estimand["var"], estimand.get("den"))
    keep = asked.domain() & (variable.counts > 0)
    below = variable.counts
    if "den" in estimand:
        below = asked.variable(estimand["den"], estimand["var"]).sums
    sums, counts = variable.sums * keep, below * keep
    calibrate = partial(calibrated, asked, step=steps[0]) if steps else None
    found = again.apply(rows, lambda w: w @ sums / (w @ counts), calibrate=calibrate, domain=keep)
    return _summary(found) | {"n": int((variable.counts * keep).sum())}
