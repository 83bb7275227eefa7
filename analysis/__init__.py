"""Design-based estimates from sums: numbers in, figures with their uncertainty out.

It knows nothing of surveys, databases or pages. METHODS.md has the formulas.
"""

from analysis.accounts import Account, index_account
from analysis.auxiliaries import Auxiliaries
from analysis.calibration import Calibration, Report, merge_thin, post_stratify
from analysis.changes import Scored, blended, change, change_interval, scored_index
from analysis.comparisons import benjamini_hochberg, fall_p_value, holm, listed
from analysis.design import Design
from analysis.disclosure import held_back
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
from analysis.integrity import (
    Sensitivity,
    burst,
    hasty,
    sensitivity,
    straight_lines,
    turnout,
    unusual_groups,
)
from analysis.intervals import Interval
from analysis.joint import Joint, TTest
from analysis.margins import calibrate, calibrate_to, rake
from analysis.monitoring import average_run_length, cusum, funnel, funnel_limits, p_chart
from analysis.presentation import Presentation, presentation
from analysis.replicates import Replicates
from analysis.rows import PeopleByCell, Rows
from analysis.samples import (
    allocate,
    design_effect,
    official_sample_size,
    sample_size_precision,
    sample_size_target,
    still_missing,
)
from analysis.selection import break_even, manski_bounds, manski_bounds_over, manski_interval
from analysis.sequences import (
    confidence_sequence,
    list_sequence,
    list_verdict,
    log_e_value,
    open_verdict,
    sequence_limits,
)
from analysis.small_areas import pool_units, rank_intervals
from analysis.totals import Extra, Items, Totals
from analysis.verdicts import Verdict, effective_answers_for, verdict
from analysis.weighting import Kish, Response, design_weights, kish, nonresponse, trim_weights

__all__ = [
    "Account",
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
    "PeopleByCell",
    "Presentation",
    "Replicates",
    "Report",
    "Response",
    "Rows",
    "RuleError",
    "Sample",
    "Scored",
    "Sensitivity",
    "SinglePsuError",
    "TTest",
    "Totals",
    "TotalsError",
    "Variable",
    "Verdict",
    "WeightError",
    "allocate",
    "average_run_length",
    "benjamini_hochberg",
    "blended",
    "break_even",
    "burst",
    "calibrate",
    "calibrate_to",
    "change",
    "change_interval",
    "combine",
    "confidence_sequence",
    "cusum",
    "design_effect",
    "design_weights",
    "effective_answers_for",
    "estimate_figures",
    "fall_p_value",
    "funnel",
    "funnel_limits",
    "hasty",
    "held_back",
    "holm",
    "index_account",
    "kish",
    "list_sequence",
    "list_verdict",
    "listed",
    "log_e_value",
    "manski_bounds",
    "manski_bounds_over",
    "manski_interval",
    "merge_thin",
    "nonresponse",
    "official_sample_size",
    "open_verdict",
    "p_chart",
    "pool_units",
    "post_stratify",
    "presentation",
    "rake",
    "rank_intervals",
    "sample_size_precision",
    "sample_size_target",
    "scored_index",
    "sensitivity",
    "sequence_limits",
    "still_missing",
    "straight_lines",
    "trim_weights",
    "turnout",
    "unusual_groups",
    "verdict",
]
