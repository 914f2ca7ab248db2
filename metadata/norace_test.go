//go:build !race

package metadata

const slower = 1
