"""Role × route × scope: what everybody gets of every place, and that no bird flies over.

Each page, file and form of the app is asked for by each account, about each of four places. A
place's name, its comment and the number of people served there reach only those whose it is. Whose
all places are (Nội vụ, auditors) has no scope to leave: `test_every_route` asks what they get.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.security import ACCESS, Who
from tests import databases, dumps, scopes
from tests.scopes import ACCOUNTS, KINDS, PLACES, Account, Place, Scopes
from tests.test_every_route import SAMPLES

#: Files of these doors are made in each of their kinds.
FILES = {
    "office.report_file": ("docx",),
    "office.points_file": ("csv", "xlsx"),
    "office.sector_chart": ("svg", "csv"),
    "office.unit_chart": ("svg", "csv"),
    "office.point_chart": ("svg", "csv"),
    "office.item_chart": ("svg", "csv"),
}
#: An account of the same role in the table of pages, which knows what each role opens at all.
LIKE = {
    "central": "noi-vu", "auditor": "kiem-tra", "administrator": "quan-tri",
    "sector": "hanh-chinh", "unit": "mot-cua", "entry": "nhap",
}  # fmt: skip
#: Pages whose draft knows the sector that they are about.
DRAFTS = {f"central.{step}" for step in ("draft", "check_draft", "return_draft", "release_draft")}
NOBODY = Account("auditor", frozenset())
EVERYBODY = {**ACCOUNTS, "visitor": NOBODY}
#: Accounts with a scope, and those without any.
NARROW = tuple(name for name, one in EVERYBODY.items() if one.birds != scopes.EVERYWHERE)


@dataclass(frozen=True, slots=True)
class Asked:
    """A page about a place."""

    endpoint: str
    address: str
    place: Place


@pytest.fixture(scope="module")
def world(test_databases: databases.Databases) -> Iterator[Scopes]:
    """The four places with everybody; no test here changes them."""
    with scopes.opened(test_databases) as opened:
        yield opened


def pages(world: Scopes, method: str) -> Iterator[Asked]:
    """Every page that takes a method, about each place that it can be about."""
    seen = set()
    for rule in world.app.url_map.iter_rules():
        for place in world.places if method in (rule.methods or ()) else ():
            for address in addresses(rule, place):
                if address not in seen:
                    seen.add(address)
                    yield Asked(rule.endpoint, address, place)


def addresses(rule: Rule, place: Place) -> Iterator[str]:
    """The addresses of a page about a place, one for each kind of file."""
    here = {
        "administration": place.sector, "quay-1": f"diem-{place.number}",
        "mot-cua": f"dv-{place.number}", "2": "1",  # published once
        "sipas-quay": KINDS[place.sector].form,
    }  # fmt: skip
    given = {
        name: here.get(str(value)) or str(value).format(**place.known)
        for name, value in SAMPLES[rule.endpoint].arguments
    }
    for kind in FILES.get(rule.endpoint, (given.get("kind"),)):
        whole = given | ({"kind": kind} if kind else {})
        built = rule.build({n: int(v) if n == "year" else v for n, v in whole.items()})
        assert built is not None
        yield built[1]


def may(name: str, asked: Asked, *, reading: bool) -> bool:
    """Whether somebody may have a page: the role opens it, and the place is theirs."""
    who = ACCESS[asked.endpoint]
    if who is Who.ANYONE:
        return True
    if name == "visitor" or who is Who.MACHINE:
        return False
    account = EVERYBODY[name]
    as_role = account.role == "auditor" and reading
    if not as_role and LIKE[account.role] not in SAMPLES[asked.endpoint].allowed:
        return False
    arguments = {name for name, _ in SAMPLES[asked.endpoint].arguments}
    if asked.endpoint in DRAFTS:
        arguments = {"sector"}  # which the draft knows
    elif not asked.endpoint.startswith("office.") or not arguments:
        return True
    if "sector" in arguments:
        return account.sector == asked.place.sector or account.birds == scopes.EVERYWHERE
    return asked.place.bird in account.birds


def refused(name: str, asked: Asked, *, reading: bool) -> int:
    """How somebody is told that a page is not theirs."""
    if ACCESS[asked.endpoint] is Who.MACHINE:
        return 401
    if name == "visitor":
        return 302 if reading else 401
    return 403


def ask(world: Scopes, name: str, address: str, method: str, **given: object) -> TestResponse:
    """The whole answer to somebody."""
    return world.visitors[name].client.open(address, method=method, buffered=True, **given)


def content(answer: TestResponse) -> str:
    """All that an answer says, with what lies packed in it."""
    head = f"{answer.headers}\n"
    if not zipfile.is_zipfile(io.BytesIO(answer.data)):
        return head + answer.data.decode("utf-8", errors="replace")
    with zipfile.ZipFile(io.BytesIO(answer.data)) as packed:
        parts = [packed.read(name) for name in packed.namelist()]
    return head + "\n".join(part.decode("utf-8", errors="replace") for part in parts)


def strangers(name: str, said: str, *, names: bool = True) -> list[str]:
    """What of places that are not somebody's stands in an answer: names, comments, figures."""
    own = {place.bird: place.sector for place in PLACES if place.bird in EVERYBODY[name].birds}
    foreign = [place for place in PLACES if place.bird not in own]
    words = [place.bird if names else place.said for place in foreign]
    if names:
        words += [kind.flower for sector, kind in KINDS.items() if sector not in own.values()]
    figures = [place.served for place in foreign if number(place.served).search(said)]
    return [word for word in words if word in said.lower()] + [str(one) for one in figures]


