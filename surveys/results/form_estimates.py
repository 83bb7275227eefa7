"""What one form says about each domain: the sector, groups of fields, each unit.

Design: the stratum is unit × wave, the PSU service point × day. The sampling fraction of a stratum
is n/N in persons. Ultimate-cluster variance times (1 − n/N) is conservative whatever share of the
point-days was reached, and zero where everybody answered. Who is asked what in a split form is
part of the design: answers count one over the chance to be asked, PSU totals carry what the turns
of the blocks add to the variance, and the fraction is that of the people who were asked an item.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray
from sqlmodel import Session

import analysis
from analysis import Calibration, Design, Estimate, EstimateSet, Totals
from surveys.counts.sums import Counts
from surveys.counts.tallies import KINDS, Tally
from surveys.fieldwork import tickets
from surveys.fieldwork.tickets import Standing
from surveys.fieldwork.waves import plan_of
from surveys.questionnaires.programme import Programme
from surveys.questionnaires.questionnaire import Instrument
from surveys.results import split_forms
from surveys.results.index_rules import index_rule
from surveys.tables import Wave
from surveys.weighting import calibrations, margins, weights
from surveys.weighting.calibrations import Calibrated, Report
from surveys.weighting.weights import Weighting

#: A domain of figures: `SECTOR`, ("group", key of a target) or ("unit", id).
Domain = tuple[str, Hashable]
SECTOR: Domain = ("sector", "")

_Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Voices:
    """Who stands behind figures: how many answered, how they came to, and for how many people."""

    answers: int
    population: int | None
    weighted: bool
    #: "open", "sampled", "staffed" or "mixed".
    basis: str
    #: Whether people are among them who chose to answer: the interval of a blend covers too little.
    volunteers: bool
    #: Months that the frame lacks of units whose other months it has.
    missing: tuple[dt.date, ...] = ()
    #: Tickets issued, and those that were answered; 0 where nobody was given one.
    issued: int = 0
    returned: int = 0
    #: Whether some of them were asked only some of the items.
    split: bool = False

    @classmethod
    def together(cls, parts: Sequence[Voices]) -> Voices:
        """The voices of several forms as one."""
        known = [part.population for part in parts if part.population is not None]
        bases = {part.basis for part in parts}
        return cls(
            sum(part.answers for part in parts),
            sum(known) if len(known) == len(parts) else None,
            all(part.weighted for part in parts),
            bases.pop() if len(bases) == 1 else "mixed",
            any(part.volunteers for part in parts),
            tuple(sorted({month for part in parts for month in part.missing})),
            sum(part.issued for part in parts),
            sum(part.returned for part in parts),
            any(part.split for part in parts),
        )


@dataclass(frozen=True, slots=True)
class Within:
    """A part of the answers: about some fields, at some points; all of them where empty."""

    fields: frozenset[str] = frozenset()
    points: frozenset[int] = frozenset()

    def rows(self, tally: Tally) -> _Rows:
        """The rows that belong to it, in order."""
        places = [not self.points or psu.point_id in self.points for psu in tally.psus]
        labels = [not self.fields or label.field in self.fields for label in tally.labels]
        inside = np.array(places)[tally.psu_of_row] & np.array(labels)[tally.label_of_row]
        return np.flatnonzero(inside)


EVERYTHING = Within()


@dataclass(frozen=True, slots=True)
class Part:
    """What one form says about one domain."""

    instrument: Instrument
    #: By kind and code; what nobody gave an answer for is not among them.
    estimates: Mapping[tuple[str, str], Estimate]
    voices: Voices
    #: People of the domain by the frame, projected if need be: what it counts beside other forms.
    weight: float


@dataclass(frozen=True, slots=True)
class FormEstimates:
    """Everything that one form says, by domain, with how its answers were weighted."""

    instrument: Instrument
    weighting: Weighting
    #: How the plan of each wave went.
    reports: tuple[Report, ...]
    parts: Mapping[Domain, Part] = field(repr=False)

    def floors(self, *, units: bool) -> dict[tuple[str, str], float]:
        """The floor of each figure's interval: of units, or of what spans several of them."""
        return {
            label: one.pooled_deff
            for (kind, _), part in self.parts.items()
            if (kind == "unit") == units
            for label, one in part.estimates.items()
        }


@dataclass(frozen=True, slots=True)
class WeightedForm:
    """The answers to one form with their weights."""

    tally: Tally
    weighting: Weighting
    totals: Totals = field(repr=False)
    calibrated: Calibrated
    #: Per row, the items that a person was asked besides the overall one; 0: all.
    sizes: Counts = field(repr=False)
    #: The tickets with which people were asked to fill in the form.
    tickets: tuple[Standing, ...] = ()


