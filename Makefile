# Conveniences. Nothing needs make: every target is a command or two that you can type.

GO      ?= go
FUZZ    ?= 5m
export CGO_ENABLED ?= 0

.PHONY: build test lint race fuzz bench full ci

build: ## the program, into ./gero
	$(GO) build -trimpath -o gero ./cmd/gero

test: ## what every change must pass
	$(GO) test ./...

lint: ## format, vet, linters
	.ci/run fmt vet lint

race: ## all rooms but those that prove, under the race detector
	.ci/run race

fuzz: ## each fuzz target for FUZZ
	GERO_FUZZ_TIME=$(FUZZ) .ci/run fuzz

bench: ## benchmarks beside the code
	$(GO) test -run '^$$' -bench . -benchmem ./...

full: ## everything, slow tests too; takes an hour or more
	.ci/run
	$(GO) test -tags slow -timeout 3h ./...
	GERO_FUZZ_TIME=$(FUZZ) .ci/run fuzz

ci: ## what runs before a change lands
	.ci/run
