"""Who may ask for what, and the headers that every answer carries.

Each endpoint stands in `ACCESS`; one that does not is refused, so that a new page is closed
until somebody decides. A page's own data is narrowed further by the account's scope.
"""

from __future__ import annotations

import base64
import hashlib
from enum import Enum
from typing import cast

import flask
from flask import abort, redirect, request, url_for
from flask_wtf.csrf import CSRFProtect

from app.session import READING, current_staff, is_vouched
from surveys.offices import second_factor
from surveys.offices.staff import ROLES
from surveys.spreadsheets import MAX_BYTES
from surveys.tables import Staff


class Who(Enum):
    """Who may use an endpoint; the value is the set of roles."""

    ACCOUNT = frozenset(ROLES)
    ANYONE = frozenset({"visitor", *ROLES})
    STAFF = frozenset({"central", "sector", "unit"})
    FIELDWORK = frozenset({"central", "sector", "unit", "entry"})
    CENTRAL = frozenset({"central"})
    CHECKERS = frozenset({"central", "sector"})
    ACCOUNTS = frozenset({"administrator", "central"})
    #: Programs that show a key: the door `api` looks at it, and no account helps there.
    MACHINE = frozenset[str]()

    def lets(self, role: str, *, reading: bool) -> bool:
        """Whether an account of this role may; an auditor reads everything and changes nothing."""
        return role in self.value or (role == "auditor" and reading)


ACCESS: dict[str, Who] = {
    "office.sign_in": Who.ANYONE,
    "office.sign_out": Who.ANYONE,  # also where the session has ended by itself
    "office.second_step": Who.ANYONE,
    "office.invitation": Who.ANYONE,
    "office.ask_provider": Who.ANYONE,
    "office.answered": Who.ANYONE,
    "office.untie": Who.ACCOUNT,
    "office.account": Who.ACCOUNT,
    "office.new_password": Who.ACCOUNT,
    "office.set_email": Who.ACCOUNT,
    "office.end_session": Who.ACCOUNT,
    "office.digits": Who.ACCOUNT,
    "office.home": Who.ACCOUNT,
    "office.duties": Who.ACCOUNT,
    "office.help": Who.ACCOUNT,
    "office.explain": Who.STAFF,
    "office.sector": Who.STAFF,
    "office.unit": Who.STAFF,
    "office.reports": Who.STAFF,
    "office.report_file": Who.STAFF,
    "office.points_file": Who.STAFF,
    "office.yearbook": Who.STAFF,
    "office.collecting": Who.FIELDWORK,
    "office.paper_file": Who.FIELDWORK,
    "office.interview": Who.FIELDWORK,
    "office.entry": Who.FIELDWORK,
    "office.waiting": Who.FIELDWORK,
    "office.comments": Who.STAFF,
    "office.comment": Who.STAFF,
    "central.comments": Who.CENTRAL,
    "central.comment": Who.CENTRAL,
    "central.reveal_comment": Who.CENTRAL,
    "central.screen_comment": Who.CENTRAL,
    "central.publish_comment": Who.CENTRAL,
    "central.withdraw_comment": Who.CENTRAL,
    "office.sector_groups": Who.STAFF,
    "office.unit_groups": Who.STAFF,
    "office.point": Who.STAFF,
    "office.sector_chart": Who.STAFF,
    "office.unit_chart": Who.STAFF,
    "office.point_chart": Who.STAFF,
    "office.item": Who.STAFF,
    "office.item_chart": Who.STAFF,
    "office.sampling": Who.STAFF,
    "central.overview": Who.CENTRAL,
    "central.wave": Who.CENTRAL,
    "central.new_waves": Who.CENTRAL,
    "central.weights": Who.CENTRAL,
    "central.integrity": Who.CENTRAL,
    "central.change_integrity": Who.CENTRAL,
    "central.open_wave": Who.CENTRAL,
    "central.close_wave": Who.CENTRAL,
    "central.releases": Who.CENTRAL,
    "central.publish": Who.CENTRAL,
    "central.download": Who.CENTRAL,
    "central.drafts": Who.CHECKERS,
    "central.draft": Who.CHECKERS,
    "central.check_draft": Who.CHECKERS,
    "central.return_draft": Who.CHECKERS,
    "central.release_draft": Who.CENTRAL,
    "central.frame": Who.CENTRAL,
    "central.margins": Who.CENTRAL,
    "central.units": Who.CENTRAL,
    "central.points": Who.CENTRAL,
    "central.instruments": Who.CENTRAL,
    "central.store_instruments": Who.CENTRAL,
    "central.codes": Who.CENTRAL,
    "central.issue_code": Who.CENTRAL,
    "central.trail": Who.ACCOUNTS,
    "central.accounts": Who.ACCOUNTS,
    "central.invite": Who.ACCOUNTS,
    "central.renew_invitation": Who.ACCOUNTS,
    "central.disable_account": Who.ACCOUNTS,
    "central.end_sessions": Who.ACCOUNTS,
    "central.forget_digits": Who.ACCOUNTS,
    "central.tickets": Who.CENTRAL,
    "central.mint_tickets": Who.CENTRAL,
    "central.ticket_files": Who.CENTRAL,
    "central.call_back_tickets": Who.CENTRAL,
    "central.renew_pin": Who.CENTRAL,
    "central.webhooks": Who.CENTRAL,
    "central.add_webhook": Who.CENTRAL,
    "central.remove_webhook": Who.CENTRAL,
    "central.send_again": Who.CENTRAL,
    "central.posters": Who.CENTRAL,
    "central.posters_file": Who.CENTRAL,
    "central.api_keys": Who.CENTRAL,
    "central.make_api_key": Who.CENTRAL,
    "central.revoke_api_key": Who.CENTRAL,
    "api.page": Who.ANYONE,
    "api.description": Who.ANYONE,
    "api.releases": Who.ANYONE,
    "api.release": Who.ANYONE,
    "api.release_unit": Who.ANYONE,
    "api.draw_ticket": Who.MACHINE,
    "api.put_frame": Who.MACHINE,
    "api.live_sector": Who.MACHINE,
    "api.live_unit": Who.MACHINE,
    "static": Who.ANYONE,
    "public.deeds": Who.ANYONE,
    "public.deeds_poster": Who.ANYONE,
    "public.front": Who.ANYONE,
    "public.method": Who.ANYONE,
    "public.indices": Who.ANYONE,
    "public.open_data": Who.ANYONE,
    "public.catalogue": Who.ANYONE,
    "public.schema": Who.ANYONE,
    "public.year": Who.ANYONE,
    "public.year_file": Who.ANYONE,
    "public.sector": Who.ANYONE,
    "public.sector_file": Who.ANYONE,
    "public.unit": Who.ANYONE,
    "citizen.start": Who.ANYONE,
    "citizen.form": Who.ANYONE,
    "citizen.answer": Who.ANYONE,
    "citizen.thanks": Who.ANYONE,
    "citizen.more": Who.ANYONE,
    "citizen.answer_more": Who.ANYONE,
    "citizen.receipt": Who.ANYONE,
    "citizen.qr_svg": Who.ANYONE,
    "citizen.qr_png": Who.ANYONE,
    "citizen.ticket": Who.ANYONE,
    "citizen.spend": Who.ANYONE,
    "citizen.worker": Who.ANYONE,
    "citizen.no_network": Who.ANYONE,
    "citizen.script": Who.ANYONE,
    "citizen.kiosk": Who.ANYONE,  # a device that staff did not open gets the question for the PIN
    "citizen.display": Who.ANYONE,  # likewise
    "citizen.unlock": Who.ANYONE,
}

