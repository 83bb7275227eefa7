"""A report as a tree of plain values: what both writers read, and all that they know of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; `soft` where it is a remark to the table or chart above it."""

    text: str
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences below each other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Cells of text below a header; the first `names` columns hold names, the others numbers."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    #: How wide the columns are, one against the other.
    widths: tuple[float, ...]
    names: int = 1


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of a chart: a dot with its interval; without a value only the name."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    #: What is written at its end.
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Shares with their intervals on one axis, from `low` to 1; a line across it at the target."""

    caption: str
    #: What a reader hears who does not see it.
    spoken: str
    marks: tuple[Mark, ...]
    low: float
    ticks: tuple[tuple[float, str], ...]
    target: float | None = None


Block = Paragraph | Bullets | Table | Chart


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of a level from 1 on, and what stands below it."""

    level: int
    heading: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What stands at the head and the foot of an official paper; dots are to be filled in."""

    #: The agency above, and the one that reports.
    parent: str
    agency: str
    number: str
    place_and_day: str
    #: To whom it goes, and who signs.
    recipients: tuple[str, ...]
    signer: str
    signature: str


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report in reading order."""

    letterhead: Letterhead
    subject: str
    #: "Made-up data", "draft": said above everything, and in the head of every page.
    marks: tuple[str, ...]
    grounds: tuple[str, ...]
    sections: tuple[Section, ...]
    appendix: tuple[Section, ...]

    @property
    def title(self) -> str:
        """The title of the file."""
        return f"Báo cáo {self.subject[0].lower()}{self.subject[1:]}"

    def blocks(self) -> Iterator[Block]:
        """All that stands below headings, in reading order."""
        for section in (*self.sections, *self.appendix):
            yield from section.blocks
