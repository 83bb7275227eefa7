"""Every page of the app: who may use it, that reading changes nothing, and what it carries.

The app is asked for its rules, so that a page without a place in `ACCESS` and in the table below
fails until somebody says who may use it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import flask
import pytest
from werkzeug.test import TestResponse

from app import create_app
from app.citizen import more
from app.security import ACCESS, Who
from app.settings import Settings
from app.trail import READINGS
from tests import databases, house
from tests.house import House, World

EVERYBODY = frozenset({"visitor", *house.ACCOUNTS})
ACCOUNTS = frozenset(house.ACCOUNTS)
STAFF = ACCOUNTS - {"kiem-tra", "quan-tri", "nhap"}
#: Who may see every page of the offices and change nothing.
AUDITOR = "kiem-tra"
FIELDWORK = STAFF | {"nhap"}
KEEPERS = frozenset({"noi-vu", "quan-tri"})
CENTRAL = frozenset({"noi-vu"})
#: Of programs that show a key: no account is asked there, and none helps.
NOBODY = frozenset[str]()
#: Those who may see the first one-stop shop.
WITHIN = CENTRAL | {"hanh-chinh", "mot-cua"}
HERE = WITHIN | {"nhap"}


@dataclass(frozen=True, slots=True)
class Sample:
    """How a page is asked for, and which accounts may."""

    allowed: frozenset[str]
    arguments: tuple[tuple[str, object], ...] = ()


def sample(allowed: frozenset[str], **arguments: object) -> Sample:
    """A page with what stands in its address; a text such as `{code}` is taken from the house."""
    return Sample(allowed, tuple(arguments.items()))


SAMPLES = {
    "static": sample(EVERYBODY, filename="core.css"),
    "central.api_keys": sample(CENTRAL),
    "central.make_api_key": sample(CENTRAL),
    "central.revoke_api_key": sample(CENTRAL, number=1),
    "api.page": sample(EVERYBODY),
    "api.description": sample(EVERYBODY),
    "api.releases": sample(EVERYBODY),
    "api.release": sample(EVERYBODY, year="{year}", sector="administration"),
    "api.release_unit": sample(
        EVERYBODY, year="{year}", sector="administration", unit="{unit}"
    ),
    "api.draw_ticket": sample(NOBODY),
    "api.put_frame": sample(NOBODY),
    "api.live_sector": sample(NOBODY, sector="administration"),
    "api.live_unit": sample(NOBODY, sector="administration", unit="{unit}"),
    "citizen.start": sample(EVERYBODY),
    "citizen.form": sample(EVERYBODY, code="{code}"),
    "citizen.answer": sample(EVERYBODY, code="{code}"),
    "citizen.thanks": sample(EVERYBODY, code="{code}", receipt="{receipt}"),
    "citizen.more": sample(EVERYBODY, code="{code}", link="{link}"),
    "citizen.answer_more": sample(EVERYBODY, code="{code}", link="{link}"),
    "citizen.receipt": sample(EVERYBODY),
    "citizen.qr_svg": sample(EVERYBODY, code="{code}"),
    "citizen.qr_png": sample(EVERYBODY, code="{code}"),
    "citizen.ticket": sample(EVERYBODY, token="{ticket}"),
    "citizen.spend": sample(EVERYBODY, token="{ticket}"),
    "citizen.worker": sample(EVERYBODY),
    "citizen.no_network": sample(EVERYBODY),
    "citizen.script": sample(EVERYBODY, name="phieu"),
    "citizen.kiosk": sample(EVERYBODY, code="{code}"),
    "citizen.display": sample(EVERYBODY, code="{code}"),
    "citizen.unlock": sample(EVERYBODY, code="{code}", page="kiosk"),
    "public.deeds": sample(EVERYBODY),
    "public.deeds_poster": sample(EVERYBODY),
    "public.front": sample(EVERYBODY),
    "public.method": sample(EVERYBODY),
    "public.indices": sample(EVERYBODY),
    "public.open_data": sample(EVERYBODY),
    "public.catalogue": sample(EVERYBODY),
    "public.schema": sample(EVERYBODY),
    "public.year": sample(EVERYBODY, year="{year}"),
    "public.year_file": sample(EVERYBODY, year="{year}", kind="xlsx"),
    "public.sector": sample(EVERYBODY, year="{year}", sector="administration"),
    "public.sector_file": sample(EVERYBODY, year="{year}", sector="administration", kind="csv"),
    "public.unit": sample(
        EVERYBODY, year="{year}", sector="administration", unit_code="{unit}"
    ),
    "office.sign_in": sample(EVERYBODY),
    "office.sign_out": sample(EVERYBODY),
    "office.second_step": sample(EVERYBODY),
    "office.invitation": sample(EVERYBODY, token="{invitation}"),
    "office.ask_provider": sample(EVERYBODY),
    "office.answered": sample(EVERYBODY),
    "office.untie": sample(ACCOUNTS),
    "office.account": sample(ACCOUNTS),
    "office.new_password": sample(ACCOUNTS),
    "office.set_email": sample(ACCOUNTS),
    "office.end_session": sample(ACCOUNTS),
    "office.digits": sample(ACCOUNTS),
    "office.home": sample(ACCOUNTS),
    "office.duties": sample(ACCOUNTS),
    "office.help": sample(ACCOUNTS),
    "office.explain": sample(STAFF),
    "office.sector": sample(CENTRAL | {"hanh-chinh"}, sector="administration"),
    "office.unit": sample(WITHIN, code="{unit}"),
    "office.reports": sample(CENTRAL | {"hanh-chinh", "y-te"}),
    "office.report_file": sample(
        CENTRAL | {"hanh-chinh"}, sector="administration", period="{year}", kind="pdf"
    ),
    "office.points_file": sample(
        CENTRAL | {"hanh-chinh"}, sector="administration", year="{year}", kind="csv"
    ),
    "office.yearbook": sample(
        CENTRAL | {"hanh-chinh"}, sector="administration", year="{year}"
    ),
    "office.collecting": sample(FIELDWORK),
    "office.paper_file": sample(HERE, code="{staffed}"),
    "office.interview": sample(HERE, code="{staffed}"),
    "office.entry": sample(HERE, code="{staffed}"),
    "office.waiting": sample(HERE, code="{staffed}"),
    "office.comments": sample(STAFF),
    "office.comment": sample(CENTRAL | {"hanh-chinh", "mot-cua"}, number="{case}"),
    "central.comments": sample(CENTRAL),
    "central.comment": sample(CENTRAL, response_id="{comment}", question="G3"),
    "central.reveal_comment": sample(CENTRAL, response_id="{comment}", question="G3"),
    "central.screen_comment": sample(CENTRAL, response_id="{comment}", question="G3"),
    "central.publish_comment": sample(CENTRAL, response_id="{comment}", question="G3"),
    "central.withdraw_comment": sample(CENTRAL, response_id="{comment}", question="G3"),
    "office.sector_groups": sample(CENTRAL | {"hanh-chinh"}, sector="administration"),
    "office.unit_groups": sample(CENTRAL | {"hanh-chinh", "mot-cua"}, code="{unit}"),
    "office.point": sample(CENTRAL | {"hanh-chinh", "mot-cua"}, code="{unit}", point="quay-1"),
    "office.sector_chart": sample(
        CENTRAL | {"hanh-chinh"}, sector="administration", name="tuan", kind="svg"
    ),
    "office.unit_chart": sample(
        CENTRAL | {"hanh-chinh", "mot-cua"}, code="{unit}", name="tuan", kind="csv"
    ),
    "office.point_chart": sample(
        CENTRAL | {"hanh-chinh", "mot-cua"}, code="{unit}", point="quay-1", name="tuan", kind="csv"
    ),
    "office.item": sample(
        CENTRAL | {"hanh-chinh"}, sector="administration", form="sipas-quay", item="A1"
    ),
    "office.item_chart": sample(
        CENTRAL | {"hanh-chinh"}, sector="administration", form="sipas-quay", item="A1",
        name="muc", kind="csv",
    ),
    "office.sampling": sample(CENTRAL | {"hanh-chinh"}, sector="administration"),
    "central.overview": sample(CENTRAL),
    "central.wave": sample(CENTRAL, code="{wave}"),
    "central.new_waves": sample(CENTRAL),
    "central.weights": sample(CENTRAL, code="{wave}"),
    "central.integrity": sample(CENTRAL, code="{wave}"),
    "central.change_integrity": sample(CENTRAL, code="{wave}"),
    "central.open_wave": sample(CENTRAL, code="{draft}"),
    "central.close_wave": sample(CENTRAL, code="{wave}"),
    "central.releases": sample(CENTRAL),
    "central.publish": sample(CENTRAL, sector="administration", year="{year}"),
    "central.download": sample(
        CENTRAL, sector="administration", year="{year}", revision=2, kind="vi-du-lieu"
    ),
    "central.drafts": sample(CENTRAL | {"hanh-chinh", "y-te"}),
    "central.draft": sample(CENTRAL | {"hanh-chinh"}, number="{draft_number}"),
    "central.check_draft": sample(CENTRAL | {"hanh-chinh"}, number="{draft_number}"),
    "central.return_draft": sample(CENTRAL | {"hanh-chinh"}, number="{draft_number}"),
    "central.release_draft": sample(CENTRAL, number="{draft_number}"),
    "central.frame": sample(CENTRAL),
    "central.margins": sample(CENTRAL),
    "central.units": sample(CENTRAL),
    "central.points": sample(CENTRAL),
    "central.instruments": sample(CENTRAL),
    "central.store_instruments": sample(CENTRAL),
    "central.codes": sample(CENTRAL),
    "central.issue_code": sample(CENTRAL),
    "central.trail": sample(KEEPERS),
    "central.accounts": sample(KEEPERS),
    "central.invite": sample(KEEPERS),
    "central.renew_invitation": sample(KEEPERS, username="mot-cua"),
    "central.disable_account": sample(KEEPERS, username="mot-cua"),
    "central.end_sessions": sample(KEEPERS, username="mot-cua"),
    "central.forget_digits": sample(KEEPERS, username="mot-cua"),
    "central.tickets": sample(CENTRAL),
    "central.mint_tickets": sample(CENTRAL),
    "central.ticket_files": sample(CENTRAL),
    "central.call_back_tickets": sample(CENTRAL),
    "central.renew_pin": sample(CENTRAL, code="{code}"),
    "central.webhooks": sample(CENTRAL),
    "central.add_webhook": sample(CENTRAL),
    "central.remove_webhook": sample(CENTRAL, number="1"),
    "central.send_again": sample(CENTRAL, number="1"),
    "central.posters": sample(CENTRAL),
    "central.posters_file": sample(CENTRAL, size="a5"),
}  # fmt: skip
#: What every answer says to a browser, beside the policy of its content.
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@pytest.fixture(scope="module", params=databases.KINDS)
def world(request: pytest.FixtureRequest, test_databases: databases.Databases) -> Iterator[World]:
    """The district with everybody signed in; no test here changes it."""
    with house.opened(test_databases, request.param) as world:
        for name in EVERYBODY:
            world.visitor(name)
        yield world


def addresses(world: World, method: str) -> Iterator[tuple[str, str]]:
    """Endpoint and address of every rule that takes a method, with the sample's arguments."""
    known = {name: getattr(world.house, name) for name in House.__slots__}
    with world.app.app_context():
        known["link"] = more.signed(world.house.code, world.house.receipt)
    for rule in world.app.url_map.iter_rules():
        if method in (rule.methods or ()):
            arguments = SAMPLES[rule.endpoint].arguments
            given = {name: str(value).format(**known) for name, value in arguments}
            built = rule.build({n: int(v) if n == "year" else v for n, v in given.items()})
            assert built is not None
            yield rule.endpoint, built[1]


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[flask.Flask]:
    """The app, to be asked for its rules only."""
    file = tmp_path_factory.mktemp("routes") / "empty.db"
    app = create_app(Settings(database_url=f"sqlite:///{file}", secret_key="test"))
    yield app
    app.extensions["engine"].dispose()


