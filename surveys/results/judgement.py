"""Estimates → figures: several forms put together, judged by targets, shown or suppressed.

Where a target judges several forms (health, education), their figures are combined with the people
whom each form stands for, or with the number of answers where the frame is silent. A figure of
fewer than ten answers is suppressed, then one whose error nothing tells because all answers of each
unit came from one point on one day, then those that NCHS's rule does not let be shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

import analysis
from analysis import Estimate
from surveys.questionnaires.labels import Label
from surveys.questionnaires.programme import Milestone, Programme, Target
from surveys.questionnaires.questionnaire import Instrument
from surveys.results import unheard
from surveys.results.figures import Figure, Measure, Showing
from surveys.results.figures import Scope as Place
from surveys.results.form_estimates import SECTOR, Domain, FormEstimates, Part, Voices
from surveys.results.unheard import Heard
from surveys.tables import Unit

#: Fewer answers could tell what a person said.
FEWEST_ANSWERS = 10
#: Without a degree of freedom an interval would be made up.
FEWEST_DF = 1

#: Figures of items that a split form asks only some people.
_ASKED_OF_SOME = {"item", "dimension", "part"}

NAMES: dict[Measure, Label] = {
    "mean_score": Label("Điểm trung bình", "Mean score"),
    "expectation": Label("Mức đáp ứng so với mong đợi", "Share of expectation met"),
    "return": Label("Tỷ lệ sẽ quay lại hoặc giới thiệu", "Would return or recommend"),
    "comprehensive": Label("Tỷ lệ hài lòng toàn diện", "Satisfied with everything answered"),
}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a figure belongs: the sector, a group of fields, or a unit."""

    place: Place
    domain: Domain
    key: str = ""
    unit: Unit | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one form brings to a figure: its estimate, and how much that counts beside others."""

    part: Part
    estimate: Estimate
    size: float


@dataclass(frozen=True, slots=True)
class Judge:
    """Makes the figures of one spot."""

    programme: Programme
    sector: str
    #: Decides which milestone of a target applies.
    year: int
    forms: Sequence[FormEstimates]
    spot: Spot
    #: Whether answers still come in: the verdict must then stand however often somebody looks.
    open: bool = False

    def whole(self) -> Iterator[Figure]:
        """The figures that targets without fields judge, and what combined forms owe besides."""
        for target in self.programme.targets_of(self.sector):
            if not target.fields:
                yield from self.judged(target)

    def judged(self, target: Target) -> Iterator[Figure]:
        """The index that a target judges; of several forms also their other figures combined."""
        parts = self._parts_of(target)
        if not parts:
            return
        if len(target.instruments) == 1:
            yield from self._combined(parts, "index", target=target)
            return
        owed = (measure for part in parts for measure in part.instrument.figures)
        for measure in dict.fromkeys(["index", *owed]):
            yield from self._combined(parts, cast("Measure", measure), target=target)

    def shares(self, target: Target, measure: Measure = "index") -> list[Share]:
        """What each form brings to the index that a target judges, or to what goes with it."""
        return _shares(self._parts_of(target), measure)

    def details(self, only: Measure | None = None) -> Iterator[Figure]:
        """What each form says by itself: its figures, parts, dimensions and items; or one kind."""
        targets = self.programme.targets_of(self.sector)
        judged = {target.instruments for target in targets if not target.fields}
        for part in self._parts():
            form = part.instrument
            for measure, key, label in _contents(form):
                if only is not None and measure != only:
                    continue
                found = _find(part, measure, key)
                # An index that a target judges alone stands at the top already.
                if found and not (measure == "index" and (form.code,) in judged):
                    yield self._figure(
                        found, part.voices, parts=[part], measure=measure, key=key, label=label,
                        instrument=self._name(form),
                    )  # fmt: skip

    def _parts(self) -> list[Part]:
        domain = self.spot.domain
        return [form.parts[domain] for form in self.forms if domain in form.parts]

    def _parts_of(self, target: Target) -> list[Part]:
        return [part for part in self._parts() if part.instrument.code in target.instruments]

    def _name(self, form: Instrument) -> str:
        """The form's code; with its version, as its file is named, where two are in use."""
        codes = [each.instrument.code for each in self.forms]
        return form.code if codes.count(form.code) == 1 else f"{form.code}.v{form.version}"

    def _combined(
        self, parts: Sequence[Part], measure: Measure, *, target: Target
    ) -> Iterator[Figure]:
        shares = _shares(parts, measure)
        if not shares:
            return
        yield self._figure(
            together(shares),
            Voices.together([share.part.voices for share in shares]),
            parts=[share.part for share in shares],
            measure=measure,
            key=self.spot.key,
            label=target.label if measure == "index" else NAMES[measure],
            instrument=target.instruments[0] if len(target.instruments) == 1 else None,
            target=target if measure == "index" else None,
        )

    def _figure(
        self,
        found: Estimate,
        voices: Voices,
        *,
        parts: Sequence[Part],
        measure: Measure,
        key: str,
        label: Label,
        instrument: str | None,
        target: Target | None = None,
    ) -> Figure:
        n = _answers(measure, found, voices)
        showing, reason = _refused(measure, voices) or shown_as(found, n)
        shown = None if showing == "suppressed" else found
        goal = target.applicable(self.year) if target else None
        ruling = self._ruling(shown, goal)
        unit, units = self.spot.unit, self._units(parts, measure, key)
        return Figure(
            scope=self.spot.place,
            measure=measure,
            key=key,
            name_vi=label.vi,
            name_en=label.en,
            instrument=instrument,
            unit_code=unit.code if unit else None,
            unit_name=unit.name if unit else None,
            n=n,
            **_behind(voices),
            target_key=target.key if target else None,
            target=goal.share if goal else None,
            operator=goal.operator if goal else None,
            **_finding(ruling, goal),
            **_cautions(shown, ruling, n=_heard(measure, n, voices), voices=voices, units=units),
            **self._limits(shown, ruling),
            showing=showing,
            reason=reason,
            **_numbers(shown),
        )

    def _units(self, parts: Sequence[Part], measure: Measure, key: str) -> list[Heard]:
        """What each unit's people said to some forms; nothing of a group of fields."""
        if self.spot.place == "group":
            return []
        node = key if measure in {"part", "dimension", "item", "overall"} else ""
        forms = [f for f in self.forms if any(f.parts.get(self.spot.domain) is p for p in parts)]
        units = (part for form in forms for part in self._unit_parts(form))
        return [
            Heard(
                found.value,
                _heard(measure, _answers(measure, found, part.voices), part.voices),
                part.voices.population,
            )
            for part in units
            if (found := _find(part, measure, node)) and part.voices.population
        ]

    def _unit_parts(self, form: FormEstimates) -> Iterable[Part]:
        """The parts of a form that are units: all of them for a sector, a unit's own for itself."""
        domain = self.spot.domain
        if domain == SECTOR:
            return [part for key, part in form.parts.items() if key[0] == "unit"]
        # Looked up, not searched: this is asked for each figure of each unit.
        return [form.parts[domain]] if domain[0] == "unit" and domain in form.parts else ()

    def _ruling(self, shown: Estimate | None, goal: Milestone | None) -> analysis.Verdict | None:
        """The verdict against a milestone; None without one, or on what is too uncertain."""
        if shown is None or goal is None:
            return None
        judge = analysis.open_verdict if self.open else analysis.verdict
        return judge(shown, goal.share, cast("Literal['>', '>=']", goal.operator))

    def _limits(self, shown: Estimate | None, ruling: analysis.Verdict | None) -> dict[str, Any]:
        """The limits of a verdict; of a census in an open wave none, there they are the value."""
        if shown is None or ruling is None:
            return {}
        if not self.open:
            return {"lower_one_sided": ruling.low, "upper_one_sided": ruling.high}
        return {} if shown.census else {"open_low": ruling.low, "open_high": ruling.high}


