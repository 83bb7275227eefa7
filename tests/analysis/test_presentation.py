"""Which figures are shown, footnoted, reviewed or held back, by the rule of NCHS."""

from __future__ import annotations

from typing import Any

import pytest

from analysis import Estimate, presentation


def shown(**changes: Any) -> tuple[str, tuple[str, ...]]:
    """The presentation of 0.5 ± 0.02 from 1,000 answers, df 40, with changes."""
    known = {"value": 0.5, "variance": 0.0004, "df": 40, "answers": 1000, **changes}
    rule = presentation(Estimate(**known))
    return rule.status, rule.reasons


def test_a_good_figure_is_shown_plainly() -> None:
    assert shown() == ("shown", ())


@pytest.mark.parametrize(
    ("changes", "status", "reasons"),
    [
        ({"answers": 29, "variance": 0.0086, "df": 28}, "not_shown", ("few_answers", "wide")),
        ({"pooled_deff": 40.0}, "not_shown", ("few_answers", "wide")),
        ({"variance": 0.0064}, "not_shown", ("wide",)),
        ({"value": 0.02, "variance": 0.0002}, "not_shown", ("wide_for_its_size",)),
        ({"value": 0.98, "variance": 0.0002}, "footnote", ("complement_wide",)),
        ({"df": 7}, "review", ("few_df",)),
        ({"value": 1.0, "variance": 0.0}, "review", ("none_or_all",)),
        ({"value": 0.98, "variance": 0.0002, "df": 7}, "review", ("few_df", "complement_wide")),
        ({"answers": 5, "variance": 0.0, "sampling_fraction": 1.0}, "shown", ()),
        ({"value": 4.0, "kind": "mean", "scale": (1, 5)}, "shown", ()),
        (
            {"value": 4.0, "kind": "mean", "scale": (1, 5), "answers": 12},
            "not_shown",
            ("few_answers",),
        ),
    ],
)
def test_the_strictest_reason_decides_and_all_are_told(
    changes: dict[str, Any], status: str, reasons: tuple[str, ...]
) -> None:
    assert shown(**changes) == (status, reasons)
