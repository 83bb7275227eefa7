"""The same figures from the same answers: this engine beside R's `survey`.

    python -m tests.bench.engine [--rows 100000 1000000 10000000] [--rows-in-r 100000]
                                 [--units-in-r 1] [--profile]

200 units × 5 fields, PSU = point × day, 6 items with 5 % left blank: the share of each item for
each unit and for all, with standard error, degrees of freedom and interval: 1,206 estimates,
uncalibrated, post-stratified by unit × field, and raked: each unit on its fields, sexes and ages.

All times are processor time. Answers are made and summed in chunks, as a database sums them; every
number of answers has a process of its own, whose peak memory up to the line is shown. R (Debian:
r-cran-survey, r-cran-mass) keeps all rows; its time for one unit grows with them, so it is measured
on a few units and scaled to all, its set-up counted once. Raking in R is given the margins of those
units only, and the time to solve them is scaled; with those of all units each of its estimates
would cost more, so what is shown is the least. Where R and the engine differ by more than 1e-9, the
run ends with an error. `--rows-in-r 0`: without R.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import multiprocessing
import pstats
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from analysis import (
    Calibration,
    Design,
    EstimateSet,
    IndexRule,
    Items,
    Node,
    Totals,
    estimate_figures,
    post_stratify,
    rake,
)

UNITS, FIELDS, DAYS, SEXES, AGES, ITEMS = 200, 5, 10, 2, 6, 6
SHAPE = (UNITS, FIELDS, DAYS, SEXES, AGES)
PLACES = UNITS * FIELDS * DAYS
CODES = tuple(f"s{k + 1}" for k in range(ITEMS))
RULE = IndexRule(Node("index", members=CODES))
PEOPLE_PER_ANSWER = 7
CHUNK = 250_000
WEIGHTS = ("uncalibrated", "post-stratified", "raked")

R_SCRIPT = """
suppressMessages(library(survey)); args <- commandArgs(TRUE)
dat <- read.csv(args[1]); units <- as.integer(args[2])
now <- function() sum(proc.time()[1:2])
start <- now()
d <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=dat, nest=TRUE)
if (args[3] == "post-stratified")
  d <- postStratify(d, ~stratum, data.frame(xtabs(PEOPLE ~ stratum, unique(dat[, c("stratum", "PEOPLE")]))))
setup <- now() - start; solve <- 0
if (args[3] == "raked") {
  known <- read.csv(args[4]); names <- paste0("x", seq_len(nrow(known)))
  for (i in seq_along(names))
    dat[[names[i]]] <- as.numeric(dat$unit == known$unit[i] & dat[[known$margin[i]]] == known$level[i])
  d <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=dat, nest=TRUE); start <- now()
  d <- calibrate(d, reformulate(names, intercept=FALSE), setNames(known$people, names),
                 calfun="raking", epsilon=1e-12, maxit=100)
  solve <- (now() - start) / units
}
start <- now(); out <- list()
for (u in seq_len(units) - 1) for (k in 1:6) {
  v <- paste0("s", k); x <- d[dat$unit == u & !is.na(dat[[v]]), ]
  x$variables[[v]][is.na(x$variables[[v]])] <- 0  # such rows have weight 0
  m <- svymean(as.formula(paste0("~", v)), x); df <- degf(x)
  p <- svyciprop(as.formula(paste0("~", v)), x, method = "beta")
  out[[length(out) + 1]] <- c(u, k, coef(m), SE(m), df)
}
cat(sprintf('{"setup": %f, "solve": %f, "each": %f, "found": [%s]}', setup, solve, (now() - start) / units,
  paste(sapply(out, function(z) sprintf("[%s]", paste(sprintf("%.17g", z), collapse = ","))), collapse = ",")))
