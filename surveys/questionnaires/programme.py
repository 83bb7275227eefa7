"""A programme as data: sectors, fields of procedure, and the targets that figures are judged by.

ProgrammeError(ValueError)   a file with faults; `.problems` has all of them
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from surveys.questionnaires.instrument_reading import CHECKED, UNCHECKED
from surveys.questionnaires.labels import Label
from surveys.questionnaires.reading import Document, Problem, Table

FOLDER = Path(__file__).parent.parent / "programmes"
KEY = r"[a-z][a-z0-9_]{0,39}"
TARGET_KEY = r"[a-z][a-z0-9_.-]{0,59}"
SLUG = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"


class ProgrammeError(ValueError):
    """A file that is no valid programme, with every fault in it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(frozen=True, slots=True)
class Sector:
    """A branch of public service and the organisation that answers for it."""

    key: str
    label: Label
    #: Organisations come and go, so this is data: since 1/7/2025 there is no district level.
    owner: Label
    owner_note: Label | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """What people came for: a field of procedure, or the one service of a form."""

    key: str
    label: Label
    #: Kinds of service points where it occurs.
    points: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """When offices receive people, Monday to Saturday: from one full hour until another."""

    opens: int
    closes: int


@dataclass(frozen=True, slots=True)
class Milestone:
    """A share to be reached by the end of a year, strictly (">") or not (">=")."""

    year: int
    operator: str
    #: Between 0 and 1.
    share: float


@dataclass(frozen=True, slots=True)
class Target:
    """A promise of the programme about the satisfied share."""

    key: str
    sector: str
    label: Label
    #: The organisation that the decision names.
    owner: Label
    #: Codes of the instruments whose index it judges.
    instruments: tuple[str, ...]
    #: The fields it is about; all fields where empty.
    fields: tuple[str, ...]
    #: By year.
    milestones: tuple[Milestone, ...]

    def applicable(self, year: int) -> Milestone:
        """The milestone a year is judged by: the next one, or the last once all are past."""
        ahead = (milestone for milestone in self.milestones if milestone.year >= year)
        return next(ahead, self.milestones[-1])


@dataclass(frozen=True, slots=True)
class Band:
    """The points that satisfied shares bring from this one on."""

    #: Above 0, at most 1.
    reaches: float
    points: float


@dataclass(frozen=True, slots=True)
class Scoring:
    """How satisfied shares become points of the yearly scoring of units."""

    label: Label
    #: Whether the bands are those of an official text: "đối chiếu xong", or "chờ đối chiếu".
    status: str
    #: Where they come from.
    source: str
    #: From the highest down; a share below the last brings nothing.
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Wishes:
    """The questions of a form that ask how much an improvement is needed.

    It stands here and not in the form, which cannot change once it is answered.
    """

    #: The code of the form, whatever its version.
    instrument: str
    #: The codes of its questions, which have the same options.
    questions: tuple[str, ...]
    #: The codes of the options that count as wanting it.
    counted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Programme:
    """A decision with its sectors, fields and targets."""

    code: str
    title: Label
    decision: str
    first_year: int
    last_year: int
    provenance: str
    sectors: tuple[Sector, ...]
    fields: tuple[Field, ...]
    targets: tuple[Target, ...]
    hours: Hours
    #: None where units get no points for satisfaction.
    scoring: Scoring | None = None
    wishes: tuple[Wishes, ...] = ()

    def sector(self, key: str) -> Sector:
        """The sector with this key; KeyError if there is none."""
        return {sector.key: sector for sector in self.sectors}[key]

    def field(self, key: str) -> Field:
        """The field with this key; KeyError if there is none."""
        return {field.key: field for field in self.fields}[key]

    def target(self, key: str) -> Target:
        """The target with this key; KeyError if there is none."""
        return {target.key: target for target in self.targets}[key]

    def targets_of(self, sector: str) -> tuple[Target, ...]:
        """The targets of a sector in order."""
        return tuple(target for target in self.targets if target.sector == sector)

    def wishes_of(self, instrument: str) -> Wishes | None:
        """The wishes that a form asks about, if it does."""
        return next((one for one in self.wishes if one.instrument == instrument), None)

    def fields_of(self, point: str) -> tuple[Field, ...]:
        """The fields that occur at a kind of service point."""
        return tuple(field for field in self.fields if point in field.points)


def loads(text: str) -> Programme:
    """The programme in a TOML text; ProgrammeError with all faults if it has any."""
    document = Document(text)
    if document.broken:
        raise ProgrammeError(document.problems())
    programme = _read(document.root)
    _check(programme, document)
    found = document.problems()
    if found:
        raise ProgrammeError(found)
    return programme


@cache
def load(code: str) -> Programme:
    """The shipped programme with this code; FileNotFoundError if there is none."""
    return loads((FOLDER / f"{code}.toml").read_text(encoding="utf-8"))


def shipped() -> tuple[Programme, ...]:
    """The programmes that come with the service, in the order of their file names."""
    return tuple(load(path.stem) for path in sorted(FOLDER.glob("*.toml")))


