"""Signing in at a real provider of identities: who gets in, who does not, and what is kept."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pyotp
import pytest
from sqlmodel import select

from surveys.offices import attempts, identities, invitations, second_factor, staff
from surveys.tables import Staff, StaffIdentity, TrailEntry
from tests import builders, identity_provider
from tests.app.identified import ACCOUNT, ASK, BACK, SUBJECT, asked, made, peopled, there_and_back
from tests.app.staffed import PASSWORD, Offices, post, token
from tests.identity_provider import RunningProvider

MFA = {"claims": {"amr": ["pwd", "mfa"]}}


@pytest.fixture
def offices(database_url: str, provider: RunningProvider) -> Iterator[Offices]:
    """The offices of an installation that uses the provider."""
    app = made(database_url, provider.settings)
    yield peopled(app)
    app.extensions["engine"].dispose()


def tie(offices: Offices, username: str, provider: RunningProvider) -> None:
    """Tie an account to the subject, as it would itself."""
    with offices.session() as session:
        account = staff.find(session, username)
        assert account
        sealed = identities.seal(b"test", provider.address, SUBJECT)
        identities.tie(session, account, sealed, now=builders.NOW)
        session.commit()


def ways(offices: Offices) -> list[tuple[str, str | None]]:
    """Who came back from the provider, and what for, as the trail has it."""
    with offices.session() as session:
        query = select(TrailEntry).where(TrailEntry.action == "office.answered")
        found = session.exec(query.order_by(TrailEntry.number)).all()
        return [(one.actor, json.loads(one.detail).get("way")) for one in found]


def test_an_account_that_is_tied_gets_in(offices: Offices, provider: RunningProvider) -> None:
    tie(offices, "vp", provider)
    client = offices.app.test_client()
    answer = there_and_back(client, provider)
    assert (answer.status_code, answer.location) == (303, "/van-phong")
    assert "Văn phòng" in client.get(ACCOUNT).text
    assert ways(offices) == [("vp", "sign_in")]
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 2
    assert all("HttpOnly" in one and "SameSite=Lax" in one for one in cookies)


def test_what_the_provider_is_asked(offices: Offices, provider: RunningProvider) -> None:
    address = asked(offices.app.test_client())
    for part in (
        provider.address, "scope=openid&", "response_type=code", "code_challenge_method=S256",
        "nonce=", "state=", "redirect_uri=http%3A%2F%2Flocalhost%2Fdang-nhap%2Fnoi-khac%2Fve",
    ):  # fmt: skip
        assert part in address


def test_nobody_gets_an_account_by_signing_in(offices: Offices, provider: RunningProvider) -> None:
    client = offices.app.test_client()
    for status in [403] * attempts.MOST + [429]:
        answer = there_and_back(client, provider)
        assert answer.status_code == status
        assert client.get("/van-phong").status_code == 302
    assert "Đã thử nhiều lần" in answer.text
    with offices.session() as session:
        assert session.exec(select(StaffIdentity)).all() == []


def test_a_closed_account_is_told_so(offices: Offices, provider: RunningProvider) -> None:
    tie(offices, "vp", provider)
    with offices.session() as session:
        account = staff.find(session, "vp")
        assert account
        staff.disable(session, account, now=builders.NOW)
        session.commit()
    client = offices.app.test_client()
    answer = there_and_back(client, provider)
    assert (answer.status_code, "Tài khoản đã khóa" in answer.text) == (403, True)
    assert client.get("/van-phong").status_code == 302


# A fixed moment: it stands in a test's name, which every worker must spell alike.
PAST = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "twist",
    [
        {"claims": {"nonce": "another"}},
        {"claims": {"aud": "another"}},
        {"claims": {"aud": ["another"], "azp": identity_provider.CLIENT}},
        {"claims": {"iss": "https://another.example"}},
        {"claims": {"exp": int(PAST.timestamp())}},
        {"claims": {"sub": ""}},
        {"claims": {"sub": None}},
        {"claims": {"nonce": None}},
        {"seal": "stranger"},
        {"seal": "none"},
        {"seal": "garbage"},
    ],
    ids=str,
)
def test_a_token_that_is_not_ours_opens_nothing(
    offices: Offices, provider: RunningProvider, twist: dict[str, object]
) -> None:
    tie(offices, "vp", provider)
    provider.put("/twist", twist)
    client = offices.app.test_client()
    answer = there_and_back(client, provider)
    assert (answer.status_code, "không dùng được" in answer.text) == (400, True)
    assert client.get("/van-phong").status_code == 302


def test_another_browser_s_answer_opens_nothing(
    offices: Offices, provider: RunningProvider
) -> None:
    tie(offices, "vp", provider)
    mine, other = offices.app.test_client(), offices.app.test_client()
    stolen = provider.sign_in(asked(mine), SUBJECT)
    asked(other)
    for client in (other, offices.app.test_client()):
        assert client.get(stolen).status_code == 400
    state = re.sub("state=[^&]*", "state=", stolen)
    assert mine.get(state).status_code == 400
    # The question is gone with the first answer, whatever it was.
    assert mine.get(stolen).status_code == 400


def test_an_answer_is_good_once(offices: Offices, provider: RunningProvider) -> None:
    tie(offices, "vp", provider)
    client = offices.app.test_client()
    back = provider.sign_in(asked(client), SUBJECT)
    assert client.get(back).status_code == 303
    assert offices.app.test_client().get(back).status_code == 400
    assert client.get(back).status_code == 400


def test_a_code_needs_the_proof_of_who_asked(offices: Offices, provider: RunningProvider) -> None:
    tie(offices, "vp", provider)
    mine, other = offices.app.test_client(), offices.app.test_client()
    code = re.search("code=[^&]*", provider.sign_in(asked(mine), SUBJECT))
    own = provider.sign_in(asked(other), "somebody else")
    assert code
    assert other.get(re.sub("code=[^&]*", code[0], own)).status_code == 400


def test_an_answer_after_ten_minutes_is_too_late(
    database_url: str, provider: RunningProvider
) -> None:
    app = made(database_url, provider.settings)
    client = app.test_client()
    back = provider.sign_in(asked(client), SUBJECT)
    late = builders.NOW + dt.timedelta(minutes=11)
    app.extensions["settings"] = replace(app.extensions["settings"], clock=lambda: late)
    assert client.get(back).status_code == 400
    app.extensions["engine"].dispose()


def test_who_says_no_there_is_not_in(offices: Offices, provider: RunningProvider) -> None:
    client = offices.app.test_client()
    answer = client.get(provider.sign_in(asked(client), SUBJECT, action="deny"))
    assert answer.status_code in {400, 403}
    state = re.search("state=([^&]*)", asked(client))
    assert state
    answer = client.get(BACK, query_string={"error": "access_denied", "state": state[1]})
    assert (answer.status_code, "Chưa đăng nhập" in answer.text) == (403, True)


def test_somebody_ties_the_own_account_and_unties_it(
    offices: Offices, provider: RunningProvider
) -> None:
    client = offices.signed_in("vp")
    answer = there_and_back(client, provider, "tie", ACCOUNT)
    assert (answer.status_code, answer.location) == (303, ACCOUNT)
    assert "Đã liên kết từ" in client.get(ACCOUNT).text
    assert there_and_back(offices.app.test_client(), provider).status_code == 303
    assert ways(offices) == [("vp", "tie"), ("vp", "sign_in")]
    sent = {"csrf_token": token(client, ACCOUNT)}
    assert client.post(f"{ACCOUNT}/noi-khac", data=sent).status_code == 303
    assert "Chưa liên kết" in client.get(ACCOUNT).text
    assert there_and_back(offices.app.test_client(), provider).status_code == 403


def test_one_person_is_tied_to_one_account(offices: Offices, provider: RunningProvider) -> None:
    tie(offices, "y-te", provider)
    client = offices.signed_in("vp")
    answer = there_and_back(client, provider, "tie", ACCOUNT)
    assert (answer.status_code, "tài khoản khác" in answer.text) == (409, True)
    assert "Chưa liên kết" in client.get(ACCOUNT).text


def test_nothing_is_tied_after_signing_out(offices: Offices, provider: RunningProvider) -> None:
    client = offices.signed_in("vp")
    back = provider.sign_in(asked(client, "tie", ACCOUNT), SUBJECT)
    with offices.session() as session:
        account = staff.find(session, "vp")
        assert account
        staff.end_sessions(session, account)
        session.commit()
    assert client.get(back).location.startswith("/dang-nhap?next=")
    with offices.session() as session:
        assert session.exec(select(StaffIdentity)).all() == []


def test_somebody_invited_comes_without_a_password(
    offices: Offices, provider: RunningProvider
) -> None:
    with offices.session() as session:
        new = staff.add(session, username="moi", name="Mới", role="auditor")
        page = "/loi-moi/" + invitations.invite(session, new, now=builders.NOW)
        session.commit()
    client = offices.app.test_client()
    back = provider.sign_in(asked(client, "accept", page), SUBJECT)
    assert client.get(back).status_code == 303
    own = client.get(ACCOUNT).text
    assert "không có mật khẩu" in own
    assert "Đổi mật khẩu" not in own
    sent = {"csrf_token": token(client, ACCOUNT)}
    assert client.post(f"{ACCOUNT}/noi-khac", data=sent).status_code == 409
    assert offices.app.test_client().get(page).status_code == 410
    assert ways(offices) == [("moi", "accept")]


def test_an_invitation_that_is_gone_ties_nothing(
    offices: Offices, provider: RunningProvider
) -> None:
    client = offices.app.test_client()
    sent = {"csrf_token": token(client), "purpose": "accept", "invitation": "x"}
    address = client.post(ASK, data=sent).headers["Refresh"].removeprefix("0; url=")
    assert client.get(provider.sign_in(address, SUBJECT)).status_code == 410


@pytest.mark.parametrize(
    ("twist", "asks"), [({}, True), ({"claims": {"amr": ["pwd"]}}, True), (MFA, False)]
)
def test_digits_are_asked_for_unless_the_provider_did(
    offices: Offices, provider: RunningProvider, twist: dict[str, object], asks: bool
) -> None:
    tie(offices, "vp", provider)
    secret = second_factor.new_secret()
    set_secret(offices, "vp", secret)
    provider.put("/twist", twist)
    client = offices.app.test_client()
    answer = there_and_back(client, provider)
    assert ("Mã 6 số" in answer.text) == asks
    assert client.get("/van-phong").status_code == (302 if asks else 303)
    if asks:
        ticket = re.search(r'name="ticket"[^>]*value="([^"]+)"', answer.text)
        assert ticket
        shown = pyotp.TOTP(secret).at(builders.NOW)
        done = post(client, "/dang-nhap/ma", ticket=ticket[1], digits=shown)
        assert done.status_code == 303


def set_secret(offices: Offices, username: str, secret: str) -> None:
    with offices.session() as session:
        account = staff.find(session, username)
        assert account
        account.totp_secret = secret
        session.add(account)
        session.commit()


@pytest.mark.parametrize(("twist", "location"), [({}, f"{ACCOUNT}/ma"), (MFA, None)])
def test_who_can_change_figures_needs_digits_unless_the_provider_asked_for_a_second_factor(
    offices: Offices, provider: RunningProvider, twist: dict[str, object], location: str | None
) -> None:
    with offices.session() as session:
        staff.add(session, username="nv2", name="NV", role="central", password=PASSWORD)
        session.commit()
    tie(offices, "nv2", provider)
    provider.put("/twist", twist)
    client = offices.app.test_client()
    there_and_back(client, provider)
    assert client.get("/noi-vu").location == location


@pytest.mark.parametrize(
    ("onward", "location"), [("/noi-vu?x=1", "/noi-vu?x=1"), ("//evil.example", "/van-phong")]
)
def test_people_go_on_to_where_they_wanted_and_nowhere_else(
    offices: Offices, provider: RunningProvider, onward: str, location: str
) -> None:
    tie(offices, "noi-vu", provider)
    client = offices.app.test_client()
    sent = {"csrf_token": token(client), "purpose": "sign_in"}
    answer = client.post(ASK, query_string={"next": onward}, data=sent)
    back = provider.sign_in(answer.headers["Refresh"].removeprefix("0; url="), SUBJECT)
    assert client.get(back).location == location


@pytest.mark.parametrize("sent", [{}, {"purpose": "administrator"}])
def test_what_nobody_asks_for_is_refused(offices: Offices, sent: dict[str, str]) -> None:
    assert post(offices.app.test_client(), ASK, **sent).status_code == 400


def test_no_subject_and_no_secret_stand_in_a_database_or_trail(
    offices: Offices, provider: RunningProvider
) -> None:
    there_and_back(offices.signed_in("vp"), provider, "tie", ACCOUNT)
    with offices.session() as session:
        stored = [session.exec(select(table)).all() for table in (Staff, StaffIdentity, TrailEntry)]
    assert SUBJECT not in repr(stored)
    assert identity_provider.SECRET not in repr(provider.settings)
