"""`flask waves steering`: what an open wave lacks, as the page about sampling says it."""

from __future__ import annotations

import itertools

import click
from flask.cli import with_appcontext
from sqlmodel import Session

from app.commands import terminal
from app.filters import NOTHING, number, percent
from app.language import phrase
from app.sampling import advice
from app.session import current_programme
from app.weighting import failure
from surveys.places import units
from surveys.results import estimates
from surveys.results import steering as sampling
from surveys.results.estimates import Scope
from surveys.results.steering import BANDS, Hours, Need, Plan
from surveys.tables import Wave
from surveys.weighting.calibrations import CalibrationFailed


@click.command()
@click.argument("code", metavar="MÃ")
@with_appcontext
def steering(code: str) -> None:
    """Đợt MÃ đang mở còn thiếu bao nhiêu phiếu để sai số không quá 5 điểm, ở đâu, giờ nào."""
    with terminal.reading() as session:
        found = _plan(session, terminal.wave(session, code))
    share, deff, rate = percent(found.share), number(found.deff, 2), percent(found.rate, 0)
    click.echo(phrase("sampling.rests", share=share, deff=deff, rate=rate))
    columns = ("place", "answers", "expected", "official", "designed", "tickets")
    terminal.table([phrase(f"sampling.{name}") for name in columns], list(map(_row, found.needs)))
    click.echo()
    bands = [
        phrase("sampling.band", first=first, last=last) for first, last in itertools.pairwise(BANDS)
    ]
    header = (phrase("sampling.point"), phrase("sampling.total"), *bands, phrase("sampling.other"))
    terminal.table(header, [_hours(row) for row in found.hours])


def _plan(session: Session, wave: Wave) -> Plan:
    """What the wave lacks today. A wave that takes no answers cannot be steered any more."""
    programme, on = current_programme(), terminal.today()
    if wave.status != "open" or wave.opens_on > on:
        raise terminal.Problem(f"Đợt {wave.code} hôm nay không nhận phiếu: chỉ đợt đang mở mới có.")
    try:
        study = estimates.study(session, Scope(programme, wave.sector, (wave,)))
    except CalibrationFailed as failed:
        raise terminal.Problem(failure(session, programme, failed)) from failed
    places = units.of_sector(session, wave.sector, on=on)
    return sampling.plan(session, wave, study, places, sampling.hours(session, wave), on=on)


def _row(need: Need) -> tuple[str, ...]:
    fields = {field.key: field.label.vi for field in current_programme().fields}
    place = terminal.keyed(need.unit.name, need.unit.code)
    field = terminal.keyed(fields.get(need.field, need.field), need.field)
    return (
        f"{place} · {field}", number(need.answers), number(need.expected),
        _size(need.official, need.missing_official), _size(need.designed, need.missing),
        advice(need),
    )  # fmt: skip


def _size(size: int | None, missing: int | None) -> str:
    if size is None:
        return NOTHING
    return phrase("sampling.size", size=number(size), missing=number(missing))


def _hours(row: Hours) -> tuple[str, ...]:
    place = f"{terminal.keyed(row.unit.name, row.unit.code)} · {row.point.name}"
    return (place, number(row.total), *map(number, row.counts))
