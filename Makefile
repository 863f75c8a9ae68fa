# Every target is a line or two; what needs a loop or a decision stands in tests/.
.DEFAULT_GOAL := list
.PHONY: list tools render diff changes test check golden docs build images bench size e2e fuzz fallback new install-plugins clean
CHECKS := cargo run --quiet --locked -p checks --bin
ENV ?= production
FROM ?= staging
TO ?= production

list: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 18

tools: ## pinned kustomize, helm 3 and 4, kubectl, kpt, and what judges manifests and workflows, in target/tools
	$(CHECKS) tools

render: ## the whole overlay ENV= through the functions, on stdout
	@$(CHECKS) render -- $(ENV)

diff: ## what differs between the rendered overlays FROM= and TO=
	@$(CHECKS) render -- --diff $(FROM) $(TO)

changes: ## what the functions change in the overlay ENV=
	@$(CHECKS) render -- --changes $(ENV)

test: ## everything; what CI runs
	cargo test --locked --workspace --no-fail-fast

check: ## the quick loop: format, clippy, docs, unit and golden tests
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings
	cargo test --locked --workspace --lib --test golden --test docs --test catalogue

golden: ## rewrite the expected files of the golden cases, FN= for one function, and the copies of the platform
	UPDATE=1 cargo test --locked -p checks --test golden -- $(FN)
	UPDATE=1 cargo test --locked -p checks --test platform -- as_kept

docs: ## rewrite the generated parts of the documentation
	UPDATE=1 cargo test --locked -p checks --test docs

build: ## every binary, optimised
	cargo build --locked --profile dist --config .cargo/dist.toml --target host-tuple --workspace --exclude checks --bins

images: ## every container image, and the one for CI, from static binaries; `docker buildx bake` compiles in a container
	$(CHECKS) images

bench: ## speed and memory against their targets, into docs/numbers.md; ONLY= for one measure
	$(CHECKS) bench -- $(ONLY)

size: build ## the size of each binary
	@find target/$$(rustc --print host-tuple)/dist -maxdepth 1 -type f -perm -u+x -printf '%s\t%f\n' | sort -n

e2e: ## the tests that drive real tools; REQUIRE_TOOLS=1 fails where one is missing
	cargo test --locked -p checks --test e2e

fuzz: ## two million documents for the scanner, and a minute of each fuzz target (needs cargo-fuzz and a nightly toolchain)
	DOCUMENTS=2000000 cargo test --locked --release -p plimsoll-yaml --test scanner -- --nocapture mutated
	cd fuzz && cargo +nightly fuzz run parse -- -max_total_time=60 && cargo +nightly fuzz run apply -- -max_total_time=60

fallback: ## how much of the YAML below MANIFESTS=, folders with colons between them, is left to granit, and why
	cargo test --locked --release -p plimsoll-yaml --test scanner -- --nocapture --ignored told

new: ## a new function FN= KIND=, copied from the smallest one
	$(CHECKS) new -- $(FN) $(KIND)

install-plugins: ## links where kustomize looks for plugins, for the release build
	cargo run --locked --release -p plimsoll -- install-plugins

clean: ## everything that was built
	cargo clean
