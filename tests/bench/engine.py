"""The same figures from the same answers: this engine beside R's `survey` (Debian: r-cran-survey).

    python -m tests.bench.engine [--rows 100000] [--units-in-r 3]  (0: without R)

200 units × 5 fields, PSU = point × day, 6 items with 5 % left blank: the share of each item for
each unit and for all, with standard error, degrees of freedom and interval: 1,206 estimates,
without calibration and post-stratified by unit × field. R's time for one unit grows with all rows;
it is measured on a few units and scaled to all, its set-up is counted once. Both columns are
processor time; where R and the engine differ by more than 1e-9, the run ends with an error.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis import Design, EstimateSet, IndexRule, Items, Node, Totals, estimate_figures
from analysis import post_stratify as post_stratified

UNITS, FIELDS, ITEMS, DAYS = 200, 5, 6, 10
CODES = tuple(f"s{k + 1}" for k in range(ITEMS))
RULE = IndexRule(Node("index", members=CODES))
PEOPLE_PER_ANSWER = 7

R_SCRIPT = """
suppressMessages(library(survey)); args <- commandArgs(TRUE)
dat <- read.csv(args[1]); units <- as.integer(args[2]); calibrated <- args[3] == "yes"
now <- function() sum(proc.time()[1:2])
start <- now()
d <- svydesign(ids=~psu, strata=~stratum, weights=~w, data=dat, nest=TRUE)
if (calibrated) d <- postStratify(d, ~stratum, data.frame(xtabs(PEOPLE ~ stratum, unique(dat[, c("stratum", "PEOPLE")]))))
setup <- now() - start; start <- now(); out <- list()
for (u in seq_len(units) - 1) for (k in 1:6) {
  v <- paste0("s", k); x <- d[dat$unit == u & !is.na(dat[[v]]), ]
  x$variables[[v]][is.na(x$variables[[v]])] <- 0  # such rows have weight 0
  m <- svymean(as.formula(paste0("~", v)), x); df <- degf(x)
  p <- svyciprop(as.formula(paste0("~", v)), x, method = "beta")
  out[[length(out) + 1]] <- c(u, k, coef(m), SE(m), df)
}
cat(sprintf('{"setup": %f, "each": %f, "found": [%s]}', setup, (now() - start) / units,
  paste(sapply(out, function(z) sprintf("[%s]", paste(sprintf("%.17g", z), collapse = ","))), collapse = ",")))
