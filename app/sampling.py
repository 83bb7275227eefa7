"""What an open wave still lacks, in words that pages and commands share."""

from __future__ import annotations

from app.filters import number
from app.language import phrase
from surveys.results.steering import Need


def advice(need: Need) -> str:
    """How slips would bring what a unit's field lacks, or why none are to be handed out."""
    if need.expected is None:
        return phrase("sampling.no_frame")
    if not need.missing:
        return phrase("sampling.enough")
    if need.every is None:
        return phrase("sampling.too_late")
    invitations, coming = number(need.invitations), number(need.coming)
    said = phrase(
        "sampling.every", every=number(need.every), invitations=invitations, coming=coming
    )
    too_few = (need.invitations or 0) > (need.coming or 0)
    return f"{said} {phrase('sampling.not_reachable')}" if too_few else said