def number(value: int) -> re.Pattern[str]:
    """A number as pages, files and tables write it."""
    thousand, rest = divmod(value, 1000)
    return re.compile(rf"(?<![\w.,]){thousand}[.,\s]?{rest:03}(?![\w])")


#: Where those who may read everything find each name, comment and figure.
TOLD = (
    "/van-phong/don-vi/noi-{}", "/van-phong/don-vi/noi-{}/diem/diem-{}", "/van-phong/gop-y",
    "/noi-vu/gop-y?tinhtrang=approved", "/van-phong/don-vi/noi-{}/bieu-do/tuan.csv",
)  # fmt: skip


def test_what_is_looked_for_stands_where_it_may(world: Scopes) -> None:
    for place in PLACES:
        said = "".join(
            content(ask(world, "trung-tam", address.format(place.number, place.number), "GET"))
            for address in TOLD
        )
        assert place.bird in said
        assert place.said in said
        assert KINDS[place.sector].flower in said
        assert number(place.served).search(said), place


def test_a_page_opens_to_whose_it_is_and_tells_nothing_of_others(world: Scopes) -> None:
    for asked in pages(world, "GET"):
        public = ACCESS[asked.endpoint] is Who.ANYONE
        # What is everybody's is the same for everybody.
        for name in ("visitor", "dv-1") if public else NARROW:
            answer = ask(world, name, asked.address, "GET")
            if may(name, asked, reading=True):
                assert answer.status_code in {200, 303}, (name, asked)
            else:
                assert answer.status_code == refused(name, asked, reading=True), (name, asked)
            assert not strangers(name, content(answer), names=not public), (name, asked)


@pytest.mark.parametrize("name", ["hanh-chinh", "dv-1", "nhap-1", "quan-tri"])
def test_no_filter_reaches_into_another_s_place(world: Scopes, name: str) -> None:
    """Of the same sector, where that is not theirs, and of another."""
    foreign = [one for one in world.places[1:3] if one.bird not in EVERYBODY[name].birds]
    own = [asked for asked in pages(world, "GET") if ACCESS[asked.endpoint] is not Who.ANYONE]
    for asked in own:
        for place in foreign if may(name, asked, reading=True) else ():
            answer = ask(world, name, asked.address, "GET", query_string=wish(place))
            assert not strangers(name, content(answer)), (asked, place)


def wish(place: Place) -> dict[str, object]:
    """What an address may ask for besides, all of one place."""
    here = place.known
    return {
        "dot": here["wave"], "donvi": here["unit"], "don-vi": here["unit"],
        "nganh": place.sector, "diem": f"diem-{place.number}", "nam": here["year"],
    }  # fmt: skip


def test_nobody_changes_another_s_place(world: Scopes, monkeypatch: pytest.MonkeyPatch) -> None:
    # A form with its token: without it nobody's is looked at, which is tested elsewhere.
    monkeypatch.setitem(world.app.config, "WTF_CSRF_ENABLED", False)
    engine = world.app.extensions["engine"]
    before = dumps.contents(engine)
    for asked in pages(world, "POST"):
        for name in EVERYBODY:
            if not may(name, asked, reading=False):
                answer = ask(world, name, asked.address, "POST", data=wish(asked.place))
                assert answer.status_code == refused(name, asked, reading=False), (name, asked)
                assert not strangers(name, content(answer)), (name, asked)
    assert dumps.contents(engine) == before


@pytest.mark.parametrize("address", ["/van-phong/don-vi/khong-co", "/van-phong/khong-co", "/x"])
def test_what_is_not_there_tells_nothing(world: Scopes, address: str) -> None:
    for name in NARROW:
        answer = ask(world, name, address, "GET")
        assert answer.status_code in {302, 403, 404}
        assert not strangers(name, content(answer))


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/van-phong/bao-cao/tat-ca/2025.docx", 200),
        ("/van-phong/cham-diem/tat-ca/2025.xlsx", 200),
        ("/van-phong/bao-cao/administration/chon.docx?dot=administration-truoc", 200),
        ("/van-phong/bao-cao/administration/chon.docx?dot=health-truoc", 404),
        ("/van-phong/bao-cao/tat-ca/chon.docx?dot=health-truoc", 404),
        ("/van-phong/bao-cao/health/chon.docx?dot=administration-truoc", 403),
    ],
)
def test_a_report_of_all_or_of_chosen_waves_holds_the_own_sector(
    world: Scopes, address: str, status: int
) -> None:
    answer = ask(world, "hanh-chinh", address, "GET")
    assert answer.status_code == status
    said = content(answer)
    assert not strangers("hanh-chinh", said)
    assert ("sonca" in said) == (status == 200)
