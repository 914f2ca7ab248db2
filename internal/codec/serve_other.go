//go:build !linux

package codec

// Serve says that there is no child on this system.
func Serve(string, func(string) (Library, error)) error { return errSystem }
