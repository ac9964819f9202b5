# `make` lists the targets. The first target that needs them sets up .venv and builds the core for this CPU.
PYTHON ?= python3
CARGO ?= cargo
VENV := .venv
BIN := $(VENV)/bin
export RUSTFLAGS ?= -C target-cpu=native
export CARGO
FUZZ_MUTATIONS ?= 1000000
SECONDS ?= 60
BASE ?= HEAD~1
SANITIZER ?= auto
CARGO_DENY := 0.20.2
CORE := python/affidavit/_core.abi3.so
RUST_SOURCES := $(shell find crates -name '*.rs' -o -name Cargo.toml 2>/dev/null) Cargo.toml Cargo.lock

.DEFAULT_GOAL := help
.PHONY: help demo test test-rust test-python test-full attacks audit distinguish fuzz mutations supply bench compare lint build clean tools

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: build ## Run the credit decision on real data; leaves its files in demo-out/
	@$(BIN)/affidavit demo --output demo-out

test: test-rust test-python ## Run the tests (up to 20 minutes on 2 cores, build included)

test-python: build
	@$(BIN)/python -m pytest

# The same profile, flags and packages as the extension's, whose dependencies are then not compiled twice.
test-rust: tools
	@$(CARGO) test --workspace --release --locked --quiet

test-full: build ## Run everything: long tests too
	@$(BIN)/python -m pytest -m ''
	@$(CARGO) test --workspace --release --locked -- --include-ignored

attacks: build ## Run the attack catalogue: every published bug of the field, and what refuses it here
	@$(BIN)/python -m attacks.run

audit: build ## Search for second witnesses of everything that can be proven; writes results/audit.json (up to 10 minutes)
	@$(BIN)/python -m audit.run --output results/audit.json

distinguish: build ## Try to tell proofs of different secrets apart, and leaking provers from honest ones; writes results/
	@OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m distinguish.run

mutations: build ## Throw random mutations at the core's verifier and at whole bundles (FUZZ_MUTATIONS=1000000 each)
	@AFFIDAVIT_MUTATIONS=$(FUZZ_MUTATIONS) $(CARGO) test -p affidavit-prover --release --locked --test proofs mutations -- --nocapture
	@AFFIDAVIT_FUZZ_MUTATIONS=$(FUZZ_MUTATIONS) $(BIN)/python -m pytest -m '' -s tests/python/verify/test_fuzz.py

fuzz: build tools ## Coverage-guided fuzzing: every target for SECONDS=60 (TARGETS="plan verifier" for some; SANITIZER=none without nightly)
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r fuzz/requirements.lock || true
	@$(BIN)/python -m fuzz.run --seconds $(SECONDS) --sanitizer $(SANITIZER) $(TARGETS)

supply: tools ## Check licences, versions and sources of all Rust dependencies
	@command -v cargo-deny >/dev/null 2>&1 || { echo "supply needs cargo-deny: cargo install cargo-deny --version $(CARGO_DENY) --locked" >&2; exit 1; }
	@$(CARGO) deny --locked check licenses bans sources
	@cd fuzz && $(CARGO) deny --locked --config ../deny.toml check licenses bans sources

bench: build ## Measure the benchmark models; prints JSON and writes results/
	@$(BIN)/python -m benches.run

compare: build ## Proving and verifying times beside those of another commit, BASE=HEAD~1; writes results/compare.json
	@$(BIN)/python -m benches.compare $(BASE)

lint: build ## Format and lint checks of both languages
	@$(CARGO) fmt --all -- --check
	@$(CARGO) clippy --workspace --all-targets --locked --quiet -- -D warnings
	@cd fuzz && $(CARGO) fmt -- --check && $(CARGO) clippy --features verifier --locked --quiet -- -D warnings
	@$(BIN)/ruff check python tests examples docs benches audit attacks distinguish fuzz vectors

build: $(CORE) ## Set up .venv and build the core in release mode for this CPU

clean: ## Remove .venv, build outputs and demo-out
	@rm -rf $(VENV) target fuzz/target fuzz/work fuzz/artifacts demo-out python/affidavit/*.so

# One clear line for each tool that is missing.
tools:
	@command -v $(CARGO) >/dev/null 2>&1 || { echo "affidavit needs Rust: install it from https://rustup.rs (stable, 1.88 or newer)" >&2; exit 1; }
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "affidavit needs Python 3.11 or newer: install it from https://www.python.org/downloads" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "affidavit needs Python 3.11 or newer; $(PYTHON) is older (choose another with make PYTHON=python3.12)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "affidavit needs Python's venv module: install the package python3-venv" >&2; exit 1; }

$(VENV)/.installed: requirements.lock | tools
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $@

# Older than a source, or than a new .venv (which has to be told where the package is): built again.
$(CORE): $(VENV)/.installed pyproject.toml $(RUST_SOURCES) | tools
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release --locked --quiet
	@touch $@
