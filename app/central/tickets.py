"""Tickets for a sample: new ones, handed over once as files, and what became of the others.

The page that tells of new tickets carries their tokens to the form that makes the files, so that a
download that failed can be begun again; once the page is left, nobody can make them any more.
"""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass

import flask
from flask import abort, flash, redirect, render_template, request, url_for

from app import session as current
from app import trail
from app.central.forms import CallBack, Mint, TicketFiles
from app.documents import slips
from app.documents.slips import Slips
from app.filters import day, number
from app.language import phrase
from surveys.fieldwork import tickets as minting
from surveys.fieldwork import waves
from surveys.fieldwork.tickets import (
    HandedOut,
    Minted,
    MintError,
    Returns,
    Standing,
    WrongExpiry,
)
from surveys.fieldwork.waves import NoOpenWave
from surveys.places import units
from surveys.questionnaires.programme import Sector
from surveys.tables import Collector, ServicePoint, TicketBatch, Unit, Wave

Answer = flask.typing.ResponseReturnValue

#: Batches on a page.
_PAGE = 20
#: In an address: the batches of every wave.
_ALL = "all"
#: The time that files in an archive carry: the same batch gives the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch with the unit that hands it out."""

    standing: Standing
    unit: Unit
    returns: Returns


@dataclass(frozen=True, slots=True)
class Shelf:
    """The batches of a wave, or of all, a page at a time, the newest first."""

    #: What was asked for: the code of a wave, or "all".
    key: str
    waves: tuple[Wave, ...]
    batches: tuple[Batch, ...]
    total: Returns
    page: int
    pages: int


def tickets() -> Answer:
    """The form for new tickets of a sector, and its batches."""
    return _page(_sector(request.args.get("nganh")))


def mint() -> Answer:
    """New tickets: a page that says so, what to save before it is left, and what comes next."""
    form = Mint()
    sector = _sector(request.args.get("nganh"))
    point = _point(form.point.data)
    if not form.validate_on_submit() or point is None:
        return _page(sector, phrase("central.ticket.wrong", most=number(minting.MOST))), 400
    try:
        made = _mint(form, point)
    except WrongExpiry as wrong:
        words = {"opens": day(wrong.wave.opens_on), "closes": day(wrong.wave.closes_on)}
        return _page(sector, phrase("central.ticket.wrong_expiry", **words)), 400
    except NoOpenWave:
        return _page(sector, phrase("central.ticket.no_wave")), 409
    unit = current.current_session().get_one(Unit, point.unit_id)
    place = f"{unit.name}: {point.name}"
    trail.note(batch=made.batch.id, place=place, count=made.batch.size)
    page = render_template(
        "central/minted.html",
        sector=sector, batch=made.batch, place=place, tokens=" ".join(made.tokens),
        form=TicketFiles(formdata=None),
        demo=waves.made_up(current.current_session(), current.current_programme().code),
    )  # fmt: skip
    answer = flask.make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def files() -> Answer:
    """The list of new tickets and the slips to print as one archive, for the page that has them."""
    form, session = TicketFiles(), current.current_session()
    if not form.validate_on_submit():
        abort(400)
    batch = session.get(TicketBatch, form.batch.data) if form.batch.data < 2**31 else None
    tokens = form.tokens.data.split()
    if batch is None or not minting.are_all_of(session, batch, tokens):
        abort(404)
    collector = session.get_one(Collector, batch.collector_id)
    point = session.get_one(ServicePoint, collector.point_id)
    unit = session.get_one(Unit, point.unit_id)
    trail.note(place=f"{unit.name}: {point.name}")
    return _archive(
        Slips(
            batch=batch.id or 0, unit=unit.name, point=point.name, tokens=tuple(tokens),
            expires_on=batch.expires_on, base_url=current.settings().base_url,
        )
    )  # fmt: skip


