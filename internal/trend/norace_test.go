//go:build !race

package trend

const raced = false
