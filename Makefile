# Two commands: `make run` builds the cases and seals one, `make test` runs all tests. Both install what they need first.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
CASES := cases/iran-2021-election cases/iran-2012-majlis-election cases/uganda-2021-election
SEALED := cases/iran-2021-election

.PHONY: run test shuffled docs bench clean

run: $(STAMP)
	$(BIN)/lightkeeper case build $(CASES) --out out
	@echo
	$(BIN)/lightkeeper seal $(SEALED) --demonstration --into out/sealed
	@echo
	@echo "Each bundle is checked by the verify.py that lies in it, with nothing but Python's own library:"
	@for bundle in out/sealed/*/; do echo "$$bundle"; $(BIN)/python -I -S "$$bundle/verify.py" "$$bundle" || exit; done
	@echo
	@echo "Look at:"
	@echo "  out/index.html, out/fa/index.html   all cases, in English and in Persian"
	@for case in $(notdir $(SEALED)); do \
	  echo "  out/$$case/letter.html, out/$$case/fa/letter.html   the letter"; \
	  echo "  out/$$case/feeds/   feeds (Atom and JSON)"; \
	done
	@echo "  out/sealed/   the sealed bundle; docs/guide/evidence.md tells how a stranger checks it"

test: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n auto -m "not nightly" -p no:randomly

# The same tests in another order each time; the seed is printed, and `--randomly-seed=N` runs it again.
shuffled: $(STAMP)
	$(BIN)/python -m pytest -n auto -m "not nightly"

docs: $(STAMP)
	$(BIN)/lightkeeper docs

$(STAMP): pyproject.toml requirements.lock
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: install it, or run 'make PYTHON=/path/to/python3.11 run'."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than Python 3.11: install 3.11, or run 'make PYTHON=/path/to/python3.11 run'."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv module is missing: on Debian, run 'apt-get install python3-venv'."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(STAMP)

bench: $(STAMP)
	$(BIN)/python benchmarks/judge.py
	$(BIN)/python benchmarks/across.py
	$(BIN)/python benchmarks/detect.py
	$(BIN)/python benchmarks/detect_speed.py

# Keys, raw files and tables in data/, and bundles that you sealed in sealed/, are yours: nothing here removes them.
clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
