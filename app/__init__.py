"""People, HTTP, documents and the terminal: `create_app` wires them in the order they happen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import flask
import jinja2
from werkzeug.middleware.proxy_fix import ProxyFix

from app import (
    api,
    central,
    charts,
    citizen,
    cli,
    compression,
    counters,
    duties,
    errors,
    filters,
    language,
    memory,
    office,
    printing,
    provider,
    public,
    security,
    session,
    trail,
    weighting,
    wording,
)
from app import help as help_texts
from app import settings as settings_module
from app.api import problems
from app.citizen import lane
from app.counters import Counters, MemoryCounters
from app.settings import Settings
from surveys import database

#: Longest body of a request; a page that takes files allows itself more.
LONGEST_BODY = 256 * 1024


class Service(flask.Flask):
    """The application; none of its functions is asynchronous, and Flask need not look."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function as it is."""
        return func


def create_app(settings: Settings | None = None) -> flask.Flask:
    """The application for these settings, or for those of the environment."""
    settings = settings or settings_module.from_environment()
    app = Service(__name__)
    app.config.update(
        SECRET_KEY=settings.secret_key,
        MAX_CONTENT_LENGTH=LONGEST_BODY,
        SESSION_COOKIE_NAME="hailong",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        WTF_CSRF_TIME_LIMIT=None,  # the token lives as long as the signed-in session
    )
    app.url_map.strict_slashes = False  # a typed address may end in a slash
    app.jinja_env.undefined = jinja2.StrictUndefined  # a misspelt name is an error, not a blank
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    session.install(app, database.connect(settings.database_url), settings)
    memory.install(app)
    counters.install(app, _counters(settings.redis_url))
    provider.install(app, settings)
    language.install(app)
    filters.install(app)
    wording.install(app)
    weighting.install(app)
    charts.install(app)
    printing.install(app)
    duties.install(app)
    help_texts.install(app)
    security.install(app, inline_styles=_inline_styles(app))
    trail.install(app)
    errors.install(app, machines={api.ROOT: problems.answer})
    compression.install(app)
    _open_doors(app)
    lane.install(app)
    if settings.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.proxies, x_proto=0, x_host=0
        )
    return app


def _counters(redis_url: str | None) -> Counters:
    if redis_url is None:
        return MemoryCounters()
    from app.redis_counters import RedisCounters  # noqa: PLC0415 - the package is optional

    return RedisCounters(redis_url)


def _inline_styles(app: flask.Flask) -> tuple[str, ...]:
    """The style sheets that are sent inside a page: the first view of it is one request."""
    core, citizen, counter = (
        Path(app.root_path, "static", f"{name}.css").read_text(encoding="utf-8")
        for name in ("core", "citizen", "counter")
    )
    app.jinja_env.globals["citizen_style"] = core + citizen
    app.jinja_env.globals["counter_style"] = counter
    return (core + citizen, counter)


def _open_doors(app: flask.Flask) -> None:
    for door in (citizen, office, central, public, api):
        app.register_blueprint(door.door)
    cli.install(app)
