"""Door `office`: a sector or unit office looks at its own results."""

from flask import Blueprint

from app.office import views

door = Blueprint("office", __name__, template_folder="templates")
door.add_url_rule("/dang-nhap", "sign_in", views.sign_in, methods=["GET", "POST"])
door.add_url_rule("/dang-xuat", "sign_out", views.sign_out, methods=["POST"])
door.add_url_rule("/van-phong", "home", views.home)
door.add_url_rule("/van-phong/giai-thich", "explain", views.explain)
door.add_url_rule("/van-phong/<sector>", "sector", views.sector)
door.add_url_rule("/van-phong/don-vi/<code>", "unit", views.unit)