def test_every_rule_has_its_place_in_the_tables(empty: flask.Flask) -> None:
    endpoints = {rule.endpoint for rule in empty.url_map.iter_rules()}
    assert endpoints == set(ACCESS)
    assert endpoints == set(SAMPLES)


def test_the_app_lets_in_no_role_that_the_table_leaves_out() -> None:
    widest = {
        Who.ANYONE: EVERYBODY, Who.ACCOUNT: ACCOUNTS, Who.STAFF: STAFF, Who.CENTRAL: CENTRAL,
        Who.ACCOUNTS: KEEPERS, Who.FIELDWORK: FIELDWORK, Who.CHECKERS: STAFF,
        Who.MACHINE: NOBODY,
    }  # fmt: skip
    for endpoint, who in ACCESS.items():
        allowed = SAMPLES[endpoint].allowed
        assert allowed <= widest[who], endpoint
        assert ("visitor" in allowed) == (who is Who.ANYONE), endpoint


def test_every_page_opens_to_those_who_may_and_to_nobody_else(world: World) -> None:
    for endpoint, address in addresses(world, "GET"):
        for name in EVERYBODY:
            answer = world.ask(name, address)
            if ACCESS[endpoint] is Who.MACHINE:
                assert answer.status_code == 401, (name, address)
            elif name in SAMPLES[endpoint].allowed | {AUDITOR}:
                assert answer.status_code in {200, 303}, (name, address)
            elif name == "visitor":
                assert asks_to_sign_in(answer), address
            else:
                assert answer.status_code == 403, (name, address)


