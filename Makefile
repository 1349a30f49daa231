# make run    sets everything up and starts web, worker and the stand-in systems
# make test   sets everything up and runs all tests
# make prove  plays RUNS random ledgers from SEED under faults (INTEGRATION: one alone)
# The database is embedded unless DATABASE_URL (for tests also TEST_DATABASE_URL) names a server.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null \
	&& echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --disable-pip-version-check install --require-hashes
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev database run test prove lint format bench lock stop-database clean

help:
	@sed -n 's/^# //p' Makefile

.venv/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Python 3.11, 3.12 or 3.13 is needed."; exit 1; }
	@echo "Making the virtual environment ..."
	@$(PYTHON) -m venv .venv

.venv/.runtime: requirements.txt | .venv/pyvenv.cfg
	@echo "Installing packages ..."
	@$(PIP) -r requirements.txt
	@touch $@

.venv/.dev: requirements-dev.txt .venv/.runtime
	@echo "Installing packages for tests and stand-ins ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@

.env: | .venv/.runtime
	@umask 077 && $(BIN)/python -m config.new_env > .env.new && mv .env.new .env

var/.static: .venv/.runtime $(shell find config audit connections mappings syncs \
		-path '*/static/*' -type f 2>/dev/null) | .env
	@echo "Collecting static files ..."
	@mkdir -p var
	@$(BIN)/python manage.py collectstatic --noinput --clear -v0
	@touch $@

setup: .venv/.runtime .env var/.static database

setup-dev: setup .venv/.dev

database: | .venv/.runtime .env
	@$(BIN)/python manage.py migrate -v0

run: setup-dev
	@$(BIN)/python manage.py first_login
	@exec $(BIN)/python manage.py up --simulators --demo

test: .venv/.dev .env var/.static
	@$(BIN)/python -m pytest -n $(JOBS) --dist loadscope $(ARGS)

lint: .venv/.dev .env
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy .

format: .venv/.dev
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

RUNS ?= 60
SEED ?= 1
INTEGRATION ?=
prove: .venv/.dev .env
	@$(BIN)/python -m tests.proof --runs $(RUNS) --seed $(SEED) \
		$(if $(INTEGRATION),--integration $(INTEGRATION)) $(ARGS)

bench: .venv/.dev .env
	@$(BIN)/python -m tests.bench $(ARGS)

COMPILE = $(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
lock: .venv/.dev
	@$(COMPILE) requirements.in -o requirements.txt
	@$(COMPILE) -c requirements.txt requirements-dev.in -o requirements-dev.txt

stop-database:
	@test ! -e .venv/.runtime || $(BIN)/python -c "from pathlib import Path; \
	from config.database import stop; stop(Path('var/pgdata').resolve())"

clean: stop-database
	@rm -rf .venv var staticfiles .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Clean; .env with its keys is kept."
