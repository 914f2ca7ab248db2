# CI runs `make check` and `make fuzz`.
.PHONY: check build fuzz

# govulncheck needs its database on the network: `sh scripts/check.sh` says plainly when it is out of reach.
check:
	sh scripts/check.sh

build:
	CGO_ENABLED=0 go build -trimpath -o safelight ./cmd/safelight
	CGO_ENABLED=0 go build -trimpath -o safelight-codec ./cmd/safelight-codec

# A short run of every fuzz target; FUZZTIME=1h make fuzz for a long one.
fuzz:
	sh scripts/fuzz.sh
