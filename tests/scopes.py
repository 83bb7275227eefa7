"""Four places in three sectors, each marked with a bird that stands nowhere else, and accounts.

Whoever reads a bird of another place has read what is not theirs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import flask
from sqlmodel import Session, select

from app import create_app
from app.citizen import more
from app.settings import Settings
from surveys.fieldwork import comments, tickets, waves
from surveys.offices import invitations, staff
from surveys.offices.staff import Role
from surveys.questionnaires import registry
from surveys.tables import Collector, ReleaseDraft, ServicePoint, StoredInstrument, Unit, Wave
from tests import builders, databases, fieldwork, releasing
from tests.visitor import Visitor

PASSWORD = "mật khẩu rất dài"
ANSWERS = ["5555"] * 11 + ["5255"]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a sector's places are, the form that is asked there, and its own mark."""

    unit: str
    point: str
    form: str
    #: Stands in the name of its open wave.
    flower: str


KINDS = {
    "administration": Kind("one_stop", "counter", "sipas-quay", "lucbinh"),
    "health": Kind("clinic", "outpatient", "y-te-ngoai-tru", "hoasung"),
    "education": Kind("school", "primary", "giao-duc-tieu-hoc", "phuongvi"),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A unit with one service point, and the codes and numbers of everything that is there."""

    #: Stands in its codes, which are no secret; the bird in its names and what was said there.
    number: int
    bird: str
    sector: str
    #: People served there in a month: a figure that nobody else may read.
    served: int
    known: Mapping[str, object] = field(default_factory=dict, hash=False)

    @property
    def said(self) -> str:
        """A word of the comment there."""
        return f"ghe{self.bird}"


#: The first two have the same sector.
PLACES = (
    Place(1, "sonca", "administration", 6131),
    Place(2, "hoami", "administration", 7351),
    Place(3, "khuouden", "health", 8273),
    Place(4, "chaomao", "education", 9377),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody, with the role and the birds of the places that are theirs."""

    role: Role
    birds: frozenset[str]
    sector: str | None = None


EVERYWHERE = frozenset(place.bird for place in PLACES)
ACCOUNTS = {
    "trung-tam": Account("central", EVERYWHERE),
    "kiem-tra": Account("auditor", EVERYWHERE),
    "quan-tri": Account("administrator", frozenset()),
    "hanh-chinh": Account("sector", frozenset({"sonca", "hoami"}), "administration"),
    "y-te": Account("sector", frozenset({"khuouden"}), "health"),
    "giao-duc": Account("sector", frozenset({"chaomao"}), "education"),
    **{f"dv-{place.number}": Account("unit", frozenset({place.bird})) for place in PLACES},
    **{f"nhap-{place.number}": Account("entry", frozenset({place.bird})) for place in PLACES},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scopes:
    """The app with its places, and a browser for everybody; a `visitor` has no account."""

    app: flask.Flask
    places: tuple[Place, ...]
    visitors: Mapping[str, Visitor]


@contextmanager
def opened(databases_: databases.Databases) -> Iterator[Scopes]:
    """The places in a fresh database, everybody signed in."""
    url = databases_.fresh("sqlite")
    app = create_app(Settings(database_url=url, secret_key="test", clock=lambda: builders.NOW))
    with Session(app.extensions["engine"]) as session, app.app_context():
        forms = {sector: _form(session, sector) for sector in KINDS}
        spots = {place: _spot(session, place) for place in PLACES}
        _last_year(session, forms, spots)
        running = {key: _wave(session, f"{key}-nay", key, form) for key, form in forms.items()}
        made = tuple(_furnished(session, place, spots[place], running) for place in PLACES)
        _accounts(session, spots)
        session.commit()
    visitors = {name: Visitor(app) for name in (*ACCOUNTS, "visitor")}
    for name in ACCOUNTS:
        visitors[name].sign_in(name, PASSWORD)
    yield Scopes(app, made, visitors)
    app.extensions["engine"].dispose()
    databases_.drop(url)


def _form(session: Session, sector: str) -> StoredInstrument:
    kind = KINDS[sector]
    changes = [
        ('code = "small"', f'code = "{kind.form}"'),
        ('points = ["counter"]', f'points = ["{kind.point}"]'),
    ]
    if sector != "administration":
        own = f'sector = "{sector}"\nfield = "{kind.point}"'
        changes.append(('sector = "administration"', own))
    return registry.store(session, builders.instrument(*changes), now=builders.NOW)


def _spot(session: Session, place: Place) -> ServicePoint:
    kind = KINDS[place.sector]
    unit = builders.unit(session, f"noi-{place.number}", kind=kind.unit, sector=place.sector)
    unit.name = f"Đơn vị {place.bird}"
    spot = builders.point(session, unit, f"diem-{place.number}", kind=kind.point)
    spot.name = f"Điểm {place.bird}"
    return spot


def _wave(
    session: Session, code: str, sector: str, form: StoredInstrument, *, year: int = 2026
) -> Wave:
    made = waves.create(
        session, programme=builders.programme(), sector=sector, code=code,
        name=f"Đợt {KINDS[sector].flower if year == 2026 else year}",
        year=year, opens_on=dt.date(year, 3, 1), closes_on=dt.date(year, 3, 31),
        forms={KINDS[sector].point: form},
    )  # fmt: skip
    waves.open_wave(session, made)
    return made


def _answers(session: Session, wave: Wave, spot: ServicePoint, place: Place, year: int) -> None:
    asked = _field(place)
    for day in range(6, 11):
        fieldwork.answered(session, wave, spot, ANSWERS, day=dt.date(year, 3, day), field=asked)
    month = dt.date(year, 3, 1)
    # Last year's is published, and everybody's.
    total = place.served if year == 2026 else 900
    fieldwork.served(session, spot, total, field=asked, month=month)


def _field(place: Place) -> str:
    return "land" if place.sector == "administration" else KINDS[place.sector].point


def _last_year(
    session: Session,
    forms: Mapping[str, StoredInstrument],
    spots: Mapping[Place, ServicePoint],
) -> None:
    """A wave of each sector that is closed and published."""
    moment = dt.datetime(2025, 4, 5, 3, tzinfo=dt.UTC)
    for sector, form in forms.items():
        wave = _wave(session, f"{sector}-truoc", sector, form, year=2025)
        for place, spot in spots.items():
            if place.sector == sector:
                _answers(session, wave, spot, place, 2025)
        waves.close(session, wave, now=moment)
        releasing.publish(
            session,
            programme=builders.programme(),
            sector=sector,
            year=2025,
            now=moment,
        )


def _furnished(
    session: Session, place: Place, spot: ServicePoint, running: Mapping[str, Wave]
) -> Place:
    """The place with answers, codes, a ticket and a comment."""
    wave = running[place.sector]
    _answers(session, wave, spot, place, 2026)
    poster, staffed = (fieldwork.collector(session, spot, kind) for kind in ("open", "staffed"))
    given = builders.answers(
        field=_field(place),
        comment=f"Xin thêm {place.said}",
    )
    answer = builders.response(session, poster, place.number, given=given)
    item = comments.find(session, answer.id or 0, "G3")
    assert item is not None
    case = comments.screen(session, item, shown=item.comment.text, category="place")
    known = {
        "code": poster.code, "staffed": staffed.code, "receipt": answer.receipt,
        "link": more.signed(poster.code, answer.receipt), "unit": f"noi-{place.number}",
        "wave": wave.code, "draft": wave.code, "year": 2025, "case": case.id,
        "comment": answer.id, "invitation": _invitation(session, place),
        "ticket": _ticket(session, spot, wave), "draft_number": _draft(session, place.sector),
    }  # fmt: skip
    return replace(place, known=known)


def _draft(session: Session, sector: str) -> int:
    """The number of the draft that became the release of a sector."""
    return session.exec(select(ReleaseDraft.id).where(ReleaseDraft.sector == sector)).one() or 0


def _invitation(session: Session, place: Place) -> str:
    new = staff.add(session, username=f"moi-{place.number}", name="Người mới", role="auditor")
    return invitations.invite(session, new, now=builders.NOW)


def _ticket(session: Session, spot: ServicePoint, wave: Wave) -> str:
    sampled: Collector = fieldwork.collector(session, spot, "sampled")
    minted = tickets.mint(
        session, sampled, every=5, size=3, expires_on=wave.closes_on, by="Nội vụ", now=builders.NOW
    )
    return minted.tokens[0]


def _accounts(session: Session, spots: Mapping[Place, ServicePoint]) -> None:
    units = {place.bird: session.get_one(Unit, spot.unit_id) for place, spot in spots.items()}
    for name, account in ACCOUNTS.items():
        of_unit = account.role in {"unit", "entry"}
        staff.add(
            session, username=name, name=f"Người {name}", role=account.role,
            password=PASSWORD, demo=True, sector=account.sector,
            unit_id=units[next(iter(account.birds))].id if of_unit else None,
        )  # fmt: skip
