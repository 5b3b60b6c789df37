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

.PHONY: lock
lock:  ## lock the requirements again (downloads uv into a throw-away environment)
	rm -rf .run/lock && $(PYTHON) -m venv .run/lock && .run/lock/bin/pip install --quiet uv
	for name in requirements requirements-dev; do \
	  UV_CUSTOM_COMPILE_COMMAND="make lock" .run/lock/bin/uv pip compile --quiet --upgrade --universal \
	    --generate-hashes --python-version 3.11 $$name.in -o $$name.txt; \
	done
	rm -rf .run/lock
