"""Door `citizen`."""

from flask import Blueprint

door = Blueprint("citizen", __name__, template_folder="templates")
