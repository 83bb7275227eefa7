"""Accounts on their pages: invitation, digits, failures, sessions, and who may change whom."""

from __future__ import annotations

import re

import flask
import pyotp
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from surveys.offices import attempts, invitations, staff
from surveys.tables import Staff
from tests import builders
from tests.app import staffed
from tests.app.staffed import PASSWORD, Offices, post, text, token

NEW = "một câu dễ nhớ"


@pytest.fixture
def offices(app: flask.Flask) -> Offices:
    """The offices, and an administrator."""
    built = staffed.build(app)
    add(built, "quan-tri", "administrator")
    return built


def add(offices: Offices, username: str, role: staff.Role, *, demo: bool = True) -> None:
    with offices.session() as session:
        staff.add(
            session, username=username, name=username, role=role, password=PASSWORD, demo=demo
        )
        session.commit()


def account(offices: Offices, username: str) -> Staff:
    with offices.session() as session:
        found = staff.find(session, username)
        assert found is not None
        return found


def sign_in(client: FlaskClient, username: str, password: str = PASSWORD) -> TestResponse:
    return post(client, "/dang-nhap", username=username, password=password)


def ticket(page: str) -> str:
    found = re.search(r'name="ticket"[^>]*value="([^"]+)"', page)
    assert found
    return found[1]


def digits(offices: Offices, username: str) -> str:
    secret = account(offices, username).totp_secret
    assert secret
    return pyotp.TOTP(secret).at(builders.NOW)


def link(page: str) -> str:
    found = re.search(r"/loi-moi/[\w-]+", page)
    assert found
    return found[0]


def set_up(client: FlaskClient) -> TestResponse:
    """The answer to the digits of a phone that scanned the code on the page."""
    page = client.get("/van-phong/tai-khoan/ma").text
    secret = re.search(r'class="typed">([^<]+)<', page)
    assert secret
    shown = pyotp.TOTP(secret[1].replace(" ", "")).at(builders.NOW)
    return client.post(
        "/van-phong/tai-khoan/ma",
        data={
            "csrf_token": token(client, "/van-phong/tai-khoan"),
            "ticket": ticket(page),
            "digits": shown,
        },
    )


def test_somebody_is_invited_and_comes(offices: Offices) -> None:
    central = offices.signed_in("noi-vu")
    made = post(
        central, "/noi-vu/tai-khoan", username="Nhập-1", name="Người nhập", role="entry",
        unit=offices.shops[0],
    )  # fmt: skip
    path, client = link(made.text), offices.app.test_client()
    assert "Người nhập" in client.get(path).text
    assert post(client, path, password="ngắn").status_code == 400
    form = {"csrf_token": token(client, path), "password": NEW}
    assert client.post(path, data=form).status_code == 303
    assert "Nhập phiếu" in client.get("/van-phong/tai-khoan").text
    assert offices.app.test_client().get(path).status_code == 410
    assert sign_in(offices.app.test_client(), "nhập-1", NEW).status_code == 303


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"username": "VP"}, "Đã có tài khoản “vp”"),
        ({"unit": "zzzz"}, "Hôm nay không có đơn vị nào mang mã “zzzz”. Xin xem"),
        ({"unit": "mot-cua-1726"}, "Có phải: mot-cua-17266 (Đơn vị mot-cua-17266)"),
        ({"unit": ""}, "mã đơn vị"),
        ({"sector": "health"}, "Vai trò không hợp"),
        ({"name": ""}, "Mời nhập đủ"),
        ({"role": "administrator"}, "Mời nhập đủ"),
    ],
)
def test_what_cannot_be_an_account_is_explained(
    offices: Offices, changed: dict[str, str], words: str
) -> None:
    central = offices.signed_in("noi-vu")
    sent = {"username": "moi", "name": "Mới", "role": "unit", "unit": offices.shops[0], **changed}
    answer = post(central, "/noi-vu/tai-khoan", **sent)
    assert answer.status_code == 400
    assert words in text(answer.text)
    assert f'value="{sent["username"]}"' in answer.text


