//go:build race

package trend

// raced: the detector makes simulation ten times slower and has nothing to see in it.
const raced = true
