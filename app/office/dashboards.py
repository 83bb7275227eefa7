"""The charts of a sector, a unit or a point: what is drawn, said and put into tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

import analysis
from analysis.monitoring import FunnelLimits
from app import charts, filters, memory, wording
from app.charts.dots import Dot, dots
from app.charts.funnel import Mark
from app.charts.funnel import funnel as draw_funnel
from app.charts.levels import Stack, stacked
from app.charts.weeks import control
from app.language import current_language, phrase
from app.office.choices import Choice
from app.office.periods import Period
from app.office.plates import Cell, Column, Plate, Row
from app.summary import Summary
from surveys.questionnaires.programme import Sector, Target
from surveys.results import comparisons, levels, weeks
from surveys.results.comparisons import Compared, Comparison
from surveys.results.estimates import Scope, Study
from surveys.results.figures import Figure, Figures
from surveys.results.form_estimates import SECTOR, Domain
from surveys.results.levels import Spread
from surveys.results.trends import Trend
from surveys.tables import ServicePoint, Unit


@dataclass(frozen=True, slots=True)
class View:
    """What a page is about: a sector, a unit or a point of it, over a period, narrowed or not."""

    sector: Sector
    period: Period
    choice: Choice
    scope: Scope
    study: Study
    #: The study's, with all those of the unit.
    figures: Figures
    unit: Unit | None = None
    point: ServicePoint | None = None

    @property
    def summary(self) -> Summary:
        """Its figures as a page reads them."""
        return Summary(self.figures, self.unit.code if self.unit else None)

    @property
    def domain(self) -> Domain:
        """Its place among the domains of the figures."""
        return ("unit", self.unit.id) if self.unit else SECTOR


def plates(view: View, trends: Sequence[Trend] = ()) -> Iterator[Plate]:
    """All charts of a view, in the order of the page; each is made when it is asked for."""
    yield from _trends(trends)
    if view.unit is None:
        yield from _funnels(view)
    yield from _weeks(view)
    yield from _levels(view)
    yield from _known(view)


def _funnels(view: View) -> Iterator[Plate]:
    if view.scope.partial:
        return
    for target in view.scope.programme.targets_of(view.sector.key):
        if target.fields:
            continue
        found, limits = memory.recall(
            ("compare", view.scope.key, target.key), view.scope.waves,
            partial(_compare, view=view, target=target),
        )  # fmt: skip
        if len(found.units) > 1:
            yield _funnel(found, limits)


def _compare(_: Session, view: View, target: Target) -> tuple[Comparison, FunnelLimits | None]:
    """The units beside each other, and the limits at each of the steps that are drawn."""
    found = comparisons.compare(view.scope, view.study, target)
    steps = _steps(found)
    if found.funnel is None or steps is None:
        return found, None
    return found, analysis.funnel_limits(found.funnel.target, steps / found.funnel.dispersion)


def _steps(found: Comparison) -> NDArray[np.float64] | None:
    """The numbers of answers at which limits are drawn; None of no unit with a place."""
    most = max((one.answers for one in found.units if one.answers and one.zone), default=None)
    return None if most is None else np.linspace(most / 40, most, 40)


def _funnel(found: Comparison, limits: FunnelLimits | None) -> Plate:
    order = sorted(
        found.units, key=lambda one: (one.figure.value is None, -(one.figure.value or 0))
    )
    name = found.target.label.get(current_language())
    title, about = phrase("dash.funnel.title", target=name), phrase("dash.funnel.about")
    marks = [
        Mark(number, one.figure.value, one.answers, one.zone)
        for number, one in enumerate(order, 1)
        if one.figure.value is not None and one.answers and one.zone
    ]
    drawing = charts.EMPTY
    said = [phrase("dash.funnel.none")]
    steps = _steps(found)
    if found.funnel and steps is not None and limits:
        drawing = draw_funnel(
            marks, found.funnel.target, steps.tolist(), limits, title=title, about=about
        )
        said = _funnel_words(found, order)
    columns = (
        Column(phrase("dash.number"), "number"), Column(phrase("figures.unit")),
        Column(phrase("figures.measure.index"), "percent"), Column(phrase("dash.n_eff"), "number"),
        Column(phrase("dash.funnel.place")), Column(phrase("dash.ranks")),
        Column(phrase("dash.model")),
    )  # fmt: skip
    rows = tuple(_compared(number, one) for number, one in enumerate(order, 1))
    return Plate(f"pheu-{found.target.key}", title, about, columns, rows, drawing, tuple(said))


def _funnel_words(found: Comparison, order: Sequence[Compared]) -> list[str]:
    out = [one for one in order if one.zone not in {None, "inside"}]
    said = [
        phrase("dash.funnel.out", units="; ".join(one.figure.unit_name or "" for one in out))
        if out
        else phrase("dash.funnel.inside")
    ]
    if found.funnel and found.funnel.dispersion > 1:
        said.append(phrase("dash.funnel.wider", factor=filters.number(found.funnel.dispersion, 1)))
    if any(one.model for one in order):
        said.append(phrase("dash.model_about"))
    return said


def _compared(number: int, one: Compared) -> Row:
    model = None
    if one.model is not None:
        model = phrase(
            "dash.by_model", value=filters.percent(one.model.value),
            span=filters.interval(one.model.low, one.model.high),
        )  # fmt: skip
    ranks = f"{one.ranks.best}–{one.ranks.worst}" if one.ranks else None
    place = phrase(f"dash.zone.{one.zone}") if one.zone else wording.reason(one.figure) or None
    answers = None if one.answers is None else round(one.answers)
    cells = (number, one.figure.unit_name, one.figure.value, answers, place, ranks, model)
    return Row(cells, faint=not one.apart)


def _weeks(view: View) -> Iterator[Plate]:
    head = view.summary.headlines.first()
    deff = max(1.0, head.n / head.n_eff) if head and head.n_eff else 1.0
    found = memory.recall(
        ("weeks", view.scope.key, view.domain), view.scope.waves,
        lambda _: weeks.watch(view.study.weighed, view.domain, view.scope.within, deff=deff),
    )  # fmt: skip
    if found.centre is None:
        return
    title, about = phrase("dash.weeks.title"), phrase("dash.weeks.about")
    columns = (
        Column(phrase("dash.weeks.week")), Column(phrase("figures.answers"), "number"),
        Column(phrase("figures.measure.index"), "percent"),
        Column(phrase("dash.weeks.low"), "percent"), Column(phrase("dash.weeks.high"), "percent"),
        Column(phrase("dash.weeks.signal")),
    )  # fmt: skip
    rows = tuple(
        Row((
            filters.day(week.monday), week.people, week.share, week.low, week.high,
            phrase("dash.weeks.few") if week.share is None else phrase(f"dash.place.{week.place}"),
        ))
        for week in found.weeks
    )  # fmt: skip
    said = [
        phrase(f"dash.weeks.out_{week.place}", week=filters.day(week.monday))
        for week in found.signals
    ] or [phrase("dash.weeks.calm")]
    if found.alarms:
        said.append(phrase("dash.weeks.alarm", day=filters.day(found.alarms[0])))
    drawing = control(found, title=title, about=about)
    yield Plate("tuan", title, about, columns, rows, drawing, tuple(said))


def _levels(view: View) -> Iterator[Plate]:
    found = memory.recall(
        ("levels", view.scope.key, view.domain),
        view.scope.waves,
        lambda _: levels.spreads(view.study.weighed, view.domain, view.scope.within),
    )
    forms: dict[tuple[str, tuple[str, ...]], list[Spread]] = {}
    for spread in found:
        names = tuple(level.label.get(current_language()) for level in spread.levels)
        forms.setdefault((spread.form, names), []).append(spread)
    for number, ((form, names), spreads) in enumerate(forms.items(), 1):
        title = phrase("dash.levels.title")
        if len(forms) > 1:
            title = f"{title}: {form}"
        about = phrase("dash.levels.about")
        stacks = [
            Stack(spread.item.label.get(current_language()), spread.shares)
            for spread in spreads
            if spread.shares
        ]
        if not stacks:
            continue
        head = Column(phrase("figures.measure.item")), Column(phrase("figures.answers"), "number")
        columns = (*head, *(Column(name, "percent") for name in names))
        rows = tuple(
            Row((
                spread.item.label.get(current_language()), spread.answers,
                *(spread.shares or [None] * len(names)),
            ))
            for spread in spreads
        )  # fmt: skip
        drawing = stacked(stacks, names, title=title, about=about)
        yield Plate(f"muc-{number}", title, about, columns, rows, drawing)


def _known(view: View) -> Iterator[Plate]:
    """Charts that stand in tables of the page: only their files are offered."""
    summary = view.summary
    tables: list[tuple[str, str, list[Figures]]] = [
        ("nhom-tieu-chi", phrase("office.dimensions"), summary.dimensions),
        ("tieu-chi", phrase("office.items"), summary.items),
        ("don-vi", phrase("office.units"), summary.units() if view.unit is None else []),
    ]
    for key, title, each in tables:
        for number, figures in enumerate(each, 1):
            rows = [
                (row.unit_name if key == "don-vi" else wording.name(row), row) for row in figures
            ]
            plate = shares(f"{key}-{number}", title, title, rows)
            yield replace(plate, known=True)


def _trends(trends: Sequence[Trend]) -> Iterator[Plate]:
    for number, line in enumerate((one for one in trends if len(one.points) > 1), 1):
        title = phrase("office.trend_title")
        about = phrase("office.trend_about")
        rows = tuple(Row((point.wave.name, *_numbers(point.figure))) for point in line.points)
        drawing = charts.trend(line.points, title=f"{title} {number}", description=about)
        columns = (Column(phrase("office.wave")), *_share_columns())
        yield Plate(f"dot-{number}", title, about, columns, rows, drawing, known=True)


def shares(
    key: str, title: str, about: str, rows: Sequence[tuple[str | None, Figure | None]]
) -> Plate:
    """Shares below each other, each with its interval and its numbers."""
    drawn = [
        Dot(name or "", row.value, row.low, row.high) if row else Dot(name or "", None)
        for name, row in rows
    ]
    table = tuple(Row((name, *_numbers(row))) for name, row in rows)
    columns = (Column(phrase("figures.figure")), *_share_columns())
    return Plate(key, title, about, columns, table, dots(drawn, title=title, about=about))


def _share_columns() -> tuple[Column, ...]:
    return (
        Column(phrase("figures.measure.index"), "percent"),
        Column(phrase("dash.low"), "percent"), Column(phrase("dash.high"), "percent"),
        Column(phrase("figures.answers"), "number"), Column(phrase("dash.remark")),
    )  # fmt: skip


def _numbers(row: Figure | None) -> tuple[Cell, ...]:
    if row is None:
        return (None, None, None, None, phrase("dash.held_back"))
    return (row.value, row.low, row.high, row.n, wording.reason(row) or None)
