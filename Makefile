# The commands of this project; each sets up what it needs by itself. `make help` lists them.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
STRATEGY ?= blue-green
T ?=
M ?=
SEEDS ?= 1
WRITE ?=
# One worker more than cores: tests of real processes and of signals mostly sleep.
WORKERS = -n $(shell $(PYTHON) -c 'import os; print((os.cpu_count() or 1) + 1)') --dist worksteal
# Tests that deploy on the sandbox, or start processes and machines: the inner loop does without.
SLOW := tests/e2e tests/robustness/adversary tests/robustness/simulation tests/robustness/load tests/robustness/traffic tests/container \
  tests/repo/test_architecture.py tests/repo/test_readme.py tests/repo/test_selftest.py

# What plays thousands of deployments in one process: on huge pages in half the time.
LONG_PY = env $(shell $(PYTHON) tools/huge_pages.py) $(PY)

# Processes start by the dozen: without cached bytecode each of them would compile the project anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo prometheus traffic test test-slow test-unit test-all image-test check format record wheel-test bench lock clean sim sweep mutants load fuzz model mutate screenshots stats

help: ## List the commands
	@awk -F ':.*## ' '/^##@/ { print "\n" substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else 0'
	$(PYTHON) -m venv $(VENV)

$(VENV)/sandbox.stamp: requirements/sandbox.txt | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/dev.stamp: requirements/dev.txt | $(PY)
	$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@ $(VENV)/sandbox.stamp

##@ Use
demo: $(VENV)/sandbox.stamp ## Deploy an AMI on the embedded sandbox (STRATEGY=basic|canary|blue-green|shift)
	@$(PY) -m spotaction.sandbox demo --strategy $(STRATEGY)

##@ Develop
test-unit: $(VENV)/dev.stamp ## The inner loop: the tests that deploy nothing, in less than a minute
	@$(LONG_PY) -m pytest $(WORKERS) $(SLOW:%=--ignore=%)

test: $(VENV)/dev.stamp ## The tests, in less than four minutes on two cores; with T=path all of one file
	@$(LONG_PY) -m pytest $(if $(T),-n 0 -m "slow or not slow" $(T),$(WORKERS))

test-slow: $(VENV)/dev.stamp ## The cases that `make test` leaves out: every combination, every point
	@$(LONG_PY) -m pytest $(WORKERS) -m slow

check: $(VENV)/dev.stamp ## Format, lint, types, import contracts, workflows, Dockerfile, examples, generated docs
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) tools/house.py
	$(VENV)/bin/yamllint --strict --config-file .yamllint.yaml .
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-actions action.yml cli/action.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml examples/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.gitlab-ci examples/gitlab/.gitlab-ci.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.circle-ci examples/circleci/config.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/bin/check-jsonschema --check-metaschema schemas/*.json
	$(VENV)/bin/zizmor --offline --no-progress --quiet --persona pedantic --config .github/zizmor.yml . examples/workflows/*.yml
	$(VENV)/bin/hadolint Dockerfile
	$(PY) -m spotaction validate examples/deploy/*.yaml examples/deploy/*.json examples/*/*.yaml
	$(PY) tools/tables.py --check

format: $(VENV)/dev.stamp ## Rewrite the code in the house's format
	$(VENV)/bin/ruff format .
	$(VENV)/bin/ruff check --fix .

lock: ## Resolve the requirements anew (needs uv)
	@cd requirements && for f in runtime sandbox build dev bench mutation; do \
	  uv pip compile --universal --generate-hashes --python-version 3.11 -q --no-header $$f.in -o $$f.txt; done

clean: ## Remove what these commands made
	rm -rf $(VENV) build schemas/compiled .coverage .coverage.* .mypy_cache .ruff_cache .hypothesis

##@ Prove
test-all: $(VENV)/dev.stamp ## All tests, slow ones too, under coverage, which has to hold
	@$(PY) -m coverage erase
	@$(LONG_PY) -m coverage run -m pytest $(WORKERS) -m "slow or not slow"
	@$(PY) -m coverage combine --quiet
	@$(PY) -m coverage report

