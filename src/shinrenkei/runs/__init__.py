"""Parameterized notebooks: their parameters, one run, a sweep of runs, and the manifest that proves them.

``read_parameters`` reads what a notebook can be asked; ``run_notebook`` makes one run; ``sweep`` makes many.
Nothing in here knows what the notebooks are about.
"""

from shinrenkei.runs.cluster import run_on_cluster
from shinrenkei.runs.execute import RunResult, SweepProgress, run_notebook
from shinrenkei.runs.manifest import Inputs, gather_inputs, read_manifest
from shinrenkei.runs.parameters import (
    Parameter,
    ParameterError,
    check_parameters,
    parse_assignments,
    read_parameter_file,
    read_parameters,
)
from shinrenkei.runs.plan import Options, Plan, plan_run
from shinrenkei.runs.sets import RunSet, parse_sweep, read_runs
from shinrenkei.runs.sweep import explain, plan_sweep, run_plans, sweep
from shinrenkei.runs.verify import Verdict, rerun_runs, verify_runs

__all__ = [
    "Inputs",
    "Options",
    "Parameter",
    "ParameterError",
    "Plan",
    "RunResult",
    "RunSet",
    "SweepProgress",
    "Verdict",
    "check_parameters",
    "explain",
    "gather_inputs",
    "parse_assignments",
    "parse_sweep",
    "plan_run",
    "plan_sweep",
    "read_manifest",
    "read_parameter_file",
    "read_parameters",
    "read_runs",
    "rerun_runs",
    "run_notebook",
    "run_on_cluster",
    "run_plans",
    "sweep",
    "verify_runs",
]
