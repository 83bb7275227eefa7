"""A questionnaire version as data: loaded from TOML once, frozen, and linted with all faults named.

InstrumentError(ValueError)   a file with faults; `.problems` has all of them
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from surveys.questionnaires import instrument_reading as reading
from surveys.questionnaires.instrument_checks import check_instrument
from surveys.questionnaires.labels import Label
from surveys.questionnaires.questionnaire import (
    Dimension,
    FreeText,
    IndexRule,
    Instrument,
    Item,
    Option,
    Part,
    Question,
    Scale,
    Section,
    Slot,
)
from surveys.questionnaires.reading import Document, Problem

__all__ = [
    "Dimension",
    "FreeText",
    "IndexRule",
    "Instrument",
    "InstrumentError",
    "Item",
    "Label",
    "Option",
    "Part",
    "Problem",
    "Question",
    "Scale",
    "Section",
    "Slot",
    "load",
    "loads",
    "problems",
    "shipped",
]

FOLDER = Path(__file__).parent.parent / "instruments"


class InstrumentError(ValueError):
    """A file that is no valid instrument, with every fault in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


def loads(text: str) -> Instrument:
    """The instrument in a TOML text; InstrumentError with all faults if it has any."""
    document = Document(text)
    if document.broken:
        raise InstrumentError(document.problems())
    instrument = _read(document)
    check_instrument(instrument, document)
    found = document.problems()
    if found:
        raise InstrumentError(found)
    return instrument


def load(path: Path) -> Instrument:
    """The instrument in a file; InstrumentError with all faults if it has any."""
    return loads(path.read_bytes().decode("utf-8", errors="replace"))


@cache
def shipped() -> tuple[Instrument, ...]:
    """The instruments that come with the service, in the order of their file names."""
    return tuple(load(path) for path in sorted(FOLDER.glob("*.toml")))


def problems(text: str) -> list[Problem]:
    """Every fault of a TOML text at once; empty if it is a valid instrument."""
    try:
        loads(text)
    except InstrumentError as error:
        return list(error.problems)
    return []


def _read(document: Document) -> Instrument:
    root = document.root
    scales = reading.read_scales(root)
    return Instrument(
        code=root.code("code", reading.SLUG, "sipas-quay"),
        version=root.whole("version", low=1, high=999),
        title=root.label_at("title"),
        sector=root.code("sector", reading.KEY, "health"),
        points=root.texts("points"),
        field=root.code("field", reading.KEY, "outpatient", required=False) or None,
        respondent=root.label_at("respondent"),
        notice=root.optional_label("notice"),
        scales=scales,
        parts=reading.read_parts(root),
        dimensions=reading.read_dimensions(root),
        items=reading.read_items(root, scales),
        questions=reading.read_questions(root),
        free_texts=reading.read_free_texts(root),
        sections=reading.read_sections(root),
        index=reading.read_index(root),
        figures=reading.read_figures(root),
        status=root.one_of("status", (reading.CHECKED, reading.UNCHECKED)),
        provenance=root.text("provenance"),
        text=document.text,
        checksum=hashlib.sha256(document.text.encode()).hexdigest(),
    )
