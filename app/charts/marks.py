"""What drawings are made of: words, lines, boxes and dots, placed in percent of the width."""

from __future__ import annotations

import zlib

from markupsafe import Markup


def words(kind: str, across: str, down: float, text: str) -> Markup:
    """A word at a place; its class says on which side of it the word stands."""
    return Markup('<text class="{}" x="{}" y="{}">{}</text>').format(kind, across, down, text)


def upright(kind: str, place: float, top: float, foot: float) -> Markup:
    """A line from top to foot."""
    return Markup('<line class="{}" x1="{:.2f}%" x2="{:.2f}%" y1="{}" y2="{}"/>').format(
        kind, place, place, top, foot
    )


def across(kind: str, height: float) -> Markup:
    """A line over the whole width."""
    return Markup('<line class="{}" x1="0" x2="100%" y1="{}" y2="{}"/>').format(
        kind, height, height
    )


def dot(kind: str, place: float, down: float, radius: float = 5) -> Markup:
    """A round mark."""
    return Markup('<circle class="{}" cx="{:.2f}%" cy="{:.1f}" r="{}"/>').format(
        kind, place, down, radius
    )


def between(kind: str, start: tuple[float, float], end: tuple[float, float]) -> Markup:
    """A line between two places, each a percentage across and a height."""
    return Markup('<line class="{}" x1="{:.2f}%" y1="{:.1f}" x2="{:.2f}%" y2="{:.1f}"/>').format(
        kind, *start, *end
    )


def box(kind: str, place: float, top: float, *, width: float, height: float) -> Markup:
    """A filled box; its width is a percentage, too."""
    return Markup('<rect class="{}" x="{:.2f}%" y="{}" width="{:.2f}%" height="{}"/>').format(
        kind, place, top, width, height
    )


def picture(kind: str, height: float, parts: Markup, *, title: str, about: str) -> Markup:
    """The whole drawing with what it is called, for those who cannot see it."""
    # Two charts of one page must not share a name.
    name = zlib.crc32(f"{kind} {title}".encode())
    return Markup(
        '<svg class="{0}" width="100%" height="{1:.0f}" role="img" '
        'aria-labelledby="t{2} d{2}"><title id="t{2}">{3}</title>'
        '<desc id="d{2}">{4}</desc>{5}</svg>'
    ).format(kind, height, name, title, about, parts)
