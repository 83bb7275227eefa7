"""Door `api`: what other programs ask, with a key; the published figures without one."""

from flask import Blueprint

from app.api import access, figures, frame, live, openapi, tickets

#: Where all addresses of this door begin.
ROOT = "/api/v1"

door = Blueprint("api", __name__, template_folder="templates", url_prefix=ROOT)
door.before_request(access.guard)
door.add_url_rule("/", "page", openapi.page)
door.add_url_rule("/openapi.json", "description", openapi.description)
door.add_url_rule("/tickets", "draw_ticket", tickets.draw, methods=["POST"])
door.add_url_rule("/frame", "put_frame", frame.put, methods=["PUT"])
door.add_url_rule("/figures", "releases", figures.releases)
_RELEASE = "/figures/<int(fixed_digits=4):year>/<sector>"
door.add_url_rule(_RELEASE, "release", figures.release)
door.add_url_rule(f"{_RELEASE}/<unit>", "release_unit", figures.unit)
door.add_url_rule("/live/<sector>", "live_sector", live.sector)
door.add_url_rule("/live/<sector>/<unit>", "live_unit", live.unit)
