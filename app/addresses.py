"""Addresses as other people open them, made without a request."""

from __future__ import annotations

from flask import current_app

from app.session import settings


def absolute(endpoint: str, **values: object) -> str:
    """The whole address of a page, under the address that citizens see."""
    return settings().base_url + current_app.url_map.bind("localhost").build(endpoint, values)
