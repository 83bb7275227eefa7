"""How the answers were drawn: strata, sampling units in one or two stages, sampling fractions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from analysis.arrays import Floats, Integers, encode
from analysis.errors import DesignError, SinglePsuError

#: What to do with a stratum of one PSU, by R survey's names for it (`survey.lonely.psu`).
SINGLE_PSU_RULES = ("fail", "remove", "certainty", "adjust", "average")


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of sampling: the group that each unit was drawn from, and each group's fraction.

    At the first stage the units are PSUs and the groups strata; at the second the units are
    drawn inside PSUs. `labels` are the groups' names for messages.
    """

    number: int
    labels: tuple[Hashable, ...]
    group_of_unit: Integers
    fractions: Floats

    @property
    def sampled(self) -> Integers:
        """The number of sampled units of each group."""
        return np.bincount(self.group_of_unit, minlength=len(self.labels))


@dataclass(frozen=True, slots=True)
class Design:
    """A stratified design with PSUs in the strata; made by `from_rows`.

    `psu_of_row` and `stratum_of_psu` are places in `psus` and `strata`; `fractions` holds each
    stratum's first-stage sampling fraction f_h, 0 where it is not known, 1 for a census.
    `second` is the second stage, if it adds to the variance, and `unit_of_row` each row's unit
    of the last stage. `single_in_domain` says whether `single_psu` is also for strata of which
    a domain has one PSU (R `survey.adjust.domain.lonely`).
    """

    strata: tuple[Hashable, ...]
    psus: tuple[Hashable, ...]
    psu_of_row: Integers
    stratum_of_psu: Integers
    fractions: Floats
    single_psu: str
    second: Stage | None
    unit_of_row: Integers
    single_in_domain: bool = False

    @classmethod
    def from_rows(
        cls,
        stratum: Sequence[Hashable] | None,
        psu: Sequence[Hashable] | None,
        *,
        sampling_fraction: Mapping[Any, float] | None = None,
        single_psu: str = "fail",
        single_in_domain: bool = False,
        second_unit: Sequence[Hashable] | None = None,
        second_population: ArrayLike | None = None,
        nested: bool = True,
    ) -> Design:
        """The design of rows labelled with their stratum and PSU.

        PSU labels need to be unique only inside their stratum; with `nested=False` a PSU in two
        strata is refused. `psu=None` makes each row (a person) its own PSU; `stratum=None` puts
        all into the stratum "all". `sampling_fraction` maps a stratum to f_h; a stratum it does
        not name has f_h = 0. `second_unit` labels the units drawn inside PSUs, of which
        `second_population` (R,) exist in the row's PSU. Raises DesignError.
        """
        if single_psu not in SINGLE_PSU_RULES:
            raise DesignError(
                f"single_psu={single_psu!r}: use one of {', '.join(SINGLE_PSU_RULES)}"
            )
        stratum, psu = _labels(stratum, psu)
        strata, stratum_of_row = encode(stratum)
        psus, psu_of_row = encode(zip(stratum_of_row.tolist(), psu, strict=True))
        stratum_of_psu = np.empty(len(psus), dtype=np.int64)
        stratum_of_psu[psu_of_row] = stratum_of_row
        if not nested:
            _refuse_shared(psus, strata)
        fractions = _fractions(strata, sampling_fraction or {})
        second, unit_of_row = _second_stage(psus, psu_of_row, second_unit, second_population)
        return cls(
            strata=strata,
            psus=psus,
            psu_of_row=psu_of_row,
            stratum_of_psu=stratum_of_psu,
            fractions=fractions,
            single_psu=single_psu,
            second=second,
            unit_of_row=unit_of_row,
            single_in_domain=single_in_domain,
        )

    @property
    def first(self) -> Stage:
        """The first stage: PSUs in strata."""
        return Stage(1, self.strata, self.stratum_of_psu, self.fractions)

    @property
    def psus_per_stratum(self) -> Integers:
        """n_h, the number of sampled PSUs of each stratum."""
        return self.first.sampled

    @property
    def degrees_of_freedom(self) -> int:
        """The number of PSUs less the number of strata, as R's `degf`."""
        return len(self.psus) - len(self.strata)

    @property
    def stratum_of_unit(self) -> Integers:
        """The stratum of each unit of the last stage."""
        if self.second is None:
            return self.stratum_of_psu
        stratum: Integers = self.stratum_of_psu[self.second.group_of_unit]
        return stratum

    @property
    def separable(self) -> bool:
        """Whether the variance of an estimate adds up over strata, whichever these are."""
        stages = [self.first] if self.second is None else [self.first, self.second]
        single = any(((s.sampled == 1) & (s.fractions < 1)).any() for s in stages)
        alone = self.single_psu in ("remove", "certainty", "adjust")
        return not self.single_in_domain and (alone or not single)

    def refuse_single(self, stage: Stage, groups: Integers, lonely: Integers) -> None:
        """Raises SinglePsuError where the rule is "fail" or "average" and cannot be kept.

        `groups` are the places of the strata (or PSUs, in the second stage) that an estimate
        uses, `lonely` those whose variance is not known from their one unit.
        """
        if self.single_psu == "fail" and lonely.size:
            raise SinglePsuError(
                f"{_name(stage, lonely[0])}, so its variance is not known: merge it with "
                "another one, or choose single_psu='adjust'"
            )
        averaged = lonely.size if stage.number > 1 else lonely.size == groups.size
        if self.single_psu == "average" and averaged:
            raise SinglePsuError(
                f"{_name(stage, lonely[0])}, and there is no other variance to average: "
                "choose single_psu='adjust'"
            )


