# The everyday commands. `make` alone lists them.

CARGO   ?= cargo
TARGET  := $(or $(CARGO_TARGET_DIR),target)
GWC     := $(TARGET)/debug/gwc
CONFIGS := $(sort $(wildcard configs/*/gateway.json))
GOLDENS := $(sort $(wildcard tests/golden/*.json))

.DEFAULT_GOAL := help
.PHONY: help build demo test fuzz validate generate bench bench-quick bench-parts soak lint clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## Build the compiler, gwc
	$(CARGO) build --locked -p gwc

demo: ## Compile the hanzo gateway, start it without upstreams, send it a chat, show what happens
	@CARGO='$(CARGO)' TARGET='$(TARGET)' tests/demo.sh

# One cargo call per package: together their features would be unified, and others than what ships would be tested. What
# speaks to gateways runs twice, for HTTP/1.1 is served by either of two lanes.
test: ## Run every test
	$(CARGO) test --locked -p gwc
	$(CARGO) test --locked -p runtime --all-features
	$(CARGO) test --locked -p tests
	GATEWAY_LANE=hyper $(CARGO) test --locked -p tests --test run -- $(addprefix --skip ,$(WITHOUT_A_LANE))
	$(CARGO) test --locked -p benches

# Modules of tests/run that speak to no gateway, or start one for each lane themselves.
WITHOUT_A_LANE := answers:: balance:: binary:: cli:: conformance:: embedded:: lanes:: scale:: stale::

# FUZZ_SEED=2 for others; tests of their own, in `make test` with some thousand inputs.
fuzz: ## Damage configs, HTTP and frames of ZAP a million times, and put each through everything that reads it
	FUZZ_INPUTS=$${FUZZ_INPUTS:-1000000} $(CARGO) test --locked --release -p gwc --test fuzz -- --nocapture
	FUZZ_INPUTS=$${FUZZ_INPUTS:-1000000} $(CARGO) test --locked --release -p runtime --all-features --lib fuzz -- --nocapture
	FUZZ_INPUTS=$${FUZZ_INPUTS:-1000000} $(CARGO) test --locked -p tests --test run lanes:: -- --nocapture

validate: build ## Check every config
	$(GWC) validate $(CONFIGS) $(GOLDENS)

# A crate that is new must be in the lock file before anything is built with --locked.
generate: build ## Write the generated crates again, those that are checked in
	@for c in $(CONFIGS); do $(GWC) build $$c --emit-only generated/$$(basename $$(dirname $$c)) || exit; done
	@for c in $(GOLDENS); do $(GWC) build $$c --emit-only $${c%.json} || exit; done
	$(CARGO) update --workspace --offline --quiet

# REPORT=DIR for the report; what is measured, and how, is in benches/README.md.
bench: ## The gateway beside its peers: a report, with every target (40 minutes, once all is compiled)
	@CARGO='$(CARGO)' benches/bench.sh full

bench-quick: ## The same in under 5 minutes, beside those peers that are here
	@CARGO='$(CARGO)' benches/bench.sh quick

bench-parts: ## What a token, a request with one, a million clients, a feature and gwc validate cost (ten minutes)
	@CARGO='$(CARGO)' benches/validate.sh
	@CARGO='$(CARGO)' benches/tokens.sh
	@CARGO='$(CARGO)' benches/metrics.sh
	@CARGO='$(CARGO)' benches/requests.sh
	@CARGO='$(CARGO)' benches/zap.sh
	@CARGO='$(CARGO)' benches/limits.sh
	@CARGO='$(CARGO)' benches/sizes.sh

soak: ## A gateway under all that goes wrong for MINUTES=30: is anything left of it?
	@CARGO='$(CARGO)' benches/soak.sh

lint: ## Formatting and clippy, nothing forgiven
	$(CARGO) fmt --all --check
	$(CARGO) clippy --locked -p gwc --all-targets -- -D warnings
	$(CARGO) clippy --locked -p runtime --all-targets --all-features -- -D warnings
	$(CARGO) clippy --locked -p tests --all-targets -- -D warnings
	$(CARGO) clippy --locked -p benches --all-targets -- -D warnings

clean: ## Remove everything that was built
	$(CARGO) clean
