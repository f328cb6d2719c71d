# Every target sets up what it needs: `.venv`, the package, a Vulkan driver where none is found.
.DEFAULT_GOAL := help
.PHONY: help setup demo test quick lint golden golden-update bench clean

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
EXAMPLES := examples

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: ## .venv with the package, and a Vulkan driver
	@bash tools/setup.sh

demo: setup ## render examples/01_hello to out/hello.mp4
	@mkdir -p out
	@$(BIN)/wavyte render $(EXAMPLES)/01_hello -o out/hello.mp4 --overwrite

test: setup ## the whole test suite
	@$(PY) -m pytest -n auto --maxprocesses 4

quick: ## the tests that need no adapter, under a minute
	@bash tools/setup.sh --no-driver
	@$(PY) -m pytest -n auto -m "not gpu" tests/unit

lint: ## ruff and mypy
	@bash tools/setup.sh --no-driver
	@$(PY) -m ruff check .
	@$(PY) -m mypy

golden: setup ## compare the examples with their golden hashes; a report in out/golden
	@$(BIN)/wavyte golden check $(EXAMPLES) --report out/golden --junit out/golden/junit.xml

golden-update: setup ## bless what the examples render now
	@$(BIN)/wavyte golden update $(EXAMPLES)

bench: setup ## per-stage times of the examples
	@for comp in $(EXAMPLES)/*/composition.json; do echo "== $$comp"; $(BIN)/wavyte bench $$comp || exit $$?; done

clean: ## remove .venv and what was built or rendered
	rm -rf $(VENV) out dist build
