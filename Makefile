# The commands of the course. `make` alone lists them. Any make since 3.81 and any POSIX shell will do.

PYTHON ?= python3
LAB_OPTIONS ?=
WORKERS ?= auto
BENCH_VERSIONS ?=

VENV := .venv
BENCH := .venv-bench
BIN := bin
ifeq ($(OS),Windows_NT)
BIN := Scripts
endif
RUN := $(VENV)/$(BIN)/python
# For JavaScript; not on every system.
BIOME := $(VENV)/$(BIN)/biome

# A stamp per set of packages: it is older than these files when the packages have to be installed again.
TESTED := pyproject.toml constraints.txt
LEARNER := $(VENV)/learner.stamp
GRADER := $(VENV)/grader.stamp
TESTER := $(VENV)/tester.stamp
MAINTAINER := $(VENV)/maintainer.stamp
COMPETITORS := $(BENCH)/competitors.stamp
INSTALL := $(RUN) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help lab grading test test-slow test-all mutants bench notebooks format constraints clean python

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

lab: $(LEARNER) ## open the course in JupyterLab, on a copy in my_course/ that is never overwritten
	@$(RUN) tools/lay_out_course.py
	$(RUN) -m jupyterlab my_course/00_start_here.ipynb $(LAB_OPTIONS)

grading: $(GRADER) ## install what an instructor needs to grade homework with nbgrader
	@echo "Now: source $(VENV)/$(BIN)/activate"

test: $(TESTER) ## prove that the course is right: style, units and laws, then every notebook with its outputs
	$(RUN) -m ruff format --check
	$(RUN) -m ruff check
	test ! -x $(BIOME) || $(BIOME) ci --error-on-warnings
	$(RUN) -m pytest --numprocesses $(WORKERS) --dist loadgroup
	$(RUN) tools/run_notebooks.py --check
	$(RUN) -m pytest --numprocesses $(WORKERS) --dist loadfile \
		--nbval --nbval-current-env --nbval-sanitize-with tools/nbval_sanitize.cfg notebooks

test-slow: $(MAINTAINER) ## what takes longer: a new environment, Binder's dry run, every sheet and slip, JupyterLab
	$(RUN) -m pytest -m slow --numprocesses $(WORKERS) --dist loadgroup

test-all: test test-slow ## both of them

mutants: $(MAINTAINER) ## change the computing code in every small way, and count the changes that no test notices
	$(RUN) tools/run_mutants.py

bench: $(COMPETITORS) ## compare one step with other libraries (large: it installs PyTorch and JAX, apart)
	$(BENCH)/$(BIN)/python -m tests.benchmarks.step

notebooks: $(TESTER) ## write the glossary; lay out, execute and clean all notebooks
	$(RUN) tools/write_glossary.py
	$(RUN) -m ruff check --fix notebooks
	$(RUN) -m ruff format notebooks
	$(RUN) tools/run_notebooks.py

format: $(TESTER) ## lay out the code, in the notebooks too
	$(RUN) -m ruff check --fix
	$(RUN) -m ruff format
	test ! -x $(BIOME) || $(BIOME) check --write

constraints: $(TESTER) ## find the newest versions that go together, for all Pythons and systems, into constraints.txt
	$(INSTALL) uv
	$(RUN) tools/resolve_constraints.py

clean: ## remove what these commands made; my_course/ stays
	rm -rf $(VENV) $(BENCH) build .pytest_cache .ruff_cache .hypothesis

python:
	@command -v $(PYTHON) > /dev/null || { \
		echo "There is no $(PYTHON) here: install Python 3.11 or newer, or name one, as in \`make lab PYTHON=python3.12\`."; \
		exit 1; }
	@$(PYTHON) tools/check_python.py

$(LEARNER): $(TESTED)
	@$(MAKE) --no-print-directory python
	@test -x $(RUN) || echo "Making $(VENV); this takes about a minute, once."
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --editable .
	@touch $@

$(GRADER): $(LEARNER)
	@$(INSTALL) --editable '.[grading]'
	@touch $@

$(TESTER): $(LEARNER)
	@$(INSTALL) --editable '.[grading,test]'
	@touch $@

$(MAINTAINER): $(TESTER)
	@$(INSTALL) --editable '.[grading,cluster,test,binder,mutation]'
	@touch $@

# `make bench BENCH_VERSIONS=torch==2.13.0` picks a version, where the newest brings gigabytes of CUDA.
$(COMPETITORS): pyproject.toml
	@$(MAKE) --no-print-directory python
	@$(PYTHON) -m venv $(BENCH)
	@$(BENCH)/$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--editable '.[bench]' $(BENCH_VERSIONS)
	@touch $@
