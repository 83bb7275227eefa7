"""What differs between two sets of figures of one year: two revisions, or a draft and today."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from surveys.results.figures import Figure, Figures


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure before and after; None where one of the two sets does not have it."""

    before: Figure | None
    after: Figure | None

    @property
    def figure(self) -> Figure:
        """The figure that it is about, the newer where there are two."""
        return cast("Figure", self.after or self.before)

    @property
    def change(self) -> float | None:
        """By how much the value changed; None where one of the two does not tell it."""
        if self.before is None or self.after is None:
            return None
        if self.before.value is None or self.after.value is None:
            return None
        return self.after.value - self.before.value

    @property
    def verdict_changed(self) -> bool:
        """Whether a target is judged otherwise."""
        return (self.before and self.before.verdict) != (self.after and self.after.verdict)


@dataclass(frozen=True, slots=True)
class Differences:
    """What changed: the figures that targets judge first, then the others, in their order."""

    judged: tuple[Difference, ...]
    others: tuple[Difference, ...]

    def __bool__(self) -> bool:
        """Whether anything changed."""
        return bool(self.judged or self.others)


def differences(before: Figures, after: Figures) -> Differences:
    """The figures that are not the same in both, those that went last."""
    old = {_identity(figure): figure for figure in before}
    new = {_identity(figure): figure for figure in after}
    found = [
        Difference(old.get(key), new.get(key))
        for key in {**new, **old}
        if old.get(key) != new.get(key)
    ]
    judged = tuple(one for one in found if one.figure.target_key is not None)
    return Differences(judged, tuple(one for one in found if one.figure.target_key is None))


def _identity(figure: Figure) -> tuple[object, ...]:
    return (
        figure.scope, figure.unit_code, figure.measure, figure.key, figure.instrument,
        figure.target_key,
    )  # fmt: skip
