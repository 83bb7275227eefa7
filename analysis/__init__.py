"""Design-based estimates from sums: numbers in, figures with their uncertainty out.

It knows nothing of surveys, databases or pages. METHODS.md has the formulas.
"""

from analysis.calibration import Auxiliaries, Calibration, Report, post_stratify
from analysis.design import Design
from analysis.errors import (
    AnalysisError,
    CalibrationError,
    DesignError,
    MethodError,
    RuleError,
    SinglePsuError,
    TotalsError,
    WeightError,
)
from analysis.estimands import Sample, Variable
from analysis.estimate import Estimate, EstimateSet, combine
from analysis.figures import estimate_figures
from analysis.indices import IndexRule, Node
from analysis.intervals import Interval
from analysis.joint import Joint, TTest
from analysis.margins import calibrate, calibrate_to, rake
from analysis.presentation import Presentation, presentation
from analysis.replicates import Replicates
from analysis.rows import Rows
from analysis.totals import Extra, Items, Totals
from analysis.verdicts import Verdict, effective_answers_for, verdict
from analysis.weighting import Kish, Response, design_weights, kish, nonresponse, trim_weights

__all__ = [
    "AnalysisError",
    "Auxiliaries",
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
    "Joint",
    "Kish",
    "MethodError",
    "Node",
    "Presentation",
    "Replicates",
    "Report",
    "Response",
    "Rows",
    "RuleError",
    "Sample",
    "SinglePsuError",
    "TTest",
    "Totals",
    "TotalsError",
    "Variable",
    "Verdict",
    "WeightError",
    "calibrate",
    "calibrate_to",
    "combine",
    "design_weights",
    "effective_answers_for",
    "estimate_figures",
    "kish",
    "nonresponse",
    "post_stratify",
    "presentation",
    "rake",
    "trim_weights",
    "verdict",
]
