# make run    drop the samples (or IMAGE=… PROMPT=…), get them edited, on this machine
# make up     keep it running: ./inbox in, ./outbox out
# make test   the tests of a change, about six minutes
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PYTHONPATH := .:layers/depthdrop:webhook
export IMAGE PROMPT SPEED UPSTREAM_BASE_URL CHROMIUM
ROWS ?=
RUNS ?= 3
SUITES ?=
ONLY ?=
FUNCTION ?=
EVENT ?=
DEBUG_PORT ?=
EMPTY ?=
TABLE ?=
YES ?=
CONTAINERS ?=
# An environment of samconfig.toml and the stack that it names. Shells know a variable ENV too: that one is not meant.
ifneq ($(origin ENV),command line)
ENV :=
endif
# Shells and hosts set PORT for others: only the one that is given to make is meant.
ifneq ($(origin PORT),command line)
PORT :=
endif
STACK = $(if $(ENV),$(shell awk -F '"' '/^\[/ { here = index($$0, "[$(ENV).global.") == 1 } here && /^stack_name/ { print $$2 }' samconfig.toml))
# One process for each core. A file that starts a stack stays with one of them, and no more than two stacks run.
CORES := -n auto --dist worksteal
STACKS := -n 2 --dist loadfile
# `time` is bash's own: it says how long each suite took.
SHELL := bash
TIMED = TIMEFORMAT='$@: %0R s'; time
export SAM_CLI_TELEMETRY := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

