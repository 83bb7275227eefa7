"""What is printed once the server answers: a code to scan, and where everybody goes."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import click
from sqlmodel import Session

from app import qr
from app.commands import terminal
from app.session import current_programme
from surveys import demo
from surveys.fieldwork import waves
from surveys.offices import staff
from surveys.places import collectors, units
from surveys.tables import Collector, ServicePoint, Unit


def welcome(session: Session, base_url: str) -> None:
    """Print the addresses under a base address, and the code of a point that is asked now."""
    found = example(session)
    if found:
        unit, point, collector = found
        address = collectors.address(base_url, collector.code)
        click.echo(f"\nQuét thử: {unit.name}, {point.name}")
        click.echo(qr.text(address, colours=sys.stdout.isatty()))
        click.echo(f"Người dân   {address}")
    click.echo(f"Cơ quan     {base_url}/van-phong")
    click.echo(f"Nội vụ      {base_url}/noi-vu")
    click.echo(f"Công khai   {base_url}/chi-so")
    _list_accounts(session)
    if "//127.0.0.1" in base_url:
        click.echo("\nQuét bằng điện thoại cùng mạng: make run HOST=0.0.0.0")
    click.echo("Ctrl+C để dừng.")


def example(session: Session) -> tuple[Unit, ServicePoint, Collector] | None:
    """The first point, in the order of the programme, whose code leads to a form today."""
    return next(_asked(session), None)


def _asked(session: Session) -> Iterator[tuple[Unit, ServicePoint, Collector]]:
    on = terminal.today()
    for sector in current_programme().sectors:
        holders = {unit.id: unit for unit in units.of_sector(session, sector.key, on=on)}
        points = units.points_of(session, [key or 0 for key in holders], on=on)
        in_use = collectors.in_use(session, [point.id or 0 for point in points], on=on)
        for point in points:
            # Other codes open nothing to who scans them.
            codes = [code for code in in_use.get(point.id or 0, ()) if code.kind == "open"]
            if codes and _is_asked(session, point):
                yield holders[point.unit_id], point, codes[0]


def _is_asked(session: Session, point: ServicePoint) -> bool:
    try:
        waves.form_for(session, point, on=terminal.today())
    except waves.NoOpenWave:
        return False
    return True


def _list_accounts(session: Session) -> None:
    found = [(account, staff.find(session, account.username)) for account in demo.ACCOUNTS]
    # A real installation has none of them, or has given them passwords of its own.
    made = [one for one, kept in found if kept and staff.opens(kept, demo.PASSWORD)]
    if not made:
        return
    click.echo(f"\nTài khoản mẫu, mật khẩu {demo.PASSWORD}:")
    for account in made:
        click.echo(f"  {account.username:<10}  {account.name}")
