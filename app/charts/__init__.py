"""Figures as SVG: places in percent, looks through CSS classes, no style attribute."""

import flask
from markupsafe import Markup

from app.charts.intervals import Axis, axis_of, axis_over, bar, reading, scale, trend

__all__ = ["EMPTY", "Axis", "axis_of", "axis_over", "bar", "install", "reading", "scale", "trend"]

#: Where there is nothing to draw.
EMPTY = Markup("")


def install(app: flask.Flask) -> None:
    """Give templates the drawings by these names."""
    app.jinja_env.globals.update(
        axis_of=axis_of, bar=bar, reading=reading, scale=scale, trend=trend
    )
