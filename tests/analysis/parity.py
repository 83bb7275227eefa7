"""R's cases, run by this package: what a stored case asks for, as its design, weights, estimand."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from analysis import Calibration, Design, Replicates, Rows, Sample, Variable, calibrate, rake
from analysis.arrays import Booleans, Floats
from analysis.calibration import post_stratify
from analysis.margins import calibrate_to
from analysis.rows import SampledRows
from analysis.weighting import trim_weights

Case = Mapping[str, Any]
Person = Mapping[str, str]
FILES = Path(__file__).parents[1] / "reference"


@cache
def people(path: Path) -> list[Person]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def replicate_table(path: Path) -> Floats:
    return np.loadtxt(path, delimiter=",", skiprows=1)


@dataclass(frozen=True)
class Asked:
    """A case with its people, and their rows: those who differ in nothing that it asks for."""

    case: Case
    folder: Path
    rows: list[list[Person]]
    row_of_person: list[int]
    factors: list[str]

    @classmethod
    def of(cls, case: Case, folder: Path) -> Asked:
        """The case with its people summed into rows."""
        every = people(folder / case["data"])
        names, alone = _columns(case), _alone(case)
        keys = [
            (*(person[name] for name in names), str(place) if alone else "")
            for place, person in enumerate(every)
        ]
        place_of: dict[tuple[str, ...], int] = {}
        rows: list[list[Person]] = []
        row_of_person = []
        for key, person in zip(keys, every, strict=True):
            place = place_of.setdefault(key, len(rows))
            if place == len(rows):
                rows.append([])
            rows[place].append(person)
            row_of_person.append(place)
        return cls(case, folder, rows, row_of_person, _factors(case))

    def column(self, name: str) -> list[str]:
        """What the people of each row have in common."""
        return [row[0][name] for row in self.rows]

    def design(self) -> Design:
        """R's svydesign."""
        given, options = self.case["design"], self.case["options"]
        ids, sizes = _listed(given.get("ids", "1")), _listed(given.get("fpc"))
        stratum = self.column(given["strata"]) if "strata" in given else None
        psu = None if ids[0] == "1" else self.column(ids[0])
        rules = {"single_psu": options["lonely_psu"]}
        if options["adjust_domain_lonely"]:
            rules["single_in_domain"] = True
        if "repweights" in given:
            return Design.from_rows(["all"] * len(self.rows), None, **rules)
        if stratum is None:
            stratum = ["all"] * len(self.rows)
        fractions = {}
        if sizes:
            sampled = defaultdict(set)
            names = psu or range(len(self.rows))
            for label, unit in zip(stratum, names, strict=True):
                sampled[label].add(unit)
            fractions = {
                label: len(sampled[label]) / float(size)
                for label, size in zip(stratum, self.column(sizes[0]), strict=True)
            }
        second: dict[str, Any] = {}
        if len(ids) > 1:
            second = {
                "second_unit": self.column(ids[1]),
                "second_population": [float(size) for size in self.column(sizes[1])],
            }
        return Design.from_rows(stratum, psu, sampling_fraction=fractions, **rules, **second)

    def base(self) -> Rows:
        """The rows with their design weights, in cells of all calibration factors."""
        given, design = self.case["design"], self.design()
        if "weights" in given:
            weight = np.array([float(w) for w in self.column(given["weights"])])
        else:
            weight = 1 / design.fractions[design.stratum_of_psu[design.psu_of_row]]
            if design.second is not None:
                weight /= design.second.fractions[design.psu_of_row]
        cell: Any = [tuple(row[0][name] for name in self.factors) for row in self.rows]
        if any("aggregate" in step for step in self.case["steps"]):
            cell = [design.psus[psu] for psu in design.psu_of_row.tolist()]
        return Rows.from_rows(
            design,
            cell=cell,
            respondents=[len(row) for row in self.rows],
            base_weight=weight,
        )

    def sample(self, rows: SampledRows, steps: list[Case]) -> Sample:
        """The rows after R's calibration steps."""
        calibration, final = None, None
        for step in steps:
            if step["op"] == "trimWeights":
                start = Sample.of(rows, calibration).weighted.weight
                final = trim_weights(
                    start,
                    lower=step["lower"],
                    upper=step["upper"],
                    people=rows.respondents,
                    strict=step["strict"],
                ).weights
            else:
                calibration = calibrated(self, rows, step=step)
        return Sample.of(rows, calibration, final)

    def variable(self, name: str, also: str | None = None) -> Variable:
        """The sums of a variable over those of each row who have it (and the other one)."""
        own = [
            [
                float(person[name])
                for person in row
                if person[name] != "" and (also is None or person[also] != "")
            ]
            for row in self.rows
        ]
        return Variable(
            np.array([sum(x) for x in own]),
            np.array([float(len(x)) for x in own]),
            np.array([sum(z * z for z in x) for x in own]),
        )

    def with_all_of(self, names: list[str]) -> Asked:
        """The same rows, where who lacks one of these answers has none of them."""
        blank = dict.fromkeys(names, "")
        rows = [
            [p if all(p[name] != "" for name in names) else {**p, **blank} for p in row]
            for row in self.rows
        ]
        return replace(self, rows=rows)

    def domain(self) -> Booleans:
        """The rows that fulfil all conditions."""
        keep = np.ones(len(self.rows), dtype=bool)
        for condition in self.case["domain"]:
            column, wanted = self.column(condition["var"]), condition["value"]
            if condition["op"] == "==":
                keep &= np.array([value == str(wanted) for value in column])
            elif condition["op"] == ">":
                keep &= np.array([value != "" and float(value) > wanted for value in column])
            else:
                raise AssertionError(condition)
        return keep


