"""What the environment says of a provider of identities, and what it cannot say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from app.settings import ProviderSettings, SettingsError, from_environment
from tests.servers import ROOT

ISSUER = {"OIDC_ISSUER": "https://id.example/", "OIDC_CLIENT_ID": "a", "OIDC_CLIENT_SECRET": "b"}


def test_the_environment_names_a_provider(tmp_path: Path) -> None:
    given = ISSUER | {"INSTANCE": str(tmp_path)}
    assert from_environment({"INSTANCE": str(tmp_path)}).provider is None
    named = from_environment(given | {"OIDC_NAME": "VNeID"}).provider
    assert named == ProviderSettings(
        issuer="https://id.example/", client_id="a", client_secret="b", name="VNeID"
    )
    default = from_environment(given).provider
    assert default
    assert default.name == "tài khoản cơ quan"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"OIDC_ISSUER": "http://id.example"}, "https"),
        ({"OIDC_CLIENT_ID": ""}, "OIDC_CLIENT_ID"),
        ({"OIDC_CLIENT_SECRET": ""}, "OIDC_CLIENT_SECRET"),
    ],
)
def test_half_a_provider_is_refused(tmp_path: Path, changed: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        from_environment(ISSUER | {"INSTANCE": str(tmp_path)} | changed)


def test_without_its_packages_the_start_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['authlib'] = None\n"
        "from app import create_app\nfrom app.settings import ProviderSettings, Settings\n"
        "named = ProviderSettings(issuer='https://id.example', client_id='a', client_secret='b')\n"
        f"create_app(Settings(database_url='sqlite:///{tmp_path}/x.db', secret_key='x'))\n"
        "print('without')\n"
        f"create_app(Settings(database_url='sqlite:///{tmp_path}/x.db', secret_key='x', "
        "provider=named))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert done.stdout == "without\n"
    assert "pip install 'hailong[oidc]'" in done.stderr
