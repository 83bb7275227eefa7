"""People who sign in at the provider of `tests.identity_provider`, and where they come back to."""

from __future__ import annotations

from functools import partial

import flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from app.settings import ProviderSettings, Settings
from surveys.offices import staff
from tests import builders
from tests.app.staffed import PASSWORD, Offices, token
from tests.identity_provider import RunningProvider

ASK, BACK, ACCOUNT = "/dang-nhap/noi-khac", "/dang-nhap/noi-khac/ve", "/van-phong/tai-khoan"
#: Who signs in there: a number that nobody shall find in our database.
SUBJECT = "001099012345"


def peopled(app: flask.Flask) -> Offices:
    """Accounts are enough here: nobody looks at a figure."""
    offices = Offices(app, ())
    with offices.session() as session:
        add = partial(staff.add, session, password=PASSWORD, demo=True)
        add(username="noi-vu", name="Phòng Nội vụ", role="central")
        add(username="vp", name="Văn phòng", role="sector", sector="administration")
        add(username="y-te", name="Phòng Y tế", role="sector", sector="health")
        session.commit()
    return offices


def made(database_url: str, named: ProviderSettings | None) -> flask.Flask:
    """An installation that uses a provider, or none."""
    return create_app(
        Settings(
            database_url=database_url, secret_key="test", clock=lambda: builders.NOW,
            base_url="http://localhost", provider=named,
        )
    )  # fmt: skip


def asked(client: FlaskClient, purpose: str = "sign_in", page: str = "/dang-nhap") -> str:
    """Where a page's button leads to at the provider."""
    sent = {"csrf_token": token(client, page), "purpose": purpose}
    if page.startswith("/loi-moi/"):
        sent["invitation"] = page.rsplit("/", 1)[1]
    answer = client.post(ASK, data=sent)
    assert answer.status_code == 200, answer.text
    return answer.headers["Refresh"].removeprefix("0; url=")


def there_and_back(
    client: FlaskClient,
    provider: RunningProvider,
    purpose: str = "sign_in",
    page: str = "/dang-nhap",
) -> TestResponse:
    """The answer to a browser that signed in at the provider, having gone there from a page."""
    return client.get(provider.sign_in(asked(client, purpose, page), SUBJECT))
