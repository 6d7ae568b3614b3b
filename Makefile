# Two commands matter: `make run` (a local demonstration) and `make test` (everything CI runs).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
.DEFAULT_GOAL := help

BUILT := src/collectory/portal/static/built/collectory.css
FRONTEND := $(wildcard frontend/*.scss) frontend/build.mjs frontend/package.json frontend/package-lock.json

# The service and its tests start many processes, each in a third of the time where modules are compiled once.
unexport PYTHONDONTWRITEBYTECODE

# What `make run` may be told: where to listen, and where to keep the demonstration's data.
HOST ?= 127.0.0.1
PORT ?= 8000
export COLLECTORY_DATA ?= data

.PHONY: help setup assets run test lint bench docs lock
help:  ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

setup: $(STAMP) assets  ## Prepare .venv with collectory installed

$(STAMP): requirements.lock pyproject.toml
	@./install-system-package.sh python3-venv "$(PYTHON) -c 'import ensurepip, venv'"
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check uv==0.13.9
	$(BIN)/uv pip sync -q --python $(BIN)/python --require-hashes requirements.lock
	$(BIN)/uv pip install -q --python $(BIN)/python --no-deps -e .
	touch $@

assets: $(BUILT)  ## Build the stylesheet and scripts (with npm, or with Node.js from a Python package)

$(BUILT): $(FRONTEND) | $(STAMP)
	sh frontend/build.sh $(BIN)/python
	touch $@

run: $(STAMP) $(BUILT)  ## Serve a local demonstration at http://127.0.0.1:8000 (HOST and PORT override)
	@COLLECTORY_DEBUG=$${COLLECTORY_DEBUG:-1} exec $(BIN)/python -m collectory.portal serve --demonstration --country --host $(HOST) --port $(PORT)

test: $(STAMP) $(BUILT) lint  ## Run all tests
	@./install-system-package.sh chromium-headless-shell "command -v chromium-headless-shell" 2>/dev/null \
		|| ./install-system-package.sh chromium "command -v chromium || command -v google-chrome" optional
	@! command -v java >/dev/null || $(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements-spark.lock
	$(BIN)/pytest -n 2 --dist loadfile || $(BIN)/python -m tests.once_more
	$(BIN)/python -m tests.portal.on_postgresql

lint: $(STAMP)  ## Check form, types and layers of the code
	$(BIN)/ruff check -q
	$(BIN)/ruff format -q --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: $(STAMP)  ## Write the rule catalogue in docs/catalogue anew from the rules
	$(BIN)/python -m collectory.engine.writing.catalogue_pages docs/catalogue

bench: $(STAMP)  ## Measure reading and checking against a bare parse of the same files
	$(BIN)/python -m bench.read_and_check
	$(BIN)/python -m bench.growth
	$(BIN)/python -m bench.memory
	$(BIN)/python -m bench.nation

lock:  ## Write requirements.lock anew from pyproject.toml
	$(BIN)/uv pip compile pyproject.toml --extra portal --extra matching --group dev --universal --generate-hashes --no-header --upgrade -q -o requirements.lock
	echo pyspark | $(BIN)/uv pip compile - --universal --generate-hashes --no-header --upgrade -q -o requirements-spark.lock
