"""Every interval method against published examples and its own promises."""

from __future__ import annotations

import math

import pytest

from analysis import Estimate, Interval
from analysis.intervals import INTERVAL_METHODS, korn_graubard_answers


def share(value: float = 0.75, **changes: float) -> Estimate:
    """The three days of METHODS.md: 9 of 12, V = 1/48, df 2."""
    known = {"variance": 1 / 48, "df": 2, "answers": 12, **changes}
    return Estimate(value=value, **known)  # type: ignore[arg-type]


#: (t_11/t_2)² at 95 %, from a table of Student's t: 2.2010 and 4.3027.
T_FACTOR = (2.200985 / 4.302653) ** 2


def test_effective_answers_pay_for_few_degrees_of_freedom() -> None:
    assert korn_graubard_answers(share(), 0.95) == pytest.approx(9 * T_FACTOR, rel=1e-5)


def test_the_pooled_design_effect_is_a_floor_but_never_a_gift() -> None:
    many = share(variance=1e-9, df=50)
    assert korn_graubard_answers(many, 0.95) == 12
    assert korn_graubard_answers(share(variance=1e-9, df=50, pooled_deff=3), 0.95) == 4
    assert korn_graubard_answers(share(variance=1e-9, df=50, pooled_deff=0.5), 0.95) == 12


def test_a_small_population_lifts_the_cap() -> None:
    quarter = share(variance=1e-9, df=50, sampling_fraction=0.25)
    assert korn_graubard_answers(quarter, 0.95) == pytest.approx(16)


def test_at_0_and_100_percent_the_limit_is_a_power() -> None:
    everyone = share(1.0, variance=0, pooled_deff=2).confidence_interval()
    assert everyone.low == pytest.approx(0.025 ** (1 / 6))
    assert everyone.high == 1
    nobody = share(0.0, variance=0, pooled_deff=2).confidence_interval()
    assert nobody.low == 0
    assert nobody.high == pytest.approx(1 - everyone.low)


def test_without_a_degree_of_freedom_the_pooled_answers_pay_as_one_does() -> None:
    single = share(df=0, variance=0)
    assert korn_graubard_answers(single, 0.95) == pytest.approx(12 * (2.200985 / 12.7062) ** 2)
    assert single.confidence_interval().width > 0.9


def test_a_census_has_no_error() -> None:
    census = share(sampling_fraction=1, variance=0)
    assert census.confidence_interval() == Interval(0.75, 0.75)
    points = Estimate(
        value=4, variance=0, df=2, answers=9, kind="mean", scale=(1, 5), sampling_fraction=1
    )
    assert points.confidence_interval() == Interval(4, 4)


@pytest.mark.parametrize("method", ["beta", "wilson", "logit"])
@pytest.mark.parametrize("changes", [{"variance": 0.0}, {"df": 0}, {"value": 1.0, "variance": 0.0}])
def test_where_r_has_no_answer_the_default_answers(method: str, changes: dict[str, float]) -> None:
    estimate = share(**changes)
    assert estimate.confidence_interval(method=method) == estimate.confidence_interval()


def test_wilson_by_hand() -> None:
    # n_own 9, t_2 = 4.3027: t²/n = 2.05698
    interval = share().confidence_interval(method="wilson")
    middle = (0.75 + 2.056980 / 2) / 3.056980
    half = 4.302653 / 3.056980 * math.sqrt(0.1875 / 9 + 2.056980 / 36)
    assert interval.low == pytest.approx(middle - half, abs=1e-6)
    assert interval.high == pytest.approx(middle + half, abs=1e-6)


def test_logit_by_hand() -> None:
    # log-odds ln 3, SE 0.14434/0.1875 = 0.76980
    interval = share().confidence_interval(method="logit")
    odds = math.exp(math.log(3) - 4.302653 * 0.769800)
    assert interval.low == pytest.approx(odds / (1 + odds), abs=1e-6)


def test_clopper_pearson_ignores_the_design() -> None:
    # 9 of 12: the textbook limits
    interval = share().confidence_interval(method="clopper_pearson")
    assert interval.low == pytest.approx(0.428142, abs=1e-6)
    assert interval.high == pytest.approx(0.945139, abs=1e-6)


def mean(value: float, variance: float, df: float = 2) -> Estimate:
    return Estimate(value=value, variance=variance, df=df, answers=12, kind="mean", scale=(1, 5))


def test_a_mean_has_students_interval_on_its_scale() -> None:
    interval = mean(4.0, 0.01).confidence_interval()
    assert interval.low == pytest.approx(4 - 0.4302653)
    assert interval.high == pytest.approx(4 + 0.4302653)
    assert mean(4.0, 1.0).confidence_interval() == Interval(1, 5)


def test_equal_answers_at_an_end_of_the_scale_do_not_make_certainty() -> None:
    top, bottom = mean(5, 0).confidence_interval(), mean(1, 0).confidence_interval()
    reach = 4 * (1 - 0.025 ** (1 / 12))
    assert (top.low, top.high) == (pytest.approx(5 - reach), 5)
    assert (bottom.low, bottom.high) == (1, pytest.approx(1 + reach))


def test_a_mean_without_degrees_of_freedom_may_be_anywhere() -> None:
    assert mean(4.0, 0.0, df=0).confidence_interval() == Interval(1, 5)


@pytest.mark.parametrize("method", sorted(INTERVAL_METHODS))
def test_a_higher_level_never_gives_a_narrower_interval(method: str) -> None:
    widths = [share().confidence_interval(level, method).width for level in (0.5, 0.9, 0.99)]
    assert widths == sorted(widths)