def problems(text: str) -> list[Problem]:
    """Every fault of a TOML text at once; empty if it is a valid programme."""
    try:
        loads(text)
    except ProgrammeError as error:
        return list(error.problems)
    return []


def _read(root: Table) -> Programme:
    return Programme(
        code=root.code("code", SLUG, "tan-ky-169"),
        title=root.label_at("title"),
        decision=root.text("decision"),
        first_year=root.whole("first_year", low=2000, high=2100),
        last_year=root.whole("last_year", low=2000, high=2100),
        provenance=root.text("provenance"),
        sectors=tuple(_read_sector(table) for table in root.tables("sectors", required=True)),
        fields=tuple(_read_field(table) for table in root.tables("fields", required=True)),
        targets=tuple(_read_target(table) for table in root.tables("targets", required=True)),
        hours=_read_hours(root.table("hours")),
        scoring=_read_scoring(root.table("scoring", required=False)),
        wishes=tuple(_read_wishes(table) for table in root.tables("wishes")),
    )


def _read_sector(table: Table) -> Sector:
    return Sector(
        key=table.code("key", KEY, "health"),
        label=table.label(),
        owner=table.label_at("owner"),
        owner_note=table.optional_label("owner_note"),
    )


def _read_hours(table: Table | None) -> Hours:
    if table is None:
        return Hours(0, 24)
    found = Hours(table.whole("opens", low=0, high=23), table.whole("closes", low=1, high=24))
    if found.closes <= found.opens:
        table.report("closes", "Giờ đóng cửa không sau giờ mở cửa.", "Sửa opens hoặc closes.")
    return found


def _read_field(table: Table) -> Field:
    return Field(table.code("key", KEY, "land"), table.label(), table.texts("points"))


def _read_target(table: Table) -> Target:
    return Target(
        key=table.code("key", TARGET_KEY, "procedures"),
        sector=table.text("sector"),
        label=table.label(),
        owner=table.label_at("owner"),
        instruments=table.texts("instruments"),
        fields=table.texts("fields", required=False),
        milestones=_read_milestones(table),
    )


def _read_milestones(table: Table) -> tuple[Milestone, ...]:
    milestones = tuple(_read_milestone(each) for each in table.tables("milestones", required=True))
    years = [milestone.year for milestone in milestones]
    if years != sorted(set(years)):
        table.report("milestones", "Các năm không tăng dần.", "Xếp mốc theo năm, mỗi năm một mốc.")
    return milestones


def _read_milestone(table: Table) -> Milestone:
    share = table.real("share")
    if share > 1:
        message = "Tỷ lệ lớn hơn 1."
        table.report("share", message, "Ghi tỷ lệ từ 0 đến 1: 90 % là 0.9.")
    return Milestone(
        year=table.whole("year", low=2000, high=2100),
        operator=table.one_of("operator", (">", ">=")),
        share=share,
    )


def _read_scoring(table: Table | None) -> Scoring | None:
    if table is None:
        return None
    bands = tuple(_read_band(each) for each in table.tables("bands", required=True))
    shares = [band.reaches for band in bands]
    if shares != sorted(set(shares), reverse=True):
        table.report("bands", "Các mức không giảm dần.", "Xếp từ cao xuống thấp, mỗi mức một dòng.")
    return Scoring(
        label=table.label(),
        status=table.one_of("status", (CHECKED, UNCHECKED)),
        source=table.text("source"),
        bands=bands,
    )


def _read_band(table: Table) -> Band:
    reaches, points = table.real("reaches"), table.real("points")
    if reaches > 1:
        table.report("reaches", "Tỷ lệ lớn hơn 1.", "Ghi tỷ lệ từ 0 đến 1: 90 % là 0.9.")
    return Band(reaches, points)


def _read_wishes(table: Table) -> Wishes:
    return Wishes(
        instrument=table.code("instrument", SLUG, "sipas-ho-gia-dinh"),
        questions=table.texts("questions"),
        counted=table.texts("counted"),
    )


def _check(programme: Programme, document: Document) -> None:
    sectors = [sector.key for sector in programme.sectors]
    fields = [field.key for field in programme.fields]
    targets = [target.key for target in programme.targets]
    for name, keys in (("sectors", sectors), ("fields", fields), ("targets", targets)):
        document.refuse_repeated((f"{name}[{n}].key", key) for n, key in enumerate(keys, 1))
    document.refuse_repeated(
        (f"wishes[{n}].instrument", one.instrument) for n, one in enumerate(programme.wishes, 1)
    )
    for n, target in enumerate(programme.targets, 1):
        document.refer(f"targets[{n}].sector", target.sector, sectors)
        for field in target.fields:
            document.refer(f"targets[{n}].fields", field, fields)
    if programme.last_year < programme.first_year:
        document.report("last_year", "Năm cuối trước năm đầu.", "Sửa first_year hoặc last_year.")
