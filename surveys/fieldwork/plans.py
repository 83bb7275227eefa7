"""How the answers of a wave are weighted: a plan, kept as JSON with the wave.

PlanError(ValueError)   a text that is no plan; `.problems` has every fault in it, in Vietnamese

    {"method": "rake", "keys": ["field", "sex", "age_band"], "bounds": [0.3, 3], "smallest": 5}

`poststratify` weights every cell up to its people: fields of procedure by unit, or sex and age
together. `rake` (multiplicative) and `linear` (regression) meet several margins at once, with no
factor outside `bounds`; for raking these may be null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

METHODS = ("poststratify", "rake", "linear")
FIELD = "field"
#: Keys that are known of people and not of places; margins give their totals.
PERSONAL = ("sex", "age_band")
KEYS = (FIELD, *PERSONAL)
USUAL_BOUNDS = (0.3, 3.0)
SMALLEST_CELL = 5
_MEMBERS = ("method", "keys", "bounds", "smallest")


class PlanError(ValueError):
    """A text that is no weighting plan, with every fault in it."""

    def __init__(self, found: Iterable[str]) -> None:
        self.problems = tuple(found)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class Plan:
    """What the answers of a wave are weighted to, and how; without words, to fields by unit."""

    method: str = "poststratify"
    keys: tuple[str, ...] = (FIELD,)
    #: Between these the factor of a person stays; None where any will do.
    bounds: tuple[float, float] | None = None
    #: Cells with fewer answers are merged with a neighbour.
    smallest: int = SMALLEST_CELL

    @property
    def personal(self) -> tuple[str, ...]:
        """The keys that margins must tell, and that answers must be counted by."""
        return tuple(key for key in PERSONAL if key in self.keys)

    def described(self) -> dict[str, Any]:
        """The plan as plain data, for JSON."""
        bounds = list(self.bounds) if self.bounds else None
        return {
            "method": self.method, "keys": list(self.keys), "bounds": bounds,
            "smallest": self.smallest,
        }  # fmt: skip

    def dumps(self) -> str:
        """The plan as a wave keeps it."""
        return json.dumps(self.described(), separators=(",", ":"))


def loads(text: str) -> Plan:
    """The plan that a text says; PlanError with every fault in it. No text is the usual plan."""
    if not text:
        return Plan()
    found = problems(text)
    if found:
        raise PlanError(found)
    said = json.loads(text)
    method = said.get("method", "poststratify")
    usual = None if method == "poststratify" else USUAL_BOUNDS
    bounds = said.get("bounds", usual)
    return Plan(
        method,
        tuple(key for key in KEYS if key in said.get("keys", [FIELD])),
        (float(bounds[0]), float(bounds[1])) if bounds else None,
        said.get("smallest", SMALLEST_CELL),
    )


def problems(text: str) -> tuple[str, ...]:
    """Everything that is wrong with a plan, each with place and remedy; empty if it is sound."""
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        example = Plan("rake", KEYS, USUAL_BOUNDS).dumps()
        return (f"Không phải một đối tượng JSON; hãy ghi như {example}",)
    return tuple(_problems(said))


def _problems(said: dict[str, Any]) -> Iterator[str]:
    for unknown in sorted(set(said) - {*_MEMBERS}):
        yield f"{unknown}: không có mục này; chỉ dùng {', '.join(_MEMBERS)}"
    method = said.get("method", METHODS[0])
    if method not in METHODS:
        yield f"method: không có cách {method!r}; dùng một trong {', '.join(METHODS)}"
    yield from _key_problems(said.get("keys", [FIELD]), method)
    yield from _bound_problems(said.get("bounds"), method)
    if method == "linear" and said.get("bounds", USUAL_BOUNDS) is None:
        yield "bounds: linear cần giới hạn, nếu không sẽ có quyền số âm; hãy bỏ mục này hoặc ghi số"
    smallest = said.get("smallest", SMALLEST_CELL)
    if type(smallest) is not int or not 1 <= smallest <= 1000:
        yield f"smallest: {smallest!r} không dùng được; hãy ghi số nguyên từ 1 đến 1000"


def _key_problems(keys: Any, method: Any) -> Iterator[str]:
    if not isinstance(keys, list) or not keys or any(key not in KEYS for key in keys):
        yield f"keys: {keys!r} không dùng được; hãy ghi danh sách từ {', '.join(KEYS)}"
    elif len(set(keys)) != len(keys):
        yield f"keys: {keys!r} có mục lặp lại; mỗi mục ghi một lần"
    elif method == "poststratify" and FIELD in keys and len(keys) > 1:
        yield "keys: poststratify không gộp field với mục khác; hãy dùng rake hoặc linear"


def _bound_problems(bounds: Any, method: Any) -> Iterator[str]:
    if bounds is None:
        return
    if method == "poststratify":
        yield "bounds: poststratify không có giới hạn; hãy bỏ mục này, hoặc dùng rake hay linear"
        return
    numbers = isinstance(bounds, list) and all(type(bound) in {int, float} for bound in bounds)
    if not numbers or len(bounds) != 2 or not 0 <= bounds[0] < 1 < bounds[1] < float("inf"):
        yield f"bounds: {bounds!r} không dùng được; hãy ghi [thấp, cao] với 0 ≤ thấp < 1 < cao"
