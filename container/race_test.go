//go:build race

package container

// slower is how much longer things take under the race detector, about.
const slower = 10
