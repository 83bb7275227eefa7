"""What a line of a file says, column by column: the same columns in every file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from app import wording
from app.documents.edition import Line
from app.filters import day
from app.language import current_language, phrase
from surveys.database import day_of

#: How a cell is written. "value" is a share or a score, as the figure's measure has it, and
#: "error" is on the same scale; "real" is any other number.
Kind = Literal["text", "whole", "share", "value", "error", "change", "real"]
Cell = str | int | float | None
#: Measures whose value is no share.
SCORES = frozenset({"mean_score"})


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its key (the header is `documents.column.<key>`), its kind, its cell of a line."""

    key: str
    kind: Kind
    read: Callable[[Line], Cell]
    width: int = 12

    @property
    def header(self) -> str:
        """The words above the column."""
        return phrase(f"documents.column.{self.key}")


def is_share(line: Line) -> bool:
    """True where the figure is a share of 0–1, False where it is a score."""
    return line.figure.measure not in SCORES


def note(line: Line) -> str:
    """What a reader must know about the figure, in words; empty where there is nothing."""
    figure = line.figure
    notes = (
        wording.reason(figure),
        phrase("figures.indicative_note") if figure.indicative else "",
        "" if figure.weighted else phrase("figures.unweighted"),
        f"{wording.unserved(figure)}." if figure.missing and figure.weighted else "",
    )
    return " ".join(filter(None, notes))


def _verdict(line: Line) -> str:
    figure = line.figure
    if figure.verdict is None:
        return ""
    if figure.showing == "suppressed":
        return phrase("figures.verdict.suppressed")
    words = phrase(f"figures.verdict.{figure.verdict}")
    # Cells are copied without the note beside them: a hint must not look like a finding.
    return f"{words} ({phrase('figures.indicative')})" if figure.indicative else words


def _expired(line: Line) -> int | None:
    """Tickets without an answer: of what is published, the waves are over."""
    figure = line.figure
    return None if figure.issued is None else figure.issued - (figure.returned or 0)


def _form(line: Line) -> str:
    """The form's title; of figures that combine several forms, that they do."""
    code = line.figure.instrument
    return line.edition.form_titles[code] if code else phrase("figures.all_forms")


def _scale(line: Line) -> str:
    return phrase("documents.scale.share" if is_share(line) else "documents.scale.score")


_YEAR = Column("year", "whole", lambda line: line.edition.release.year, 8)
SECTOR = Column("sector", "text", lambda line: line.edition.sector.label(current_language()), 14)
_SCOPE = Column("scope", "text", lambda line: phrase(f"documents.scope.{line.figure.scope}"), 14)
UNIT_CODE = Column("unit_code", "text", lambda line: line.figure.unit_code, 12)
UNIT = Column("unit", "text", lambda line: line.figure.unit_name, 30)
FORM = Column("form", "text", _form, 30)
_FORM_CODE = Column("form_code", "text", lambda line: line.figure.instrument)
MEASURE = Column(
    "measure", "text", lambda line: phrase(f"figures.measure.{line.figure.measure}"), 24
)
KEY = Column("key", "text", lambda line: line.figure.key, 8)
NAME = Column("name", "text", lambda line: wording.name(line.figure), 44)
SCALE = Column("scale", "text", _scale, 12)

#: The figure with everything needed to read it rightly.
FINDINGS = (
    Column("value", "value", lambda line: line.figure.value),
    Column("low", "value", lambda line: line.figure.low),
    Column("high", "value", lambda line: line.figure.high),
    Column("n", "whole", lambda line: line.figure.n),
    Column("population", "whole", lambda line: line.figure.population),
    Column("reached", "share", lambda line: wording.share_served(line.figure)),
    Column("operator", "text", lambda line: line.figure.operator, 8),
    Column("target", "share", lambda line: line.figure.target),
    Column("verdict", "text", _verdict, 18),
    Column("before", "value", lambda line: line.before.value if line.before else None),
    Column("change", "change", lambda line: line.change),
    Column("basis", "text", lambda line: phrase(f"figures.basis.{line.figure.basis}"), 18),
    Column("note", "text", note, 44),
)

#: What a statistician asks for beyond that.
TECHNICAL = (
    Column("standard_error", "error", lambda line: line.figure.standard_error),
    Column("interval", "text", lambda line: line.figure.interval),
    Column("df", "real", lambda line: line.figure.df),
    Column("deff", "real", lambda line: line.figure.deff),
    Column("n_eff", "real", lambda line: line.figure.n_eff),
)

#: Where the line comes from: a row copied out of the file can still be traced.
ORIGIN = (
    Column("revision", "whole", lambda line: line.edition.release.revision),
    Column("published", "text", lambda line: day(day_of(line.edition.release.published_at))),
    Column("demo", "text", lambda line: "DEMO" if line.edition.release.demo else ""),
    Column("sha256", "text", lambda line: line.edition.release.sha256),
)

#: What those who did not answer could change, where volunteers spoke.
UNHEARD = (
    Column("bound_low", "share", lambda line: line.figure.bound_low),
    Column("bound_high", "share", lambda line: line.figure.bound_high),
    Column("break_even", "change", lambda line: line.figure.break_even),
)

#: What would settle a finding that is not shown yet.
OUTLOOK = (Column("answers_needed", "whole", lambda line: line.figure.answers_needed),)

#: How many were asked by a ticket: with the people served and the answers, three denominators.
TICKETS = (
    Column("issued", "whole", lambda line: line.figure.issued),
    Column("returned", "whole", lambda line: line.figure.returned),
    Column("expired", "whole", _expired),
    Column("response_rate", "share", lambda line: wording.response_rate(line.figure)),
)

#: What a verdict and its break-even rest on; the two-sided limits stand beside the value.
ONE_SIDED = (
    Column("lower_one_sided", "share", lambda line: line.figure.lower_one_sided),
    Column("upper_one_sided", "share", lambda line: line.figure.upper_one_sided),
)

#: What else an interval is made of.
EVIDENCE = (
    Column("fraction", "share", lambda line: line.figure.fraction),
    Column("pooled_deff", "real", lambda line: line.figure.pooled_deff),
)

#: One line a figure with all that is known: the CSV.
ALL = (
    _YEAR, SECTOR, _SCOPE, UNIT_CODE, UNIT, FORM, _FORM_CODE, MEASURE, KEY, NAME, SCALE,
    *FINDINGS, *TECHNICAL, *ORIGIN, *UNHEARD, *OUTLOOK, *TICKETS, *ONE_SIDED, *EVIDENCE,
)  # fmt: skip
