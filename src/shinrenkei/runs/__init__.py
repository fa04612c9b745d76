"""Parameterized notebooks: their parameters, one run, a sweep of runs, and the manifest that proves them.

``read_parameters`` reads what a notebook can be asked; ``run_notebook`` makes one run; ``sweep`` makes many.
Nothing in here knows what the notebooks are about.
"""

from shinrenkei.runs.execute import RunResult, run_notebook
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
from shinrenkei.runs.sweep import SweepProgress, plan_sweep, sweep

__all__ = [
    "Inputs",
    "Options",
    "Parameter",
    "ParameterError",
    "Plan",
    "RunResult",
    "RunSet",
    "SweepProgress",
    "check_parameters",
    "gather_inputs",
    "parse_assignments",
    "parse_sweep",
    "plan_run",
    "plan_sweep",
    "read_manifest",
    "read_parameter_file",
    "read_parameters",
    "read_runs",
    "run_notebook",
    "sweep",
]
