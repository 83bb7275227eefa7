"""The command line: `flask --app wsgi …`."""

import flask


def install(app: flask.Flask) -> None:
    """Add the commands."""
