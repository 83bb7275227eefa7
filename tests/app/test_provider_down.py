"""A provider that cannot be used, and an installation without one: said, and nothing else shown."""

from __future__ import annotations

from pathlib import Path

from app.settings import ProviderSettings
from tests import identity_provider
from tests.app.identified import ACCOUNT, ASK, BACK, SUBJECT, asked, made, peopled
from tests.app.staffed import post
from tests.identity_provider import RunningProvider
from tests.servers import free_port


def test_a_provider_that_is_down_is_said_to_be(database_url: str, tmp_path: Path) -> None:
    named = ProviderSettings(
        issuer=f"http://localhost:{free_port()}", client_id="x", client_secret="x"
    )
    app = made(database_url, named)
    client = app.test_client()
    answer = post(client, ASK, purpose="sign_in")
    assert (answer.status_code, "không trả lời" in answer.text) == (503, True)
    assert "Đăng nhập bằng tài khoản cơ quan" in client.get("/dang-nhap").text
    app.extensions["engine"].dispose()


def test_a_provider_that_goes_down_meanwhile_is_said_to_be(
    database_url: str, tmp_path: Path
) -> None:
    with identity_provider.running(tmp_path / "log") as running:
        app = made(database_url, running.settings)
        client = app.test_client()
        back = running.sign_in(asked(client), SUBJECT)
    answer = client.get(back)
    assert (answer.status_code, "không trả lời" in answer.text) == (503, True)
    app.extensions["engine"].dispose()


def test_a_provider_that_calls_itself_otherwise_is_not_used(
    database_url: str, provider: RunningProvider
) -> None:
    issuer = provider.address.replace("localhost", "127.0.0.1")
    named = ProviderSettings(issuer=issuer + "/", client_id="x", client_secret="x")
    app = made(database_url, named)
    assert post(app.test_client(), ASK, purpose="sign_in").status_code == 503
    app.extensions["engine"].dispose()


def test_without_a_provider_nothing_of_it_is_shown(database_url: str) -> None:
    app = made(database_url, None)
    offices = peopled(app)
    client = offices.signed_in("vp")
    for page in (offices.app.test_client().get("/dang-nhap"), client.get(ACCOUNT)):
        assert "noi-khac" not in page.text
    assert post(offices.app.test_client(), ASK, purpose="sign_in").status_code == 404
    assert client.get(BACK).location == "/dang-nhap"
    app.extensions["engine"].dispose()
