#!/bin/sh
# Everything that must hold before a change lands: format, vet, staticcheck,
# known vulnerabilities, static builds, assembly that its generator wrote, all
# tests (all but those of the program and the demo with the race detector), and the kernels in each of their forms.
# Needs Go and what .ci/run installs.
set -eu
cd "$(dirname "$0")/.."

# step says what begins and when, so that a slow step is seen.
begun=$(date +%s)
step() { printf '== %s (after %d s)\n' "$*" $(($(date +%s) - begun)); }

step format and build
unformatted=$(gofmt -l $(git ls-files '*.go'))
if [ -n "$unformatted" ]; then
	echo "gofmt differs in:" "$unformatted"
	exit 1
fi

CGO_ENABLED=0 go build -trimpath -o safelight ./cmd/safelight
if ldd safelight >/dev/null 2>&1; then
	echo "safelight is not static"
	exit 1
fi
CGO_ENABLED=0 go build -trimpath -o safelight-codec ./cmd/safelight-codec

step vet, staticcheck, known vulnerabilities
go vet ./...
go vet -tags telemetrygen ./internal/telemetry
go vet -tags c2pa ./provenance
go tool staticcheck ./...

# govulncheck asks vuln.go.dev. Where that cannot be reached, the check is not
# made and this says so; any other failure fails.
if log=$(go tool govulncheck ./... 2>&1); then
	echo "govulncheck: no known vulnerability is called"
elif echo "$log" | grep -qE 'fetching vulnerabilities|dial tcp|no such host|i/o timeout|proxyconnect|Forbidden|vuln.go.dev'; then
	echo "govulncheck: its database cannot be reached from here; not checked"
else
	echo "$log"
	exit 1
fi

step assembly as generated
# The assembly is what its generators write, to the byte.
kernels="./colour ./cube ./icc ./jpegdec ./pngdec ./pixels ./iqa ./torchfile ./lpips ./grade"
before=$(cat */*_amd64.s */*_amd64.go | sha256sum)
go generate $kernels
(cd internal/asmgen && go vet ./...)
if [ "$before" != "$(cat */*_amd64.s */*_amd64.go | sha256sum)" ]; then
	echo "the assembly is not what internal/asmgen writes: run go generate $kernels and commit"
	exit 1
fi

# What others made (SAFELIGHT_CORPORA, SAFELIGHT_MODELS) is many pictures: the plain run below knows them, the others need not.
own="env -u SAFELIGHT_CORPORA -u SAFELIGHT_MODELS"
# SQLite's engine is C in Go's syntax, which the detector makes four times slower and knows nothing of; the driver around it is watched.
step tests with the race detector
# The tests of the program start it hundreds of times, and those of the demo measure thousands of images, which takes the detector five
# times as long; what both share is in internal/app.
$own go test -race -gcflags='modernc.org/sqlite/lib=-race=0' -timeout 30m $(go list ./... | grep -v '/grade$\|/cmd/safelight$\|/internal/demo$')
$own go test -race -short -timeout 30m ./grade

step the program and the demo
$own go test -timeout 20m ./cmd/safelight ./internal/demo

step kernels without it, then without their assembly
# The race detector changes timing and alignment: the kernels once more without it, then without their assembly.
go test -timeout 20m $kernels
# Texts that others made, and the long simulations, are for this run alone too.
go test -timeout 20m ./personal ./sentiment ./internal/trend ./container ./metadata ./provenance
$own go test -timeout 20m -tags purego $kernels
GODEBUG=cpu.avx512f=off $own go test -timeout 20m ./colour ./iqa ./lpips
GODEBUG=cpu.avx2=off $own go test -timeout 20m -short $kernels

step kernels on arm64
# On another architecture, under an emulator: slow, so the short tests.
GOARCH=arm64 go vet $kernels
if command -v qemu-aarch64-static >/dev/null; then
	CGO_ENABLED=0 GOARCH=arm64 $own go test -short -timeout 40m -exec qemu-aarch64-static ./colour ./cube ./icc ./jpegdec ./pngdec ./iqa ./torchfile ./lpips
else
	echo "qemu-aarch64-static is not here: the kernels were not run on arm64"
fi
step done
