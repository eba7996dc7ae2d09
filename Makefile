# make demo, make test: everything on a fresh machine with Python 3.11+, git and make.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLAYGROUND := tests/playground
# Two more than processors: a browser, a killed service and a platform are waited for for a quarter of the time.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(2 + (os.cpu_count() or 1))')
# Where Python keeps nothing that it compiled, each of the tests' hundreds of processes compiles all of qabot.
unexport PYTHONDONTWRITEBYTECODE
ADAPTERS := $(patsubst %/pyproject.toml,%,$(wildcard adapters/*/pyproject.toml))

.PHONY: help setup demo test bytecode tests lint types style bench torture answering postgres picture system release sbom audit lock clean

help:
	@echo "make demo     try qabot with invented people; prints one address to open"
	@echo "make test     every test (also: lint, types, import direction)"
	@echo "make setup    only prepare .venv, with what tests need; afterwards .venv/bin/qabot is the command"
	@echo "make bench    the figures, as a table and as one JSON object on the last line"
	@echo "make answering  400 people answer a survey at random for three weeks: nothing lost, nobody asked twice or traced"
	@echo "make torture  qabot killed, cut off and lied to for 30 minutes, and what came of it; as make bench shows it"
	@echo "make postgres  the tests of PostgreSQL on versions 16 and 18 as well; make test runs them on the system's"
	@echo "make picture  the README's pictures, from the running demo"
	@echo "make release  build what a server is given, into dist/, with a sum of each file"
	@echo "make sbom     what is in a release, as CycloneDX: dist/qabot.cdx.json"
	@echo "make audit    whether a pinned package has a known weakness"
	@echo "make lock     compile requirements.lock and requirements-demo.lock anew"

setup: $(VENV)/.ready

# Whatever a pin is not held to its hash by is refused. Not compiled: Python compiles what is imported, and most never is.
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile
PINS := $(PIP) --require-hashes
OURS := $(PIP) --no-deps --no-build-isolation

# A stamp is older than what it hangs on whenever that changes, so that set-up is done again only when it must be. The pip
# that Python 3.11 brings chooses among a registry's files at four times the cost of the one that is pinned: that comes first.
$(VENV)/.pip: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "qabot needs Python 3.11 or later; set PYTHON=/path/to/python3.11"; exit 2; }
	@echo "Set-up, once: packages are fetched into .venv, each held to its hash, and nothing is put elsewhere."
	@# A distribution of the name that ours had once, or a stranger's: it would stand in the way of our package.
	@if test -x $(BIN)/python; then \
		$(BIN)/python -m pip uninstall --quiet --yes qabot qabot-slack qabot-teams 2>/dev/null; \
	else $(PYTHON) -m venv $(VENV); fi
	@$(PINS) -r <(sed -n '/^pip==/,/[^\]$$/p' requirements.lock)
	@touch $@

# What qabot runs with: a newcomer waits for that alone.
$(VENV)/.runs: $(VENV)/.pip requirements-demo.lock pyproject.toml
	@echo "What qabot runs with: 40 MB, about half a minute."
	@$(PINS) -r requirements-demo.lock
	@$(OURS) -e .
	@touch $@

$(VENV)/.ready: $(VENV)/.pip requirements.lock pyproject.toml $(ADAPTERS:%=%/pyproject.toml)
	@echo "What qabot runs with and is tested with: 160 MB, about a minute."
	@$(PINS) -r requirements.lock
	@$(OURS) -e . $(ADAPTERS:%=-e %)
	@touch $(VENV)/.runs $@

demo: $(VENV)/.runs
	$(BIN)/qabot demo $(DEMO)

system:
	@deploy/system-parts

# Beside each other: what is unpacked fits in while what is fetched is waited for, and types and style while tests wait.
test:
	@$(MAKE) --no-print-directory -j4 types style tests

# On a fresh machine one process compiles what each of several would compile for itself at the same moment.
bytecode: setup
	@test -e tests/__pycache__ || $(BIN)/python -m pytest --collect-only -q >/dev/null 2>&1 || true

# The order is that of tests/support/in_order.py.
tests: bytecode system
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(PYTEST)

# Types take as long as all the rest, and one processor.
lint: setup
	@$(MAKE) --no-print-directory -j2 types style

types: setup
	$(BIN)/mypy

style: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python deploy/adapters.py imports > $(VENV)/importlinter.ini
	$(BIN)/lint-imports --config $(VENV)/importlinter.ini
	$(BIN)/qabot messages check
	$(BIN)/qabot framework check frameworks/*.yaml

bench: setup
	$(BIN)/python benchmarks/run.py $(BENCH)

torture: setup system
	PYTHONPATH=. $(BIN)/python -m tests.faults.torture $(TORTURE)

answering: setup
	PYTHONPATH=. $(BIN)/python -m tests.faults.answering $(ANSWERING)

postgres: setup system
	deploy/other-postgres $(PYTEST)

picture: setup system
	$(BIN)/python -m deploy.pictures

# Installed from these files and from no registry: what has our names elsewhere is not ours (SECURITY.md). The target sbom,
# where there is one, says in dist/ what is in it; the sums come last, over all of it.
release: setup
	$(BIN)/python -m deploy.release dist
	if grep -q '^sbom:' Makefile; then $(MAKE) sbom; fi
	$(BIN)/python -m deploy.release --sums dist

sbom: setup
	$(BIN)/python -m deploy.sbom dist/qabot.cdx.json

# Fails on a pin with a known weakness. AUDIT=--ask asks a database too: wherever one can be reached, do.
audit: setup
	$(BIN)/python -m deploy.audit $(AUDIT)

lock: setup
	$(BIN)/python -m deploy.lock

clean:
	rm -rf $(VENV) dist var test-output .mypy_cache .ruff_cache .pytest_cache .import_linter_cache $(PLAYGROUND)/node_modules
