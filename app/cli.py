"""The command line: `flask --app wsgi …`."""

from __future__ import annotations

import flask

from app.commands.audit import audit
from app.commands.collectors import collectors
from app.commands.database import database
from app.commands.demo import demo
from app.commands.evidence import bundle, microdata
from app.commands.frame import frame
from app.commands.instruments import instruments
from app.commands.integrity import integrity
from app.commands.keys import keys
from app.commands.publish import publish
from app.commands.remind import remind
from app.commands.report import report
from app.commands.responses import responses
from app.commands.serve import serve
from app.commands.staff import staff
from app.commands.tickets import tickets
from app.commands.units import units
from app.commands.waves import waves
from app.commands.webhooks import webhooks

COMMANDS = (
    instruments, units, frame, collectors, tickets, waves, responses, integrity, publish, report,
    bundle, microdata, webhooks, remind, staff, keys, audit, demo, database, serve,
)  # fmt: skip


def install(app: flask.Flask) -> None:
    """Add the commands."""
    for command in COMMANDS:
        app.cli.add_command(command)
