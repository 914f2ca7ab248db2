//go:build !race

package container

const slower = 1
