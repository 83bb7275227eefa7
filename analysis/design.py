"""How the answers were drawn: strata, primary sampling units (PSUs), sampling fractions."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from analysis.arrays import Floats, Integers, encode
from analysis.errors import DesignError, SinglePsuError

#: What to do with a stratum of one PSU, by R survey's names for it (`survey.lonely.psu`).
SINGLE_PSU_RULES = ("fail", "remove", "certainty", "adjust", "average")


@dataclass(frozen=True, slots=True)
class Design:
    """A stratified design with PSUs in the strata; made by `from_rows`.

    `psu_of_row` and `stratum_of_psu` are places in `psus` and `strata`; `fractions` holds each
    stratum's first-stage sampling fraction f_h, 0 where it is not known, 1 for a census.
    """

    strata: tuple[Hashable, ...]
    psus: tuple[Hashable, ...]
    psu_of_row: Integers
    stratum_of_psu: Integers
    fractions: Floats
    single_psu: str

    @classmethod
    def from_rows(
        cls,
        stratum: Sequence[Hashable],
        psu: Sequence[Hashable],
        *,
        sampling_fraction: Mapping[Any, float] | None = None,
        single_psu: str = "fail",
    ) -> Design:
        """The design of rows labelled with their stratum and PSU.

        PSU labels need to be unique only inside their stratum. `sampling_fraction` maps a
        stratum to f_h; a stratum it does not name has f_h = 0. Raises DesignError.
        """
        if single_psu not in SINGLE_PSU_RULES:
            raise DesignError(
                f"single_psu={single_psu!r}: use one of {', '.join(SINGLE_PSU_RULES)}"
            )
        if len(stratum) != len(psu):
            raise DesignError(
                f"{len(stratum)} stratum labels but {len(psu)} PSU labels: one each per row"
            )
        if not len(stratum):
            raise DesignError("no rows: a design needs at least one row with a stratum and a PSU")
        strata, stratum_of_row = encode(stratum)
        psus, psu_of_row = encode(zip(stratum_of_row.tolist(), psu, strict=True))
        stratum_of_psu = np.empty(len(psus), dtype=np.int64)
        stratum_of_psu[psu_of_row] = stratum_of_row
        fractions = _fractions(strata, sampling_fraction or {})
        return cls(strata, psus, psu_of_row, stratum_of_psu, fractions, single_psu)

    @property
    def psus_per_stratum(self) -> Integers:
        """n_h, the number of sampled PSUs of each stratum."""
        return np.bincount(self.stratum_of_psu, minlength=len(self.strata))

    @property
    def degrees_of_freedom(self) -> int:
        """The number of PSUs less the number of strata, as R's `degf`."""
        return len(self.psus) - len(self.strata)

    def refuse_single(self, strata: Integers) -> None:
        """Raises SinglePsuError where the rule is "fail" or "average" and cannot be kept.

        `strata` are the places of the strata that an estimate uses. A census stratum
        (f_h = 1) has no variance, so one PSU in it does no harm.
        """
        lonely = strata[(self.psus_per_stratum[strata] == 1) & (self.fractions[strata] < 1)]
        if self.single_psu == "fail" and lonely.size:
            raise SinglePsuError(
                f"stratum {self.strata[lonely[0]]!r} has a single PSU, so its variance is not "
                "known: merge it with another stratum, or choose single_psu='adjust'"
            )
        if self.single_psu == "average" and lonely.size == strata.size:
            raise SinglePsuError(
                f"every stratum used ({self.strata[lonely[0]]!r}, …) has a single PSU, so there "
                "is no variance to average: choose single_psu='adjust'"
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
