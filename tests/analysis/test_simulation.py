"""The last witness: many samples from one known population, and how often we were right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from analysis import Design, Joint, Rows, Sample, Variable, calibrate, post_stratify, rake
from analysis.arrays import Floats

DAYS, PEOPLE = 60, 30
SAMPLED_DAYS, SAMPLED_PEOPLE = 12, 10
RUNS = 600


@dataclass(frozen=True)
class Population:
    """Days × people: satisfied or not, sex and age, which have to do with being satisfied."""

    satisfied: Floats
    old: Floats
    female: Floats

    @classmethod
    def drawn(cls) -> Population:
        draw = np.random.default_rng(20261122)
        old = (draw.random((DAYS, PEOPLE)) < 0.4).astype(float)
        female = (draw.random((DAYS, PEOPLE)) < 0.55).astype(float)
        chance = draw.beta(9, 3, (DAYS, 1)) * np.where(old, 1.0, 0.75) * (0.9 + 0.1 * female)
        return cls((draw.random((DAYS, PEOPLE)) < chance).astype(float), old, female)

    @property
    def margins(self) -> dict[str, dict[str, float]]:
        everybody = float(DAYS * PEOPLE)
        old, female = float(self.old.sum()), float(self.female.sum())
        return {
            "age": {"old": old, "young": everybody - old},
            "sex": {"F": female, "M": everybody - female},
        }

    def sample(self, draw: np.random.Generator) -> tuple[Rows, Variable]:
        """Days at random, and people at random in each."""
        days = draw.choice(DAYS, SAMPLED_DAYS, replace=False)
        people = np.array([draw.choice(PEOPLE, SAMPLED_PEOPLE, replace=False) for _ in days])
        at = (np.repeat(days, SAMPLED_PEOPLE), people.ravel())
        design = Design.from_rows(
            None,
            at[0].tolist(),
            sampling_fraction={"all": SAMPLED_DAYS / DAYS},
            second_unit=at[1].tolist(),
            second_population=[PEOPLE] * at[0].size,
        )
        cells = [
            ("old" if old else "young", "F" if female else "M")
            for old, female in zip(self.old[at], self.female[at], strict=True)
        ]
        weight = DAYS / SAMPLED_DAYS * PEOPLE / SAMPLED_PEOPLE
        rows = Rows.from_rows(design, cell=cells, base_weight=[weight] * at[0].size)
        return rows, Variable.of_people(self.satisfied[at])


POPULATION = Population.drawn()
FACTORS = ("age", "sex")


def plain(rows: Rows, satisfied: Variable) -> Joint:
    return Sample.of(rows).mean(satisfied)


def stratified(rows: Rows, satisfied: Variable) -> Joint:
    age = POPULATION.margins["age"]
    return Sample.of(rows, post_stratify(rows, age, by=lambda cell: cell[0])).mean(satisfied)


def raked(rows: Rows, satisfied: Variable) -> Joint:
    return Sample.of(rows, rake(rows, POPULATION.margins, factors=FACTORS)).mean(satisfied)


def bounded(rows: Rows, satisfied: Variable) -> Joint:
    fitted = calibrate(rows, POPULATION.margins, factors=FACTORS, method="linear")
    return Sample.of(rows, fitted).mean(satisfied)


@pytest.mark.parametrize("estimator", [plain, stratified, raked, bounded])
def test_standard_errors_tell_how_far_off_samples_are(
    estimator: Callable[[Rows, Variable], Joint],
) -> None:
    draw = np.random.default_rng(11)
    found = [estimator(*POPULATION.sample(draw)) for _ in range(RUNS)]
    values = np.array([one.value for one in found])
    truth = POPULATION.satisfied.mean()
    # 600 samples tell the standard error to 3 %, the mean to 4 % of it.
    assert values.mean() == pytest.approx(truth, abs=4 * values.std() / RUNS**0.5)
    told = np.mean([one.standard_error**2 for one in found]) ** 0.5
    assert told == pytest.approx(values.std(), rel=0.09)
    covered = [one.t_interval().low <= truth <= one.t_interval().high for one in found]
    assert np.mean(covered) == pytest.approx(0.95, abs=0.03)


def test_knowing_age_and_sex_makes_samples_more_certain() -> None:
    draw = np.random.default_rng(12)
    samples = [POPULATION.sample(draw) for _ in range(60)]
    errors = [
        np.mean([estimator(*one).standard_error for one in samples])
        for estimator in (plain, stratified, raked)
    ]
    assert errors[0] > errors[1] > errors[2] * 0.98