def _contents(form: Instrument) -> Iterator[tuple[Measure, str, Label]]:
    """What a form's figures are called, in order."""
    for name in form.figures:
        measure = cast("Measure", name)
        yield measure, "", form.title if measure == "index" else NAMES[measure]
    for piece in form.parts:
        yield "part", piece.code, piece.label
    for dimension in form.dimensions:
        yield "dimension", dimension.code, dimension.label
    for item in form.items:
        yield "overall" if item.overall else "item", item.code, item.label


def _find(part: Part, measure: Measure, key: str = "") -> Estimate | None:
    kinds = {"overall": "item", "expectation": "extra", "return": "extra", "comprehensive": "extra"}
    kind = kinds.get(measure, measure)
    return part.estimates.get((kind, measure if kind == "extra" else key))


def _answers(measure: Measure, found: Estimate, voices: Voices) -> int:
    """The people behind a figure; sums of items tell only a lower bound of those behind two."""
    return voices.answers if measure in {"index", "mean_score"} else found.answers


def _shares(parts: Sequence[Part], measure: Measure) -> list[Share]:
    """What each form brings to a figure of several: people, or answers where some lack a frame."""
    heard = [(part, found) for part in parts if (found := _find(part, measure))]
    # Forms may ask on different scales: then nothing can be said of them together.
    if len({(found.kind, found.scale) for _, found in heard}) != 1:
        return []
    weighted = all(part.voices.weighted for part, _ in heard)
    return [
        Share(part, found, part.weight if weighted else _answers(measure, found, part.voices))
        for part, found in heard
    ]


