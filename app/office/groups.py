"""People told apart, by what they said of themselves or how they came to answer: charts on demand.

One chart a page: each has estimates of its own, and a view makes only what it shows.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import cast

from sqlmodel import Session

from app import memory
from app.language import current_language, phrase
from app.office.dashboards import View, shares
from app.office.plates import Plate
from app.summary import Summary
from surveys.counts.tallies import KINDS
from surveys.results import breakdowns, estimates
from surveys.results.breakdowns import By, Cells, Group
from surveys.results.estimates import Scope
from surveys.results.figures import Figure, collect

#: What an address asks for, as the chart is named; the way of answering is nothing that people say.
CHARTS: dict[str, By | None] = {
    "nhom-field": "field",
    "nhom-sex": "sex",
    "nhom-age_band": "age_band",
    "nhom-cach": None,
}


def offered(view: View) -> dict[str, str]:
    """The titles of the charts of a view by their names; a single way is not told apart."""
    return {name: _title(by) for name, by in CHARTS.items() if by or view.choice.kind is None}


def plate(view: View, name: str) -> Plate | None:
    """The chart of this name; None where there is nothing to tell apart."""
    if view.point is not None or name not in offered(view):
        return None
    by = CHARTS[name]
    return _ways(view) if by is None else _groups(view, name, by)


def _title(by: By | None) -> str:
    return phrase("dash.ways.title" if by is None else f"dash.by.{by}")


def _groups(view: View, name: str, by: By) -> Plate | None:
    found = _broken_down(view, by)
    if len(found) < 2:
        return None
    rows = [(_named(group), group.figure) for group in found]
    return shares(name, _title(by), phrase("dash.by_about"), rows)


def _broken_down(view: View, by: By) -> list[Group]:
    """The groups of a view; what is held back in all units is the same for all their pages."""
    key = ("groups", by, view.scope.key)
    known, groups = memory.recall(key, view.scope.waves, partial(_of_sector, view=view, by=by))
    if view.unit is not None:
        groups = memory.recall(
            (*key, view.unit.id), view.scope.waves, partial(_of_unit, view=view, known=known)
        )
    return cast("list[Group]", groups)


def _of_sector(session: Session, view: View, by: By) -> tuple[Cells, list[Group]]:
    weighed = breakdowns.told_apart(session, view.scope, by, view.study)
    known = breakdowns.cells(by, weighed)
    return known, breakdowns.breakdown(view.scope, known, weighed, view.study)


def _of_unit(session: Session, view: View, known: Cells) -> list[Group]:
    weighed = breakdowns.told_apart(session, view.scope, known.by, view.study, unit=view.unit)
    return breakdowns.breakdown(view.scope, known, weighed, view.study, unit=view.unit)


def _named(group: Group) -> str:
    if group.label is None:
        return group.key or phrase("dash.unsaid")
    return group.label.get(current_language())


def _ways(view: View) -> Plate | None:
    found = []
    for kind in KINDS:
        scope = replace(view.scope, kinds=(kind,))
        head = memory.recall(
            ("way", scope.key, view.unit and view.unit.id),
            scope.waves,
            partial(_headline, scope=scope, view=view),
        )
        if head is not None:
            found.append((phrase(f"central.kind.{kind}"), head))
    return shares("nhom-cach", _title(None), phrase("dash.ways.about"), found) if found else None


def _headline(session: Session, scope: Scope, view: View) -> Figure | None:
    figures = estimates.headlines(session, scope, view.study, view.unit)
    return Summary(collect(figures), view.unit.code if view.unit else None).headlines.first()