#: Endpoints that take a file, with the longest body that is read; others have the app's limit.
BODIES = dict.fromkeys(
    ("central.frame", "central.margins", "central.units", "central.points"), MAX_BYTES + 64 * 1024
)

_NAME = "security.headers"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


def install(app: flask.Flask, *, inline_styles: tuple[str, ...]) -> None:
    """Guard every endpoint and set the headers; `inline_styles` are the only ones allowed."""
    # Before anything reads the body: the check of the token does.
    app.before_request(_make_room)
    csrf = CSRFProtect(app)
    # A citizen's form carries its own signed key and is open for days: see app.citizen.
    csrf.exempt("app.citizen.views.answer")
    csrf.exempt("app.citizen.tickets.spend")
    csrf.exempt("app.citizen.more.answer")
    csrf.exempt("app.citizen.devices.unlock")
    # No browser sends a program's key by itself, and cookies open nothing there.
    csrf.exempt("app.api.tickets.draw")
    csrf.exempt("app.api.frame.put")
    app.before_request(_guard)
    app.jinja_env.globals["may"] = may
    headers = {"Content-Security-Policy": content_policy(inline_styles), **_HEADERS}
    if app.extensions["settings"].secure:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    app.extensions[_NAME] = tuple(headers.items())

    @app.after_request
    def _set_headers(response: flask.Response) -> flask.Response:
        # One by one each would be looked for among all others.
        own = {name.title() for name in response.headers.keys()}  # noqa: SIM118 - pairs otherwise
        response.headers.extend([pair for pair in headers.items() if pair[0] not in own])
        return response


def headers_of(app: flask.Flask) -> tuple[tuple[str, str], ...]:
    """What every answer of an app carries unless it says otherwise."""
    return cast("tuple[tuple[str, str], ...]", app.extensions[_NAME])


def may(endpoint: str, *, reading: bool = False) -> bool:
    """Whether the account of this request may send to an endpoint, or read it.

    Templates ask it before they offer a form or a link.
    """
    account = current_staff()
    who = ACCESS[endpoint]
    if account is None:
        return "visitor" in who.value
    return who.lets(account.role, reading=reading)


def content_policy(inline_styles: tuple[str, ...]) -> str:
    """The Content-Security-Policy: nothing from anywhere else, no inline script, known styles."""
    digests = [hashlib.sha256(style.encode()).digest() for style in inline_styles]
    hashes = "".join(f" 'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        f"style-src 'self'{hashes}; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def _make_room() -> None:
    room = BODIES.get(request.endpoint or "")
    if room is not None:
        request.max_content_length = room


def _guard() -> flask.typing.ResponseReturnValue | None:
    if request.endpoint is None:
        return None  # becomes 404 or 405
    who = ACCESS.get(request.endpoint)
    if who is None:
        abort(403)
    if "visitor" in who.value or who is Who.MACHINE:
        return None
    account = current_staff()
    if account is None:
        return _ask_to_sign_in()
    if _lacks_digits(account) and request.endpoint != "office.digits":
        return redirect(url_for("office.digits"), 303)
    if not who.lets(account.role, reading=request.method in READING):
        abort(403)
    return None


def _lacks_digits(account: Staff) -> bool:
    return second_factor.is_missing(account) and not is_vouched()


def _ask_to_sign_in() -> flask.typing.ResponseReturnValue:
    if request.method not in READING:
        abort(401)
    return redirect(url_for("office.sign_in", next=request.full_path.rstrip("?")))
