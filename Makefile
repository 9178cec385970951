# make demo   sets everything up and runs the main job on the fictional conflict
# make test   runs every test
# make check  format, lint, types, import contracts (what CI runs before the tests)
# make wheel-test   the tests against the built wheel instead of the checkout
# make lock   resolves the dependencies anew and pins them with hashes

PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do command -v $$p >/dev/null 2>&1 && $$p -c "import sys; sys.exit(sys.version_info < (3, 11))" 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: demo test check format bench clean lock build wheel-test

demo: $(VENV)/.runtime
	$(BIN)/python -m tracker.demo.run demo

test: $(VENV)/.dev
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile

check: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev
	for b in benchmarks/*.py; do echo "== $$b"; $(BIN)/python $$b || exit 1; done

build: $(VENV)/.dev
	$(BIN)/python -m build --no-isolation --outdir dist

wheel-test: build
	rm -rf .wheel && mkdir .wheel && cp -r tests benchmarks pyproject.toml .wheel/
	$(PYTHON) -m venv .wheel/venv
	.wheel/venv/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-dev.lock
	.wheel/venv/bin/python -m pip --disable-pip-version-check --quiet install --no-deps dist/*.whl
	cd .wheel && venv/bin/python -m pytest --numprocesses auto --dist loadfile --ignore venv

lock:
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --extra postgres pyproject.toml -o requirements.lock
	printf 'editables>=0.5\nhatchling>=1.27\n' | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate - -o requirements-build.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --extra postgres --extra parquet --extra mail --group dev pyproject.toml -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf $(VENV) .wheel demo dist build .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Parley needs Python 3.11 or newer; install it or run: make PYTHON=/path/to/python $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(BIN)/python
	@echo "Setting up the environment (a few minutes the first time) …"
	$(PIP) install --require-hashes -r requirements.lock
	$(PIP) install --require-hashes -r requirements-build.lock
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
