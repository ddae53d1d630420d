# airlock: `make help` says what there is. Every target works on a fresh clone: what it needs, it makes first.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup demo demo-boot test lint unit integration site vm fast coverage soak bench standin lock-check clean

VENV := .venv
PY := $(VENV)/bin/python
PYTEST := $(PY) -m pytest
STAMP := $(VENV)/.setup

help: ## what there is to do
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(STAMP) ## system packages (asks for sudo where needed) and the virtual environment

$(STAMP): pyproject.toml tools/setup.sh tools/constraints.txt $(wildcard tools/packages/*.txt core/airlock_core/lanes/*.[ch])
	tools/setup.sh $(VENV)
	@touch $@

demo: $(STAMP) ## the main job: build/demo/demo.iso, verified, and what is on it
	@$(PY) -m tools.demo build

demo-boot: $(STAMP) ## boot build/demo/demo.iso in QEMU (FIRMWARE=bios|uefi)
	@$(PY) -m tools.demo boot --firmware $(or $(FIRMWARE),bios)

test: $(STAMP) ## everything: lint and all four layers
	@$(PY) -m tools.layers lint unit integration site+vm

fast: $(STAMP) ## while you work: lint, unit tests, and the integration tests that do not last long
	@$(PY) -m tools.layers lint unit brief

lint: $(STAMP) ## ruff, mypy, import-linter, ansible-lint, shellcheck
	@$(PY) -m tools.layers lint

unit: $(STAMP) ## unit tests: seconds, no privileges
	@$(PY) -m tools.layers unit

integration: $(STAMP) ## real tools on this machine
	@$(PY) -m tools.layers integration

site: $(STAMP) ## eight nodes as containers: the guide typed, then faults, and the table of them
	@$(PY) -m tools.layers site

vm: $(STAMP) ## the ISO boots, installs and serves in QEMU
	@$(PY) -m tools.layers vm

coverage: $(STAMP) ## unit and integration tests once more, and what of our code they run
	@$(PY) -m tools.layers coverage

soak: $(STAMP) ## every case of what tests otherwise sample: hostile metadata, faults of downloads, flipped bits
	@AIRLOCK_SOAK=1 $(PYTEST) tests/integration/hostile -q && cat build/soak/hostile.md
	@AIRLOCK_SOAK=1 $(PYTEST) tests/integration -m soak -q --durations=0
	@AIRLOCK_SOAK=1 $(PYTEST) tests/site -m soak -q -n 2 --no-loadscope-reorder && cat build/site/faults.md
	@AIRLOCK_SOAK=1 $(PYTEST) tests/vm -m soak -q

bench: $(STAMP) ## every table of figures beside peers; one alone: python -m bench NAME
	@$(PY) -m bench

standin: $(STAMP) ## the stand-in upstream of the tests, into the cache
	@$(PY) -m tests.standin build

clean: ## what was built here; not the caches outside the tree
	rm -rf build .coverage .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
