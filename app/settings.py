"""What differs between installations: read once from the environment, then frozen."""

from __future__ import annotations

import datetime as dt
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from surveys import database

ROOT = Path(__file__).resolve().parent.parent
#: Every variable that is read, with what it means; the README lists the same.
VARIABLES = {
    "DATABASE_URL": "database address; default sqlite in the instance folder",
    "SECRET_KEY": "signs forms and sessions; default kept in the instance folder",
    "BASE_URL": "address that citizens see, printed in QR codes",
    "PROGRAMME": "code of the programme, a file of surveys/programmes",
    "INSTANCE": "folder for the embedded database and the secret key",
    "REDIS_URL": "where several processes count together what comes in; default each by itself",
    "PROXIES": "how many proxies of yours stand in front and say who asks; default none",
    "SMTP_URL": "mail server for reminders: smtp://user:password@host:587; default none",
    "SMTP_FROM": "whom reminders are from: a mail address",
    "WEBHOOKS_INSIDE": "`yes`: systems inside the own network may be told of publications",
    "OIDC_ISSUER": "the provider of identities (OpenID Connect) where officials may sign in",
    "OIDC_CLIENT_ID": "how this installation is registered there",
    "OIDC_CLIENT_SECRET": "the secret of that registration",
    "OIDC_NAME": "what the button calls the provider",
    "LOGO": "an SVG or PNG file for posters; default the name in letters",
    "HAILONG_COMMIT": "the commit of the code, where there is no git checkout",
}


class SettingsError(Exception):
    """The environment says something that cannot be; the message names the variable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSettings:
    """A provider of identities, and how this installation is registered there."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "tài khoản cơ quan"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """One installation."""

    database_url: str
    secret_key: str
    base_url: str = "http://127.0.0.1:8000"
    programme: str = "tan-ky-169"
    redis_url: str | None = None
    #: Proxies whose X-Forwarded-For is believed.
    proxies: int = 0
    #: The server that takes reminders, and whom they are from; without it there are none.
    smtp_url: str | None = None
    smtp_from: str = ""
    #: Whether addresses of the own network may be told of publications.
    webhooks_inside: bool = False
    #: A picture for posters; the name in letters stands where there is none.
    logo: Path | None = None
    #: Where officials may sign in besides here.
    provider: ProviderSettings | None = None
    #: The present moment; tests put their own.
    clock: Callable[[], dt.datetime] = database.now

    @property
    def sampling_key(self) -> bytes:
        """What hides the days of sampling units in files: nobody else can number them again."""
        return self.secret_key.encode()

    @property
    def ticket_secret(self) -> bytes:
        """What draws tickets for programs: nobody else can tell which dossier had which."""
        return self.secret_key.encode()

    @property
    def secure(self) -> bool:
        """True where citizens come over HTTPS, so that cookies may insist on it."""
        return self.base_url.startswith("https:")


def from_environment(environ: Mapping[str, str] = os.environ) -> Settings:
    """The settings that the environment gives; what it leaves out lies in the instance folder."""
    instance = Path(environ.get("INSTANCE") or ROOT / "instance")
    return Settings(
        database_url=environ.get("DATABASE_URL") or _embedded(instance),
        secret_key=environ.get("SECRET_KEY") or _kept_secret(instance / "secret"),
        base_url=(environ.get("BASE_URL") or "http://127.0.0.1:8000").rstrip("/"),
        programme=environ.get("PROGRAMME") or "tan-ky-169",
        redis_url=environ.get("REDIS_URL") or None,
        proxies=int(environ.get("PROXIES") or 0),
        smtp_url=environ.get("SMTP_URL") or None,
        smtp_from=environ.get("SMTP_FROM") or "",
        webhooks_inside=environ.get("WEBHOOKS_INSIDE") == "yes",
        logo=Path(environ["LOGO"]) if environ.get("LOGO") else None,
        provider=_provider(environ),
    )


def _provider(environ: Mapping[str, str]) -> ProviderSettings | None:
    """The provider that the environment names; SettingsError where half of it is missing."""
    issuer = environ.get("OIDC_ISSUER")
    if not issuer:
        return None
    address = urlsplit(issuer)
    if address.scheme != "https" and address.hostname not in {"localhost", "127.0.0.1"}:
        raise SettingsError(f"OIDC_ISSUER phải là địa chỉ https (must be https): {issuer}")
    identity, secret = environ.get("OIDC_CLIENT_ID"), environ.get("OIDC_CLIENT_SECRET")
    if not identity or not secret:
        raise SettingsError(
            "OIDC_ISSUER cần cả OIDC_CLIENT_ID và OIDC_CLIENT_SECRET (needs both of them)"
        )
    named = {"name": environ["OIDC_NAME"]} if environ.get("OIDC_NAME") else {}
    return ProviderSettings(issuer=issuer, client_id=identity, client_secret=secret, **named)


def _embedded(instance: Path) -> str:
    instance.mkdir(parents=True, exist_ok=True)
    return f"sqlite:///{instance / 'hailong.db'}"


def _kept_secret(file: Path) -> str:
    """The secret of this installation, made on first use; only its owner may read it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as new:
            new.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return file.read_text(encoding="ascii")