def test_nobody_changes_accounts_above_or_their_own(offices: Offices) -> None:
    central, administrator = offices.signed_in("noi-vu"), offices.signed_in("quan-tri")
    statuses = [
        post(client, f"/noi-vu/tai-khoan/{username}/khoa").status_code
        for client, username in (
            (central, "quan-tri"), (central, "noi-vu"), (central, "khong-co"),
            (administrator, "quan-tri"), (offices.signed_in("vp"), "tan-ky"),
        )
    ]  # fmt: skip
    assert statuses == [403, 403, 404, 403, 403]
    assert post(administrator, "/noi-vu/tai-khoan/noi-vu/khoa").status_code == 303
    assert central.get("/noi-vu").status_code == 302


def test_who_can_change_figures_sets_up_digits_first(offices: Offices) -> None:
    add(offices, "nv2", "central", demo=False)
    client = offices.signed_in("nv2")
    assert client.get("/noi-vu").location == "/van-phong/tai-khoan/ma"
    assert set_up_first(client).status_code == 303
    assert client.get("/noi-vu").status_code == 200


def set_up_first(client: FlaskClient) -> TestResponse:
    """The same where no other page opens yet."""
    page = client.get("/van-phong/tai-khoan/ma").text
    secret = re.search(r'class="typed">([^<]+)<', page)
    assert secret
    shown = pyotp.TOTP(secret[1].replace(" ", "")).at(builders.NOW)
    sent = {"ticket": ticket(page), "digits": shown}
    sent["csrf_token"] = token(client, "/van-phong/tai-khoan/ma")
    return client.post("/van-phong/tai-khoan/ma", data=sent)


def test_digits_are_asked_for_and_good_once(offices: Offices) -> None:
    client = offices.signed_in("vp")
    assert set_up(client).status_code == 303
    shown = digits(offices, "vp")
    page = sign_in(offices.app.test_client(), "vp").text
    other = offices.app.test_client()
    first = sign_in(other, "vp")
    assert first.status_code == 200
    assert "Mã 6 số" in first.text
    assert other.get("/van-phong").status_code == 302
    # The digits that set it up are used; those of the next half minute are not.
    answer = post(other, "/dang-nhap/ma", ticket=ticket(page), digits=shown)
    assert answer.status_code == 401
    assert "Mã chưa đúng" in answer.text
    with offices.session() as session:
        stored = staff.find(session, "vp")
        assert stored
        stored.totp_step -= 1
        session.add(stored)
        session.commit()
    assert post(other, "/dang-nhap/ma", ticket=ticket(page), digits=shown).status_code == 303
    assert post(other, "/dang-nhap/ma", ticket="x", digits=shown).location.startswith("/dang-nhap")


def test_a_secret_is_set_up_for_its_own_account_only(offices: Offices) -> None:
    client, other = offices.signed_in("vp"), offices.signed_in("y-te")
    theirs = ticket(other.get("/van-phong/tai-khoan/ma").text)
    sent = {"csrf_token": token(client, "/van-phong/tai-khoan"), "digits": "123456"}
    for stolen in (theirs, "x"):
        answer = client.post("/van-phong/tai-khoan/ma", data={**sent, "ticket": stolen})
        assert answer.status_code == 400
    wrong = client.post(
        "/van-phong/tai-khoan/ma",
        data={**sent, "ticket": ticket(client.get("/van-phong/tai-khoan/ma").text)},
    )
    assert (wrong.status_code, "Mã chưa đúng" in wrong.text) == (400, True)


def test_a_lost_phone_is_forgotten_by_who_may(offices: Offices) -> None:
    client = offices.signed_in("vp")
    set_up(client)
    assert post(offices.signed_in("noi-vu"), "/noi-vu/tai-khoan/vp/bo-ma").status_code == 303
    assert client.get("/van-phong").status_code == 302
    assert sign_in(offices.app.test_client(), "vp").status_code == 303


def test_guessing_ends_but_the_owner_gets_in(offices: Offices) -> None:
    owner, stranger = offices.signed_in("vp"), offices.app.test_client()
    post(owner, "/dang-xuat")
    for _ in range(attempts.MOST):
        assert sign_in(stranger, "VP", "sai").status_code == 401
    answer = sign_in(stranger, "vp")
    assert answer.status_code == 429
    assert "Đã thử sai nhiều lần" in text(answer.text)
    assert sign_in(owner, "vp").status_code == 303


def test_unknown_names_are_counted_like_others(offices: Offices) -> None:
    client = offices.app.test_client()
    for _ in range(attempts.MOST):
        assert sign_in(client, "khong-co", "sai").status_code == 401
    assert sign_in(client, "khong-co", "sai").status_code == 429


