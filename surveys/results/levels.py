"""How answers spread over the levels of the scale, item by item: counted as given, unweighted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from surveys.questionnaires.questionnaire import Item, Option
from surveys.results.form_estimates import Domain, WeightedForm, Within, domain_rows
from surveys.results.judgement import FEWEST_ANSWERS


@dataclass(frozen=True, slots=True)
class Spread:
    """The answers to one item by level, from the least satisfied; None where too few answered."""

    form: str
    item: Item
    levels: tuple[Option, ...]
    answers: int
    counts: tuple[int, ...] | None

    @property
    def shares(self) -> tuple[float, ...] | None:
        """Each level's share of the answers."""
        if self.counts is None:
            return None
        return tuple(count / self.answers for count in self.counts)


def spreads(weighed: Sequence[WeightedForm], domain: Domain, within: Within) -> list[Spread]:
    """The items of all forms in their order, of a sector or a unit."""
    found = []
    for form in weighed:
        tally, rows = form.tally, domain_rows(form.tally, {}, within).get(domain)
        if rows is None or not rows.size:
            continue
        counts = tally.counts[rows].sum(axis=0)
        for item, row in zip(tally.instrument.items, counts.tolist(), strict=True):
            by_code = dict(zip(tally.values, row, strict=True))
            levels = tuple(
                sorted(tally.instrument.scale_of(item).options, key=lambda level: level.code)
            )
            said = tuple(by_code[level.code] for level in levels)
            enough = sum(said) >= FEWEST_ANSWERS
            found.append(
                Spread(tally.instrument.code, item, levels, sum(said), said if enough else None)
            )
    return found
