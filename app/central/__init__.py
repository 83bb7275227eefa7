"""Door `central`: Nội vụ opens and closes waves, publishes, keeps the frame and the codes."""

from flask import Blueprint

from app.central import (
    accounts,
    api_keys,
    codes,
    comments,
    drafts,
    evidence,
    frame,
    instruments,
    integrity,
    margins,
    posters,
    publishing,
    registers,
    tickets,
    trail,
    views,
    webhooks,
    weights,
    years,
)

#: A page that shows what will happen, and does it when it is sent back.
BOTH = ["GET", "POST"]

door = Blueprint("central", __name__, template_folder="templates")
door.add_url_rule("/noi-vu", "overview", views.overview)
door.add_url_rule("/noi-vu/tao-dot", "new_waves", years.new_waves, methods=BOTH)
door.add_url_rule("/noi-vu/dot/<code>", "wave", views.wave)
door.add_url_rule("/noi-vu/dot/<code>/quyen-so", "weights", weights.weights, methods=BOTH)
door.add_url_rule("/noi-vu/dot/<code>/phieu-la", "integrity", integrity.integrity)
door.add_url_rule(
    "/noi-vu/dot/<code>/phieu-la", "change_integrity", integrity.change, methods=["POST"]
)
door.add_url_rule("/noi-vu/dot/<code>/mo", "open_wave", views.open_wave, methods=["POST"])
door.add_url_rule(
    "/noi-vu/dot/<code>/dong", "close_wave", views.close_wave, methods=["GET", "POST"]
)
door.add_url_rule("/noi-vu/gop-y", "comments", comments.comments)
_COMMENT = "/noi-vu/gop-y/<int:response_id>/<question>"
door.add_url_rule(_COMMENT, "comment", comments.comment)
for step, name, about in (
    ("nguyen-van", "reveal_comment", comments.reveal),
    ("chuyen", "screen_comment", comments.screen),
    ("cong-khai", "publish_comment", comments.publish),
    ("rut", "withdraw_comment", comments.withdraw),
):
    door.add_url_rule(f"{_COMMENT}/{step}", name, about, methods=["POST"])
door.add_url_rule("/noi-vu/cong-bo", "releases", publishing.releases)
door.add_url_rule(
    "/noi-vu/cong-bo/<sector>/<int:year>", "publish", publishing.publish, methods=BOTH
)
door.add_url_rule(
    "/noi-vu/cong-bo/<sector>/<int:year>/<int:revision>/"
    "<any('goi-tinh-lai','vi-du-lieu'):kind>.zip",
    "download",
    evidence.download,
)
door.add_url_rule("/ban-thao", "drafts", drafts.drafts)
door.add_url_rule("/ban-thao/<int:number>", "draft", drafts.draft)
for step, name, act in (
    ("kiem-tra", "check_draft", drafts.check),
    ("tra-lai", "return_draft", drafts.send_back),
    ("cong-bo", "release_draft", drafts.release),
):
    door.add_url_rule(f"/ban-thao/<int:number>/{step}", name, act, methods=["POST"])
door.add_url_rule("/noi-vu/khung", "frame", frame.frame, methods=BOTH)
door.add_url_rule("/noi-vu/don-vi", "units", registers.unit_list, methods=BOTH)
door.add_url_rule("/noi-vu/diem-phuc-vu", "points", registers.point_list, methods=BOTH)
door.add_url_rule("/noi-vu/mau-phieu", "instruments", instruments.instruments)
door.add_url_rule(
    "/noi-vu/mau-phieu", "store_instruments", instruments.store_instruments, methods=["POST"]
)
door.add_url_rule("/noi-vu/tai-khoan", "accounts", accounts.accounts)
door.add_url_rule("/noi-vu/tai-khoan", "invite", accounts.invite, methods=["POST"])
for step, name, view in (
    ("loi-moi", "renew_invitation", accounts.renew),
    ("khoa", "disable_account", accounts.disable),
    ("thoat", "end_sessions", accounts.end_sessions),
    ("bo-ma", "forget_digits", accounts.forget_digits),
):
    door.add_url_rule(f"/noi-vu/tai-khoan/<username>/{step}", name, view, methods=["POST"])
door.add_url_rule("/noi-vu/khoa-api", "api_keys", api_keys.api_keys)
door.add_url_rule("/noi-vu/khoa-api", "make_api_key", api_keys.make, methods=["POST"])
door.add_url_rule(
    "/noi-vu/khoa-api/<int:number>/thu-hoi", "revoke_api_key", api_keys.revoke, methods=["POST"]
)
door.add_url_rule("/noi-vu/nhat-ky", "trail", trail.trail)
door.add_url_rule("/noi-vu/khung/gioi-tinh-tuoi", "margins", margins.margins, methods=BOTH)
door.add_url_rule("/noi-vu/ma-qr", "codes", codes.codes)
door.add_url_rule("/noi-vu/ma-qr", "issue_code", codes.issue, methods=["POST"])
door.add_url_rule("/noi-vu/phieu", "tickets", tickets.tickets)
door.add_url_rule("/noi-vu/phieu", "mint_tickets", tickets.mint, methods=["POST"])
door.add_url_rule("/noi-vu/phieu/tep", "ticket_files", tickets.files, methods=["POST"])
door.add_url_rule("/noi-vu/phieu/thu-hoi", "call_back_tickets", tickets.call_back, methods=["POST"])
door.add_url_rule("/noi-vu/ma-qr/<code>/pin", "renew_pin", codes.renew_pin, methods=["POST"])
door.add_url_rule("/noi-vu/ap-phich", "posters", posters.posters)
door.add_url_rule("/noi-vu/ap-phich/<size>.pdf", "posters_file", posters.posters_file)
door.add_url_rule("/noi-vu/bao-tin", "webhooks", webhooks.webhooks)
door.add_url_rule("/noi-vu/bao-tin", "add_webhook", webhooks.add, methods=["POST"])
door.add_url_rule(
    "/noi-vu/bao-tin/<int:number>/bo", "remove_webhook", webhooks.remove, methods=["POST"]
)
door.add_url_rule(
    "/noi-vu/bao-tin/gui-lai/<int:number>", "send_again", webhooks.send_again, methods=["POST"]
)
