"""Tickets for a sample: new ones, handed over once as files, and what became of the others."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from dataclasses import dataclass

import flask
from flask import abort, flash, redirect, render_template, request, url_for

from app import session as current
from app.central.forms import CallBack, Mint
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
from surveys.tables import ServicePoint, TicketBatch, Unit

Answer = flask.typing.ResponseReturnValue

#: The time that files in an archive carry: the same batch gives the same bytes.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch with the unit that hands it out."""

    standing: Standing
    unit: Unit
    returns: Returns


def tickets() -> Answer:
    """The form for new tickets of a sector, and its batches."""
    return _page(_sector(request.args.get("nganh")))


def mint() -> Answer:
    """New tickets as one archive of a list and of slips to print: nobody can make it again."""
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
    return _archive(
        Slips(
            batch=made.batch.id or 0, unit=unit.name, point=point.name, tokens=made.tokens,
            expires_on=made.batch.expires_on, base_url=current.settings().base_url,
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
    batches = _batches([wave.id or 0 for wave in known], on)
    last_days = [wave.closes_on for wave in known if wave.status == "open"]
    return render_template(
        "central/tickets.html",
        form=Mint(formdata=None), back=CallBack(formdata=None), problem=problem,
        sector=sector, sectors=current.current_programme().sectors,
        choices=[(unit, units.points_of(session, [unit.id or 0], on=on)) for unit in holders],
        batches=batches, total=sum((one.returns for one in batches), Returns()),
        last_day=max(last_days, default=None), most=minting.MOST,
        demo=waves.made_up(session, current.current_programme().code),
    )  # fmt: skip


def _batches(wave_ids: list[int], on: dt.date) -> list[Batch]:
    session = current.current_session()
    found = minting.standings(session, wave_ids)
    holders = {unit.id: unit for unit in units.with_ids(session, {o.point.unit_id for o in found})}
    return [Batch(one, holders[one.point.unit_id], one.returns(on)) for one in found]


def _sector(asked: str | None) -> Sector:
    known = {sector.key: sector for sector in current.current_programme().sectors}
    return known.get(asked or next(iter(known))) or abort(404)


def _point(number_: int | None) -> ServicePoint | None:
    if number_ is None or not 0 < number_ < 2**31:
        return None
    return current.current_session().get(ServicePoint, number_)