def weigh_form(
    session: Session,
    tally: Tally,
    *,
    programme: Programme,
    waves: Sequence[Wave],
    heard: Sequence[Tally],
    unit_ids: Collection[int] | None = None,
) -> WeightedForm:
    """The answers to one form, weighted by the plans of some waves; `heard` has all their forms.

    Raises CalibrationFailed.
    """
    fields = _fields(tally.instrument, programme)
    beside = [
        other
        for other in heard
        if other is not tally and not {*fields}.isdisjoint(_fields(other.instrument, programme))
    ]
    weighting = weights.weigh(
        session, tally, waves, fields=fields, unit_ids=unit_ids, beside=beside
    )
    sizes = split_forms.sizes(session, tally)
    totals = _totals(tally, weighting, sizes)
    plans = {wave.id or 0: plan_of(wave) for wave in waves}
    calibrated = calibrations.calibrate(
        totals, weighting, plans=plans, margins=margins.known(session, plans)
    )
    wave_ids = [wave.id or 0 for wave in waves]
    asked = tickets.standings(session, wave_ids, unit_ids=unit_ids, stored=tally.stored)
    return WeightedForm(tally, weighting, totals, calibrated, sizes, tuple(asked))


def estimate_form(
    form: WeightedForm,
    programme: Programme,
    within: Within = EVERYTHING,
    *,
    beside: FormEstimates | None = None,
    only: Domain | None = None,
) -> FormEstimates:
    """The estimates that the weighted answers to one form give, or those of a part of them.

    A part is a domain: it keeps the design and the weights of the whole. With the estimates of
    all answers `beside`, `only` one domain is made, and its intervals have the floors of those.
    """
    tally, weighting, instrument = form.tally, form.weighting, form.tally.instrument
    groups = {
        target.key: target.fields
        for target in programme.targets
        if target.fields and instrument.code in target.instruments
    }
    domains = domain_rows(tally, groups, within)
    if only is not None:
        domains = {domain: rows for domain, rows in domains.items() if domain == only}
    found = _estimate(form, index_rule(instrument), domains, beside)
    each = weighting.by_unit()
    parts = {
        domain: _part(
            tally, each.get(cast("int", domain[1]), weighting), rows=rows,
            fields=_shared(groups.get(str(domain[1]), ()), within.fields),
            estimates=found[domain],
            asked=_asked(form.tickets, domain, within),
            split=bool(form.sizes[rows].any()), whole=not within.points,
        )
        for domain, rows in domains.items()
    }  # fmt: skip
    return FormEstimates(instrument, weighting, form.calibrated.reports, parts)


def estimate_rows(
    form: WeightedForm,
    domains: Mapping[Domain, _Rows],
    fields: Mapping[Domain, tuple[str, ...]],
    beside: FormEstimates,
) -> FormEstimates:
    """The estimates of any rows; how many people they stand for is known of whole fields only.

    `beside` are the estimates of all answers, which give the floors of intervals.
    """
    heard = {domain: rows for domain, rows in domains.items() if rows.size}
    found = _estimate(form, index_rule(form.tally.instrument), heard, beside)
    parts = {
        domain: _part(
            form.tally, form.weighting, rows=rows, fields=fields.get(domain, ()),
            estimates=found[domain], asked=[], split=bool(form.sizes[rows].any()),
            whole=domain in fields,
        )
        for domain, rows in heard.items()
    }  # fmt: skip
    return FormEstimates(form.tally.instrument, form.weighting, form.calibrated.reports, parts)


def scored_index(form: WeightedForm, domain: Domain) -> analysis.Scored:
    """The index that a form gives for the sector or a unit, with its score by point and day."""
    totals, calibration = basis(form, domain)
    rows, rule = domain_rows(form.tally, {})[domain], index_rule(form.tally.instrument)
    return analysis.scored_index(totals, rule, domain=rows, calibration=calibration)


def sensitivity(form: WeightedForm, flagged: NDArray[np.bool_]) -> analysis.Sensitivity:
    """The index that a form gives for the sector with and without some rows.

    TotalsError where nobody else answered.
    """
    totals, calibration = basis(form, SECTOR)
    rule = index_rule(form.tally.instrument)
    return analysis.sensitivity(totals, rule, flagged=flagged, calibration=calibration)


def index_account(form: WeightedForm, domain: Domain) -> analysis.Account:
    """The sums behind the index that a form gives for the sector or a unit."""
    totals, calibration = basis(form, domain)
    rows, rule = domain_rows(form.tally, {})[domain], index_rule(form.tally.instrument)
    return analysis.index_account(totals, rule, domain=rows, calibration=calibration)


def basis(form: WeightedForm, domain: Domain) -> tuple[Totals, Calibration | None]:
    """What a domain's figures rest on: what spans units is weighted only if all of them are."""
    if domain[0] == "unit" or not _mixed(form):
        return form.totals, form.calibrated.calibration
    return _alike(form.totals), None


def _fields(form: Instrument, programme: Programme) -> tuple[str, ...]:
    """The fields of a form in the order of the programme, in which small cells are merged."""
    if form.field:
        return (form.field,)
    keys = (field.key for point in form.points for field in programme.fields_of(point))
    return tuple(dict.fromkeys(keys))


