"""Figures arranged as a page reads them: what is judged first, then groups, measures, details."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from surveys.results.figures import Figure, Figures, Measure, Scope, collect

#: The figures that say something about a whole form, in the order in which they are read.
_WHOLE: tuple[Measure, ...] = ("index", "mean_score", "expectation", "return", "comprehensive")


@dataclass(frozen=True, slots=True)
class Summary:
    """The figures of a sector, or of one unit where its code is given."""

    figures: Figures
    unit_code: str | None = None

    @property
    def headlines(self) -> Figures:
        """What the page is about: the figures that a target judges, or the index without one."""
        found = self._of("index")
        return collect(row for row in found if row.target_key) or found

    @property
    def groups(self) -> Figures:
        """The figures of the fields that have a target of their own; only a sector has them."""
        return collect([]) if self.unit_code else self.figures.where(scope="group")

    @property
    def measures(self) -> Figures:
        """The figures of whole forms, where there is more to say than the index."""
        found = [row for measure in _WHOLE for row in self._of(measure) if row.key == ""]
        forms = {row.instrument for row in found if row.instrument}
        if len(forms) == 1:
            # Several forms could have answered and one did: together they say what it says.
            own = {row.measure for row in found if row.instrument}
            found = [row for row in found if row.instrument or row.measure not in own]
        return collect(found if any(row.measure != "index" for row in found) else [])

    @property
    def dimensions(self) -> list[Figures]:
        """The groups of items, one table a form."""
        return by_form([*self._of("part"), *self._of("dimension")])

    @property
    def items(self) -> list[Figures]:
        """The items, one table a form, the least satisfying first and what is held back last."""
        return [collect(sorted(rows, key=_least_first)) for rows in by_form(self._of("item"))]

    def units(self, codes: Iterable[str] | None = None) -> list[Figures]:
        """The index of each unit, or of those named, one table a target."""
        if self.unit_code and codes is None:
            return []
        wanted = None if codes is None else set(codes)
        rows = self.figures.where(scope="unit", measure="index")
        judged = collect(row for row in rows if row.target_key) or rows
        tables: dict[str | None, list[Figure]] = {}
        for row in judged:
            if wanted is None or row.unit_code in wanted:
                tables.setdefault(row.target_key, []).append(row)
        return [collect(table) for table in tables.values()]

    @property
    def statistics(self) -> Figures:
        """The judged figures, for the table that a statistician opens."""
        return collect(
            [*self.headlines, *self.groups, *(row for rows in self.units() for row in rows)]
        )

    def _of(self, measure: Measure) -> Figures:
        scope: Scope = "unit" if self.unit_code else "sector"
        return self.figures.where(scope=scope, measure=measure, unit_code=self.unit_code)


def by_form(figures: Iterable[Figure]) -> list[Figures]:
    """The figures in one set a form, in the order in which the forms come."""
    forms: dict[str | None, list[Figure]] = {}
    for row in figures:
        forms.setdefault(row.instrument, []).append(row)
    return [collect(rows) for rows in forms.values()]


def _least_first(figure: Figure) -> tuple[bool, float]:
    return figure.value is None, figure.value or 0.0
