# Lingdun: `make run` starts the whole system, `make test` and `make check` prove it.
#
# Variables of `make run` (all optional): PORT HOST MQTT_PORT DATA_DIR DEMO_PASSWORD SIMULATE
# SERVER DATABASE_URL REDIS_URL MQTT_URL; see README.md. `make run PYTHON=python3.12` picks a Python.

PYTHON ?= python3
VENV := .venv/bin
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test fuzz check lock generate load load-media soak-media format clean
# One recipe at a time: `make check test` is a sequence, with or without -j.
.NOTPARALLEL:

help:
	@sed -n 's/^## //p' Makefile

## make run       set up what is missing, then start everything and print the console's address
# Plain command lines: make starts them without a shell between, so a SIGTERM reaches them.
run:
	@$(PYTHON) scripts/bootstrap.py
	@$(VENV)/python manage.py serve

## make test      every test, those in a real browser included
test:
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(VENV)/python scripts/install_test_programs.py
	@$(VENV)/python scripts/run_tests.py $(PYTEST_ARGS)

## make fuzz      a million broken messages to each codec (INPUTS=n), for the nightly run
INPUTS ?= 1000000
fuzz:
	@$(PYTHON) scripts/bootstrap.py --dev --no-build
	@$(VENV)/python -m tests.support.fuzzing $(INPUTS)

## make check     format, lint, types, import contracts, generated files
check:
	@$(PYTHON) scripts/bootstrap.py --dev --no-build
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	$(VENV)/python manage.py generate --check
	@$(VENV)/python scripts/npm_scripts.py lint typecheck

## make lock      resolve requirements/*.in and frontend/package.json into their lock files
lock:
	@$(PYTHON) scripts/bootstrap.py --dev --no-frontend
	@$(VENV)/python scripts/lock_dependencies.py

## make generate  write the schemas, protocol pages and TypeScript types anew
generate:
	@$(PYTHON) scripts/bootstrap.py --dev --no-build
	$(VENV)/python manage.py generate

## make load      measure latency, throughput and memory into loadtests/results/
load:
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(VENV)/python -m loadtests

## make load-media  measure the media node beside Janus (installed from Debian when root) and a naive relay
load-media:
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(VENV)/python -m loadtests media trunk

## make soak-media  run a media node for MINUTES (20) with people coming and going, and see that nothing grows
soak-media:
	@$(PYTHON) scripts/bootstrap.py --dev
	@$(VENV)/python -m loadtests media.soak

## make format    lay out the code and mend what the linters can mend
format:
	@$(PYTHON) scripts/bootstrap.py --dev --no-build
	$(VENV)/ruff format .
	$(VENV)/ruff check --fix .
	@$(VENV)/python scripts/npm_scripts.py format

## make clean     remove what the commands above have made; data in var/ stays
clean:
	rm -rf .venv .build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	rm -rf frontend/node_modules frontend/dist test-artifacts
