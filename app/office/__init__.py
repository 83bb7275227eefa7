"""Door `office`: a sector or unit office looks at its own results and brings answers in."""

from flask import Blueprint

from app.office import (
    account,
    collecting,
    comments,
    entry,
    guide,
    interviews,
    items,
    provider,
    reports,
    signing_in,
    views,
)

#: A page that shows a form, and takes it when it is sent back.
BOTH = ["GET", "POST"]

door = Blueprint("office", __name__, template_folder="templates")
door.add_url_rule("/dang-nhap", "sign_in", signing_in.sign_in, methods=["GET", "POST"])
door.add_url_rule("/dang-xuat", "sign_out", signing_in.sign_out, methods=["POST"])
door.add_url_rule("/dang-nhap/ma", "second_step", signing_in.second_step, methods=["POST"])
door.add_url_rule("/loi-moi/<token>", "invitation", signing_in.invitation, methods=["GET", "POST"])
door.add_url_rule("/dang-nhap/noi-khac", "ask_provider", provider.ask, methods=["POST"])
door.add_url_rule("/dang-nhap/noi-khac/ve", "answered", provider.answered)
door.add_url_rule("/van-phong/tai-khoan/noi-khac", "untie", provider.untie, methods=["POST"])
door.add_url_rule("/van-phong/tai-khoan", "account", account.account)
door.add_url_rule(
    "/van-phong/tai-khoan/mat-khau", "new_password", account.new_password, methods=["POST"]
)
door.add_url_rule("/van-phong/tai-khoan/thu", "set_email", account.set_email, methods=["POST"])
door.add_url_rule(
    "/van-phong/tai-khoan/thoat", "end_session", account.end_session, methods=["POST"]
)
door.add_url_rule("/van-phong/tai-khoan/ma", "digits", account.digits, methods=["GET", "POST"])
door.add_url_rule("/van-phong", "home", views.home)
door.add_url_rule("/van-phong/viec-can-lam", "duties", views.duties)
door.add_url_rule("/van-phong/tro-giup", "help", guide.everything)
door.add_url_rule("/van-phong/gop-y", "comments", comments.comments)
door.add_url_rule("/van-phong/gop-y/<int:number>", "comment", comments.comment, methods=BOTH)
door.add_url_rule("/van-phong/giai-thich", "explain", views.explain)
door.add_url_rule("/van-phong/bao-cao", "reports", reports.reports)
door.add_url_rule("/van-phong/bao-cao/<sector>/<period>.<kind>", "report_file", reports.report_file)
door.add_url_rule("/van-phong/chi-so/<sector>/<int:year>.xlsx", "yearbook", reports.yearbook_file)
door.add_url_rule(
    "/van-phong/cham-diem/<sector>/<int:year>.<kind>", "points_file", reports.points_file
)
door.add_url_rule("/van-phong/<sector>", "sector", views.sector)
door.add_url_rule("/van-phong/don-vi/<code>", "unit", views.unit)
door.add_url_rule("/van-phong/thu-phieu", "collecting", collecting.collecting)
door.add_url_rule(
    "/van-phong/thu-phieu/<code>/phieu-giay.pdf",
    "paper_file",
    collecting.paper_file,
    methods=["POST"],
)
door.add_url_rule("/van-phong/phong-van/<code>", "interview", interviews.interview, methods=BOTH)
door.add_url_rule("/van-phong/nhap-phieu/<code>", "entry", entry.entry, methods=BOTH)
door.add_url_rule("/van-phong/nhap-phieu/<code>/cho", "waiting", entry.waiting, methods=BOTH)
door.add_url_rule("/van-phong/<sector>/bieu-do/<name>.<kind>", "sector_chart", views.sector_chart)
door.add_url_rule("/van-phong/<sector>/nhom", "sector_groups", views.sector_groups)
door.add_url_rule("/van-phong/don-vi/<code>/nhom", "unit_groups", views.unit_groups)
door.add_url_rule("/van-phong/<sector>/dieu-chinh-mau", "sampling", views.sampling)
door.add_url_rule("/van-phong/don-vi/<code>/bieu-do/<name>.<kind>", "unit_chart", views.unit_chart)
door.add_url_rule("/van-phong/don-vi/<code>/diem/<point>", "point", views.point)
door.add_url_rule(
    "/van-phong/don-vi/<code>/diem/<point>/bieu-do/<name>.<kind>", "point_chart", views.point_chart
)
door.add_url_rule("/van-phong/<sector>/tieu-chi/<form>/<item>", "item", items.item)
door.add_url_rule(
    "/van-phong/<sector>/tieu-chi/<form>/<item>/bieu-do/<name>.<kind>",
    "item_chart",
    items.item_chart,
)
door.add_app_template_filter(items.written, "mean_written")
