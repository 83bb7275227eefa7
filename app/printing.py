"""What must be said before an address is printed: paper lasts longer than a wrong setting."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

import flask

from app.language import phrase
from app.session import settings


def warning() -> str:
    """What is wrong with the address of this installation in printed codes; empty if nothing is.

    Pages and commands that lead to paper show it in the same words.
    """
    address = settings().base_url
    return phrase("site.local_address", address=address) if is_local(address) else ""


def is_local(address: str) -> bool:
    """Whether only the machine itself can open an address."""
    host = urlsplit(address).hostname or ""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return found.is_loopback or found.is_unspecified


def install(app: flask.Flask) -> None:
    """Give templates the warning."""
    app.jinja_env.globals["printing_warning"] = warning
