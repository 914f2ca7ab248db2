//go:build !race

package app

// share of the seeds that go test runs.
const share = 60
