"""How a release was computed, as data that is frozen with its figures."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlmodel import Session, col, func, select

from surveys.fieldwork import modes
from surveys.fieldwork.plans import FIELD
from surveys.fieldwork.responses import kind_of
from surveys.fieldwork.waves import plan_of, subsets_of
from surveys.publishing import release_sums
from surveys.results.estimates import Scope, Study
from surveys.results.form_estimates import FormEstimates
from surveys.results.judgement import FEWEST_ANSWERS, FEWEST_DF
from surveys.tables import Response, Unit, Wave
from surveys.weighting.calibrations import Merge, Report
from surveys.weighting.weights import Cell, Stratum


def describe(session: Session, scope: Scope, study: Study) -> dict[str, Any]:
    """The waves, forms, rules, weighting, interval, targets and sums behind some figures."""
    return {
        "waves": _waves(session, scope.waves),
        "instruments": [_instrument(form) for form in study.forms],
        "design": {
            "stratum": "unit × wave", "psu": "service point × day", "single_psu": "adjust",
            "finite_population": "persons",
        },
        "weighting": _weighting(session, scope, study.forms),
        "interval": {"method": "korn_graubard", "level": 0.95, "mean": "student"},
        "verdict": {"level": 0.95, "sides": 1},
        "presentation": {
            "fewest_answers": FEWEST_ANSWERS, "fewest_df": FEWEST_DF, "rule": "NCHS 2017",
        },
        "targets": _targets(scope),
        "sums": release_sums.sums(scope, study),
        "shares": release_sums.shares(scope, study),
    }  # fmt: skip


def _waves(session: Session, waves: Sequence[Wave]) -> list[dict[str, Any]]:
    return [
        {
            "code": wave.code,
            "name": wave.name,
            "opens_on": wave.opens_on.isoformat(),
            "closes_on": wave.closes_on.isoformat(),
            "answers": sum(counts.values()),
            "modes": {mode: count for mode, count in counts.items() if count},
            "excluded": excluded.total(),
            **({"excluded_by_kind": dict(sorted(excluded.items()))} if excluded else {}),
            **_split(session, wave),
        }
        for wave, counts, excluded in _counted(session, waves)
    ]


def _counted(
    session: Session, waves: Sequence[Wave]
) -> Iterator[tuple[Wave, dict[modes.Mode, int], Counter[str]]]:
    """Each wave with its answers by mode, and how many were left out for what kind of reason."""
    query = (
        select(col(Response.wave_id), col(Response.excluded_reason), func.count())
        .where(col(Response.wave_id).in_([wave.id for wave in waves]))
        .where(col(Response.excluded_at).is_not(None))
        .group_by(col(Response.wave_id), col(Response.excluded_reason))
    )
    excluded: dict[int, Counter[str]] = defaultdict(Counter)
    for wave_id, reason, number in session.exec(query):
        # Never the words of whoever did it: they may name somebody.
        excluded[wave_id][kind_of(reason or "")] += number
    for wave in waves:
        yield wave, modes.counts(session, [wave.id or 0]), excluded[wave.id or 0]


def _split(session: Session, wave: Wave) -> dict[str, Any]:
    """The items that a person is asked besides the overall one, where these are not all."""
    found = {kind: size for kind, size in subsets_of(session, wave).items() if size}
    return {"split": found} if found else {}


def _instrument(form: FormEstimates) -> dict[str, Any]:
    instrument = form.instrument
    rule = instrument.index
    return {
        "code": instrument.code,
        "version": instrument.version,
        "checksum": instrument.checksum,
        "title": {"vi": instrument.title.vi, "en": instrument.title.en},
        "status": instrument.status,
        "index": {
            "levels": list(rule.levels),
            "pooling": rule.pooling,
            "weights": dict(rule.weights),
            "status": rule.status,
        },
    }


def _weighting(session: Session, scope: Scope, forms: Sequence[FormEstimates]) -> dict[str, Any]:
    """What was done to fit answers and frame together: units and waves by code, fields by key."""
    units = _codes(session, forms)
    waves = {wave.id or 0: wave.code for wave in scope.waves}

    def named(place: Cell | Stratum) -> str:
        unit, wave, *field = place
        return "/".join([units[unit], *field, waves[wave]])

    def merged(merge: Merge) -> list[str]:
        unit = [units[merge.level.unit_id]] if merge.level.unit_id else []
        key = "" if merge.key == FIELD else f"{merge.key}="
        names = ("+".join(name) for name in merge.level.names)
        return ["/".join([*unit, f"{key}{name}", waves[merge.wave_id]]) for name in names]

    weightings = [form.weighting for form in forms]
    reports = [(form, report) for form in forms for report in form.reports]
    return {
        "merges": [merged(merge) for _, report in reports for merge in report.merges],
        "unweighted": sorted({units[unit] for each in weightings for unit in each.unweighted}),
        "incomplete": [named(stratum) for each in weightings for stratum in each.incomplete],
        "raised": [named(cell) for each in weightings for cell in each.raised],
        "plans": {wave.code: plan_of(wave).described() for wave in scope.waves},
        "reports": [
            {"form": form.instrument.code, "wave": waves[report.wave_id], **_report(report)}
            for form, report in reports
        ],
    }


def _report(report: Report) -> dict[str, Any]:
    """The figures of a report, rounded so that any machine writes the same."""
    outcome = report.outcome
    return {
        "answers": report.answers,
        "people": round(report.people, 3),
        "iterations": outcome.iterations,
        "g": [round(outcome.smallest, 6), round(outcome.largest, 6)],
        "deff": [round(outcome.before.deff, 6), round(outcome.after.deff, 6)],
        "effective": [round(outcome.before.effective, 3), round(outcome.after.effective, 3)],
        "silent": {key: round(share, 6) for key, share in report.silent.items()},
    }


def _codes(session: Session, forms: Iterable[FormEstimates]) -> dict[int, str]:
    ids: set[int] = set()
    for form in forms:
        ids |= {cell[0] for cell in form.weighting.population} | form.weighting.unweighted
    query = select(Unit).where(col(Unit.id).in_(ids))
    return {unit.id or 0: unit.code for unit in session.exec(query)}


def _targets(scope: Scope) -> list[dict[str, Any]]:
    found = []
    for target in scope.programme.targets_of(scope.sector):
        goal = target.applicable(scope.year)
        found.append(
            {"key": target.key, "operator": goal.operator, "share": goal.share, "year": goal.year}
        )
    return found
