# The everyday commands. `make` alone lists them.

CARGO   ?= cargo
TARGET  := $(or $(CARGO_TARGET_DIR),target)
GWC     := $(TARGET)/debug/gwc
CONFIGS := $(sort $(wildcard configs/*/gateway.json))
GOLDENS := $(sort $(wildcard tests/golden/*.json))

.DEFAULT_GOAL := help
.PHONY: help build demo test fuzz validate generate bench lint clean

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

# FUZZ_SEED=2 for others; a test of its own, in `make test` with some thousand inputs.
fuzz: ## Damage configs a million times and put each through the whole compiler; frames of ZAP, and read them
	FUZZ_INPUTS=$${FUZZ_INPUTS:-1000000} $(CARGO) test --locked --release -p gwc --test fuzz -- --nocapture
	FUZZ_INPUTS=$${FUZZ_INPUTS:-1000000} $(CARGO) test --locked --release -p runtime --features zap-listener -- fuzz

validate: build ## Check every config
	$(GWC) validate $(CONFIGS) $(GOLDENS)

# A crate that is new must be in the lock file before anything is built with --locked.
generate: build ## Write the generated crates again, those that are checked in
	@for c in $(CONFIGS); do $(GWC) build $$c --emit-only generated/$$(basename $$(dirname $$c)) || exit; done
	@for c in $(GOLDENS); do $(GWC) build $$c --emit-only $${c%.json} || exit; done
	$(CARGO) update --workspace --offline --quiet

bench: ## What gwc validate, an edit, a token, a request, a million clients and a feature cost (ten minutes or more)
	@CARGO='$(CARGO)' benches/validate.sh
	@CARGO='$(CARGO)' benches/edit-loop.sh
	@CARGO='$(CARGO)' benches/tokens.sh
	@CARGO='$(CARGO)' benches/metrics.sh
	@CARGO='$(CARGO)' benches/requests.sh
	@CARGO='$(CARGO)' benches/zap.sh
	@CARGO='$(CARGO)' benches/limits.sh
	@CARGO='$(CARGO)' benches/sizes.sh

lint: ## Formatting and clippy, nothing forgiven
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked -p gwc --all-targets -- -D warnings
	$(CARGO) clippy --locked -p runtime --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked -p tests --all-targets -- -D warnings
	$(CARGO) clippy --locked -p benches --all-targets -- -D warnings

clean: ## Remove everything that was built
	$(CARGO) clean