def _totals(tally: Tally, weighting: Weighting, sizes: Counts) -> Totals:
    asked = split_forms.chances(tally, sizes)
    fractions = split_forms.fractions(tally, weighting.fractions, asked)
    strata = [psu[:2] for psu in tally.psus]
    days = [(psu.point_id, psu.day) for psu in tally.psus]
    rows = tally.psu_of_row.tolist()
    design = Design.from_rows(
        [strata[row] for row in rows],
        [days[row] for row in rows],
        sampling_fraction=cast("Mapping[Hashable, float]", fractions),
        single_psu="adjust",
    )
    names, cell_of_row = tally.told_apart(lambda psu: psu[:2], lambda label: label)
    cells = [(*stratum, *label) for stratum, label in names]
    return Totals.from_rows(
        design,
        cell=[cells[code] for code in cell_of_row.tolist()],
        respondents=tally.respondents,
        counts=tally.counts,
        items=tally.items,
        extras=tally.extras,
        base_weight=calibrations.base_weights(tally, weighting),
        asked=asked,
    )


def domain_rows(
    tally: Tally, groups: Mapping[str, Sequence[str]], within: Within = EVERYTHING
) -> dict[Domain, _Rows]:
    """The rows of the sector, of each group of fields, and of each unit; or a part of them."""
    rows = within.rows(tally)
    units = np.array([psu.unit_id for psu in tally.psus])[tally.psu_of_row[rows]]
    fields = np.array([label.field for label in tally.labels])[tally.label_of_row[rows]]
    found = {SECTOR: rows}
    for key, wanted in groups.items():
        found["group", key] = rows[np.isin(fields, wanted)]
    # Rows come in the order of units: each unit is one stretch.
    distinct, starts = np.unique(units, return_index=True)
    for unit, rows in zip(distinct.tolist(), np.split(found[SECTOR], starts[1:]), strict=True):
        found["unit", unit] = rows
    return {domain: rows for domain, rows in found.items() if rows.size}


def _estimate(
    form: WeightedForm,
    rule: analysis.IndexRule,
    domains: Mapping[Domain, _Rows],
    beside: FormEstimates | None,
) -> dict[Hashable, EstimateSet]:
    """All estimates; what spans several units is weighted only if every one of them is.

    Otherwise a unit without frame would count its answers, and another its people.
    """
    units = [domain for domain in domains if domain[0] == "unit"]
    wanted = cast("Mapping[Hashable, _Rows]", domains)
    make = partial(analysis.estimate_figures, rule=rule, domains=wanted, pool_over=units)
    found = make(
        form.totals, calibration=form.calibrated.calibration,
        floors=beside.floors(units=True) if beside else None,
    )  # fmt: skip
    if not _mixed(form):
        return found
    plain = make(_alike(form.totals), floors=beside.floors(units=False) if beside else None)
    return {domain: (found if domain in units else plain)[domain] for domain in domains}


def _mixed(form: WeightedForm) -> bool:
    """Whether some of its units have people behind their answers, and others have none."""
    return bool(form.weighting.unweighted and form.weighting.population)


def _alike(totals: Totals) -> Totals:
    return replace(totals, base_weight=np.ones_like(totals.base_weight))


def _asked(tickets: Sequence[Standing], domain: Domain, within: Within) -> list[Standing]:
    """The tickets of a domain: nobody knows for which field a ticket was handed out."""
    kind, key = domain
    if kind == "group" or within.fields:
        return []
    return [
        one
        for one in tickets
        if (kind == "sector" or one.point.unit_id == key)
        and (not within.points or one.point.id in within.points)
    ]


def _shared(fields: Sequence[str], asked: frozenset[str]) -> tuple[str, ...]:
    """The fields of a group that are asked about, too; without a group or a question, the other."""
    return tuple(field for field in fields or sorted(asked) if not asked or field in asked)


def _part(
    tally: Tally,
    weighting: Weighting,
    *,
    rows: _Rows,
    fields: Sequence[str],
    estimates: EstimateSet,
    asked: Sequence[Standing],
    split: bool,
    whole: bool,
) -> Part:
    """One domain; `weighting` is that of its unit, or of all units that it spans.

    Of a point nobody knows how many people it served: only of a `whole` unit.
    """
    counts = tally.kinds[rows].sum(axis=0).tolist()
    used = [name for name, n in zip(KINDS, counts, strict=True) if n]
    voices = Voices(
        answers=int(np.asarray(tally.extras["comprehensive"].denominator)[rows].sum()),
        population=weighting.people(fields) if whole else None,
        weighted=not weighting.unweighted,
        basis=used[0] if len(used) == 1 else "mixed",
        volunteers="open" in used,
        missing=weighting.missing() if whole else (),
        issued=sum(one.batch.size for one in asked),
        returned=sum(one.answered for one in asked),
        split=split,
    )
    return Part(tally.instrument, estimates.estimates(), voices, weighting.weight(fields))
