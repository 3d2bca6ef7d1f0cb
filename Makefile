# make demo | test | check | bench | clean

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

# Everything at run time is on this machine: no model hub is asked.
export HF_HUB_OFFLINE := 1
export TOKENIZERS_PARALLELISM := false

.DEFAULT_GOAL := help
.PHONY: help demo test check bench accuracy service clean

help:
	@echo "make demo   set up, resolve misheard names in the sample catalogs, evaluate"
	@echo "make test   set up, run all tests"
	@echo "make check  set up, check format, lint, types and import contracts"
	@echo "make bench  set up, run the benchmarks (the last ones are: make accuracy, make service)"
	@echo "make clean  remove what was built (not the environment)"

demo: $(VENV)/.core
	@# One thread: batches of a few names gain nothing from more, and waiting threads burn the cores.
	@OMP_NUM_THREADS=1 $(BIN)/python -m api.demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n 2 --dist loadscope $(PYTEST_ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev
	@for name in $(basename $(notdir $(wildcard benchmarks/bench_*.py))); do \
	  echo "== $$name"; $(BIN)/python -m "benchmarks.$$name" || exit 1; \
	done
	$(MAKE) accuracy
	$(MAKE) service

# ACCURACY_ARGS="--calls DIR --assistant DIR" adds sets that are not in this project.
accuracy: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.accuracy $(ACCURACY_ARGS) -o benchmarks/accuracy.md

# Half an hour; SERVICE_ARGS="--catalog FILE" adds a larger catalog than the sample.
service: $(VENV)/.dev
	$(BIN)/python -m benchmarks.crash_test --write benchmarks/service.md $(CRASH_ARGS)
	$(BIN)/python -m benchmarks.service $(SERVICE_ARGS)

clean:
	rm -rf out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# Stamp files: installed once, and again when the dependencies change.
$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed; name it: make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11; name another: make PYTHON=..." >&2; exit 1; }
	@# Where Python lacks a part (Debian's python3-venv), half an environment is left.
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

$(VENV)/.core: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) -e ".[dev]"
	@touch $@ $(VENV)/.core
