"""The demonstration district: units and points from `district.toml`, and how much each is used.

The seven communes of 2025 and their twenty predecessors are real; everything counted is made up.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session

from surveys.tables import ServicePoint, Unit, UnitSuccession

FOUNDED = dt.date(2025, 7, 1)
#: The programme's first year: when the old units were founded is not known here.
FIRST_DAY = dt.date(2021, 1, 1)
OLD_NOTE = "Mã cũ và ngày thành lập chờ đối chiếu."
SCHOOL_NOTE = "Tên trường minh họa, chờ đối chiếu."

#: How a one-stop shop's work divides among the fields of procedure.
FIELD_SHARES = {
    "land": 0.28, "construction": 0.08, "investment": 0.04, "justice": 0.30,
    "social": 0.14, "business": 0.06, "agriculture": 0.04, "other": 0.06,
}  # fmt: skip
LAND = ("land", "construction", "investment")
#: The fields at each counter, by the number of counters: the last takes what is left.
COUNTERS: Mapping[int, tuple[tuple[str, tuple[str, ...]], ...]] = {
    1: (("Tất cả lĩnh vực", tuple(FIELD_SHARES)),),
    2: (
        ("Đất đai, xây dựng, đầu tư", LAND),
        ("Hộ tịch và việc khác", ("justice", "social", "business", "agriculture", "other")),
    ),
    3: (
        ("Đất đai, xây dựng, đầu tư", LAND),
        ("Hộ tịch, chứng thực", ("justice",)),
        ("Xã hội, kinh doanh, nông nghiệp", ("social", "business", "agriculture", "other")),
    ),
}
#: Kind of school → prefix of its code, its name, its classes.
SCHOOLS: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "preschool": ("mam-non", "Trường Mầm non", ("Lớp 3–4 tuổi", "Lớp 5 tuổi")),
    "primary": ("tieu-hoc", "Trường Tiểu học", tuple(f"Khối {n}" for n in range(1, 6))),
    "lower_secondary": ("thcs", "Trường THCS", tuple(f"Khối {n}" for n in range(6, 10))),
    "upper_secondary": ("thpt", "Trường THPT", tuple(f"Khối {n}" for n in range(10, 13))),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A service point with how it is used."""

    code: str
    name: str
    kind: str
    #: open, sampled or staffed.
    mode: str
    #: Expected answers in a wave.
    answers: float
    #: People served: in a month at counters and clinics, altogether at villages and schools.
    served: float
    #: How satisfied people are here, on the scale of `surveys.demo.sheets`.
    level: float
    #: Share of the work by field; the one field of the form elsewhere.
    fields: Mapping[str, float]
    #: What differs from the level in some fields.
    field_levels: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """A unit with its points."""

    unit: Unit
    spots: tuple[Spot, ...] = ()


@cache
def data() -> Mapping[str, Any]:
    """The file `district.toml`."""
    return tomllib.loads(Path(__file__).with_name("district.toml").read_text(encoding="utf-8"))


def build(session: Session) -> list[tuple[Spot, ServicePoint]]:
    """All service points of the district, stored with their units, communes and predecessors."""
    made: list[tuple[Spot, ServicePoint]] = []
    for commune in data()["communes"]:
        holder = _add_commune(session, commune)
        for place in _places(commune):
            place.unit.parent_id = holder.id
            made += _add_place(session, place)
    return made + _add_place(session, _hospital(data()["hospital"]))


def _add_commune(session: Session, commune: Mapping[str, Any]) -> Unit:
    """The commune of today, with the units it was merged from and the succession."""
    holder = _unit(commune["code"], f"Xã {commune['name']}", "commune")
    old = [_predecessor(*entry) for entry in commune["merged"]]
    session.add_all([holder, *old])
    session.flush()
    session.add_all(
        UnitSuccession(predecessor_id=unit.id or 0, successor_id=holder.id or 0) for unit in old
    )
    return holder


def _predecessor(code: str, name: str, since: dt.date = FIRST_DAY) -> Unit:
    full = name if name.startswith("Thị trấn") else f"Xã {name}"
    return Unit(
        code=code, name=full, kind="commune",
        valid_from=since, valid_to=FOUNDED, note=OLD_NOTE,
    )  # fmt: skip


def _add_place(session: Session, place: Place) -> list[tuple[Spot, ServicePoint]]:
    session.add(place.unit)
    session.flush()
    points = [_point(place.unit, spot) for spot in place.spots]
    session.add_all(points)
    session.flush()
    return list(zip(place.spots, points, strict=True))