"""  # noqa: E501 - R


@dataclass(frozen=True, slots=True)
class Answers:
    """People in columns; `items` (n, 6) holds 0, 1, or −1 where nothing was answered."""

    unit: NDArray[np.int64]
    field: NDArray[np.int64]
    day: NDArray[np.int64]
    items: NDArray[np.int8]


def made(rows: int, seed: int = 7) -> Answers:
    """Answers with effects of unit and day, the same in each run."""
    rng = np.random.default_rng(seed)
    unit, field, day = (rng.integers(0, n, rows) for n in (UNITS, FIELDS, DAYS))
    place = (unit * FIELDS + field) * DAYS + day
    tilt = rng.normal(0, 0.5, UNITS)[unit] + rng.normal(0, 0.4, UNITS * FIELDS * DAYS)[place]
    chance = 1 / (1 + np.exp(-(2 + tilt[:, None] + rng.normal(0, 0.3, ITEMS))))
    items = (rng.random((rows, ITEMS)) < chance).astype(np.int8)
    items[rng.random((rows, ITEMS)) < 0.05] = -1
    return Answers(unit, field, day, items)


def summed(answers: Answers) -> Totals:
    """The sums per stratum and PSU, as the database keeps them."""
    place = (answers.unit * FIELDS + answers.field) * DAYS + answers.day
    kept, row = np.unique(place, return_inverse=True)
    people = np.bincount(row)
    counts = np.empty((kept.size, ITEMS, 2), dtype=np.int64)
    for k in range(ITEMS):
        for value in (0, 1):
            counts[:, k, value] = np.bincount(row[answers.items[:, k] == value], None, kept.size)
    stratum = (kept // DAYS).tolist()
    design = Design.from_rows(stratum, kept.tolist(), single_psu="adjust")
    items = Items(CODES, [[False, True]] * ITEMS, [[0.0, 1.0]] * ITEMS)
    return Totals.from_rows(design, cell=stratum, respondents=people, counts=counts, items=items)


def estimated(totals: Totals, *, calibrated: bool) -> dict[int, EstimateSet]:
    """All units' figures with their intervals, and those of all units together as −1."""
    strata = np.array([totals.cells[c] for c in totals.cell_of_row], dtype=np.int64)
    answered = np.bincount(strata, totals.respondents, UNITS * FIELDS)
    people = {s: PEOPLE_PER_ANSWER * n * (1 + s % 3) for s, n in enumerate(answered) if n}
    calibration = post_stratified(totals, people, group=lambda cell: cell) if calibrated else None
    domains = {-1: totals.everything(), **totals.by_label((strata // FIELDS).tolist())}
    found = estimate_figures(totals, RULE, domains=domains, calibration=calibration, pool_over=())
    for figures in found.values():
        for code in CODES:
            figures["item", code].confidence_interval()
    return found


def write(answers: Answers, file: Path) -> None:
    """The answers as R reads them."""
    stratum = answers.unit * FIELDS + answers.field
    size = np.bincount(stratum, minlength=UNITS * FIELDS)[stratum]
    people = PEOPLE_PER_ANSWER * size * (1 + stratum % 3)
    columns = [answers.unit, stratum, stratum * DAYS + answers.day, np.ones_like(stratum), people]
    table = np.column_stack([*columns, answers.items])
    head = ",".join(("unit", "stratum", "psu", "w", "PEOPLE", *CODES))
    lines = (",".join(map(str, line)).replace("-1", "NA") for line in table.tolist())
    file.write_text("\n".join((head, *lines)))


def r_time(file: Path, units: int, found: dict[int, EstimateSet], *, calibrated: bool) -> float:
    """Seconds of processor time that R needs for all, after comparing what it found."""
    script = file.with_suffix(".R")
    script.write_text(R_SCRIPT)
    command = ["Rscript", script, file, str(units), "yes" if calibrated else "no"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    answer = json.loads(done.stdout)
    for unit, item, value, error, df in answer["found"]:
        ours = found[int(unit)]["item", f"s{int(item)}"]
        same = np.allclose([ours.value, ours.standard_error], [value, error], rtol=1e-9, atol=0)
        assert same, (unit, item, ours, value, error)
        assert ours.df == df, (unit, item, ours, df)
    return float(answer["setup"] + answer["each"] * (UNITS + 1))


def main() -> None:
    """Print one line for each calibration."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--units-in-r", type=int, default=3)
    options = parser.parse_args()
    answers = made(options.rows)
    started = time.process_time()
    totals = summed(answers)
    summing = time.process_time() - started
    sums = totals.respondents.size
    print(f"{options.rows:,} answers; from columns to {sums:,} sums in {summing:.2f} s")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "answers.csv")
        if options.units_in_r:
            write(answers, file)
        for calibrated in (False, True):
            started = time.process_time()
            found = estimated(totals, calibrated=calibrated)
            ours = time.process_time() - started
            name = "post-stratified" if calibrated else "uncalibrated"
            print(
                f"{name:16} after the sums {ours:5.2f} s, with them {ours + summing:5.2f} s", end=""
            )
            if options.units_in_r:
                theirs = r_time(file, options.units_in_r, found, calibrated=calibrated)
                print(f"   R {theirs:9.1f} s   ratio {theirs / (ours + summing):8.0f}", end="")
            print()


if __name__ == "__main__":
    main()
