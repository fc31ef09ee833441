# Two commands do all the set-up on a fresh machine (python3.11+, node 20+, make): `make demo`, `make test`.
# What is installed is what the lock files say, once, until they change.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(shell command -v $(name))))
# How many tests run at once.
WORKERS ?= 2
# Which part of the tests that take longer: all of them, or a share such as 2/3.
PART ?= 1/1

# What a test's processes and the next run import need not be compiled again, whatever the machine's own habit.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
SUITES := tests/units tests/contracts tests/stories tests/faults tests/fuzz
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
# A worker with nothing left takes from the other: the longest tests stand beside each other.
PYTEST := $(BIN)/pytest --quiet --numprocesses $(WORKERS) --dist worksteal
# Machines are shared: what failed beside other work is tried once more by itself, and must then pass.
AGAIN := $(BIN)/pytest --quiet --last-failed --last-failed-no-failures none
NPM_CI := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
NPM_LOCK := npm update --package-lock-only --ignore-scripts --no-audit --no-fund --loglevel=error
# Good for every system and Python that Braver runs on; naming no registry.
COMPILE := $(BIN)/uv pip compile --quiet --no-config --upgrade --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header

VENV := .venv/.ready
PAGE_MODULES := playground/page/node_modules/.ready
PAGE := playground/page/dist/.ready
CLIENTS := tests/clients/node_modules/.ready

.PHONY: help demo story test test-full test-clients chaos fuzz bench lint format shots lock audit-dependencies sbom clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | \
		while IFS='|' read -r name what; do printf '  make %-19s %s\n' "$$name" "$$what"; done

# Another ladder: make demo POLICY=content/policies/lincolnshire.yaml
demo: $(VENV) $(PAGE) ## the service with a simulated Slack and Teams, and a page to try it on
	@$(BIN)/braver demo $(if $(POLICY),--policy $(POLICY))

story: $(VENV) ## one case from challenge to closing, printed as each person saw it
	@$(BIN)/braver story

test: $(VENV) $(PAGE) ## units, contracts, stories, one case of each fault; SQLite and PostgreSQL
	@$(PYTEST) -m "not full" $(SUITES) || $(AGAIN) -m "not full" $(SUITES)

# One part of them, always the same: make test-full PART=2/3
test-full: $(VENV) $(PAGE) ## the tests that take longer
	@export HYPOTHESIS_PROFILE=thorough; \
		$(PYTEST) --part $(PART) -m "full or hypothesis" $(SUITES) || \
		$(AGAIN) --part $(PART) -m "full or hypothesis" $(SUITES)

test-clients: $(VENV) $(CLIENTS) ## the real Teams client of its vendor, driven from outside
	@$(BIN)/pytest --quiet tests/clients

# What a seed has chosen can be repeated: make chaos SEED=7 CASES=40 KILLS=20 DATABASE=postgres HISTORY=quota
chaos: $(VENV) ## the service is killed again and again while people work with it; nothing may be lost
	@$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(CASES),--cases $(CASES)) \
		$(if $(KILLS),--kills $(KILLS)) $(if $(DATABASE),--database $(DATABASE)) \
		$(if $(PLATFORMS),--platforms $(PLATFORMS)) $(if $(HISTORY),--history $(HISTORY))

# For longer (each target), or with other chances: make fuzz SECONDS=600 SEED=2
fuzz: $(VENV) ## bad input for every reader, guided by coverage; then the memory after 100,000 bad requests
	@$(BIN)/python -m tests.fuzz.guided --seconds $(or $(SECONDS),30) --seed $(or $(SEED),1)
	@$(BIN)/python -m tests.fuzz.memory --seed $(or $(SEED),1)

# At their full size: python -m bench.burst --clocks 10000 · python -m bench.large --folder KEPT --cases 1100000
bench: $(VENV) ## what turns, bursts, many cases, deadlines and a large directory cost; how often advice is right
	@missed=0; for bench in "bench" "bench.burst --clocks 300" "bench.large --cases 5000" bench.deadlines \
		bench.explain bench.directory bench.anchoring bench.advice_methods bench.advice; do \
		echo "== $$bench"; $(BIN)/python -m $$bench || missed=1; done; exit $$missed

lint: $(VENV) ## style, types, and who may import whom
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

audit-dependencies: $(VENV) ## known vulnerabilities of what is locked; says aloud where nobody could be asked
	@$(BIN)/python -m deploy.vulnerabilities $(if $(STRICT),--strict)

sbom: $(VENV) ## the bill of materials (CycloneDX) of what is delivered, into var/
	@$(BIN)/python -m deploy.bill var/sbom.json

format: $(VENV) ## put the code into the house style
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format

shots: $(VENV) $(PAGE) $(CLIENTS) ## pictures of every card and page, into docs/ (needs Chromium)
	@$(BIN)/python -m playground.shots

lock: .venv/.locker ## choose the newest allowed versions and write the lock files
	@$(COMPILE) --group build --output-file requirements/build.txt
	@$(COMPILE) pyproject.toml --constraint requirements/build.txt --output-file requirements/runtime.txt
	@$(COMPILE) --group dev --constraint requirements/build.txt --constraint requirements/runtime.txt \
		--output-file requirements/dev.txt
	@cd playground/page && $(NPM_LOCK) >/dev/null
	@cd tests/clients && $(NPM_LOCK) >/dev/null

clean: ## remove what these targets installed and built
	@rm -rf .venv playground/page/node_modules playground/page/dist tests/clients/node_modules

# --- what the targets stand on ---

.venv/.made:
	@[ -n "$(PYTHON)" ] || { echo 'Braver needs Python 3.11 or newer: install python3.11.' >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Braver needs Python 3.11 or newer: say which with `make PYTHON=/path/to/python3.11`.' >&2; exit 1; }
	@echo 'Making .venv'
	@"$(PYTHON)" -m venv .venv
	@touch $@

# The build backend is locked too; the project itself then fetches nothing.
.venv/.locked: .venv/.made requirements/build.txt requirements/runtime.txt requirements/dev.txt
	@echo 'Installing the locked packages into .venv'
	@$(INSTALL) --require-hashes -r requirements/build.txt -r requirements/runtime.txt -r requirements/dev.txt
	@touch $@

$(VENV): .venv/.locked pyproject.toml
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.locker: .venv/.made
	@$(INSTALL) uv
	@touch $@

$(PAGE_MODULES) $(CLIENTS): %/node_modules/.ready: %/package.json %/package-lock.json %/.npmrc
	@node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || \
		{ echo 'Braver needs Node 20 or newer, for its demo and its tests: install node.' >&2; exit 1; }
	@echo 'Installing the locked packages into $*/node_modules'
	@cd $* && $(NPM_CI) >/dev/null
	@touch $@

$(PAGE): $(PAGE_MODULES) $(shell find playground/page/src -type f 2>/dev/null)
	@cd playground/page && npm run --silent build
	@touch $@