def call_back() -> Answer:
    """Takes back what was left over of a batch, and to the list of batches."""
    form = CallBack()
    sector = _sector(request.args.get("nganh"))
    session = current.current_session()
    if not form.validate_on_submit():
        return _page(sector, phrase("central.ticket.wrong_count")), 400
    batch = session.get(TicketBatch, form.batch.data) if form.batch.data < 2**31 else None
    if batch is None:
        abort(404)
    batch_id = batch.id
    try:
        gone = minting.call_back(session, batch, handed_out=form.handed_out.data)
    except HandedOut as spent:
        return _page(sector, phrase("central.ticket.handed_out", number=number(spent.number))), 409
    except MintError:
        return _page(sector, phrase("central.ticket.wrong_count")), 400
    trail.note(gone=gone)
    flash(phrase("central.ticket.called_back", count=number(gone), batch=batch_id))
    return redirect(url_for("central.tickets", nganh=sector.key), 303)


def _mint(form: Mint, point: ServicePoint) -> Minted:
    session, account = current.current_session(), current.current_staff()
    return minting.mint(
        session,
        minting.collector_of(session, point, today=current.today()),
        every=form.every.data,
        size=form.size.data,
        expires_on=form.expires_on.data,
        by=account.name if account else abort(401),
        now=current.current_moment(),
    )


def _archive(batch: Slips) -> flask.Response:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for ending, data in (("csv", slips.table(batch)), ("pdf", slips.pdf(batch))):
            archive.writestr(zipfile.ZipInfo(f"{batch.name}.{ending}", _NO_TIME), data)
    response = flask.Response(content.getvalue(), mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="{batch.name}.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(sector: Sector, problem: str | None = None) -> str:
    session, on = current.current_session(), current.today()
    holders = units.of_sector(session, sector.key, on=on)
    known = waves.of_sector(session, current.current_programme().code, sector.key)
    last_days = [wave.closes_on for wave in known if wave.status == "open"]
    return render_template(
        "central/tickets.html",
        form=Mint(formdata=None), back=CallBack(formdata=None), problem=problem,
        sector=sector, sectors=current.current_programme().sectors,
        choices=[(unit, units.points_of(session, [unit.id or 0], on=on)) for unit in holders],
        shelf=_shelf(known, on), last_day=max(last_days, default=None), most=minting.MOST,
        demo=waves.made_up(session, current.current_programme().code),
    )  # fmt: skip


def _shelf(known: list[Wave], on: dt.date) -> Shelf:
    """The batches that the address asks for; without a wave, those of the one minted for last."""
    found = minting.standings(current.current_session(), [wave.id or 0 for wave in known])
    found.sort(key=lambda one: one.batch.id or 0, reverse=True)
    with_tickets = {one.wave.code: one.wave for one in found}
    key = request.args.get("dot") or next(iter(with_tickets), _ALL)
    if key != _ALL and key not in {wave.code for wave in known}:
        abort(404)
    asked = [one for one in found if key in {_ALL, one.wave.code}]
    pages = max(1, -(-len(asked) // _PAGE))
    page = min(max(1, request.args.get("trang", 1, type=int)), pages)
    return Shelf(
        key, tuple(with_tickets.values()), tuple(_batches(asked[(page - 1) * _PAGE :][:_PAGE], on)),
        sum((one.returns(on) for one in asked), Returns()), page, pages,
    )  # fmt: skip


def _batches(found: list[Standing], on: dt.date) -> list[Batch]:
    session = current.current_session()
    holders = {unit.id: unit for unit in units.with_ids(session, {o.point.unit_id for o in found})}
    return [Batch(one, holders[one.point.unit_id], one.returns(on)) for one in found]


def _sector(asked: str | None) -> Sector:
    known = {sector.key: sector for sector in current.current_programme().sectors}
    return known.get(asked or next(iter(known))) or abort(404)


def _point(number_: int | None) -> ServicePoint | None:
    if number_ is None or not 0 < number_ < 2**31:
        return None
    return current.current_session().get(ServicePoint, number_)