PIN := $(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --custom-compile-command "make pins"

.DEFAULT_GOAL := help
.PHONY: bench deploy destroy environment invoke released secret smoke docs events schemas screenshots soak model mutate help run up test test-all test-page lint format types unit hostile faults schedules trouble scorecard test-busy workflow fake-upstream path templates rails e2e build validate pins clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/local ## Edit the samples, or IMAGE=photo.jpg PROMPT="a watercolour", on this machine
	@$(BIN)/python -m local run

up: $(VENV)/local ## Keep the local stack running, with its page: ./inbox in, ./outbox out (PORT=8123, NO_BROWSER=1, CONTAINERS=1)
	@$(BIN)/python -m local up $(if $(PORT),--port "$(PORT)") $(if $(NO_BROWSER),--no-browser) \
	  $(if $(filter-out 0,$(CONTAINERS)),--containers)

test: lint types unit templates workflow path ## The tests of a change: about six minutes on two cores

test-all: test faults schedules hostile rails fake-upstream e2e soak trouble model test-page ## Everything CI checks: needs Spin and Chromium too

test-busy: $(VENV)/dev $(VENV)/checkov/pinned ## `make test` three times beside eight busy processes (row 44); a trial: RUNS=1 SUITES="unit faults"
	@$(BIN)/python -m tests.system.busy --runs "$(RUNS)" --suites "$(SUITES)"

lint: $(VENV)/dev ## Style and common mistakes (ruff), which folder may import which, how many there are, and plain words
	@$(TIMED) { set -ex; $(BIN)/ruff check .; $(BIN)/ruff format --check .; \
	  $(BIN)/lint-imports --no-cache --no-logo; $(BIN)/python -m tests.lint.counts; $(BIN)/python -m tests.lint.words; }

format: $(VENV)/dev ## Let ruff rewrite what it can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(VENV)/dev ## mypy --strict
	@$(TIMED) $(BIN)/mypy

unit: $(VENV)/dev ## Unit tests, and what released versions left unfinished: no sockets, AWS by moto
	@$(TIMED) $(BIN)/pytest tests/unit tests/upgrade $(CORES) --disable-socket --allow-unix-socket

faults: $(VENV)/dev ## Chosen faults at chosen calls, crowds, late workers: a sample of each that is large
	@$(TIMED) $(BIN)/pytest tests/protocol/faults $(CORES)

hostile: $(VENV)/dev ## Bad inputs, odd names and answers, log injections, hostile links and downloads
	@$(TIMED) $(BIN)/pytest tests/hostile $(CORES)

bench: $(VENV)/dev ## Memory, growth, cold starts, wait, cost and throughput, beside a plain way; or ONLY=memory,cost
	@$(BIN)/python -m tests.bench --only "$(ONLY)"

schedules: $(VENV)/dev ## 1,000 schedules of workers, faults and time over the real code, and a mutant for each guard
	@$(TIMED) $(BIN)/pytest tests/protocol/schedules $(CORES)

model: $(VENV)/dev ## A model of the protocol in every state and order, by Spin (needs spin and gcc); prints what it saw
	@$(TIMED) $(BIN)/pytest tests/protocol/model

mutate: $(VENV)/dev ## One small fault at a time in the code that money depends on: its tests must see each
	$(BIN)/python -m tests.protocol.mutation

scorecard: $(VENV)/dev $(VENV)/checkov/pinned ## Every row of the scorecard, 50,000 schedules among them; or ROWS=7,14 (SCHEDULES=1000 for fewer)
	@$(BIN)/python -m tests.scorecard --rows "$(ROWS)"

templates: $(VENV)/dev ## template.yaml and the state machine's definition, as text and as SAM sees them
	@$(TIMED) $(BIN)/pytest tests/template --ignore tests/template/rails $(CORES)

rails: $(VENV)/dev $(VENV)/checkov/pinned ## cfn-lint's serverless rules and checkov: nothing but tests/template/rails/accepted.toml
	@$(TIMED) $(BIN)/pytest tests/template/rails $(CORES)

workflow: $(VENV)/dev ## The committed state machine, executed on the emulator
	@$(TIMED) $(BIN)/pytest tests/system/workflow $(STACKS)

fake-upstream: $(VENV)/dev ## The fake upstream over real connections, with each of its faults
	@$(TIMED) $(BIN)/pytest tests/system/fake_upstream $(CORES)

path: $(VENV)/dev ## One photograph through the whole local stack
	@$(TIMED) $(BIN)/pytest tests/system/e2e/test_whole_path.py -k one_charge_and_one_event

e2e: $(VENV)/dev ## Real photographs through the whole local stack
	@$(TIMED) $(BIN)/pytest tests/system/e2e $(STACKS)

test-page: $(VENV)/dev ## The page, the slider and the report in a real browser; screenshots in build/screenshots/
	@$(BIN)/python -m tests.system.page.chromium
	@$(TIMED) $(BIN)/pytest tests/system/page

trouble: $(VENV)/dev ## The whole local stack in trouble: a storm of 429, an empty balance, a poison message, a new key
	@$(TIMED) $(BIN)/pytest tests/system/trouble

soak: $(VENV)/dev ## 200 drops at once, with every fault of the upstream (SOAK_DROPS=1000 for more)
	@$(TIMED) $(BIN)/pytest tests/system/soak

build: $(VENV)/dev ## sam build: the layer is cross-built for python3.13 on arm64
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/sam build

validate: $(VENV)/dev ## sam validate --lint
	$(BIN)/sam validate --lint --region us-east-1

deploy: environment build validate ## Build and deploy: ENV=dev (at once) or ENV=prod (asks about the changes)
	$(BIN)/sam deploy --config-env $(ENV)

secret: environment $(VENV)/local ## Put the API key into ENV=…, typed (it does not show) or piped in
	@$(BIN)/depthdrop secret --stack $(STACK)

smoke: $(if $(ENV),environment) $(VENV)/local ## Drop a photograph into ENV=… for one edit's price, or into `make up` for nothing
	@$(BIN)/depthdrop smoke samples/temple.jpg $(if $(ENV),--stack $(STACK))

destroy: environment $(VENV)/local ## Delete the stack of ENV=…, after a question; its buckets with EMPTY=yes, its table with TABLE=yes
	@$(BIN)/depthdrop destroy --stack $(STACK) \
	  $(if $(filter yes,$(EMPTY)),--empty) $(if $(filter yes,$(TABLE)),--table) $(if $(YES),--yes "$(YES)")

environment:
	@test -n "$(STACK)" || { \
	  echo "Say where: make $(MAKECMDGOALS) ENV=dev, or ENV=prod. samconfig.toml has what they are." >&2; exit 2; }

invoke: $(VENV)/dev ## One function of the local stack as a plain process: FUNCTION=Submit EVENT=events/….json (or -)
	@$(BIN)/python -m local.one_function.invoke $(FUNCTION) $(if $(EVENT),--event "$(EVENT)") $(if $(DEBUG_PORT),--debug-port $(DEBUG_PORT))

pins: $(VENV)/dev ## Resolve requirements again, with hashes
	$(PIN) requirements/dev.in -o requirements/dev.txt
	$(PIN) requirements/checkov.in -o requirements/checkov.txt
	$(PIN) -c requirements/dev.txt requirements/local.in -o requirements/local.txt
	$(PIN) -c requirements/dev.txt layers/depthdrop/requirements.in -o layers/depthdrop/requirements.txt
	$(PIN) -c requirements/dev.txt webhook/receiver/requirements.in -o webhook/receiver/requirements.txt
	$(PIN) -c requirements/dev.txt webhook/receiver/function.in -o webhook/receiver/function.txt

events: $(VENV)/dev ## Write the events/*.json that hold what the code makes; those that AWS alone makes are written by hand
	$(BIN)/python -m local.written.sample_events

released: $(VENV)/dev ## Before a release: write down in tests/upgrade what this version leaves unfinished
	@$(BIN)/python -m tests.upgrade.record

schemas: $(VENV)/dev ## Write docs/events/*.schema.json and the tables and examples of docs/events.md from the models
	$(BIN)/python -m local.written.event_schemas
	$(BIN)/python -m local.written.pages

docs: $(VENV)/dev ## Write what is generated in docs: the tables of models.md, the plot of performance.md
	$(BIN)/python -m local.written.pages
	$(BIN)/python -m tests.bench.wait_plot

screenshots: test-page ## Write docs/screenshots/ from what test-page saw
	$(BIN)/python -m tests.system.page.screenshots

clean: ## Remove what was built; the virtual environment too
	rm -rf $(VENV) .aws-sam build out .pytest_cache .mypy_cache .ruff_cache .hypothesis

# Installs the pins of a file and says how far pip has come, in plain lines, for logs too.
COUNT = awk -v all="$$(grep -cE '^[A-Za-z0-9._-]+(\[.*\])?==' $<)" '/^(Collecting|Processing|Requirement already)/ && ++n % 10 == 0 \
  { print "  " n " of " all " packages found" } /^Installing collected/ { print "  unpacking all of them" } { fflush() }'
INSTALL = -u -m pip install --require-hashes --progress-bar off -r $<

# One virtual environment; a stamp file for each set of pins that is installed in it.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "depthdrop needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version). Try: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@echo "Setting up $(VENV): about a minute for make run and make up, more for the tests; once …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/local: requirements/local.txt | $(VENV)/bin/python $(BIN)/depthdrop
	@set -o pipefail; $(BIN)/python $(INSTALL) | $(COUNT)
	@touch $@

# The operator's command from this folder, unbuilt; an installed one (pipx install .) needs none of this. With -P
# it runs no module of the folder that it is called in.
$(BIN)/depthdrop: Makefile | $(VENV)/bin/python
	@printf '#!/bin/sh\nPYTHONPATH="%s:%s/layers/depthdrop" exec "%s/python" -P -m depthdrop_cli "$$@"\n' \
	  "$(CURDIR)" "$(CURDIR)" "$(CURDIR)/$(BIN)" > $@
	@chmod +x $@

$(VENV)/dev: requirements/dev.txt | $(VENV)/bin/python $(BIN)/depthdrop
	@echo "Installing the development tools …"
# The pins are constraints too: pip takes `boto3-stubs[extras]` of a dependency as pinned only then.
	@set -o pipefail; $(BIN)/python $(INSTALL) -c $< | $(COUNT)
	@touch $@ $(VENV)/local

# Apart from the rest: it asks for versions of its own.
$(VENV)/checkov/pinned: requirements/checkov.txt | $(VENV)/bin/python
	@echo "Installing checkov …"
	@$(BIN)/python -m venv $(VENV)/checkov
	@set -o pipefail; $(VENV)/checkov/bin/python $(INSTALL) | $(COUNT)
	@touch $@
