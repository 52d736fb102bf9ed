# Everything a person types is here; `make` alone explains it.
# Only python3 (3.11 to 3.13) and make are needed: database, Redis and the rest come from wheels.

PYTHON ?= python3
PORT   ?= 8000
STORY  ?= drop

venv    := .venv
python  := $(venv)/bin/python
sources := portal ingestion reviews tests bench scripts manage.py
# What browsers and mail programs read; the tools are programs of their own, from wheels.
styles  := static/css static/js templates/emails/*.css
tool    := $(venv)/bin
# No more test workers than cores, and never more than eight: each has a database of its own.
workers := -n auto --maxprocesses=8
# What a real server would be told; `check --deploy` refuses settings that are not safe there.
production := DEBUG=False DEMO=False SECRET_KEY=$$($(python) -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ALLOWED_HOSTS=quality.example.com SITE_URL=https://quality.example.com \
	DATABASE_URL=postgres://user:password@database/plumbline REDIS_URL=redis://redis:6379/0 \
	EMAIL_URL=smtp+tls://user:password@mail.example.com:587

WEEK   ?=
TO     ?=
SEEDS  ?= 100
ROUNDS ?=

.DEFAULT_GOAL := help
.PHONY: help install demo report test test-fast test-pure coverage check format bench bench-detection bench-truth chaos fuzz lock clean program tools

help: ## Show this list
	@echo "Plumbline: know when your AI assistant started giving worse answers."
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' Makefile
	@echo "Settings: PORT=$(PORT) STORY=$(STORY) (drop or none) PYTHON=$(PYTHON); see docs/operating.md."

install: program ## Make .venv/ with what the program needs, no more (tools come when needed)

demo: program ## Run everything, with ten weeks of a story in it (PORT=8000, STORY=drop or none)
	@DEMO=True PORT=$(PORT) STORY=$(STORY) exec $(python) manage.py demo --port $(PORT) --story $(STORY)

report: program ## Send the weekly reports that are due, in the demo's data (WEEK=2026-11-16; TO=who gets a preview)
	@DEMO=True PORT=$(PORT) $(python) manage.py send_reports $(if $(WEEK),--week $(WEEK)) $(if $(TO),--preview --to $(TO))

test: tools ## Run all tests on real PostgreSQL and Redis, in a real browser too
	@$(python) -m tests.browser
	$(python) -m pytest $(workers) --durations=20

test-fast: tools ## The tests without browser, stories and real programs
	$(python) -m pytest $(workers) -m "not story"

test-pure: tools ## The tests that need no database: mathematics, words, readers
	$(python) -m pytest $(workers) -m "pure and not story"

coverage: tools ## All tests, and which lines and branches of the program none of them ran
	@$(python) -m tests.browser
	@mkdir -p var/coverage
	$(python) -m pytest $(workers) --cov --cov-branch --cov-report=term --cov-report=html:var/coverage/html

check: tools ## Everything that must be right before a change goes in: format, lint, types, tests
	$(python) -m ruff format --check $(sources)
	$(python) -m ruff check $(sources)
	$(tool)/djangofmt --check templates
	$(tool)/djangofmt check templates
	$(tool)/oxfmt --check $(styles)
	$(tool)/oxlint --deny-warnings static/js
	$(python) -m mypy --strict $(sources)
	$(python) -m scripts.dead_names
	$(python) manage.py makemigrations --check --dry-run
	$(production) $(python) manage.py check --deploy --fail-level WARNING
	@$(MAKE) --no-print-directory test

format: tools ## Put the sources into the common form
	$(python) -m ruff check --fix-only $(sources)
	$(python) -m ruff format $(sources)
	$(tool)/djangofmt check --fix templates
	$(tool)/djangofmt templates
	$(tool)/oxfmt $(styles)

bench: tools ## Measure throughput and latency; `bench pages` times pages and ticks, `bench start` the demo
	$(python) -m bench $(filter $(parts),$(MAKECMDGOALS)) $(if $(SIZE),--size $(SIZE))

# The parts of `bench`: words after it, no targets of their own.
parts := intake review figures soak pages start
.PHONY: $(parts)
$(parts): bench

bench-detection: tools ## Measure detection on simulated streams with known truth (SEEDS=100)
	$(python) -m bench.detection --seeds $(SEEDS)

bench-truth: tools ## Measure whether what is said is true in ordinary teams (SEEDS=100)
	$(python) -m bench.truth --seeds $(SEEDS)

chaos: tools ## Break everything while it is used, hold what was promised (ROUNDS=, MINUTES=10)
	$(python) -m bench.chaos --minutes $(or $(MINUTES),10) $(if $(ROUNDS),--rounds $(ROUNDS))

fuzz: tools ## Hostile values into the API and every form until it fails (ROUNDS=, MINUTES=10)
	DJANGO_SETTINGS_MODULE=portal.settings $(python) -m tests.fuzz \
		--minutes $(or $(MINUTES),10) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED))

lock: tools ## Pin the newest packages that requirements*.in allow
	$(python) -m piptools compile --quiet --upgrade $(compile) --output-file requirements.txt requirements.in
	$(python) -m piptools compile --quiet --upgrade $(compile) --output-file requirements-dev.txt requirements-dev.in

# No index hosts in the pinned files: they must install from whichever index is configured.
compile := --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-header --strip-extras

clean: ## Remove .venv/, caches and var/ (the demo's data too)
	@[ ! -x $(python) ] || $(python) -m portal.running.embedded remove || [ $$? -ne 3 ]
	rm -rf $(venv) var .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

# A PYTHON that somebody chose is taken even when .venv/ has another.
named := $(if $(filter file,$(origin PYTHON)),,--named)

# The program's packages alone, and those with the tools for tests and checks; nothing to do when
# they are in.
program:
	@$(PYTHON) scripts/install.py $(named) requirements.txt

tools:
	@$(PYTHON) scripts/install.py $(named) requirements.txt requirements-dev.txt
