"""The period of a report: a year, a half or a quarter of it, or waves that somebody chose."""

from __future__ import annotations

import re
from dataclasses import dataclass

from surveys.tables import Wave

_KEY = re.compile(r"(20\d\d)(?:-(q[1-4]|h[12]))?", re.ASCII)
_PARTS = {
    "q1": (1, 3, "quý I"), "q2": (4, 6, "quý II"), "q3": (7, 9, "quý III"),
    "q4": (10, 12, "quý IV"), "h1": (1, 6, "6 tháng đầu"), "h2": (7, 12, "6 tháng cuối"),
}  # fmt: skip
PARTS = tuple(_PARTS)


class UnknownPeriod(ValueError):
    """A text that names no period: years are written 2026, quarters 2026-q3, halves 2026-h1."""


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time, or some waves by their codes."""

    year: int | None
    #: "q1" to "q4", "h1", "h2"; "" for the whole year.
    part: str = ""
    codes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """How it is asked for: `2026`, `2026-q3`; `chon` for chosen waves."""
        if self.year is None:
            return "chon"
        return f"{self.year}-{self.part}" if self.part else str(self.year)

    @property
    def whole_year(self) -> bool:
        """Whether it is a year, which may be published."""
        return self.year is not None and not self.part

    @property
    def label(self) -> str:
        """The period in words: `quý III năm 2026`."""
        if self.year is None:
            return "các đợt được chọn" if len(self.codes) > 1 else "đợt được chọn"
        return f"{_PARTS[self.part][2]} năm {self.year}" if self.part else f"năm {self.year}"

    def holds(self, wave: Wave) -> bool:
        """Whether a wave belongs to it: a part of a year has the waves that end in it."""
        if self.year is None:
            return wave.code in self.codes
        if not self.part:
            return wave.year == self.year
        first, last, _ = _PARTS[self.part]
        return wave.closes_on.year == self.year and first <= wave.closes_on.month <= last


def read(key: str, codes: tuple[str, ...] = ()) -> Period:
    """The period of a key, or of the waves with these codes. Raises UnknownPeriod."""
    if key == "chon" and codes:
        return Period(None, codes=codes)
    found = _KEY.fullmatch(key)
    if found is None:
        raise UnknownPeriod(key)
    return Period(int(found[1]), found[2] or "")
