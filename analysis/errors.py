"""What can be wrong with a request for an estimate.

    AnalysisError (a ValueError)
    ├── DesignError            strata, PSUs, sampling fractions
    │   └── SinglePsuError     a stratum with one PSU, which has no variance of its own
    ├── TotalsError            the sums: shapes, negative counts, unknown labels
    ├── WeightError            weights, tickets and bounds that cannot be
    ├── CalibrationError       population totals that do not fit the sample
    ├── RuleError              an index rule that does not fit the items
    └── MethodError            an unknown interval method, level, target or operator

Each message gives the bad value, what is allowed, and the remedy.
"""

from __future__ import annotations

from collections.abc import Hashable


class AnalysisError(ValueError):
    """The root: catch this to catch all that `analysis` raises."""


class DesignError(AnalysisError):
    """The sampling design contradicts itself."""


class SinglePsuError(DesignError):
    """A stratum has one PSU and the rule chosen for that gives no variance."""


class TotalsError(AnalysisError):
    """The sums have a wrong shape or cannot be counts."""


class CalibrationError(AnalysisError):
    """The population totals cannot be met by the sample.

    `total` names the one that is to blame, such as a pair of margin and level, where one is.
    """

    def __init__(self, message: str, total: Hashable = None) -> None:
        self.total = total
        super().__init__(message)


class WeightError(AnalysisError):
    """A weight is negative or missing, or cannot be made or trimmed as asked."""


class RuleError(AnalysisError):
    """The index rule does not fit the items."""


class MethodError(AnalysisError):
    """A method, level, target, operator or weight is not one that can be used."""
