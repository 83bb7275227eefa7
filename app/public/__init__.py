"""Door `public`: the published indices, for everybody. Frozen rows only; nothing is computed."""

from flask import Blueprint

from app.public import catalogue, deeds, views

door = Blueprint("public", __name__, template_folder="templates")
door.add_url_rule("/", "front", views.front)
door.add_url_rule("/phuong-phap", "method", views.method)
door.add_url_rule("/gop-y", "deeds", deeds.deeds)
door.add_url_rule("/gop-y/ap-phich", "deeds_poster", deeds.poster)
door.add_url_rule("/chi-so", "indices", views.indices)
door.add_url_rule("/chi-so/du-lieu-mo", "open_data", catalogue.page)
door.add_url_rule("/chi-so/danh-muc.json", "catalogue", catalogue.file)
door.add_url_rule("/chi-so/luoc-do.json", "schema", catalogue.schema)
door.add_url_rule("/chi-so/<int(fixed_digits=4):year>", "year", views.year)
door.add_url_rule(
    "/chi-so/<int(fixed_digits=4):year>.<any(csv,xlsx):kind>", "year_file", views.year_file
)
door.add_url_rule("/chi-so/<int(fixed_digits=4):year>/<sector>", "sector", views.sector)
door.add_url_rule(
    "/chi-so/<int(fixed_digits=4):year>/<sector>.<any(csv,xlsx,json):kind>",
    "sector_file",
    views.sector_file,
)
door.add_url_rule("/chi-so/<int(fixed_digits=4):year>/<sector>/<unit_code>", "unit", views.unit)
