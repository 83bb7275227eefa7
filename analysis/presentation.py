"""May a figure be shown? The NCHS rule for proportions (Parker et al., Series 2 No. 175, 2017)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from analysis.estimate import Estimate
from analysis.intervals import at_an_end

#: few_answers: n_eff < 30; wide: interval ≥ 30 points; wide_for_its_size: interval > 5 points and
#: > 130 % of the share; complement_wide: the same of the dissatisfied share; few_df: df < 8;
#: none_or_all: the share is 0 % or 100 %.
Reason = Literal[
    "few_answers", "wide", "wide_for_its_size", "complement_wide", "few_df", "none_or_all"
]
Status = Literal["shown", "footnote", "review", "not_shown"]

FEWEST_ANSWERS = 30
WIDEST = 0.30
NARROW_ENOUGH = 0.05
WIDEST_RELATIVE = 1.30
FEWEST_DF = 8


@dataclass(frozen=True, slots=True)
class Presentation:
    """How a figure may be shown, and every reason that counts against showing it plainly."""

    status: Status
    reasons: tuple[Reason, ...] = ()


def presentation(estimate: Estimate) -> Presentation:
    """The strictest of not shown, review, footnote and shown that has a reason.

    As NCHS does, the width counts as 0 at 0 % and 100 %, which are reviewed instead. A mean has
    only the rules on answers and degrees of freedom. A census is always shown.
    """
    if estimate.census:
        return Presentation("shown")
    ends = estimate.kind == "share" and at_an_end(estimate)
    width = 0.0 if ends or estimate.kind == "mean" else estimate.confidence_interval().width
    suppress: dict[Reason, bool] = {
        "few_answers": min(estimate.answers, estimate.effective_answers) < FEWEST_ANSWERS,
        "wide": width >= WIDEST,
        "wide_for_its_size": _wide_for(estimate.value, width),
    }
    review: dict[Reason, bool] = {"few_df": estimate.df < FEWEST_DF, "none_or_all": ends}
    footnote: dict[Reason, bool] = {"complement_wide": _wide_for(1 - estimate.value, width)}
    stages: list[tuple[Status, dict[Reason, bool]]] = [
        ("not_shown", suppress),
        ("review", review),
        ("footnote", footnote),
    ]
    failed = [
        (status, reason) for status, rules in stages for reason, fails in rules.items() if fails
    ]
    return (
        Presentation(failed[0][0], tuple(reason for _, reason in failed))
        if failed
        else Presentation("shown")
    )


def _wide_for(share: float, width: float) -> bool:
    return width > NARROW_ENOUGH and width > WIDEST_RELATIVE * share
