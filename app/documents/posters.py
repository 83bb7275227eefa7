"""Posters with the codes of service points, to hang up or to stand on a counter."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlmodel import Session

from app import qr
from app.documents import typesetting
from app.language import phrases
from surveys.places import collectors, units
from surveys.tables import ServicePoint

#: A whole page of A4 or A5, or A4 folded into a tent with a face on either side.
Size = Literal["a4", "a5", "tent"]
_WORDS = ("why", "how", "address", "anonymous", "alt", "title")


@dataclass(frozen=True, slots=True)
class Poster:
    """One code with the names of the place where it hangs."""

    unit: str
    point: str
    #: What the code says: `https://…/k/K7M2Q9X`.
    address: str

    @property
    def shown(self) -> str:
        """The address as people type it."""
        return self.address.split("://", 1)[-1]


def gather(
    session: Session, points: Sequence[ServicePoint], *, base_url: str, on: dt.date
) -> tuple[list[Poster], list[ServicePoint]]:
    """A poster for each point, in the order given, and the points that have no open code.

    Posters are for whoever comes by; of several open codes the newest is printed.
    """
    in_use = collectors.in_use(session, [point.id or 0 for point in points], on=on)
    holders = _names(session, {point.unit_id for point in points})
    posters, without = [], []
    for point in points:
        codes = [one.code for one in in_use.get(point.id or 0, ()) if one.kind == "open"]
        if not codes:
            without.append(point)
            continue
        address = collectors.address(base_url, codes[-1])
        posters.append(Poster(holders[point.unit_id], point.name, address))
    return posters, without


def typeset(posters: Sequence[Poster], size: Size, *, logo: Path | None = None) -> bytes:
    """A PDF with a page for each poster. Raises `typesetting.Unprintable`."""
    data, pictures = contents(posters, size, logo)
    return typesetting.pdf("poster.typ", data, pictures)


def contents(
    posters: Sequence[Poster], size: Size, logo: Path | None
) -> tuple[dict[str, object], dict[str, bytes]]:
    """What the template is given: the data, and the logo where there is one."""
    words = {
        language: {key: phrases(language)[f"documents.poster.{key}"] for key in _WORDS}
        for language in ("vi", "en")
    }
    places = [
        {
            "unit": poster.unit,
            "point": poster.point,
            "address": poster.address,
            "shown": poster.shown,
            "code": qr.svg(poster.address).decode(),
        }
        for poster in posters
    ]
    picture = f"logo{logo.suffix.lower()}" if logo else None
    data: dict[str, object] = {
        "size": size, "places": places, "logo": picture, "name": phrases("vi")["site.name"],
        "title": words["vi"]["title"], **words,
    }  # fmt: skip
    return data, {picture: logo.read_bytes()} if picture and logo else {}


def _names(session: Session, unit_ids: Collection[int]) -> dict[int, str]:
    return {unit.id or 0: unit.name for unit in units.with_ids(session, unit_ids)}
