//go:build !amd64 || purego

package lpips

// engines lists what this processor runs, the fastest first.
func engines() []*engine { return []*engine{plain} }
