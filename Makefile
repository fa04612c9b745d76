# Two commands do everything: `make reproduce` and `make test`. Each sets up .venv first, once.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PY := .venv/bin/python
READY := .venv/.ready

# The newest Python from 3.11 on that the machine has; `make PYTHON=/path/to/python test` chooses another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	"$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)

export PYTHONUTF8 := 1
export TZ := UTC

.PHONY: help reproduce test setup lint docs bench lock clean

help: ## list the commands
	@grep -E '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

reproduce: $(READY) ## build the data, run the notebooks, check the claims, write reports/index.html
	@$(PY) -m shinrenkei reproduce

test: $(READY) ## run everything that CI runs
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m shinrenkei build --check
	$(PY) -m pytest -n 2 --dist worksteal -q

lint: $(READY) ## format and lint
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .
	$(PY) -m mypy

docs: $(READY) ## build the manual into docs/_build/html
	$(PY) -m sphinx -W --keep-going -q -b html docs docs/_build/html
	@echo "docs/_build/html/index.html"

bench: $(READY) ## run the benchmarks: ratios against the baselines, in one run
	for bench in benchmarks/bench_*.py; do $(PY) "$$bench" || exit 1; done

setup: $(READY) ## make .venv from requirements.lock, hash-checked

# --no-compile: modules are compiled when first imported, so a third of the set-up time is saved.
$(READY): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python from 3.11 on (with venv) was found; install one or say make PYTHON=..." >&2; exit 1; }
	@echo "Setting up .venv with $(PYTHON) (once; a minute or two) ..."
	@test -x $(PY) && $(PY) -c '' 2>/dev/null || "$(PYTHON)" -m venv --clear .venv
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --require-hashes -r requirements.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-compile --no-deps --no-build-isolation --editable .
	@touch $(READY)

lock: ## pin every package again (needs uv and the network)
	uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --fork-strategy fewest \
		--generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate --quiet -o requirements.lock
	$(PY) tools/environment.py

clean: ## remove what was made: .venv, reports and caches
	rm -rf .venv reports dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis docs/_build
