"""Nobody's answers can be read by subtraction: what else is held back beside small figures.

Who knows the figure of a whole and of all its parts but one knows the last one, too. Where the
parts held back for too few answers are together still too few, the next smallest are held back
with them, until what subtraction gives is about people enough.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from surveys.results.estimates import Study
from surveys.results.figures import Figure, Figures
from surveys.results.judgement import FEWEST_ANSWERS

#: The reason of a figure that is held back so that another cannot be read.
REASON = "complementary"
_NUMBERS = (
    "value", "standard_error", "low", "high", "df", "deff", "n_eff", "answers_needed",
    "bound_low", "bound_high", "break_even", "open_low", "open_high",
    "lower_one_sided", "upper_one_sided", "fraction", "pooled_deff",
)  # fmt: skip


def protected_study(study: Study) -> Study:
    """A study whose figures may be published."""
    return replace(study, figures=protected(study.figures))


def protected(figures: Figures) -> Figures:
    """The figures as they may be published: parts of a whole protect each other."""
    tables: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for place, row in enumerate(figures):
        if row.scope == "unit":
            tables[row.measure, row.key, row.instrument, row.target_key].append(place)
        elif row.scope == "group":
            tables[row.measure, row.instrument].append(place)
    rows = list(figures)
    for places in tables.values():
        people = {place: rows[place].n for place in places}
        held_back = [place for place in places if rows[place].value is None]
        for place in further(people, held_back):
            rows[place] = _hidden(rows[place])
    return Figures(tuple(rows))


def further(people: Mapping[int, int], held_back: Collection[int]) -> list[int]:
    """Which parts are held back beside some, by the answers of each; the smallest first."""
    hidden = sum(people[part] for part in held_back)
    if not 0 < hidden < FEWEST_ANSWERS:
        return []
    found = []
    for part in sorted(set(people) - set(held_back), key=lambda part: (people[part], part)):
        if hidden >= FEWEST_ANSWERS:
            break
        if people[part]:
            found.append(part)
            hidden += people[part]
    return found


def _hidden(row: Figure) -> Figure:
    """The figure without its numbers, and its verdict open."""
    gone: dict[str, Any] = dict.fromkeys(_NUMBERS)
    if row.verdict:
        gone["verdict"] = "not_shown"
    return replace(row, **gone, interval="", showing="suppressed", reason=REASON)
