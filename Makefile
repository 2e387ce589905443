# Everything you do with this project. Needs make, a POSIX shell and Python 3.12 or newer; it installs the rest.

PORT ?= 8000
# A hundred apart, so that two shops on neighbouring ports do not collide.
SANDBOX_PORT ?= $(shell expr $(PORT) + 100)
# What `make test` runs: everything, or TESTS=orders/tests for some.
TESTS ?=
# How many books the shop has that `make bench` measures: 1k, 100k or 1m.
SIZE ?= 1k

PYTHON := .venv/bin/python
# Several at a time, each with its own database. Classes and files stay together, because they share costly fixtures;
# and in their order: the longest first (tests/pytest_plugin.py), then Django's, because a test that commits leaves the
# database empty. A worker that dies ends the run, which would otherwise wait for its last tests for ever.
PYTEST := $(PYTHON) -m pytest --max-worker-restart 0 --dist loadscope --no-loadscope-reorder

# This project's .venv and Pipfile, whatever environment the shell is in and whatever other Pipfile pipenv may find.
export PIPENV_VENV_IN_PROJECT = 1
export PIPENV_IGNORE_VIRTUALENVS = 1
export PIPENV_PIPFILE = $(CURDIR)/Pipfile
export PIPENV_NOSPIN = 1
export PIPENV_YES = 1
# Inside the project, so that it works for a user without a home folder.
export PIPENV_CACHE_DIR = $(CURDIR)/.cache/pipenv
export PIP_DISABLE_PIP_VERSION_CHECK = 1
unexport PYTHONHOME PYTHONPATH
# Tests start Python several hundred times: without compiled files each would compile the project again.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.pipenv/bin:$(PATH)

# Settings as in production, with live keys that Stripe never issued.
PRODUCTION := env -u DATABASE_URL DEBUG=False SITE_URL=https://books.example ALLOWED_HOSTS=books.example \
	SECRET_KEY=made-up-for-checks-and-long-enough-to-be-taken-for-a-real-one-0123456789 \
	STRIPE_LIVE_MODE=True STRIPE_LIVE_PUBLISHABLE_KEY=pk_live_made_up STRIPE_LIVE_SECRET_KEY=sk_live_made_up \
	STRIPE_WEBHOOK_SECRET=whsec_made_up

.PHONY: help run test check bench fidelity format lock clean

help:
	@echo "make run     the shop on http://127.0.0.1:$(PORT)/ with a local Stripe and demo books (PORT=8010 for another port)"
	@echo "make test    every test: on SQLite, on PostgreSQL, in a real browser (TESTS=orders/tests for some)"
	@echo "make check   formatting, lint, types, imports, migrations, production settings"
	@echo "make bench   speed and memory beside a minimal Django project; nothing passes or fails (SIZE=1k, 100k or 1m books)"
	@echo "make fidelity FOLDER=…  imports every EPUB of a folder into an empty shop and says which words did not arrive"
	@echo "make format  formats code and templates"
	@echo "make lock    rewrites Pipfile.lock from Pipfile"
	@echo "make clean   removes the environment and every cache; keeps the shop's data"

# Without the development packages: a newcomer waits less.
run: .venv/.shop
	@exec $(PYTHON) -m bookstore_project.development --port $(PORT) --sandbox-port $(SANDBOX_PORT)

# PostgreSQL and the browser last, so that the output ends with the summary of the run that skips nothing.
# One more at a time there: a third of the time, its tests wait for other programs. pytest exits with 5 if none of TESTS
# runs on SQLite.
test: .venv/.workshop
	@$(PYTHON) -m tests.browser
	@$(PYTHON) -m tests.nginx
	env -u DATABASE_URL $(PYTEST) -n 2 -m "not browser and not postgresql and not without_database" $(TESTS) || test $$? -eq 5
	$(PYTHON) -m tests.postgresql $(PYTEST) -n 3 $(TESTS)

check: .venv/.workshop
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m ruff check
	find . -path './.*' -prune -o -name '*.py' -print | xargs .venv/bin/django-upgrade --target-version 6.1 --check
	.venv/bin/djlint --quiet --check templates
	.venv/bin/djlint --quiet --lint templates
	.venv/bin/lint-imports
	$(PRODUCTION) $(PYTHON) -m mypy
	$(PRODUCTION) $(PYTHON) manage.py makemigrations --check
	$(PRODUCTION) $(PYTHON) manage.py check --deploy --fail-level WARNING
	.venv/bin/hadolint Dockerfile
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	PIP_CONFIG_FILE=/dev/null pipenv verify

bench: .venv/.workshop
	@$(PYTHON) -m tests.postgresql $(PYTHON) -m benchmarks $(SIZE)

# In a shop of its own, which is gone afterwards.
fidelity: .venv/.workshop
	@shop=$$(mktemp -d) && trap 'rm -rf "$$shop"' EXIT && \
		export DEBUG=True DATABASE_URL="sqlite:///$$shop/shop.sqlite3" MEDIA_ROOT="$$shop/media" && \
		$(PYTHON) manage.py migrate --verbosity 0 && $(PYTHON) manage.py fidelity "$(FOLDER)"

format: .venv/.workshop
	$(PYTHON) -m ruff check --fix
	$(PYTHON) -m ruff format
	.venv/bin/djlint --quiet --reformat templates

# Without pip's configuration, and without an index in the result: the lock file says which files, by their hashes;
# each machine decides where to download them.
lock: .pipenv/ready
	PIP_CONFIG_FILE=/dev/null pipenv lock
	$(PYTHON) -c 'import json, pathlib; \
		path = pathlib.Path("Pipfile.lock"); \
		lock = json.loads(path.read_text()); \
		lock["_meta"]["sources"] = []; \
		[entry.pop("index", None) for group in ("default", "develop") for entry in lock[group].values()]; \
		path.write_text(json.dumps(lock, indent=4) + "\n")'

clean:
	rm -rf .venv .pipenv .cache .coverage .mypy_cache .pytest_cache .ruff_cache .import_linter_cache staticfiles
	find . -path './.*' -prune -o -name __pycache__ -print | xargs rm -rf

# The environment, updated only when Pipfile.lock has changed: .shop marks the shop's packages as installed, .workshop
# all of them.

.venv/.shop: Pipfile.lock .pipenv/ready
	pipenv sync
	@touch $@

.venv/.workshop: Pipfile.lock .pipenv/ready
	pipenv sync --dev
	@touch .venv/.shop $@

# A separate environment for pipenv if it is not installed: many systems refuse packages beside their own.
.pipenv/ready: .venv/bin/python
	@pipenv --version >/dev/null 2>&1 || { echo "Installing pipenv into .pipenv ..."; \
		$(PYTHON) -m venv --clear .pipenv && .pipenv/bin/python -m pip install --quiet --require-hashes --requirement .ci/pipenv.txt; }
	@mkdir -p .pipenv && touch $@

# 3.13 first, because the image runs on it. With pyenv, an interpreter may be installed without being on PATH.
.venv/bin/python:
	@pyenv="$${PYENV_ROOT:-$$(dirname "$$(command -v pyenv)")/..}"; \
	for python in python3.13 python3.14 python3.12 python3 \
		$$(ls -d "$$pyenv"/versions/3.*/bin/python "$$HOME"/.pyenv/versions/3.*/bin/python 2>/dev/null | sort -rV); do \
		if "$$python" -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; then \
			echo "Making .venv with $$("$$python" --version) ..."; exec "$$python" -m venv --clear .venv; \
		fi; \
	done; \
	echo "Python 3.12 or newer (with its venv module) was not found: install it, or put it on PATH." >&2; exit 1
