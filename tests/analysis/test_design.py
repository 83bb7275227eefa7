from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis import AnalysisError, Design, DesignError, SinglePsuError


def test_a_psu_label_may_return_in_another_stratum() -> None:
    design = Design.from_rows(["a", "a", "b", "b"], [1, 2, 1, 1])
    assert design.psus_per_stratum.tolist() == [2, 1]
    assert design.degrees_of_freedom == 1


def test_a_stratum_without_a_fraction_counts_as_unknown() -> None:
    design = Design.from_rows(["a", "b"], [1, 1], sampling_fraction={"a": 0.25, "elsewhere": 1})
    assert design.fractions.tolist() == [0.25, 0]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        ((["a"], [1, 2]), {}, "1 stratum labels but 2 PSU labels"),
        (([], []), {}, "at least one row"),
        ((["a"], [1]), {"single_psu": "guess"}, "use one of fail, remove"),
        ((["a"], [1]), {"sampling_fraction": {"a": 1.5}}, "fraction 1.5 of stratum 'a'"),
        ((["a"], [1]), {"sampling_fraction": {"a": float("nan")}}, "0 .not known. to 1"),
    ],
)
def test_a_contradiction_is_refused_with_its_remedy(
    arguments: tuple[list[Any], list[Any]], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(DesignError, match=message) as caught:
        Design.from_rows(*arguments, **options)
    assert isinstance(caught.value, AnalysisError)


def test_a_single_psu_is_refused_by_name_unless_its_stratum_is_a_census() -> None:
    design = Design.from_rows(["a", "b", "b"], [1, 1, 2])
    with pytest.raises(SinglePsuError, match="stratum 'a' has a single PSU"):
        design.refuse_single(np.array([0, 1]))
    design.refuse_single(np.array([1]))
    census = Design.from_rows(["a", "b", "b"], [1, 1, 2], sampling_fraction={"a": 1})
    census.refuse_single(np.array([0, 1]))


def test_there_is_nothing_to_average_over_single_psus_alone() -> None:
    design = Design.from_rows(["a", "b", "b"], [1, 1, 2], single_psu="average")
    design.refuse_single(np.array([0, 1]))
    with pytest.raises(SinglePsuError, match="every stratum used"):
        design.refuse_single(np.array([0]))
