"""To a real provider of identities and back in Chromium, past the policy of our pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page
from sqlmodel import Session

from surveys import database
from surveys.offices import staff
from tests import identity_provider
from tests.app.staffed import PASSWORD
from tests.servers import gunicorn

pytestmark = [
    pytest.mark.browser,
    pytest.mark.parametrize("database_url", ["sqlite"], indirect=True),
]
BUTTON = "Đăng nhập bằng tài khoản tỉnh"


@pytest.fixture
def address(database_url: str, tmp_path: Path) -> Iterator[str]:
    """A server that uses the provider, with an account of an office."""
    engine = database.connect(database_url)
    with Session(engine) as session:
        staff.add(session, username="tt", name="Thanh tra", role="auditor", password=PASSWORD)
        session.commit()
    engine.dispose()
    with identity_provider.running(tmp_path / "provider.log") as provider:
        named = provider.settings
        more = {
            "OIDC_ISSUER": named.issuer, "OIDC_CLIENT_ID": named.client_id,
            "OIDC_CLIENT_SECRET": named.client_secret, "OIDC_NAME": named.name,
        }  # fmt: skip
        with gunicorn(database_url, log=tmp_path / "log", more=more) as (address, _pid):
            yield address


def agree(page: Page) -> None:
    """Sign in at the provider, which sends the browser back."""
    page.locator("input[name=sub]").fill("001099012345")
    page.get_by_role("button", name="Authorize").click()


def test_an_official_ties_the_account_and_comes_back_with_it(phone: Page, address: str) -> None:
    phone.goto(f"{address}/dang-nhap")
    phone.get_by_role("button", name=BUTTON).click()
    agree(phone)
    phone.get_by_role("heading", name="Chưa liên kết với tài khoản nào").wait_for()
    phone.goto(f"{address}/dang-nhap?next=/van-phong/tai-khoan")
    phone.get_by_label("Tên đăng nhập").fill("tt")
    phone.get_by_label("Mật khẩu").fill(PASSWORD)
    phone.get_by_role("button", name="Đăng nhập", exact=True).click()
    phone.get_by_role("button", name="Liên kết với tài khoản tỉnh").click()
    agree(phone)
    phone.get_by_text("Từ nay có thể đăng nhập bằng cách này").wait_for()
    phone.get_by_role("button", name="Đăng xuất").click()
    phone.get_by_role("button", name=BUTTON).click()
    agree(phone)
    phone.wait_for_url(f"{address}/van-phong**")
    phone.get_by_role("link", name="Thanh tra").wait_for()
