# The project's commands; `make` alone lists them. Everything works on a fresh clone.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup venv venv-peers build build-tests test demo bench evidence leaderboard format lint check onnx-backend pretrained fuzz prunability docs clean

PYTHON ?= python3
SWIFT ?= swift
LEADERBOARD = .build/release/bonsai sweep docs/leaderboard.yaml
LEADERBOARD_OF_FILTERS = .build/release/bonsai sweep docs/leaderboard-filters.yaml
LEADERBOARD_OF_CIFAR10 = .build/release/bonsai sweep docs/leaderboard-cifar10.yaml
SOURCES := Package.swift Sources Tests

help: ## list these commands
	@echo "Bonsai: make COMMAND"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## find libtorch, or fetch it into .libtorch (twice does nothing)
	@$(PYTHON) scripts/libtorch.py

venv: ## make .venv: ONNX Runtime and ONNX, which the tests check results against
	@$(PYTHON) scripts/venv.py --optional tests

venv-peers: ## make .venv-peers: PyTorch and others, measured beside Bonsai
	@$(PYTHON) scripts/venv.py peers

build: setup ## build the release executable .build/release/bonsai
	@echo "build: release build of everything ..."
	@$(SWIFT) build -c release
	@echo "build: .build/release/bonsai"

build-tests: setup
	@echo "test: building the tests ..."
	@$(SWIFT) build --build-tests

test: setup venv build-tests ## build and run all tests, then say what passed, failed, was skipped
	@echo "test: running the tests ..."
	@$(PYTHON) scripts/test.py

demo: setup venv build ## train, prune, recover, export and prove LeNet-5 on MNIST (5 minutes)
	@echo "demo: running; the results go to demo/ ..."
	@bash scripts/demo.sh

bench: setup venv-peers build ## measure beside PyTorch and Torch-Pruning, and the planner's times, into bench.json
	@echo "bench: measuring; leave the machine alone until it is done ..."
	@bash scripts/bench.sh

evidence: setup build ## run RECIPE=ID for SEEDS=1,2,3 and store docs/evidence/ID.json
	@test -n "$(RECIPE)" || { echo "evidence: name a recipe: make evidence RECIPE=rigl" >&2; exit 64; }
	@$(PYTHON) scripts/evidence.py "$(RECIPE)" --seeds "$(or $(SEEDS),1,2,3)"

leaderboard: setup build ## methods beside each other into docs/leaderboard*.md (20 minutes; FULL=1, CIFAR10=1: hours)
	@if [ -n "$(CIFAR10)" ]; then \
	  $(LEADERBOARD_OF_CIFAR10) --folder .leaderboard/cifar10 \
	    --svg docs/leaderboard-cifar10.svg --markdown docs/leaderboard-cifar10.md; \
	elif [ -n "$(FULL)" ]; then \
	  $(LEADERBOARD) --folder .leaderboard/full \
	    --vary sparsity=0.8,0.9,0.95,0.97,0.98,0.99 --vary dense=10 --vary recovery=10 --vary all=20 \
	    --svg docs/leaderboard-full.svg --markdown docs/leaderboard-full.md; \
	else \
	  $(LEADERBOARD) --folder .leaderboard/quick --svg docs/leaderboard.svg --markdown docs/leaderboard.md; \
	  $(LEADERBOARD_OF_FILTERS) --folder .leaderboard/quick-filters \
	    --svg docs/leaderboard-filters.svg --markdown docs/leaderboard-filters.md; \
	fi

format: ## rewrite all Swift code in the project's format
	@echo "format: rewriting $(SOURCES) ..."
	@$(SWIFT) format --in-place --recursive --parallel $(SOURCES)

lint: ## check format, names, comments, lengths, code in docs/extending, docs/methods.md; changes nothing
	@echo "lint: swift format ..."
	@$(SWIFT) format lint --strict --recursive --parallel $(SOURCES)
	@$(PYTHON) scripts/style.py
	@$(PYTHON) scripts/pages.py
	@$(PYTHON) scripts/catalogue.py

check: ## test the scripts of this folder (seconds, no network)
	@echo "check: the set-up scripts ..."
	@$(PYTHON) -B -m unittest discover --start-directory scripts --pattern '*_test.py'

onnx-backend: setup venv ## run the ONNX project's backend tests into docs/onnx-backend.md
	@$(SWIFT) build --product CTorchBridge
	@$(SWIFT) build --product BackendRunner
	@.venv/bin/python scripts/onnx-backend.py

pretrained: setup venv ## run, rewrite and prune real pretrained files into docs/pretrained.md
	@$(SWIFT) build -c release --product bonsai
	@$(SWIFT) build --product CTorchBridge
	@$(SWIFT) build --product BackendRunner
	@.venv/bin/python scripts/pretrained.py

fuzz: setup venv ## try a million and a half broken inputs; docs/fuzzing.md says what for (15 minutes)
	@$(SWIFT) build -c release --product CTorchBridge
	@$(SWIFT) build -c release --product Fuzz
	@bash scripts/fuzz.sh

prunability: setup venv-peers build ## prune 200 known models into docs/prunability.md (hours)
	@echo "prunability: what is found is kept in .prunability; a second call goes on ..."
	@$(PYTHON) scripts/prunability.py

docs: setup ## build the documentation of the libraries into .build/docs
	@bash scripts/docs.sh

clean: ## remove what builds and runs left; .libtorch and the environments stay
	@echo "clean: removing .build, demo and bench.json ..."
	@rm -rf .build demo bench.json