def asks_to_sign_in(answer: TestResponse) -> bool:
    """Whether an answer leads to the page for signing in, and from there back."""
    wanted = f"/dang-nhap?next={answer.request.path}"
    return answer.status_code == 302 and answer.location == wanted


def test_an_auditor_is_offered_nothing_that_would_be_refused(world: World) -> None:
    routes = world.app.url_map.bind("localhost")
    for _endpoint, address in addresses(world, "GET"):
        page = world.ask(AUDITOR, address)
        if page.mimetype != "text/html":
            continue
        for tag, body in re.findall(
            r'<form([^>]*method="post"[^>]*)>(.*?)</form>', page.text, re.DOTALL
        ):
            action = re.search(r'action="([^"?]+)', tag)
            sent_to, _ = routes.match(action[1] if action else page.request.path, "POST")
            if not ACCESS[sent_to].lets("auditor", reading=False):
                rest = re.sub(r"<fieldset[^>]* disabled>.*</fieldset>", "", body, flags=re.DOTALL)
                assert not re.findall(r"<button(?![^>]* disabled)", rest), (address, sent_to)


@pytest.mark.parametrize(("guard", "visitor_gets"), [(True, 400), (False, 401)])
def test_nobody_sends_what_they_may_not(
    world: World, monkeypatch: pytest.MonkeyPatch, guard: bool, visitor_gets: int
) -> None:
    monkeypatch.setitem(world.app.config, "WTF_CSRF_ENABLED", guard)
    before = world.contents()
    for endpoint, address in addresses(world, "POST"):
        for name in EVERYBODY - SAMPLES[endpoint].allowed:
            answer = world.ask(name, address, "POST")
            refused = visitor_gets if name == "visitor" or guard else 403
            if ACCESS[endpoint] is Who.MACHINE:
                refused = 401
            assert answer.status_code == refused, (name, address)
    assert world.contents() == before


