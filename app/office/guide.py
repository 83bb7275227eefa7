"""All help on one page: for the pages that an account can open, the glossary, and the guide."""

from __future__ import annotations

from flask import abort, render_template

from app import help as texts
from app import session as current
from app.security import ACCESS
from surveys.fieldwork import waves


def everything() -> str:
    """The help of every page that the account may open, with the glossary and the guide."""
    account, book = current.current_staff() or abort(401), texts.current_book()
    pages = {
        endpoint: page
        for endpoint, page in book.pages.items()
        if ACCESS[endpoint].lets(account.role, reading=True)
    }
    session, programme = current.current_session(), current.current_programme()
    return render_template(
        "office/help.html",
        book=book, pages=pages, guided=account.role in {"central", "auditor", "administrator"},
        demo=waves.made_up(session, programme.code),
    )  # fmt: skip
