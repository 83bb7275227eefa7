"""Door `office`."""

from flask import Blueprint

door = Blueprint("office", __name__, template_folder="templates")
