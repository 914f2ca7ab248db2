//go:build race

package provenance

// slower is how much longer things take under the race detector, about.
const slower = 10