def together(shares: Sequence[Share]) -> Estimate:
    """The estimates of several forms as one; of parts without an error, one without an error."""
    estimates = [share.estimate for share in shares]
    if len(estimates) == 1:
        return estimates[0]
    found = analysis.combine(estimates, [share.size for share in shares])
    return replace(found, df=0.0) if all(map(_unmeasured, estimates)) else found


def _unmeasured(found: Estimate) -> bool:
    """Whether no two days or points tell how far apart answers can be."""
    return found.df < FEWEST_DF and not found.census


def _heard(measure: Measure, n: int, voices: Voices) -> int:
    """The people who could have spoken to a figure: who was not asked an item is no silent one."""
    return max(n, voices.answers) if voices.split and measure in _ASKED_OF_SOME else n


def _refused(measure: Measure, voices: Voices) -> tuple[Showing, str] | None:
    """Why a figure cannot be told, however many answered; None where it can.

    Who was asked five items of sixteen may be satisfied with all five, and not with the others.
    """
    if measure == "comprehensive" and voices.split:
        return "suppressed", "split_form"
    return None


def shown_as(found: Estimate, n: int) -> tuple[Showing, str | None]:
    """How a figure may be shown, and the stable key of the first reason against it."""
    if n < FEWEST_ANSWERS:
        return "suppressed", "few_answers"
    if _unmeasured(found):
        return "suppressed", "one_psu"
    rule = analysis.presentation(found)
    reason = rule.reasons[0] if rule.reasons else None
    return ("suppressed" if rule.status == "not_shown" else rule.status), reason


def _behind(voices: Voices) -> dict[str, Any]:
    """For how many people a figure speaks, and how those who answered came to do so."""
    return {
        "population": voices.population,
        "missing": tuple(f"{month:%Y-%m}" for month in voices.missing),
        "weighted": voices.weighted,
        "basis": voices.basis,
        "indicative": voices.volunteers,
        "issued": voices.issued or None,
        "returned": voices.returned if voices.issued else None,
    }


def _numbers(shown: Estimate | None) -> dict[str, Any]:
    """Value, error and interval of a figure; none of them where it is suppressed."""
    if shown is None:
        names = ("value", "standard_error", "low", "high", "df", "deff", "n_eff")
        return {**dict.fromkeys(names), "interval": ""}
    interval = shown.confidence_interval()
    method = "korn_graubard" if shown.kind == "share" else "student"
    return {
        "value": shown.value,
        "standard_error": shown.standard_error,
        "low": interval.low,
        "high": interval.high,
        "interval": "census" if shown.census else method,
        "df": float(shown.df),
        "deff": shown.deff,
        "n_eff": None if shown.census else shown.effective_answers,
        "fraction": shown.sampling_fraction,
        # Below 1 it limits nothing, and might tell the design effect of one small unit.
        "pooled_deff": max(1.0, shown.pooled_deff),
    }


def _finding(ruling: analysis.Verdict | None, goal: Milestone | None) -> dict[str, Any]:
    """What a figure says of its milestone; what is too uncertain to be shown shows nothing."""
    if goal is None:
        return {}
    if ruling is None:
        return {"verdict": "not_shown"}
    return {"verdict": ruling.status, "answers_needed": ruling.answers_needed or None}


def _cautions(
    shown: Estimate | None,
    ruling: analysis.Verdict | None,
    *,
    n: int,
    voices: Voices,
    units: Sequence[Heard],
) -> dict[str, Any]:
    """What those who did not answer could change, where volunteers speak for them."""
    bounds = unheard.bounds(shown, n, voices, units)
    if bounds is None:
        return {}
    turning = unheard.break_even(ruling, n, voices)
    return {"bound_low": bounds.low, "bound_high": bounds.high, "break_even": turning}
