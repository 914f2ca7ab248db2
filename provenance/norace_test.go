//go:build !race

package provenance

const slower = 1
