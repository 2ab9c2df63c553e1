# `make up` runs Footfall on this machine, `make test` checks everything.
# Needs Linux, make, bash, and Python 3.11 or newer with its venv module.

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOCK_OPTIONS := --universal --python-version 3.11 --generate-hashes --no-header --quiet \
	--no-emit-index-url --no-emit-find-links

# Installs what a lock file pins, each file checked against its hash, then the project itself.
define install
	@echo "Installing $(1) into $(VENV) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r $(1) \
		| awk -v total="$$(grep -c '==' $(1))" \
		'/^Collecting/ { if (++n % 20 == 0) { print "  " n " of about " total " packages"; fflush() } }'
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-index \
		--no-build-isolation --editable .
endef

.PHONY: help up test check lock tools clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: $(VENV)/.installed ## Start everything here and show its address; ARGS='--source video.avi ...'
	@exec $$(command -v setpriv > /dev/null && echo setpriv --pdeathsig TERM --) \
		$(BIN)/footfall up $(ARGS)

test: check tools ## Check everything: format, lint, types, imports, then all tests
	@echo "Counting the lines of what numba compiles, run as Python ..."
	@NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest tests/streams/tracking --quiet \
		--cov --cov-report= --cov-fail-under=0
	@$(BIN)/python -m pytest --cov --cov-append --cov-report=term:skip-covered

check: $(VENV)/.installed-dev ## Format, lint, types, import rules
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: $(VENV)/.installed-dev ## Write the lock files anew from pyproject.toml
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet uv
	@$(BIN)/uv pip compile $(LOCK_OPTIONS) --extra dev pyproject.toml -o requirements-dev.lock
	@$(BIN)/uv pip compile $(LOCK_OPTIONS) -c requirements-dev.lock pyproject.toml -o requirements.lock
	@$(BIN)/python -m compose.jars

tools: # What of the system some tests need; without it those tests are skipped
	@need() { \
		"$${@:2}" > /dev/null 2>&1 && return; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null; then \
			echo "Installing $$1 ..."; \
			{ apt-get update -qq && apt-get install -y -qq --no-install-recommends $$1; } \
				> /dev/null || echo "$$1 cannot be installed"; \
		else \
			echo "$$1 is missing: its tests are skipped (install it with your package manager)"; \
		fi; \
	}; \
	need kcat command -v kcat; \
	need chromium command -v chromium; \
	need "python3-torch python3-pil python3-onnx" /usr/bin/python3 -c 'import torch, PIL, onnx'

clean: ## Remove the environment and all caches; data folders stay
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache \
		.hypothesis .coverage

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo \
		"Python 3.11 or newer is needed, $(PYTHON) is older: name one with make PYTHON=..."; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo \
		"$(PYTHON) cannot make an environment: install its venv module (python3-venv)"; exit 1; }

$(VENV)/.installed: $(VENV)/bin/python requirements.lock pyproject.toml
	$(call install,requirements.lock)
	@touch $@

$(VENV)/.installed-dev: $(VENV)/bin/python requirements-dev.lock pyproject.toml
	$(call install,requirements-dev.lock)
	@touch $@ $(VENV)/.installed
