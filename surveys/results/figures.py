"""A figure: what pages show, files list and releases freeze, whether computed now or read back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

Scope = Literal["sector", "group", "unit"]
Measure = Literal[
    "index",  # satisfied share by the form's index rule: the figure that is judged
    "part",
    "dimension",
    "item",
    "overall",  # the item outside the index
    "mean_score",  # on the scale's own 1–5
    "expectation",  # mean share of expectation met, may pass 1
    "return",  # share that would return or recommend
    "comprehensive",  # share of people who are satisfied with everything they answered
]
Verdict = Literal["met", "not_met", "not_shown"]
Showing = Literal["shown", "footnote", "review", "suppressed"]

#: Fields that frozen figures may lack; nothing is written where there is nothing to tell.
_TOLD_LATER = (
    "missing", "bound_low", "bound_high", "break_even", "open_low", "open_high", "issued",
    "returned", "lower_one_sided", "upper_one_sided", "fraction", "pooled_deff",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure with everything needed to defend it. Shares are 0–1; percent only on screen.

    `value` and the interval are None where the figure is suppressed; `reason` then says why.
    """

    scope: Scope
    measure: Measure
    #: Code of the part, dimension or item; key of the target group; "" otherwise.
    key: str
    name_vi: str
    name_en: str
    #: Code of the form the figure belongs to; None where several forms of a sector are combined.
    instrument: str | None
    unit_code: str | None
    unit_name: str | None
    #: Answers it rests on, and people served in the same time where the frame tells.
    n: int
    population: int | None
    value: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    #: Interval method, such as "korn_graubard"; "" where there is no interval.
    interval: str
    df: float | None
    deff: float | None
    n_eff: float | None
    #: Weighted to the people served; False where the frame has no totals.
    weighted: bool
    #: How people came to answer: "open" (volunteers), "sampled", "staffed", or "mixed".
    basis: str
    #: Key of the programme's target that judges it, the share wanted and its operator.
    target_key: str | None = None
    target: float | None = None
    operator: str | None = None
    #: Rests on volunteers, wholly or in part: the verdict is a hint ("chỉ dấu"), not a finding.
    verdict: Verdict | None = None
    indicative: bool = False
    #: How many more answers would settle the question if the share stayed as it is; None where it
    #: is settled, or the share is so near the target that no number would.
    answers_needed: int | None = None
    showing: Showing = "shown"
    #: Stable key of why it is suppressed, footnoted or to be reviewed ("few_answers", …).
    reason: str | None = None
    #: Months such as "2026-12" whose people served are missing although others are known.
    missing: tuple[str, ...] = ()
    #: Of volunteers: the share of all people served if none, or all, of the others were satisfied.
    bound_low: float | None = None
    bound_high: float | None = None
    #: How much less satisfied than volunteers the others must be before the verdict turns, below 0
    #: how much more; None where there is no verdict, or it would stand whatever they think.
    break_even: float | None = None
    #: While answers come in: the verdict's limits, which hold however often somebody looks.
    open_low: float | None = None
    open_high: float | None = None
    #: Tickets issued where it speaks for a whole unit or sector, and those that were answered.
    issued: int | None = None
    returned: int | None = None
    #: Once no answers come in: the one-sided 95 % limits on which verdict and break-even rest.
    lower_one_sided: float | None = None
    upper_one_sided: float | None = None
    #: The share of the people served who answered, 0 where unknown; and the design effect that is
    #: usual for the figure, at least 1. Both limit what the answers are worth.
    fraction: float | None = None
    pooled_deff: float | None = None

    def canonical(self) -> str:
        """The figure as canonical JSON: sorted keys, no spaces; floats round-trip exactly."""
        said = asdict(self)
        for name in _TOLD_LATER:
            if said[name] in (None, ()):
                # Figures were frozen before this was told: the same figure keeps the same text.
                del said[name]
        return json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_canonical(cls, text: str) -> Figure:
        """The figure that `canonical` wrote."""
        said = json.loads(text)
        return cls(**said | {"missing": tuple(said.get("missing", ()))})


@dataclass(frozen=True, slots=True)
class Figures:
    """An ordered set of figures with the few questions that pages ask of it."""

    rows: tuple[Figure, ...]

    def __iter__(self) -> Iterator[Figure]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def where(
        self,
        *,
        scope: Scope | None = None,
        measure: Measure | None = None,
        unit_code: str | None = None,
        instrument: str | None = None,
    ) -> Figures:
        """Those that match every condition given."""
        # The measure first: it leaves few of the many thousands that a sector has.
        wanted = {
            "measure": measure, "scope": scope, "unit_code": unit_code, "instrument": instrument,
        }  # fmt: skip
        rows = self.rows
        for name, value in wanted.items():
            if value is not None:
                rows = tuple(row for row in rows if getattr(row, name) == value)
        return Figures(rows)

    def first(self) -> Figure | None:
        """The first, or None where there is none."""
        return self.rows[0] if self.rows else None


def collect(rows: Iterable[Figure] | Sequence[Figure]) -> Figures:
    """The figures as a set, in the order given."""
    return Figures(tuple(rows))