def _name(stage: Stage, group: int) -> str:
    if stage.number == 1:
        return f"stratum {stage.labels[group]!r} has a single PSU"
    return f"PSU {stage.labels[group]!r} has a single second-stage unit"


def _labels(
    stratum: Sequence[Hashable] | None, psu: Sequence[Hashable] | None
) -> tuple[Sequence[Hashable], Sequence[Hashable]]:
    """Both labels of every row, made up where they were left out."""
    if stratum is None:
        stratum = ["all"] * len(psu or ())
    if psu is None:
        psu = range(len(stratum))
    if len(stratum) != len(psu):
        raise DesignError(
            f"{len(stratum)} stratum labels but {len(psu)} PSU labels: one each per row"
        )
    if not len(stratum):
        raise DesignError("no rows: a design needs at least one row with a stratum and a PSU")
    return stratum, psu


def _refuse_shared(psus: tuple[Hashable, ...], strata: tuple[Hashable, ...]) -> None:
    home: dict[Hashable, int] = {}
    for stratum, label in cast("tuple[tuple[int, Hashable], ...]", psus):
        other = home.setdefault(label, stratum)
        if other != stratum:
            raise DesignError(
                f"PSU {label!r} is in the strata {strata[other]!r} and {strata[stratum]!r}: "
                "correct one, or allow labels to return in other strata (nested=True)"
            )


def _fractions(strata: tuple[Hashable, ...], given: Mapping[Any, float]) -> Floats:
    fractions = np.array([float(given.get(label, 0.0)) for label in strata])
    for label, fraction in zip(strata, fractions.tolist(), strict=True):
        if not 0 <= fraction <= 1:
            raise DesignError(
                f"sampling fraction {fraction} of stratum {label!r}: "
                "give a number from 0 (not known) to 1 (census)"
            )
    return fractions


def _second_stage(
    psus: tuple[Hashable, ...],
    psu_of_row: Integers,
    labels: Sequence[Hashable] | None,
    population: ArrayLike | None,
) -> tuple[Stage | None, Integers]:
    """The second stage and each row's unit; without one the last units are the PSUs."""
    if labels is None or population is None:
        if labels is not None or population is not None:
            raise DesignError("a second stage needs both second_unit and second_population")
        return None, psu_of_row
    sizes = np.asarray(population, dtype=float)
    if len(labels) != psu_of_row.size or sizes.shape != psu_of_row.shape:
        raise DesignError(
            f"{len(labels)} second-stage labels and {sizes.size} population sizes "
            f"for {psu_of_row.size} rows: one each per row"
        )
    units, unit_of_row = encode(zip(psu_of_row.tolist(), labels, strict=True))
    psu_of_unit = np.empty(len(units), dtype=np.int64)
    psu_of_unit[unit_of_row] = psu_of_row
    size_of_psu = np.empty(len(psus))
    size_of_psu[psu_of_row] = sizes
    sampled = np.bincount(psu_of_unit)
    wrong = np.flatnonzero(~((size_of_psu[psu_of_row] == sizes) & (sizes >= sampled[psu_of_row])))
    if wrong.size:
        place = psu_of_row[wrong[0]]
        raise DesignError(
            f"PSU {psus[place]!r} has {sampled[place]} second-stage units, of a population of "
            f"{sizes[wrong[0]]:g}: give one population per PSU, not smaller than its sample"
        )
    return Stage(2, psus, psu_of_unit, sampled / size_of_psu), unit_of_row
