"""Tickets on paper and as a list: what Nội vụ hands over once, for it cannot be made again."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass

from app import qr
from app.documents import typesetting
from app.filters import day, number
from app.language import phrase

#: Slips on a page of A4.
A_PAGE = 24
_TEMPLATE = "slips.typ"
#: Hundreds are drawn while others wait to write.
_MASK = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Slips:
    """A batch of tickets as it is handed over."""

    #: Number of the batch, printed so that leftovers can be called back.
    batch: int
    unit: str
    point: str
    expires_on: dt.date
    #: Address of the service, and the tokens in the order of their numbers.
    base_url: str
    tokens: tuple[str, ...]

    @property
    def name(self) -> str:
        """What its files are called, without the ending."""
        return f"phieu-lo-{self.batch}"

    def addresses(self) -> Iterator[tuple[int, str]]:
        """Number and address of each ticket."""
        for place, token in enumerate(self.tokens, 1):
            yield place, address(self.base_url, token)


def address(base_url: str, token: str) -> str:
    """The address that a ticket stands for: what is packed into its QR code."""
    return f"{base_url.rstrip('/')}/p/{token}"


def pdf(slips: Slips) -> bytes:
    """The slips for printing, 24 to a page of A4."""
    return typesetting.pdf(_TEMPLATE, _data(slips))


def pictures(slips: Slips) -> list[bytes]:
    """The same pages as PNG."""
    return typesetting.png(_TEMPLATE, _data(slips), dots_per_inch=200)


def table(slips: Slips) -> bytes:
    """The addresses as CSV, UTF-8 with a byte order mark, for whoever prints or sends them."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([phrase("slips.number"), phrase("slips.address"), phrase("slips.last_day")])
    until = day(slips.expires_on)
    writer.writerows((place, address, until) for place, address in slips.addresses())
    return text.getvalue().encode("utf-8-sig")


def _data(slips: Slips) -> dict[str, object]:
    total = number(len(slips.tokens))
    return {
        "title": phrase("slips.title", unit=slips.unit, batch=slips.batch),
        "alt": phrase("slips.alt"),
        "unit": slips.unit,
        "point": slips.point,
        "why": phrase("slips.why"),
        "until": phrase("slips.until", day=day(slips.expires_on)),
        "slips": [
            {
                "number": phrase("slips.slip", number=place, total=total, batch=slips.batch),
                "code": qr.svg(address, mask=_MASK).decode(),
            }
            for place, address in slips.addresses()
        ],
    }
