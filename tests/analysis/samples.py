"""Small sums for the tests of `analysis`: two-value items, so that a row is easy to read."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from analysis import Design, EstimateSet, IndexRule, Items, Node, Totals, estimate_figures

#: (stratum, psu, cell, people, satisfied of item 1, of item 2, …); all others are dissatisfied.
Row = Sequence[Any]

#: METHODS.md: three days of four people, 4, 3 and 2 satisfied.
THREE_DAYS: list[Row] = [("u", 1, "c", 4, 4), ("u", 2, "c", 4, 3), ("u", 3, "c", 4, 2)]

ONE_ITEM = IndexRule(Node("index", members=("A1",)))


def two_values(codes: Sequence[str]) -> Items:
    """Items answered 1 (dissatisfied) or 5 (satisfied)."""
    return Items(codes, [[0, 1]] * len(codes), [[1, 5]] * len(codes))


def sums(
    rows: Sequence[Row],
    *,
    codes: Sequence[str] = ("A1",),
    fractions: Mapping[Hashable, float] | None = None,
    single_psu: str = "fail",
    **options: Any,
) -> Totals:
    """The totals of such rows; an entry (answered, satisfied) in place of a count leaves gaps."""
    design = Design.from_rows(
        [row[0] for row in rows],
        [row[1] for row in rows],
        sampling_fraction=fractions,
        single_psu=single_psu,
    )
    pairs = [[y if isinstance(y, tuple) else (row[3], y) for y in row[4:]] for row in rows]
    return Totals.from_rows(
        design,
        cell=[row[2] for row in rows],
        respondents=[row[3] for row in rows],
        counts=[[[m - y, y] for m, y in row] for row in pairs],
        items=two_values(codes),
        **options,
    )


def whole(totals: Totals, rule: IndexRule = ONE_ITEM, **options: Any) -> EstimateSet:
    """The figures of all rows together."""
    return estimate_figures(totals, rule, domains={"all": totals.everything()}, **options)["all"]