def test_no_page_takes_a_form_without_its_token(world: World) -> None:
    before = world.contents()
    for endpoint, address in addresses(world, "POST"):
        answer = world.ask("noi-vu", address, "POST")
        assert answer.status_code == (401 if ACCESS[endpoint] is Who.MACHINE else 400), address
    assert world.contents() == before


def test_reading_never_writes(world: World) -> None:
    before = world.contents()
    for endpoint, address in addresses(world, "GET"):
        for name in EVERYBODY:
            world.ask(name, address)
            world.ask(name, address, query_string={"lang": "en", "dot": "all", "ban": "1"})
        found = world.contents()
        if endpoint in READINGS:
            # What leaves the house is written down, and nothing else.
            assert len(found["trail_entry"]) > len(before["trail_entry"])
            before |= {name: found[name] for name in ("trail_entry", "trail_end")}
        assert found == before, address


def test_every_file_that_an_account_can_take_is_written_down(world: World) -> None:
    files = {
        endpoint
        for endpoint, address in addresses(world, "GET")
        if "visitor" not in SAMPLES[endpoint].allowed
        and ACCESS[endpoint] is not Who.MACHINE
        and world.ask("noi-vu", address).mimetype != "text/html"
    }
    assert files == READINGS


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
def test_every_answer_carries_the_headers(world: World, method: str) -> None:
    known = {address for kind in ("GET", "POST") for _, address in addresses(world, kind)}
    for address in known | {"/khong-co", "/static/khong-co"}:
        answer = world.ask("visitor", address, method)
        assert answer.status_code < 500, address
        quiet = {"Referrer-Policy": "no-referrer"} if address.lower().startswith("/p/") else {}
        assert (HEADERS | quiet).items() <= dict(answer.headers).items(), address
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "http" not in policy


def test_head_answers_as_get_without_a_body(world: World) -> None:
    for _endpoint, address in addresses(world, "GET"):
        got, head = (world.ask("noi-vu", address, method) for method in ("GET", "HEAD"))
        assert head.status_code == got.status_code, address
        assert head.data == b""
        assert head.mimetype == got.mimetype


def test_options_name_the_methods(world: World) -> None:
    for _endpoint, address in addresses(world, "GET"):
        answer = world.ask("noi-vu", address, "OPTIONS")
        assert answer.status_code == 200
        assert {"GET", "HEAD", "OPTIONS"} <= answer.allow


def test_a_visitor_gets_no_cookie(world: World) -> None:
    signing_in = {"office.sign_in", "office.sign_out", "office.invitation"}
    for endpoint, address in addresses(world, "GET"):
        if "visitor" in SAMPLES[endpoint].allowed and endpoint not in signing_in:
            answer = world.app.test_client().get(address, buffered=True)
            assert "Set-Cookie" not in answer.headers, address


def test_the_cookie_of_an_account_is_kept_from_scripts_and_other_sites(world: World) -> None:
    cookie = world.app.test_client().get("/dang-nhap").headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
