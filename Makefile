# make run       start the console with its defaults
# make test      everything a change must pass; installs what it lacks on Debian
# make bench     how fast it is beside other tools; BENCH='-only pages' is handed on
# make nightly   the faults of docs/faults.md, many more of them
# make generate  Go code from the templ files; commit it
# make lint      golangci-lint, pinned, built into .cache on first use
# make build     bin/license-manager

LINT_VERSION := v2.15.0
LINT := .cache/golangci-lint-$(LINT_VERSION)/golangci-lint

# The faults of make test: 20 kills on each database, and replicas. The others
# take longer and a machine of their own.
FAULTS := TestKilledOn|TestReplicas|TestStoppedReplica

.DEFAULT_GOAL := build
.PHONY: run test nightly bench generate lint build

run:
	go run .

test:
	.ci/install
	.ci/generated
	.ci/formatted
	go vet ./...
	$(MAKE) --no-print-directory lint
	.ci/postgres go test -race -timeout 40m ./...
	.ci/postgres go test -race -tags nightly -run '$(FAULTS)' ./web/faulttest

nightly:
	.ci/install
	FAULT_KILLS=200 FAULT_NIGHTLY=1 .ci/postgres go test -race -tags nightly -count=1 -timeout 60m -v ./web/faulttest

bench:
	.ci/install
	.ci/postgres --durable go run ./scheduler/bench $(BENCH)

generate:
	go tool templ generate

lint: $(LINT)
	$(LINT) run

build:
	go build -o bin/license-manager .

$(LINT):
	GOBIN=$(CURDIR)/$(@D) go install -ldflags '-s -w' github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