@pytest.mark.parametrize("cookie", ["", "x", "WzEsMl0.AAAA"])
def test_a_made_up_device_is_a_stranger(offices: Offices, cookie: str) -> None:
    client = offices.app.test_client()
    client.set_cookie("device", cookie, path="/dang-nhap")
    assert sign_in(client, "vp").status_code == 303


def test_signed_in_browsers_are_listed_and_ended(offices: Offices) -> None:
    here, there = offices.signed_in("vp"), offices.signed_in("vp")
    page = here.get("/van-phong/tai-khoan").text
    assert "máy này" in page
    other = re.search(r'name="session" value="([0-9a-f]{64})"', page)
    assert other
    post(here, "/van-phong/tai-khoan/thoat", session=other[1])
    assert there.get("/van-phong").status_code == 302
    assert here.get("/van-phong").status_code == 303
    post(here, "/van-phong/tai-khoan/thoat", session="")
    assert here.get("/van-phong").status_code == 302
    assert (
        post(offices.signed_in("vp"), "/van-phong/tai-khoan/thoat", session="!").status_code == 400
    )


def test_nobody_ends_another_s_session(offices: Offices) -> None:
    theirs = offices.signed_in("y-te")
    with offices.session() as session:
        (one,) = staff.sessions_of(session, account(offices, "y-te"), now=builders.NOW)
    post(offices.signed_in("vp"), "/van-phong/tai-khoan/thoat", session=one.token_hash)
    assert theirs.get("/van-phong").status_code == 303


def test_another_password_signs_the_others_out(offices: Offices) -> None:
    here, there = offices.signed_in("vp"), offices.signed_in("vp")
    path = "/van-phong/tai-khoan/mat-khau"
    sent = {"csrf_token": token(here, "/van-phong/tai-khoan")}
    for before, after, words in ((NEW, NEW, "chưa đúng"), (PASSWORD, "ngắn", "Mật khẩu cần")):
        answer = here.post(path, data={**sent, "before": before, "password": after})
        assert (answer.status_code, words in answer.text) == (400, True)
    done = here.post(path, data={**sent, "before": PASSWORD, "password": NEW})
    assert done.status_code == 303
    assert here.get("/van-phong").status_code == 303
    assert there.get("/van-phong").status_code == 302
    assert sign_in(offices.app.test_client(), "vp", NEW).status_code == 303


def test_an_auditor_reads_everything_and_changes_nothing(offices: Offices) -> None:
    add(offices, "kiem-tra", "auditor")
    client = offices.signed_in("kiem-tra")
    for path in ("/noi-vu", "/noi-vu/nhat-ky", "/noi-vu/tai-khoan", "/van-phong/administration"):
        assert client.get(path).status_code == 200, path
    assert post(client, "/noi-vu/dot/dot-3/dong").status_code == 403
    assert post(client, "/noi-vu/tai-khoan/vp/khoa").status_code == 403


def test_an_invitation_of_a_closed_account_is_gone(offices: Offices) -> None:
    with offices.session() as session:
        new = staff.add(session, username="moi", name="Mới", role="auditor")
        made = invitations.invite(session, new, now=builders.NOW)
        staff.disable(session, new, now=builders.NOW)
        session.commit()
    answer = offices.app.test_client().get(f"/loi-moi/{made}")
    assert answer.status_code == 410
    assert "không còn dùng được" in answer.text


def test_no_link_stands_in_the_trail(offices: Offices) -> None:
    client = offices.signed_in("noi-vu")
    path = link(post(client, "/noi-vu/tai-khoan/vp/loi-moi").text)
    fresh = offices.app.test_client()
    fresh.post(path, data={"csrf_token": token(fresh, path), "password": NEW})
    page = client.get("/noi-vu/nhat-ky").text
    assert "Nhận lời mời, đặt mật khẩu" in page
    assert path.rsplit("/", 1)[1] not in page


def test_digits_are_removed_on_the_command_line(offices: Offices) -> None:
    set_up(offices.signed_in("vp"))
    done = offices.app.test_cli_runner().invoke(args=["staff", "forget-digits", "vp"])
    assert done.exit_code == 0, done.output
    assert account(offices, "vp").totp_secret is None
