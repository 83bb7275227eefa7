"""Programs with keys for tests of the API: what each may, and how it asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import flask
from sqlmodel import Session, select
from werkzeug.test import TestResponse

from surveys.offices import api_keys
from surveys.places import units
from surveys.tables import ApiKey
from tests.builders import NOW, TODAY

LAST = dt.date(2026, 12, 31)
EVERYTHING = ("tickets", "frame", "live")


@dataclass(frozen=True, slots=True)
class Machine:
    """A program that shows its key; without one it is anybody."""

    app: flask.Flask
    key: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What goes along with each request."""
        return {"Authorization": f"Bearer {self.key}"} if self.key else {}

    def ask(
        self, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **more: Any
    ) -> TestResponse:
        """The answer at an address below /api/v1."""
        given = {**self.headers, **(headers or {})}
        return self.app.test_client().open(
            f"/api/v1{path}", method=method, headers=given, buffered=True, **more
        )

    def draw(
        self, unit: str, request: str = "H29-0001", point: str = "quay-1", **more: Any
    ) -> TestResponse:
        """What a request for a ticket comes to."""
        body = {"unit": unit, "point": point}
        return self.ask("/tickets", "POST", {"Idempotency-Key": request}, json=body, **more)

    def tell(self, *rows: Mapping[str, object], **more: Any) -> TestResponse:
        """What becomes of rows of people served."""
        return self.ask("/frame", "PUT", json={"rows": list(rows)}, **more)


def machine(
    app: flask.Flask,
    name: str = "Một cửa",
    *,
    scopes: Collection[str] = EVERYTHING,
    sector: str | None = None,
    unit: str | None = None,
    every: int = 1,
    expires_on: dt.date = LAST,
) -> Machine:
    """A program with a new key."""
    with Session(app.extensions["engine"]) as session:
        found = units.find(session, unit, on=TODAY) if unit else None
        _, text = api_keys.make(
            session, name=name, scopes=scopes, sector=sector, every=every, by="Nội vụ", now=NOW,
            unit_id=found.id if found else None, expires_on=expires_on,
        )  # fmt: skip
        session.commit()
    return Machine(app, text)


def change(app: flask.Flask, name: str, **values: object) -> None:
    """Change a key behind the back of the pages."""
    with Session(app.extensions["engine"]) as session:
        key = session.exec(select(ApiKey).where(ApiKey.name == name)).one()
        for field, value in values.items():
            setattr(key, field, value)
        session.commit()