wheel-test: $(VENV)/dev.stamp ## Install the wheel and the composite action into clean environments, and deploy with them
	@$(PY) -m pytest tests/e2e/command_line -m wheel -n 0

image-test: $(VENV)/dev.stamp ## Build the image and deploy with it as the runner does (needs root or Docker, minutes)
	@$(PY) -m pytest tests/container -m docker -n 0 -rs

screenshots: $(VENV)/dev.stamp ## Draw each golden summary in Chromium, with mermaid from npm, into build/summaries
	@$(PY) -m pytest tests/browser -m browser -n 0 -rs

sim: build/schemas.stamp ## Play thousands of drawn scripts: late reads, actors, a hostile runner (SEEDS="1 2 3"; WRITE=1: into docs)
	@$(LONG_PY) -m tests.robustness.adversary $(SEEDS) $(if $(WRITE),--write)

sweep: build/schemas.stamp ## Simulate thousands of deployments, each with one fault or two of every kind (SEEDS="1 2 3")
	@for seed in $(SEEDS); do $(LONG_PY) -m tests.robustness.simulation --seed $$seed || exit 1; done

mutants: build/schemas.stamp ## Break one promise at a time: the sweep, or a test, has to notice
	@$(LONG_PY) -m tests.robustness.simulation --mutants 200

prometheus: build/schemas.stamp ## Ask a real Prometheus, this machine's or Debian's, as the check of that kind does
	@$(PY) -m tests.support.prometheus && $(PY) -m pytest -n 0 tests/e2e/checks/test_prometheus.py

traffic: build/schemas.stamp ## Deploy, fail, cancel and kill under real requests through HAProxy, and count each (WRITE=1: into docs)
	@$(PY) -m tests.robustness.traffic $(if $(WRITE),--write)

load: build/schemas.stamp ## Deploy hundreds of apps at once under Spot's rate limit
	@$(LONG_PY) -m tests.robustness.load

stats: $(VENV)/dev.stamp ## Play 10,000 good releases and thousands of bad ones through the statistics of checks (WRITE=1: into docs)
	@$(PY) -m tests.robustness.statistics $(if $(WRITE),--write)

model: ## Check the lock's protocol, and that without its waits it fails (needs spin and gcc)
	@$(PYTHON) tools/check_model.py

mutate: build/mutation-venv/stamp ## Change one line at a time: the unit tests have to notice (with M=path one module)
	@build/mutation-venv/bin/python tools/mutate.py $(M)

fuzz: build/schemas.stamp ## Feed documents, inputs, commands and answers with hostile text
	@$(PY) -m tests.robustness.fuzz

bench: build/schemas.stamp build/bench-venv/stamp build/runtime-venv/stamp ## Measure start, memory, waits, calls, growth, image beside others; 1 if worse (WRITE=1: into docs)
	@$(PY) -m tests.bench $(if $(WRITE),--write)

record: $(VENV)/dev.stamp ## Record the cassettes again, against the sandbox
	$(PY) -m pytest tests/e2e/cassettes -m "slow or not slow" --record-mode=rewrite

# The schemas as code, as the image and the wheel have them; without it jsonschema decides, which takes time to import.
build/schemas.stamp: tools/compile_schemas.py $(wildcard schemas/*.json) $(VENV)/dev.stamp
	@$(PY) tools/compile_schemas.py
	@mkdir -p build && touch $@

build/mutation-venv/stamp: requirements/mutation.txt
	$(PYTHON) -m venv build/mutation-venv
	build/mutation-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

build/bench-venv/stamp: requirements/bench.txt
	$(PYTHON) -m venv build/bench-venv
	build/bench-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

# What the image has: the libraries that a deployment needs, trimmed and compiled.
build/runtime-venv/stamp: requirements/runtime.txt container/trim.py
	rm -rf build/runtime-venv
	$(PYTHON) -m venv build/runtime-venv
	build/runtime-venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(PYTHON) container/trim.py build/runtime-venv/lib/python3.*/site-packages
	@touch $@
