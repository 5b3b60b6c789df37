# The project's commands; `make` alone lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.requirements-$(shell cat requirements-dev.txt | cksum | cut -d' ' -f1)

.PHONY: help
help:  ## list the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

.PHONY: install
install: $(INSTALLED)  ## the virtual environment with the locked requirements

$(INSTALLED):
	@$(PYTHON) -c 'import sys; sys.exit(sys.implementation.name != "cpython" or sys.version_info < (3, 11))' \
	  || { echo "This project needs CPython 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	rm -f $(VENV)/.requirements-*
	touch $@

.PHONY: run
run: install  ## web, workers and beat in the foreground
	$(BIN)/python manage.py run

.PHONY: demo
demo: install  ## the whole journey with invented voters, then keep serving
	$(BIN)/python manage.py demo

.PHONY: smoke
smoke: install  ## the same journey, ending with 0 or not
	$(BIN)/python manage.py demo --smoke

.PHONY: test
test: install  ## all tests, on two processes
	$(BIN)/pytest -n 2 --dist worksteal $(PYTEST_ARGS)

.PHONY: bench
bench: install  ## the benchmarks, one line of JSON each
	@for module in $$(grep -l '^def main' benchmarks/*.py); do \
	  $(BIN)/python -m "benchmarks.$$(basename $$module .py)" --json; \
	done

.PHONY: check
check: install  ## linters, types, import contracts, migrations, SQL, licenses
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/squawk $$(git ls-files '*/migrations/sql/*.sql')
	$(BIN)/pip-licenses --python $(BIN)/python --from=mixed --allow-only="$$(paste -sd';' licenses-allowed.txt)" --output-file=/dev/null

.PHONY: lock
lock:  ## lock the requirements again (downloads uv into a throw-away environment)
	rm -rf .run/lock && $(PYTHON) -m venv .run/lock && .run/lock/bin/pip install --quiet uv
	for name in requirements requirements-dev; do \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" .run/lock/bin/uv pip compile --quiet --upgrade --universal \
	    --generate-hashes --python-version 3.11 $$name.in -o $$name.txt; \
	done
	rm -rf .run/lock
