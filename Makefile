# The everyday commands. `make` alone lists them.

CARGO   ?= cargo
TARGET  := $(or $(CARGO_TARGET_DIR),target)
GWC     := $(TARGET)/debug/gwc
CONFIGS := $(sort $(wildcard configs/*/gateway.json))
GOLDENS := $(sort $(wildcard tests/golden/*.json))

.DEFAULT_GOAL := help
.PHONY: help build demo test validate generate bench lint clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the compiler, gwc
	$(CARGO) build --locked -p gwc

demo: ## Compile the hanzo gateway, start it without upstreams, send it a chat, show what happens
	@CARGO='$(CARGO)' TARGET='$(TARGET)' tests/demo.sh

# One cargo call per package: together their features would be unified, and others than what ships would be tested.
test: ## Run every test
	$(CARGO) test --locked -p gwc
	$(CARGO) test --locked -p runtime --all-features
	$(CARGO) test --locked -p tests

validate: build ## Check every config
	$(GWC) validate $(CONFIGS) $(GOLDENS)

# A crate that is new must be in the lock file before anything is built with --locked.
generate: build ## Write the generated crates again, those that are checked in
	@for c in $(CONFIGS); do $(GWC) build $$c --emit-only generated/$$(basename $$(dirname $$c)) || exit; done
	@for c in $(GOLDENS); do $(GWC) build $$c --emit-only $${c%.json} || exit; done
	$(CARGO) update --workspace --offline --quiet

bench: ## Time what an edit of a config costs, and the check of a token
	@CARGO='$(CARGO)' benches/edit-loop.sh
	@CARGO='$(CARGO)' benches/tokens.sh

lint: ## Formatting and clippy, nothing forgiven
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked -p gwc --all-targets -- -D warnings
	$(CARGO) clippy --locked -p runtime --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked -p tests --all-targets -- -D warnings

clean: ## Remove everything that was built
	$(CARGO) clean
