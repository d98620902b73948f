# make run       start the console with its defaults
# make quick     the tests to run while you work: seconds; see docs/testing.md
# make test      everything a change must pass; installs what it lacks on Debian
# make compatibility  the main job on S3 servers of other makers
# make bench     how fast it is beside other tools; BENCH='-only pages' is handed on
# make nightly   the faults of docs/faults.md, many more of them
# make compatibility-embedded  clients of S3 against the embedded server; docs/embedded-s3.md
# make generate  Go code from the templ files; commit it
# make lint      golangci-lint, pinned, built into .cache on first use
# make build     bin/license-manager

LINT_VERSION := v2.15.0
LINT := .cache/golangci-lint-$(LINT_VERSION)/golangci-lint

# Files that a plain go build leaves out. They are vetted like the others; .golangci.yml names the tags for lint.
TAGS := nightly,compatibility

# The faults of make test: 20 kills on each database, and replicas. The others
# take longer and a machine of their own.
FAULTS := TestKilledOn|TestReplicas|TestStoppedReplica

# What the quick set leaves out, by the names of tests. Names of subtests come last: a part of them matches any test.
SLOW := Sample|Import|Model|TestPlans|TestDifferenceThatBreaksOff|TestSQLiteLockedByAnotherProgram|Postgres|/postgres|//postgres

.DEFAULT_GOAL := build
.PHONY: run quick test nightly compatibility compatibility-embedded bench generate lint build

run:
	go run .

# The garbage collector takes a tenth of the time of tests, compilers and linters at its usual setting.
quick test: export GOGC := 400

quick:
	go test -vet=off -skip '$(SLOW)' . ./store ./store/usage ./store/sample ./handlers ./views ./scheduler/publish

test:
	.ci/install
	.ci/generated
	.ci/formatted
	go vet -tags $(TAGS) ./...
	go -C scheduler/bench vet ./...
	$(MAKE) --no-print-directory lint
	.ci/postgres go test -race -vet=off -timeout 40m ./...
	.ci/postgres go test -race -vet=off -tags nightly -run '$(FAULTS)' ./web/faulttest
	.ci/postgres go -C scheduler/bench test -vet=off ./...

nightly:
	.ci/install
	FAULT_KILLS=200 FAULT_NIGHTLY=1 .ci/postgres go test -race -tags nightly -count=1 -timeout 60m -v ./web/faulttest

compatibility:
	.ci/install
	.ci/compatibility/install
	go test -tags compatibility -count=1 -timeout 60m -v -run TestMainJob ./web/compatibility

bench:
	.ci/install
	.ci/postgres --durable go -C scheduler/bench run . $(BENCH)

compatibility-embedded:
	.ci/compatibility/embedded

generate:
	go tool templ generate

lint: $(LINT)
	$(LINT) run
	cd scheduler/bench && ../../$(LINT) run

build:
	go build -o bin/license-manager .

$(LINT):
	CGO_ENABLED=0 GOBIN=$(CURDIR)/$(@D) go install -ldflags '-s -w' github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
