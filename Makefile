# `make run` and `make test` need only Python (3.11 or newer) and make; they set up the rest in .venv.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help run test check setup clean

help:
	@echo "make run    set up, then run the main job with embedded respondents (no key, no network) and show the table"
	@echo "make test   set up, then run the tests"
	@echo "make check  set up, then lint, types, import contracts, documents"

setup: $(READY)

$(READY): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "emotionbench needs Python 3.11 or newer; try: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $(READY)

run: $(READY)
	$(BIN)/emotionbench run --respondent lexicon --respondent human-norm --respondent uniform --respondent constant \
	  --repeats 3

test: $(READY)
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/check_situations.py
	$(BIN)/python tools/data_dictionary.py --check

clean:
	rm -rf .venv emotionbench.db emotionbench.db-wal emotionbench.db-shm
