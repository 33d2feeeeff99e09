# 算力券: `make run` serves the product with a demonstration, `make test` proves it. `make help` lists the rest.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
FLASK := $(BIN)/flask --app app
WORKERS ?= 2
unexport PYTHONDONTWRITEBYTECODE  # else each of the hundred processes of a test run compiles the product anew

.PHONY: help run test check style types imports packs tests format bench siege coverage mutants lock bundle worker messages

help: ## this list
	@grep -E '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: ## set up what is missing, migrate, load the demonstration once, serve (HOST, PORT)
	@bin/setup run
	@$(FLASK) prepare
	@exec $(FLASK) serve

test: ## everything at smoke counts: style, types, import ladder, packs, tests on both databases and in a browser
	@bin/setup test
	@$(MAKE) --no-print-directory --jobs=2 style types imports packs tests

check: ## the quick part of `make test`: style, types, import ladder, packs
	@bin/setup test
	@$(MAKE) --no-print-directory style types imports packs

style:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/djlint templates --lint --quiet
	$(BIN)/yamllint --strict seeds .yamllint.yaml

types:
	$(BIN)/mypy

imports:
	$(BIN)/lint-imports

packs:
	APP_ENV=test $(FLASK) policy check seeds/policies/*.yaml

tests:
	$(BIN)/pytest -n $(WORKERS) -q --durations=10

format: ## format Python, sort imports, mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

CATALOGUE := vouchers/translations/en/LC_MESSAGES/messages
messages: ## gather sentences into the English catalogue and compile it; then translate what is empty, and once more
	PYTHONPATH=. $(BIN)/pybabel -q extract -F babel.cfg -k _l -k lazy_gettext --add-location=file --sort-by-file -o instance/messages.pot .
	$(BIN)/pybabel -q update -i instance/messages.pot -o $(CATALOGUE).po -l en \
		--no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel compile -i $(CATALOGUE).po -o $(CATALOGUE).mo -l en --statistics

bench: ## the figures, as ratios, on both databases
	@bin/setup test
	$(BIN)/python -m benchmarks

siege: ## the full counts of races, kills and hostile input; hours
	@bin/setup test
	SIEGE=full $(BIN)/pytest -n $(WORKERS) -q --durations=30
	@$(MAKE) --no-print-directory mutants

coverage: ## lines and branches that the tests run, per package; fails below the floors
	@bin/setup test
	$(BIN)/pytest -n $(WORKERS) -q --cov --cov-report=
	$(BIN)/coverage json -q -o instance/coverage.json
	$(BIN)/python -m benchmarks.coverage instance/coverage.json

mutants: ## change every line about money, duties, keys and the trail, and see that a test notices
	rm -rf mutants
	$(BIN)/python -m benchmarks.mutants

lock: ## write both lock files anew from pyproject.toml; they name no host
	$(BIN)/uv pip compile pyproject.toml --universal --generate-hashes --no-header -q -o requirements.lock
	$(BIN)/uv pip compile pyproject.toml --group test -c requirements.lock --universal --generate-hashes --no-header -q -o requirements-test.lock

bundle: ## one archive in dist/ for a room without a network: files, locked wheels, font
	@bin/bundle

worker: ## work off background jobs in a process of its own
	@bin/setup run
	@exec $(FLASK) jobs run
