# `make run` and `make test` need nothing but make and a Python of version 3.11 or newer.
CORES ?= all
ARGS  ?=
WORKERS ?= 2
PIP_ARGS ?=

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

PY := .venv/bin/python
READY := .venv/ready
READY_DEV := .venv/ready-dev
READY_BENCH := .venv-bench/ready
PYTHON_FILES := scripts tests $(wildcard benchmarks)
SNAKE_FILES := Snakefile rules
# Snakemake asks again what can run, once a second for every job that has ended, and solves a linear
# programme each time: a fifth of a core in a run of 200 jobs.
SCHEDULING := --scheduler greedy --max-jobs-per-timespan 1000/5s
# Threads that wait for each other are slow where every core has a worker.
PYTEST := OMP_NUM_THREADS=1 $(PY) -m pytest -n $(WORKERS)

# The first Python on the path that is new enough.
find_python = for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    command -v $$candidate; exit; \
	  fi; \
	done

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo 'Variables: CORES=4 (default all), ARGS="results/figures/fig5.png --dry-run", PIP_ARGS="--index-url …"'

.PHONY: run
run: $(READY) ## make everything that config.yaml asks for
	$(PY) -m snakemake --cores $(CORES) $(SCHEDULING) $(ARGS)

.PHONY: setup
setup: $(READY) ## make .venv with the pinned versions

$(READY): requirements.txt
	@python=$$($(find_python)); \
	if [ -z "$$python" ]; then \
	  echo "groundmotion needs Python 3.11 or newer; none of python3, python3.11 … python3.14 on the path is." >&2; \
	  echo "Debian/Ubuntu: sudo apt-get install python3 python3-venv" >&2; exit 1; \
	fi; \
	if ! $(PY) -c 'import sys, pip; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)' 2>/dev/null; then \
	  "$$python" -m venv --clear .venv || { \
	    echo "$$python cannot make a virtual environment. Debian/Ubuntu: sudo apt-get install python3-venv" >&2; exit 1; }; \
	fi
	$(PY) -m pip install $(PIP_ARGS) -r requirements.txt
	@touch $@

$(READY_DEV): requirements-dev.txt $(READY)
	$(PY) -m pip install $(PIP_ARGS) -r requirements-dev.txt
	@touch $@

.PHONY: wheelhouse
wheelhouse: ## collect wheels for a machine without network, see profiles/README.md
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	"$$($(find_python))" -m venv "$$folder"; \
	"$$folder/bin/python" -m pip wheel $(PIP_ARGS) --wheel-dir wheelhouse -r requirements.txt

.PHONY: test
test: lint ## style, types, unit tests and the tiny workflow
	$(PYTEST) -m "not slurm" $(ARGS)

.PHONY: bench
bench: $(READY_DEV) $(READY_BENCH) ## measure fills, detection, training and a nation by its tiles (on a quiet machine)
	PYTHONPATH=scripts $(PY) benchmarks/bench_fills.py results/benchmarks/fills.csv $(ARGS)
	PYTHONPATH=scripts $(PY) benchmarks/bench_detection.py results/benchmarks/detection.csv
	PYTHONPATH=scripts $(PY) benchmarks/bench_training.py results/benchmarks/training.csv
	PYTHONPATH=scripts $(PY) benchmarks/bench_points.py results/benchmarks/points.csv
	PYTHONPATH=scripts $(PY) benchmarks/bench_scale.py results/benchmarks/scale.csv
	PYTHONPATH=scripts $(PY) benchmarks/bench_observers.py results/benchmarks/observers.csv

# The other libraries may be old and may fail to install: what is missing is left out of the table.
$(READY_BENCH): requirements-bench.txt $(READY)
	$(PY) -m venv --clear .venv-bench
	-.venv-bench/bin/python -m pip install $(PIP_ARGS) -r requirements-bench.txt
	@touch $@

.PHONY: lint
lint: $(READY_DEV) ## ruff, mypy, snakefmt, snakemake --lint
	$(PY) -m ruff check $(PYTHON_FILES)
	$(PY) -m ruff format --check $(PYTHON_FILES)
	$(PY) -m mypy
	$(PY) -m snakefmt --check $(SNAKE_FILES)
	$(PY) -m snakemake --lint

.PHONY: unit
unit: $(READY_DEV) ## tests of the library, the scripts and the architecture
	$(PYTEST) -m "not workflow and not slurm" $(ARGS)

.PHONY: workflow
workflow: $(READY_DEV) ## tests that run Snakemake on tests/config.yaml
	$(PYTEST) -m workflow $(ARGS)

.PHONY: test-slurm
test-slurm: $(READY_DEV) ## tests on a SLURM cluster that they bring up (as root; not part of `make test`)
	$(PY) -m pytest -m slurm tests/slurm $(ARGS)

.PHONY: lock
# What a CUDA build of torch brings is left out: torch pins it itself, and a CPU build has none of it.
lock: ## write requirements*.txt anew from requirements*.in
	folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	freeze() { "$$folder/bin/python" -m pip freeze --all --exclude pip | sed 's/+[a-z0-9.]*$$//' \
	    | grep -vE '^(nvidia|cuda|triton)'; }; \
	head_of() { echo "# Made by \`make lock\` from $$1; do not edit."; }; \
	"$$($(find_python))" -m venv "$$folder"; \
	"$$folder/bin/python" -m pip install -q $(PIP_ARGS) -r requirements.in; \
	{ head_of requirements.in; freeze; } > requirements.txt; \
	"$$folder/bin/python" -m pip install -q $(PIP_ARGS) -r requirements-dev.in; \
	{ head_of requirements-dev.in; echo "-r requirements.txt"; freeze | grep -vxFf requirements.txt; } > requirements-dev.txt

.PHONY: publish
publish: ## copy tables, benchmarks and small models of finished runs to results/published
	cd results && find tables $$(find . -maxdepth 1 -name benchmarks) models/*/*/*/*/*/*/{compact,multiscale} -type f ! -name '.*' -exec cp --parents {} published/ \;

.PHONY: clean
clean: ## remove caches and everything the workflow made; results/published and .venv stay
	find results -mindepth 1 -maxdepth 1 ! -name published -exec rm -rf {} +
	rm -rf logs .snakemake .pytest_cache .mypy_cache .ruff_cache
	find scripts tests -name __pycache__ -type d -exec rm -rf {} +
