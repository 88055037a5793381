# Needs make, Python 3.11-3.13 and a package index. Everything else is set up in .venv (and .tools, without uv).
SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first interpreter that fits; uv is not to look for, or download, another.
PYTHON := $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 13) or sys.exit(1); print(sys.executable)' \
	2>/dev/null && break; done)
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON := $(PYTHON)
export UV_PROJECT_ENVIRONMENT := .venv
# Municipal networks often have a certificate authority of their own, which the system knows and uv by itself does not.
export UV_SYSTEM_CERTS ?= true
# A variable of another environment that is active in the caller's shell would only make uv warn.
unexport VIRTUAL_ENV

# Asked for its version, since the name alone may be a shim of an environment that is not active.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv)
ifeq ($(UV),)
UV := .tools/uv
endif

# Superset cannot live beside Airflow, and wants an older Python than the newest that Airflow knows.
BI_PYTHON := $(shell for name in python3.12 python3.11 python3; do \
	$$name -c 'import sys; (3, 11) <= sys.version_info[:2] <= (3, 12) or sys.exit(1); print(sys.executable)' \
	2>/dev/null && break; done)
BI_STAMP := .tools/superset/.set-up

BIN := .venv/bin
STAMP := .venv/.set-up

.PHONY: help setup lint test test-all demo up down bi bench docs clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(STAMP) ## set up Python packages in .venv, when they changed

$(STAMP): pyproject.toml uv.lock | $(UV)
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and none is on the path." >&2; exit 1; }
	@echo "Setting up Python packages in .venv ..."
	@$(UV) sync --frozen --quiet
	@touch $@

# Without uv: from the package index, into a folder of the clone; without venv: by pip alone.
.tools/uv:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed and none is on the path." >&2; exit 1; }
	@mkdir -p .tools
	@if $(PYTHON) -m venv .tools/venv >/dev/null 2>&1 && .tools/venv/bin/pip install --quiet uv; then \
		ln -sf venv/bin/uv $@; \
	elif $(PYTHON) -m pip install --quiet --target .tools/lib uv; then \
		ln -sf lib/bin/uv $@; \
	else \
		echo "uv could not be installed: $(PYTHON) has neither venv nor pip (on Debian: apt install python3-venv)." >&2; \
		exit 1; \
	fi

lint: setup ## ruff and sqlfluff; quiet when all is well
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --quiet --check
	@if [ -d dbt_project/models ]; then nice $(BIN)/sqlfluff lint -q --processes 2 dbt_project/models dbt_project/tests; fi

test: setup lint ## lint and all tests (under 15 minutes)
	@$(BIN)/pytest -n 3 --dist loadfile --no-loadscope-reorder

# Workers over Redis, and pages in a browser, need packages that nothing else does.
test-all: test ## the tests, and what takes longer
	@$(UV) sync --frozen --quiet --extra celery --group browser --group docs
	@$(BIN)/pytest -n 2 -m long

demo: setup ## the whole house on sample deliveries, left running
	@$(BIN)/mentor-dw demo

up: setup ## start PostgreSQL and Airflow, installing what is missing
	@$(BIN)/mentor-dw up

down: setup ## stop them
	@$(BIN)/mentor-dw down

bi: setup $(BI_STAMP) ## dashboards in Apache Superset: install it, start it, say where; the house must be up
	@$(BIN)/mentor-dw bi up

$(BI_STAMP): superset/requirements.txt superset/mentor_quiet.py | $(UV)
	@test -n "$(BI_PYTHON)" || { \
		echo "Apache Superset 6.1 needs Python 3.11 or 3.12, and neither is on the path." >&2; \
		echo "Install one of them beside the one you have, or name it: make bi BI_PYTHON=/path/to/python3.12" >&2; \
		exit 1; }
	@echo "Setting up Apache Superset in $(@D) ..."
	@$(UV) venv --quiet --clear --python "$(BI_PYTHON)" $(@D)
	@$(UV) pip sync --quiet --require-hashes --python $(@D)/bin/python superset/requirements.txt
	@$(@D)/bin/python superset/mentor_quiet.py
	@touch $@

bench: setup ## measure; PART=i/N the i-th of N shares, ONLY=name one benchmark, all into one report
	@$(UV) sync --frozen --quiet --extra celery
	@UV="$(UV)" $(BIN)/python tests/bench/run.py $(or $(PART),1/1) $(ONLY)

docs: setup ## the documentation as a static site in site/, and the data dictionary in docs/
	@$(UV) sync --frozen --quiet --group docs
	@$(BIN)/mentor-dw data-dictionary --out docs/sources/dictionary --extracts docs/extracts
	@$(BIN)/python docs/site/build.py site

clean: ## stop, and remove all but the data: packages, tools, caches
	@if [ -x $(BIN)/mentor-dw ]; then $(BIN)/mentor-dw down; fi
	@rm -rf .venv .tools .pytest_cache .ruff_cache .hypothesis dbt_project/target dbt_project/logs