def _point(unit: Unit, spot: Spot) -> ServicePoint:
    fields = " ".join(spot.fields) if spot.kind == "counter" else ""
    return ServicePoint(
        unit_id=unit.id or 0, code=spot.code, name=spot.name, kind=spot.kind,
        fields=fields, valid_from=FOUNDED,
    )  # fmt: skip


def _places(commune: Mapping[str, Any]) -> Iterator[Place]:
    yield _one_stop(commune)
    yield _committee(commune)
    yield _station(commune)
    for kind, name, pupils in commune["schools"]:
        yield _school(commune, kind, name, pupils)


def _one_stop(commune: Mapping[str, Any]) -> Place:
    shop = commune["one_stop"]
    low = dict.fromkeys(LAND, shop["land_level"]) if "land_level" in shop else {}
    spots = []
    for number, (label, names) in enumerate(COUNTERS[shop["counters"]], 1):
        share = sum(FIELD_SHARES[name] for name in names)
        spot = Spot(
            code=f"quay-{number}", name=f"Quầy {number}: {label}", kind="counter",
            mode=commune["mode"], level=commune["level"], field_levels=low,
            answers=shop["answers"] * share, served=shop["served"] * share,
            fields={name: FIELD_SHARES[name] / share for name in names},
        )  # fmt: skip
        spots.append(spot)
    name = f"Trung tâm Phục vụ hành chính công xã {commune['name']}"
    unit = _unit(f"mot-cua-{commune['slug']}", name, "one_stop", sector="administration")
    return Place(unit, tuple(spots))


def _committee(commune: Mapping[str, Any]) -> Place:
    count, level = commune["villages"], commune["level"]
    use = {"served": commune["adults"], "answers": 18 * count, "mode": "staffed"}
    labels = [f"Xóm {number}" for number in range(1, count + 1)]
    name = f"Ủy ban nhân dân xã {commune['name']}"
    unit = _unit(f"ubnd-{commune['slug']}", name, "committee", sector="administration")
    return Place(unit, tuple(_alike("household", labels, use, level)))


def _station(commune: Mapping[str, Any]) -> Place:
    station = commune["station"]
    spots: list[Spot] = []
    for kind, label in (("outpatient", "Phòng khám"), ("immunisation", "Bàn tiêm chủng")):
        share = station[kind] / (station["outpatient"] + station["immunisation"])
        use = {"served": station[kind], "answers": station["answers"] * share, "mode": "open"}
        spots += _alike(kind, [label], use, commune["level"])
    name = f"Trạm Y tế xã {commune['name']}"
    unit = _unit(f"tram-y-te-{commune['slug']}", name, "clinic", sector="health")
    return Place(unit, tuple(spots))


def _hospital(hospital: Mapping[str, Any]) -> Place:
    wards = _alike("inpatient", hospital["wards"], hospital["inpatient"], hospital["level"])
    rooms = _alike("outpatient", hospital["rooms"], hospital["outpatient"], hospital["level"])
    unit = _unit(hospital["code"], hospital["name"], "hospital", sector="health")
    return Place(unit, (*wards, *rooms))


def _school(commune: Mapping[str, Any], kind: str, name: str, pupils: int) -> Place:
    prefix, title, classes = SCHOOLS[kind]
    use = {"served": pupils, "answers": 0.11 * pupils, "mode": "sampled"}
    suffix = commune["slug"] if name == commune["name"] else f"{commune['slug']}-2"
    unit = _unit(f"{prefix}-{suffix}", f"{title} {name}", "school", sector="education")
    unit.note = SCHOOL_NOTE
    return Place(unit, tuple(_alike(kind, classes, use, commune["level"] - 0.1)))


def _alike(
    kind: str, labels: Sequence[str], use: Mapping[str, Any], level: float
) -> Iterator[Spot]:
    """Points of one kind that share the use of their unit equally; their field is their kind."""
    for number, label in enumerate(labels, 1):
        yield Spot(
            code=f"{kind.replace('_', '-')}-{number}", name=label, kind=kind, mode=use["mode"],
            level=level, answers=use["answers"] / len(labels), served=use["served"] / len(labels),
            fields={kind: 1.0},
        )  # fmt: skip


def _unit(code: str, name: str, kind: str, *, sector: str | None = None) -> Unit:
    return Unit(code=code, name=name, kind=kind, sector=sector, valid_from=FOUNDED)


def served_by_field(spots: Iterable[Spot]) -> dict[str, float]:
    """The people served at some points, added up by field."""
    totals: dict[str, float] = {}
    for spot in spots:
        for name, share in spot.fields.items():
            totals[name] = totals.get(name, 0.0) + spot.served * share
    return totals
