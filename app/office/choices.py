"""What a page is narrowed to, as its address says: a field, a way of answering, a point."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import abort, request
from sqlmodel import Session

from app.office.periods import Period
from surveys.counts.tallies import KINDS
from surveys.fieldwork import waves
from surveys.places.collectors import Kind
from surveys.questionnaires.programme import Field, Programme
from surveys.results.estimates import Scope
from surveys.results.form_estimates import Within

#: Names of the filters in an address, beside the period's `dot`.
FIELD, KIND = "linhvuc", "cach"


@dataclass(frozen=True, slots=True)
class Choice:
    """The field and the way that were chosen, if any, and the fields there are."""

    field: str | None
    kind: Kind | None
    fields: tuple[Field, ...]
    ways: tuple[Kind, ...] = KINDS

    @property
    def address(self) -> dict[str, str | None]:
        """What a link to the same view carries."""
        return {FIELD: self.field, KIND: self.kind}

    def narrow(self, scope: Scope, *, points: frozenset[int] = frozenset()) -> Scope:
        """The scope with only what was chosen."""
        fields = frozenset([self.field] if self.field else [])
        kinds = (self.kind,) if self.kind else KINDS
        return replace(scope, kinds=kinds, within=Within(fields, points))


def chosen(session: Session, programme: Programme, period: Period) -> Choice:
    """What the address asks for; 404 for what there is not."""
    kinds = {kind for wave in period.waves for kind in waves.forms_of(session, wave)}
    fields = tuple(field for field in programme.fields if kinds.intersection(field.points))
    field, way = request.args.get(FIELD) or None, request.args.get(KIND) or None
    if field is not None and field not in {one.key for one in fields}:
        abort(404)
    kind = next((one for one in KINDS if one == way), None)
    if way is not None and kind is None:
        abort(404)
    return Choice(field, kind, fields)
