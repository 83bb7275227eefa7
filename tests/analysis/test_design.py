"""Strata, PSUs and sampling fractions: what a design takes, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from analysis import AnalysisError, Design, DesignError


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


def test_people_may_be_their_own_psus_and_strata_may_be_absent() -> None:
    design = Design.from_rows(None, ["a", "b", "a"])
    assert (design.strata, len(design.psus)) == (("all",), 2)
    assert Design.from_rows(["u", "u", "u"], None).degrees_of_freedom == 2


def test_a_psu_in_two_strata_is_refused_where_that_is_not_meant() -> None:
    with pytest.raises(DesignError, match="PSU 1 is in the strata 'a' and 'b'"):
        Design.from_rows(["a", "b"], [1, 1], nested=False)
    assert len(Design.from_rows(["a", "a"], [1, 1], nested=False).psus) == 1


def test_the_second_stage_has_a_fraction_in_each_psu() -> None:
    design = Design.from_rows(
        ["a"] * 4, [1, 1, 2, 2], second_unit=["x", "y", "x", "x"], second_population=[8, 8, 5, 5]
    )
    assert design.second is not None
    assert design.second.fractions.tolist() == [0.25, 0.2]
    assert design.unit_of_row.tolist() == [0, 1, 2, 2]


@pytest.mark.parametrize(
    ("labels", "sizes", "message"),
    [
        ([1, 2], None, "needs both"),
        (None, [3, 3], "needs both"),
        ([1], [3, 3], "1 second-stage labels and 2 population sizes for 2 rows"),
        ([1, 2], [1, 1], "has 2 second-stage units, of a population of 1"),
        ([1, 2], [3, 4], "one population per PSU"),
        ([1, 2], [float("nan")] * 2, "population of nan"),
    ],
)
def test_a_second_stage_that_cannot_be_is_refused(labels: Any, sizes: Any, message: str) -> None:
    with pytest.raises(DesignError, match=message):
        Design.from_rows(["a", "a"], [1, 1], second_unit=labels, second_population=sizes)
