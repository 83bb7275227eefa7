"""Design-based estimates from sums: numbers in, figures with their uncertainty out.

It knows nothing of surveys, databases or pages. METHODS.md has the formulas.
"""

from analysis.calibration import Calibration, post_stratify
from analysis.design import Design
from analysis.errors import (
    AnalysisError,
    CalibrationError,
    DesignError,
    MethodError,
    RuleError,
    SinglePsuError,
    TotalsError,
)
from analysis.estimate import Estimate, EstimateSet, combine
from analysis.figures import estimate_figures
from analysis.indices import IndexRule, Node
from analysis.intervals import Interval
from analysis.presentation import Presentation, presentation
from analysis.totals import Extra, Items, Totals
from analysis.verdicts import Verdict, effective_answers_for, verdict

__all__ = [
    "AnalysisError",
    "Calibration",
    "CalibrationError",
    "Design",
    "DesignError",
    "Estimate",
    "EstimateSet",
    "Extra",
    "IndexRule",
    "Interval",
    "Items",
    "MethodError",
    "Node",
    "Presentation",
    "RuleError",
    "SinglePsuError",
    "Totals",
    "TotalsError",
    "Verdict",
    "combine",
    "effective_answers_for",
    "estimate_figures",
    "post_stratify",
    "presentation",
    "verdict",
]
