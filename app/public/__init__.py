"""Door `public`."""

from flask import Blueprint

door = Blueprint("public", __name__, template_folder="templates")
