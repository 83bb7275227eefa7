"""Door `central`: Nội vụ opens and closes waves, publishes, keeps the frame and the codes."""

from flask import Blueprint

from app.central import codes, frame, posters, publishing, views, weights

#: A page that shows what will happen, and does it when it is sent back.
BOTH = ["GET", "POST"]

door = Blueprint("central", __name__, template_folder="templates")
door.add_url_rule("/noi-vu", "overview", views.overview)
door.add_url_rule("/noi-vu/dot/<code>", "wave", views.wave)
door.add_url_rule("/noi-vu/dot/<code>/quyen-so", "weights", weights.weights)
door.add_url_rule("/noi-vu/dot/<code>/mo", "open_wave", views.open_wave, methods=["POST"])
door.add_url_rule(
    "/noi-vu/dot/<code>/dong", "close_wave", views.close_wave, methods=["GET", "POST"]
)
door.add_url_rule("/noi-vu/cong-bo", "releases", publishing.releases)
door.add_url_rule(
    "/noi-vu/cong-bo/<sector>/<int:year>", "publish", publishing.publish, methods=BOTH
)
door.add_url_rule("/noi-vu/khung", "frame", frame.frame, methods=BOTH)
door.add_url_rule("/noi-vu/ma-qr", "codes", codes.codes)
door.add_url_rule("/noi-vu/ma-qr", "issue_code", codes.issue, methods=["POST"])
door.add_url_rule("/noi-vu/ap-phich", "posters", posters.posters)
door.add_url_rule("/noi-vu/ap-phich/<size>.pdf", "posters_file", posters.posters_file)
