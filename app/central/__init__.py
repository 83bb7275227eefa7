"""Door `central`."""

from flask import Blueprint

door = Blueprint("central", __name__, template_folder="templates")
