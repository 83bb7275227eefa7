"""The citizen's door: the phone at the counter. Codes are found in capitals and small letters."""

from flask import Blueprint

from app.citizen import (
    blanks,
    devices,
    display,
    kiosk,
    limits,
    more,
    offline,
    receipts,
    sizes,
    tickets,
    turns,
    views,
)
from app.citizen.places import StaffNeeded, TicketNeeded
from surveys.fieldwork.tickets import TicketError
from surveys.places.collectors import RetiredCode, UnknownCode

door = Blueprint("citizen", __name__, template_folder="templates")
blanks.install(door)
turns.install(door)
limits.install(door)
sizes.install(door)
devices.install(door)
offline.install(door)
door.register_error_handler(UnknownCode, views.unknown)
door.register_error_handler(RetiredCode, views.retired)
door.register_error_handler(TicketNeeded, tickets.needed)
door.register_error_handler(StaffNeeded, views.staffed)
door.register_error_handler(TicketError, tickets.refused)
door.after_app_request(tickets.keep_quiet)

door.add_url_rule("/bien-nhan", "receipt", receipts.look_up)

# A QR code in capitals is smaller, so `/K/…` is the same address as `/k/…`; links use the last.
for root in ("/k", "/K"):
    door.add_url_rule(f"{root}/", "start", views.start)
    door.add_url_rule(f"{root}/<code>", "form", views.form)
    door.add_url_rule(f"{root}/<code>", "answer", views.answer, methods=["POST"])
    door.add_url_rule(f"{root}/<code>/cam-on/<receipt>", "thanks", views.thanks)
    door.add_url_rule(f"{root}/<code>/them/<link>", "more", more.form)
    door.add_url_rule(f"{root}/<code>/them/<link>", "answer_more", more.answer, methods=["POST"])
    door.add_url_rule(f"{root}/<code>/qr.svg", "qr_svg", views.qr_svg)
    door.add_url_rule(f"{root}/<code>/qr.png", "qr_png", views.qr_png)

for root in ("/p", "/P"):
    door.add_url_rule(f"{root}/<token>", "ticket", tickets.form)
    door.add_url_rule(f"{root}/<token>", "spend", tickets.spend, methods=["POST"])

door.add_url_rule("/k/sw.js", "worker", offline.worker)
door.add_url_rule(offline.NO_NETWORK, "no_network", offline.no_network)
door.add_url_rule("/k/js/<name>", "script", offline.script)
door.add_url_rule("/k/<code>/kiosk", "kiosk", kiosk.kiosk)
door.add_url_rule("/k/<code>/display", "display", display.display)
door.add_url_rule(
    "/k/<code>/<any(kiosk, display):page>", "unlock", devices.unlock, methods=["POST"]
)