"""  # noqa: E501 - R

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answers:
    """People by place in `SHAPE`; `items` (n, 6) holds 0, 1, or −1 where nothing was answered."""

    where: NDArray[np.int64]
    items: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Sums:
    """People (places, sexes × ages), and (…, 6, 2) how many gave each answer."""

    people: NDArray[np.int64]
    counts: NDArray[np.int64]

    def by_place(self) -> Totals:
        """The sums per stratum and PSU, as the database keeps them."""
        return self._totals(np.arange(PLACES), self.people.sum(axis=1), self.counts.sum(axis=1))

    def by_person(self) -> Totals:
        """The same by sex and age, of those who are there."""
        place, person = np.nonzero(self.people)
        counts = self.counts[place, person]
        return self._totals(place, self.people[place, person], counts, person.tolist())

    def _totals(
        self, place: NDArray[Any], people: NDArray[Any], counts: NDArray[Any], person: Any = None
    ) -> Totals:
        stratum = (place // DAYS).tolist()
        cells: Any = stratum
        if person:
            cells = [
                (s // FIELDS, s % FIELDS, p // AGES, p % AGES)
                for s, p in zip(stratum, person, strict=True)
            ]
        return Totals.from_rows(
            Design.from_rows(stratum, place.tolist(), single_psu="adjust"),
            cell=cells,
            respondents=people,
            counts=counts,
            items=Items(CODES, [[False, True]] * ITEMS, [[0.0, 1.0]] * ITEMS),
            base_weight=np.full(place.size, float(PEOPLE_PER_ANSWER)),
        )


def made(rows: int, seed: int = 7) -> Iterator[Answers]:
    """Answers with effects of unit, day, sex and age, the same in each run, chunk by chunk."""
    rng = np.random.default_rng(seed)
    tilt = rng.normal(0, 0.4, SHAPE[:3]) + rng.normal(0, 0.5, UNITS)[:, None, None]
    tilt = (tilt[..., None, None] + rng.normal(0, 0.2, SHAPE[3:])).ravel()
    easy = 2 + rng.normal(0, 0.3, ITEMS)
    for start in range(0, rows, CHUNK):
        where = rng.integers(0, tilt.size, min(CHUNK, rows - start))
        chance = 1 / (1 + np.exp(-(tilt[where, None] + easy)))
        items = (rng.random(chance.shape) < chance).astype(np.int8)
        items[rng.random(chance.shape) < 0.05] = -1
        yield Answers(where, items)


def summed(answers: Answers) -> Sums:
    """The sums of a chunk."""
    size = PLACES * SEXES * AGES
    counts = np.empty((size, ITEMS, 2), dtype=np.int64)
    for k in range(ITEMS):
        for value in (0, 1):
            inside = answers.where[answers.items[:, k] == value]
            counts[:, k, value] = np.bincount(inside, None, size)
    people = np.bincount(answers.where, None, size)
    return Sums(people.reshape(PLACES, -1), counts.reshape(PLACES, -1, ITEMS, 2))


def tilted(people: NDArray[Any]) -> NDArray[np.float64]:
    """Population totals of levels (…, L) that are not as those in the sample, but as many."""
    wanted = people * (1 + 0.1 * np.arange(people.shape[-1]))
    whole = PEOPLE_PER_ANSWER * people.sum(axis=-1, keepdims=True)
    found: NDArray[np.float64] = wanted / wanted.sum(axis=-1, keepdims=True) * whole
    return found


def margins(sums: Sums) -> dict[str, NDArray[np.float64]]:
    """The people of each unit by field, sex and age (units, levels)."""
    people = sums.people.reshape(SHAPE)
    axes = {"field": (2, 3, 4), "sex": (1, 2, 4), "age": (1, 2, 3)}
    return {margin: tilted(people.sum(axis=others)) for margin, others in axes.items()}


def calibrated(totals: Totals, sums: Sums, weights: str) -> Calibration | None:
    """The factors; None where there are none."""
    if weights == "uncalibrated":
        return None
    if weights == "post-stratified":
        people = dict(enumerate(strata_of(sums).tolist()))
        return post_stratify(totals, people, group=lambda cell: cell)
    return rake(
        totals,
        {
            ("unit", margin): {place: float(n) for place, n in np.ndenumerate(people)}
            for margin, people in margins(sums).items()
        },
        factors=("unit", "field", "sex", "age"),
    )


def strata_of(sums: Sums) -> NDArray[np.int64]:
    """The people of each unit × field."""
    answered = sums.people.reshape(UNITS * FIELDS, -1).sum(axis=1)
    people: NDArray[np.int64] = PEOPLE_PER_ANSWER * answered * (1 + np.arange(answered.size) % 3)
    return people


def estimated(totals: Totals, sums: Sums, weights: str) -> dict[int, EstimateSet]:
    """All units' figures with their intervals, and those of all units together as −1."""
    calibration = calibrated(totals, sums, weights)
    strata = np.array(totals.design.strata)[totals.design.stratum_of_psu[totals.design.psu_of_row]]
    domains = {-1: totals.everything(), **totals.by_label((strata // FIELDS).tolist())}
    found = estimate_figures(totals, RULE, domains=domains, calibration=calibration, pool_over=())
    for figures in found.values():
        for code in CODES:
            figures["item", code].confidence_interval()
    return found


@dataclass(frozen=True, slots=True)
class InR:
    """R on the same answers, with the margins of the units that it is measured on."""

    folder: Path
    units: int

    def write(self, answers: Iterator[Answers], sums: Sums) -> None:
        """The files that R reads."""
        people = strata_of(sums)
        head = "unit,stratum,psu,field,sex,age,w,PEOPLE," + ",".join(CODES)
        with (self.folder / "answers.csv").open("w") as file:
            file.write(head)
            for chunk in answers:
                unit, field, day, sex, age = np.unravel_index(chunk.where, SHAPE)
                stratum = unit * FIELDS + field
                columns = [unit, stratum, stratum * DAYS + day, field, sex, age]
                weight = np.full_like(unit, PEOPLE_PER_ANSWER)
                table = np.column_stack([*columns, weight, people[stratum], chunk.items])
                for line in table.tolist():
                    file.write("\n" + ",".join(map(str, line)).replace("-1", "NA"))
        with (self.folder / "margins.csv").open("w") as file:
            file.write("unit,margin,level,people")
            for margin, totals in margins(sums).items():
                for (unit, level), number in np.ndenumerate(totals[: self.units]):
                    # What the other levels and margins leave needs no column of its own.
                    if margin == "field" or level:
                        file.write(f"\n{unit},{margin},{level},{float(number)!r}")

    def seconds(self, weights: str, found: dict[int, EstimateSet]) -> float:
        """The processor time that R needs for all units, after comparing what it found."""
        script = self.folder / "survey.R"
        script.write_text(R_SCRIPT)
        answers, known = self.folder / "answers.csv", self.folder / "margins.csv"
        command: list[str | Path] = ["Rscript", script, answers]
        command += [str(self.units), weights, known]
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        answer = json.loads(done.stdout)
        for unit, item, value, error, df in answer["found"]:
            ours = found[int(unit)]["item", f"s{int(item)}"]
            same = np.allclose([ours.value, ours.standard_error], [value, error], rtol=1e-9, atol=0)
            assert same, (unit, item, ours, value, error)
            assert ours.df == df, (unit, item, ours, df)
        each = answer["solve"] * UNITS + answer["each"] * (UNITS + 1)
        return float(answer["setup"] + each)


def timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """Seconds of processor time, and what came of it."""
    started = time.process_time()
    found = work()
    return time.process_time() - started, found


def added_up(rows: int) -> tuple[float, Sums]:
    """The seconds of summing all chunks, without making them, and their sums."""
    empty = PLACES, SEXES * AGES
    sums = Sums(np.zeros(empty, np.int64), np.zeros((*empty, ITEMS, 2), np.int64))
    spent = 0.0
    for chunk in made(rows):
        seconds, part = timed(partial(summed, chunk))
        sums.people[:] += part.people
        sums.counts[:] += part.counts
        spent += seconds
    return spent, sums


def after(sums: Sums, weights: str) -> dict[int, EstimateSet]:
    """Everything that comes after the sums."""
    totals = sums.by_person() if weights == "raked" else sums.by_place()
    return estimated(totals, sums, weights)


def measure(rows: int, units_in_r: int) -> dict[str, float]:
    """Print the lines of one number of answers; the seconds after the sums, by weights."""
    summing, sums = added_up(rows)
    spent, found, memory = {}, {}, {}
    for weights in WEIGHTS:
        spent[weights], found[weights] = timed(partial(after, sums, weights))
        memory[weights] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with tempfile.TemporaryDirectory() as folder:
        other = InR(Path(folder), units_in_r)
        if units_in_r:
            other.write(made(rows), sums)
        for weights in WEIGHTS:
            whole = summing + spent[weights]
            line = f"{rows:>10,} {weights:16} {summing:>7.2f} {spent[weights]:>8.2f} {whole:>8.2f} "
            line += f"{memory[weights]:>6.0f}"
            if units_in_r:
                theirs = other.seconds(weights, found[weights])
                mark = "≥" if weights == "raked" else "~"
                line += f" {mark} {theirs:>9,.0f} {mark} {theirs / whole:>9,.0f}"
            print(line, flush=True)
    return spent


def profiled(rows: int) -> None:
    """Print where the processor time after the sums goes, raked."""
    _, sums = added_up(rows)
    watched = cProfile.Profile(time.process_time)
    watched.runcall(after, sums, "raked")
    pstats.Stats(watched).sort_stats("cumulative").print_stats(10)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--rows-in-r", type=int, default=100_000)
    parser.add_argument("--units-in-r", type=int, default=1)
    parser.add_argument("--profile", action="store_true")
    given = parser.parse_args()
    print(
        "   answers weights           sums s  after s  whole s     MB    R survey s       times\n"
        f"   (R: {given.units_in_r} of {UNITS} units measured, scaled; ≥: the least)"
    )
    spent = {}
    for rows in given.rows:
        # A process of its own, for its peak memory.
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as alone:
            units = given.units_in_r if rows == given.rows_in_r else 0
            spent[rows] = alone.submit(measure, rows, units).result()
    most, second = max(given.rows), sorted(given.rows)[-2:][0]
    for weights in WEIGHTS:
        ratio = spent[most][weights] / spent[second][weights]
        print(f"after the sums, {most:,} beside {second:,} answers, {weights}: {ratio:.2f}")
    if given.profile:
        profiled(most)


if __name__ == "__main__":
    main()
