"""Posters of any selection of service points, as one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast, get_args

import flask
from flask import abort, render_template, request

from app import session as current
from app.documents import posters as documents
from app.documents.posters import Size
from app.documents.typesetting import Unprintable
from surveys.fieldwork import waves
from surveys.places import units
from surveys.questionnaires.programme import Sector
from surveys.tables import ServicePoint, Unit

Answer = flask.typing.ResponseReturnValue


@dataclass(frozen=True, slots=True)
class Offer:
    """A unit with its service points."""

    unit: Unit
    points: tuple[ServicePoint, ...]


def posters() -> Answer:
    """The page where points and size are chosen."""
    return _page(_sector())


def posters_file(size: str) -> Answer:
    """The posters of the chosen units and points; of the whole sector where none is chosen."""
    if size not in get_args(Size):
        abort(404)
    sector = _sector()
    points = _chosen(_offers(sector))
    made, without = documents.gather(
        current.current_session(), points,
        base_url=current.settings().base_url, on=current.today(),
    )  # fmt: skip
    if not made:
        return _page(sector, problem="central.posters.none", without=without), 422
    try:
        content = documents.typeset(made, cast("Size", size), logo=current.settings().logo)
    except (Unprintable, OSError) as error:
        return _page(sector, problem="central.posters.unprintable", detail=str(error)), 422
    name = f"ap-phich-{sector.key}-{size}.pdf"
    answer = flask.Response(content, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _page(
    sector: Sector,
    *,
    problem: str | None = None,
    detail: str = "",
    without: Sequence[ServicePoint] = (),
) -> str:
    programme = current.current_programme()
    return render_template(
        "central/posters.html",
        sector=sector, sectors=programme.sectors, offers=_offers(sector), sizes=get_args(Size),
        problem=problem, detail=detail, without=without,
        demo=waves.made_up(current.current_session(), programme.code),
    )  # fmt: skip


def _sector() -> Sector:
    known = {sector.key: sector for sector in current.current_programme().sectors}
    return known.get(request.args.get("nganh") or next(iter(known))) or abort(404)


def _offers(sector: Sector) -> list[Offer]:
    session, on = current.current_session(), current.today()
    holders = units.of_sector(session, sector.key, on=on)
    points = units.points_of(session, [unit.id or 0 for unit in holders], on=on)
    return [
        Offer(unit, tuple(point for point in points if point.unit_id == unit.id))
        for unit in holders
    ]


def _chosen(offers: list[Offer]) -> list[ServicePoint]:
    """The points that are named, those of units that are named; all where nothing is."""
    named = set(request.args.getlist("diem")), set(request.args.getlist("don-vi"))
    points, holders = named
    return [
        point
        for offer in offers
        for point in offer.points
        if not (points or holders) or str(point.id) in points or offer.unit.code in holders
    ]
