"""The sums from which a reader recomputes the published index of a unit, frozen with its figures.

Sampling units are told by stratum and never one by one: many a point and day has an answer or two,
and its sums would say what a person said. Where a single item of the unit may not be shown, its
items are left out, for its sums would show it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from surveys.publishing.disclosure import REASON
from surveys.results.estimates import Scope, Study, judge
from surveys.results.figures import Figure
from surveys.results.form_estimates import SECTOR, index_account
from surveys.results.judgement import Judge, Share, Spot
from surveys.weighting.weights import Stratum

#: Reasons for which an item's answers may not be told of a unit.
_WITHHELD = frozenset({"few_answers", REASON})


def sums(scope: Scope, study: Study) -> list[dict[str, Any]]:
    """For each unit whose index is shown: what each form brings to it."""
    codes = {wave.id: wave.code for wave in scope.waves}
    return [
        _described(study, by_unit, share, figure, codes)
        for figure in study.figures.where(scope="unit", measure="index")
        if figure.value is not None and figure.target_key is not None
        for by_unit in [_judge(scope, study, figure)]
        for share in by_unit.shares(scope.programme.target(figure.target_key))
    ]


def shares(scope: Scope, study: Study) -> list[dict[str, Any]]:
    """What each form brings to the indices shown of the sector and of its groups of fields.

    Their sums are not told: less those of the units shown they would be those of the others.
    """
    spots = {"sector": Spot("sector", SECTOR)}
    spots |= {
        target.key: Spot("group", ("group", target.key), key=target.key)
        for target in scope.programme.targets_of(scope.sector)
        if target.fields
    }
    return [
        {"scope": figure.scope, "key": figure.key, "target": figure.target_key, **_basis(share)}
        for figure in study.figures.where(measure="index")
        if figure.scope != "unit" and figure.value is not None and figure.target_key is not None
        for place in [judge(scope, study.forms, spots[figure.key or "sector"])]
        for share in place.shares(scope.programme.target(figure.target_key))
    ]


def _judge(scope: Scope, study: Study, figure: Figure) -> Judge:
    unit = study.units[figure.unit_code or ""]
    return judge(scope, study.forms, Spot("unit", ("unit", unit.id), unit=unit))


def _basis(share: Share) -> dict[str, Any]:
    """What the interval of a form's index rests on, besides its value and its error."""
    estimate = share.estimate
    fraction = estimate.sampling_fraction
    return {
        "form": share.part.instrument.code,
        "weight": _rounded(share.size),
        "answers": estimate.answers,
        "population": _rounded(estimate.answers / fraction) if fraction else None,
        "fraction": _rounded(fraction),
        "df": estimate.df,
        "pooled_deff": _rounded(estimate.pooled_deff),
    }


def _described(
    study: Study, by_unit: Judge, share: Share, figure: Figure, codes: Mapping[int | None, str]
) -> dict[str, Any]:
    domain = by_unit.spot.domain
    place = next(n for n, form in enumerate(study.forms) if form.parts.get(domain) is share.part)
    account = index_account(study.weighed[place], domain)
    places = [cast("Stratum", stratum.stratum) for stratum in account.strata]
    both = list(zip(places, account.strata, strict=True))
    own = [(wave, stratum) for (unit, wave), stratum in both if unit == domain[1]]
    others = [stratum for (unit, _), stratum in both if unit != domain[1]]
    return {
        "unit": figure.unit_code,
        "target": figure.target_key,
        **_basis(share),
        "items": None if _withheld(study, share, figure) else {
            item.code: [
                None if item.part is None else _rounded(item.part),
                _rounded(item.satisfied), _rounded(item.answered),
            ]
            for item in account.items
        },
        "strata": [
            {
                "wave": codes[wave], "psus": stratum.psus,
                "fraction": _rounded(stratum.fraction), "squares": _rounded(stratum.squares),
            }
            for wave, stratum in own
        ],
        "other_units": _rounded(sum(stratum.variance for stratum in others)),
    }  # fmt: skip


def _withheld(study: Study, share: Share, figure: Figure) -> bool:
    """Whether an item of the form has too few answers to be told of this unit."""
    form = share.part.instrument.code
    return any(
        item.reason in _WITHHELD and (item.instrument or "").split(".v")[0] == form
        for item in study.figures.where(unit_code=figure.unit_code, measure="item")
    )


def _rounded(number: float) -> float:
    """Twelve digits, so that any machine writes the same."""
    return float(f"{number:.12g}")
