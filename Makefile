# The Makefile is CI: every check that .ci/run makes is a target here. Works with GNU Make 3.81 and a plain sh.
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
SPARK := $(VENV)/spark/.ready
UV_VERSION := 0.13.9
LOCK := pip compile --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest \
	--generate-hashes --no-header --no-annotate

# pip's own lines name the addresses it reads from: they stay in a log, and only a failure shows the end of it.
PIP := $(BIN)/python -m pip install --quiet --no-input --disable-pip-version-check
INSTALL_LOG := $(VENV)/install.log
QUIETLY = >>$(INSTALL_LOG) 2>&1 || { sed 's|[a-z]*://[^ ]*|(address)|g' $(INSTALL_LOG) | tail -n 20; \
	echo "Installing failed; all of it is in $(INSTALL_LOG)." >&2; exit 1; }

# Every run ends with its slowest tests; all of them with their times are in build/durations.
TEST := $(BIN)/python -m pytest -q --durations=50 --durations-min=0.5
TWO := -n 2 --dist worksteal
TIMED = --junitxml=build/durations/$@.xml

.PHONY: help ready spark report test fuzz test-spark test-browser lint types notebooks bench statistics lab dictionary lock clean
.DEFAULT_GOAL := help

help:
	@echo "make report        sample or own exports in, reports out (sets everything up by itself)"
	@echo "make test          the tests, but for those that follow"
	@echo "make fuzz          damaged exports for a minute (RAKUSTATS_FUZZ_SECONDS=600 for longer)"
	@echo "make test-spark    the tests that run on Spark (needs Java 17 or newer)"
	@echo "make test-browser  the reports in headless Chromium, network cut"
	@echo "make lint | types  ruff | mypy"
	@echo "make notebooks     run every notebook on a small sample"
	@echo "make bench         loading beside DuckDB's own read, a million scores, a model of a million orders (some minutes)"
	@echo "make statistics    the methods against simulators with known truth (some minutes), into docs/methods.md"
	@echo "make lab           JupyterLab on the notebooks"
	@echo "make dictionary    write docs/data_dictionary.md and docs/exports.md from their lists"
	@echo "make lock          renew the locks"
	@echo "make clean         remove caches and what was made from data/raw (not .venv, not data/raw)"

$(BIN)/python:
	@found=; for python in $(PYTHON) python3.13 python3.12 python3.11 python3 python; do \
	  if $$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
	    found=$$python; break; \
	  fi; \
	  if [ "$$python" = "$(PYTHON)" ]; then \
	    echo "PYTHON=$(PYTHON) is no Python 3.11 or newer with venv." >&2; exit 1; \
	  fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No Python 3.11 or newer with venv was found. Install one, or name it: make PYTHON=/path/to/python3" >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$found --version 2>&1)"; \
	$$found -m venv $(VENV)

$(READY): requirements.lock pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages into $(VENV) (a few minutes the first time)"
	@rm -f $(INSTALL_LOG)
	@$(PIP) --require-hashes -r requirements.lock $(QUIETLY)
	@$(PIP) --no-deps --no-build-isolation -e . $(QUIETLY)
	@touch $@

# Apart from the other packages, so that the tests without Spark run while this is installed.
$(SPARK): INSTALL_LOG := $(VENV)/install-spark.log
$(SPARK): requirements-spark.lock requirements-spark-build.lock | $(BIN)/python
	@echo "Installing Spark into $(VENV)/spark (some 450 MB)"
	@rm -rf $(VENV)/spark $(VENV)/spark-build $(INSTALL_LOG)
	@$(PIP) --target $(VENV)/spark-build --require-hashes -r requirements-spark-build.lock $(QUIETLY)
	@PYTHONPATH=$(CURDIR)/$(VENV)/spark-build $(PIP) --target $(VENV)/spark --require-hashes --no-build-isolation \
	  -r requirements-spark.lock $(QUIETLY)
	@touch $@

ready: $(READY)

spark: $(SPARK)

report: $(READY)
	@if [ -z "$$(ls data/raw | grep -v '^README.md$$')" ]; then \
	  echo "data/raw holds no exports: writing a sample"; $(BIN)/rakustats sample data/raw; \
	fi
	@# exit code 3 says that some input rows were rejected: sorted out, listed by `rakustats check`, no failure
	@$(BIN)/rakustats load data/raw || [ $$? -eq 3 ]
	@$(BIN)/rakustats report

test: $(READY)
	$(TEST) -n auto --dist worksteal $(TIMED) --ignore tests/notebooks \
	  -m "not spark and not browser and not fuzz"

fuzz: $(READY)
	$(TEST) $(TIMED) -m fuzz tests/fuzz

test-spark: $(READY) $(SPARK)
	PYTHONPATH=$(CURDIR)/$(VENV)/spark $(TEST) $(TWO) $(TIMED) -m spark

test-browser: $(READY)
	$(TEST) $(TWO) $(TIMED) -m browser tests/reports

lint: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports

types: $(READY)
	$(BIN)/mypy

notebooks: $(READY)
	$(TEST) $(TWO) $(TIMED) tests/notebooks

bench: $(READY)
	$(BIN)/python benchmarks/load.py
	$(BIN)/python benchmarks/scores.py
	$(BIN)/python benchmarks/at_risk.py

statistics: $(READY)
	$(BIN)/python -m validation --write

lab: $(READY)
	$(BIN)/jupyter lab --notebook-dir=. notebooks/01_load_and_check.ipynb

dictionary: $(READY)
	@$(BIN)/python -c 'import pathlib; from rakustats.reports.dictionary import data_dictionary; \
	  pathlib.Path("docs/data_dictionary.md").write_text(data_dictionary(), encoding="utf-8", newline="\n")'
	@$(BIN)/python -c 'import pathlib; from rakustats.reports.hazard_page import hazard_page; \
	  pathlib.Path("docs/exports.md").write_text(hazard_page(), encoding="utf-8", newline="\n")'

# uv and not pip-compile: it writes one lock for all platforms and Pythons, with the hashes of every file of a release.
lock: | $(BIN)/python
	@test -x build/lock/bin/uv || { $(BIN)/python -m venv build/lock && \
	  build/lock/bin/python -m pip install -qq uv==$(UV_VERSION); }
	build/lock/bin/uv $(LOCK) --extra dev pyproject.toml -o requirements.lock
	build/lock/bin/uv $(LOCK) --group spark -c requirements.lock -o requirements-spark.lock
	build/lock/bin/uv $(LOCK) --group spark-build -c requirements.lock -o requirements-spark-build.lock

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis spark-warehouse metastore_db derby.log
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
	find data/processed -mindepth 1 -not -name README.md -delete
