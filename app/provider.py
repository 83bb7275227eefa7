"""The provider of identities (OpenID Connect) where officials may sign in, if there is one.

ProviderError(Exception)
├── ProviderDown   it does not answer, or not as the standard says
├── Declined       the provider says that the person, or it, does not want to
└── Untrusted      what came back is not what was asked for: forged, for others, or too old

NotInstalled(Exception)   the settings name a provider, but the packages that talk to it lack
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import flask
from flask import current_app

from app.settings import ProviderSettings, Settings

#: What may seal a token: with keys of which ours is public. None is a shared secret.
ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "PS384", "ES384", "RS512", "PS512", "ES512")
#: RFC 8176: more than one factor was asked for.
_SECOND_FACTOR = "mfa"
#: Seconds to wait for an answer, and that clocks may differ.
_PATIENCE, _DRIFT = 5, 60


class ProviderError(Exception):
    """Nobody can be signed in by the provider this time."""


class ProviderDown(ProviderError):
    """The provider does not answer, or not as the standard says."""


class Declined(ProviderError):
    """The provider says no, or the person did there."""


class Untrusted(ProviderError):
    """What came back is not an answer to what was asked."""


class NotInstalled(Exception):
    """The settings name a provider, but the packages that talk to it are missing."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the provider is asked: where to go, and what its answer must fit."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Whom the provider knows, and whether it asked for a second factor."""

    issuer: str
    subject: str
    vouched: bool


class Provider:
    """The provider that the settings name; it is asked nothing before somebody goes there."""

    def __init__(self, app: flask.Flask, named: ProviderSettings) -> None:
        try:
            from authlib.integrations.base_client import OAuthError  # noqa: PLC0415
            from authlib.integrations.flask_client import OAuth  # noqa: PLC0415
            from joserfc.errors import JoseError  # noqa: PLC0415 - the packages are optional
        except ImportError as missing:
            raise NotInstalled(
                "OIDC_ISSUER đã đặt nhưng thiếu gói để đăng nhập qua nhà cung cấp: "
                "pip install 'hailong[oidc]' (OIDC_ISSUER is set, its packages are missing)"
            ) from missing
        self.name, self._issuer = named.name, named.issuer
        self._refusals = (OAuthError, JoseError)
        self._client = OAuth(app).register(
            "oidc",
            client_id=named.client_id,
            client_secret=named.client_secret,
            server_metadata_url=f"{named.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid", "code_challenge_method": "S256", "default_timeout": _PATIENCE,
            },
        )  # fmt: skip

    def ask(self, back: str) -> Question:
        """The question with which a browser goes to the provider, to come back to an address."""
        with self._answering():
            self._discover()
            made = self._client.create_authorization_url(back)
        return Question(made["url"], made["state"], made["nonce"], made["code_verifier"])

    def identity(self, code: str, back: str, *, nonce: str, verifier: str) -> Identity:
        """Whom a code stands for, which the provider gave to a browser; ProviderError."""
        with self._answering():
            self._discover()
            given = self._client.fetch_access_token(back, code=code, code_verifier=verifier)
            claims = self._client.parse_id_token(
                given, nonce, leeway=_DRIFT,
                claims_options={
                    "iss": {"essential": True, "value": self._issuer},
                    "aud": {"essential": True, "value": self._client.client_id},
                },
            )  # fmt: skip
        subject = claims["sub"] if claims else None
        if not subject or not isinstance(subject, str):
            raise Untrusted("no identity in the answer")
        return Identity(self._issuer, subject, _SECOND_FACTOR in claims.get("amr", ()))

    def _discover(self) -> None:
        """What the provider says of itself, asked for once; only its own word is taken."""
        said: dict[str, Any] = self._client.load_server_metadata()
        if said.get("issuer") != self._issuer:
            raise ProviderDown("it calls itself otherwise than OIDC_ISSUER")
        offered = said.get("id_token_signing_alg_values_supported", ALGORITHMS)
        said["id_token_signing_alg_values_supported"] = [a for a in ALGORITHMS if a in offered]

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except self._refusals as refusal:
            raise Untrusted(type(refusal).__name__) from refusal
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as failure:
            # No connection, no JSON, or JSON that lacks what the standard asks for.
            raise ProviderDown(type(failure).__name__) from failure


def install(app: flask.Flask, settings: Settings) -> None:
    """Give the app its provider, and its name to the pages; NotInstalled."""
    named = settings.provider
    app.extensions["provider"] = None if named is None else Provider(app, named)
    app.jinja_env.globals["provider_name"] = None if named is None else named.name


def current_provider() -> Provider | None:
    """The provider of this installation, if it has one."""
    return cast("Provider | None", current_app.extensions["provider"])