def _alone(case: Case) -> bool:
    """Whether each person is a row: a PSU, or replicate weights, of their own."""
    return case["design"].get("ids", "1") == "1"


def _listed(value: Any) -> list[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _factors(case: Case) -> list[str]:
    names: dict[str, None] = {}
    for step in case["steps"]:
        for name in [
            *_listed(step.get("vars")),
            *(n for margin in step.get("margins", []) for n in margin[0] if n != "Freq"),
            *(n for n in step.get("terms", [])),
        ]:
            names[name] = None
    return list(names)


def _columns(case: Case) -> list[str]:
    """All columns that the people of one row must have in common."""
    design, estimand = case["design"], case["estimand"]
    names = [
        *(name for name in _listed(design.get("ids")) if name != "1"),
        *_listed(design.get("strata")),
        *_listed(design.get("fpc")),
        *_listed(design.get("weights")),
        *_factors(case),
        *(condition["var"] for condition in case["domain"]),
        *_listed(estimand.get("by")),
        *_listed(estimand.get("group")),
    ]
    return list(dict.fromkeys(names))


def _post_stratify(asked: Asked, rows: SampledRows, step: Case) -> Calibration:
    names = _listed(step["vars"])
    population = {tuple(str(r[n]) for n in names): r["Freq"] for r in step["population"]}
    places = [asked.factors.index(name) for name in names]
    return post_stratify(
        rows, population, by=lambda cell: tuple(cell[place] for place in places), smallest=1
    )


def _margins(step: Case) -> dict[str, dict[str, float]]:
    return {
        next(n for n in margin[0] if n != "Freq"): {
            str(next(v for n, v in level.items() if n != "Freq")): level["Freq"] for level in margin
        }
        for margin in step["margins"]
    }


def _rake(asked: Asked, rows: SampledRows, step: Case) -> Calibration:
    return rake(rows, _margins(step), factors=asked.factors, as_r_rake=True)


def _calibrate(asked: Asked, rows: SampledRows, step: Case) -> Calibration:
    bounds = tuple(step["bounds"]) if step.get("bounds") else None
    if "terms" in step or "aggregate" in step:
        return _calibrate_to(asked, rows, step)
    return calibrate(
        rows, _margins(step), factors=asked.factors, method=step["calfun"], bounds=bounds
    )


def _calibrate_to(asked: Asked, rows: SampledRows, step: Case) -> Calibration:
    """Numbers among the terms, or one factor per PSU: the mean of the terms in each cell."""
    if "terms" in step:
        wanted = dict(step["totals"])
    else:
        wanted = {"(Intercept)": 0.0}
        for name, levels in _margins(step).items():
            wanted["(Intercept)"] = sum(levels.values())
            wanted |= {name + level: levels[level] for level in sorted(levels)[1:]}
    values = {}
    for term in wanted:
        flags = [
            [float(person[term]) if term in person else _flag(person, term) for person in row]
            for row in asked.rows
        ]
        sums = np.bincount(rows.cell_of_row, [sum(x) for x in flags])
        values[term] = sums / np.bincount(rows.cell_of_row, rows.respondents)
    return calibrate_to(rows, values, wanted, method=step["calfun"])


def _flag(person: Person, term: str) -> float:
    """A dummy variable by R's name for it, e.g. genderM; the intercept is 1."""
    return float(term == "(Intercept)" or any(name + v == term for name, v in person.items()))


STEPS: dict[str, Callable[[Asked, SampledRows, Case], Calibration]] = {
    "postStratify": _post_stratify,
    "rake": _rake,
    "calibrate": _calibrate,
}


def replicates(asked: Asked, design: Design) -> tuple[Replicates, list[Case]] | None:
    """R's replicate weights, and the steps that come after them."""
    given, steps = asked.case["design"], list(asked.case["steps"])
    if "repweights" in given:
        table = replicate_table(asked.folder / given["repweights"])
        return Replicates.given(table, given["scale"], around_full=given["mse"]), steps
    if steps and steps[0]["op"] == "as.svrepdesign":
        return Replicates.jackknife(design, around_full=steps[0].get("mse", False)), steps[1:]
    return None


def calibrated(asked: Asked, rows: SampledRows, *, step: Case) -> Calibration:
    """The calibration of one of R's steps."""
    return STEPS[step["op"]](asked, rows, step)
