# Five words to remember: demo, demo-reset, test, check, bench.
# The first run makes .venv and, where it may, installs what the machine lacks (portal/machine.py).

PORT ?= 8000
export PORT
# The first Python that is new enough; Debian's own first, because apt can complete it.
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo "$$p"; break; }; done)
BIN := .venv/bin
MACHINE = $(PYTHON) -P portal/machine.py
SOURCES = $(shell find portal/static portal/fonts.py portal/locale -name '*.mo' -prune -o -type f -print)

.PHONY: demo demo-reset test check bench lock python environment peers

demo: environment .static/built
	@exec $(BIN)/python -m portal.demo

demo-reset: environment
	@$(BIN)/python -m portal.demo reset

# The path runs on SQLite first, then everything on PostgreSQL (or on SQLite where there is none).
test: environment peers .static/built
	@echo "── the path on SQLite ──"
	@TEST_DATABASE=sqlite $(BIN)/python -m pytest -n 2 -m "path and not journey"
	@echo "── everything ──"
	@$(BIN)/python -m pytest -n 2

check: environment .static/built
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run --settings tests.settings
	$(BIN)/python manage.py catalogues --check --settings tests.settings
	$(BIN)/python manage.py workflow --check README.md --settings tests.settings
	.ci/check-deploy

bench: environment peers .static/built
	$(BIN)/python -m pytest -m bench -s tests/benchmarks

# ── Inside ────────────────────────────────────────────────────────────────────────────────────────
python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed. On Debian or Ubuntu type: sudo apt-get install python3 python3-venv"; exit 1; }

environment: python
	@$(MACHINE) environment libraries

peers: python
	@$(MACHINE) peers

# Translations, web fonts, static files: made again when one of their sources changes.
.static/built: requirements.lock $(SOURCES) | environment
	@STATIC_BACKEND=whitenoise.storage.CompressedManifestStaticFilesStorage \
		$(BIN)/python manage.py build --settings tests.settings
	@touch $@

# Only for whoever changes pyproject.toml's packages.
lock: environment
	UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --extra test --universal \
		--python-version 3.11 --generate-hashes --no-emit-index-url --output-file requirements.lock
