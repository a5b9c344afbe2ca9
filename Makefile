# Everything starts from here: `make demo`, `make test`. ARGS passes options on, e.g. make demo ARGS=--no-serve

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
SYSTEM := $(shell uname -s)

.PHONY: help demo test check format lint types unit check-real proofs bench bench-large chaos clean

help:           ## this list
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

demo: $(VENV)/installed        ## a simulated dealer network and its boards
	$(BIN)/aftersales demo $(ARGS)

test: $(VENV)/tested rabbitmq chromium check unit        ## everything that must be green

check: format lint types

format: $(VENV)/tested        ## is everything formatted?
	$(BIN)/ruff format --check .

lint: $(VENV)/tested        ## ruff
	$(BIN)/ruff check .

types: $(VENV)/tested        ## mypy --strict
	$(BIN)/mypy

unit: $(VENV)/tested rabbitmq chromium        ## the tests alone; ARGS="-k name" picks some
	$(BIN)/pytest $(ARGS)

check-real: $(VENV)/tested        ## the real logs: make check-real LOGS=folder
	$(BIN)/python -m tests.check_real $(LOGS)

proofs: $(VENV)/tested        ## notes anew which test proves which rule
	$(BIN)/pytest --collect-only -qq --proofs services/rulebook/proofs.json tests

chaos: $(VENV)/tested rabbitmq        ## 2,000 tickets while workers are killed every second
	$(BIN)/python -m tests.chaos $(ARGS)

bench: $(VENV)/tested rabbitmq chromium        ## speed, as ratios within each of five rounds; some ten minutes
	$(BIN)/python -m tests.bench $(ARGS)

bench-large: $(VENV)/tested rabbitmq        ## a million tickets beside ten thousand; ARGS="--tickets 50000" for fewer
	$(BIN)/python -m tests.bench.large $(ARGS)

clean:          ## remove what make made
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/installed: pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@touch $@

$(VENV)/tested: $(VENV)/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
	@touch $@

.PHONY: rabbitmq chromium
rabbitmq:       # the server's programs; the tests start a private node of their own
	@sh deploy/rabbitmq.sh

chromium:       # the browser; the tests of the pages drive it
	@sh deploy/chromium.sh
