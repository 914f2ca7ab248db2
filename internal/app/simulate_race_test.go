//go:build race

package app

// share of the seeds that go test runs: under the race detector each takes ten times as long.
const share = 6
