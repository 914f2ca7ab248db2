package main

import (
	"fmt"
	"strings"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/safelight-dev/safelight/internal/codec"
)

// open loads the library of a format and returns its decoder.
func open(format string) (codec.Library, error) {
	switch format {
	case "webp":
		return openWebP()
	case "avif":
		return openAVIF()
	case "heic":
		return openHEIF()
	case "jxl":
		return openJXL()
	}
	return codec.Library{}, fmt.Errorf("no decoder for %q", format)
}

// library is a loaded shared object.
type library struct {
	soname string
	handle uintptr
}

// load opens the first of the shared objects that is there.
func load(sonames ...string) (library, error) {
	for _, name := range sonames {
		if handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL); err == nil {
			return library{name, handle}, nil
		}
	}
	if len(sonames) == 1 {
		return library{}, fmt.Errorf("%s is not installed", sonames[0])
	}
	return library{}, fmt.Errorf("none of %s is installed", strings.Join(sonames, ", "))
}

// bind sets each variable of a function type to the C function of that name.
func (l library) bind(functions map[string]any) error {
	for name, fn := range functions {
		if !l.optional(name, fn) {
			return fmt.Errorf("%s has no function %s", l.soname, name)
		}
	}
	return nil
}

// optional is bind for one function that not all versions have; it says whether this one has.
func (l library) optional(name string, fn any) bool {
	symbol, err := purego.Dlsym(l.handle, name)
	if err != nil {
		return false
	}
	purego.RegisterFunc(fn, symbol)
	return true
}

// start is the address of the first byte, nil if there is none.
func start(b []byte) unsafe.Pointer { return unsafe.Pointer(unsafe.SliceData(b)) }

// clone copies n bytes of C memory.
func clone(p *byte, n uintptr) []byte {
	if p == nil || n == 0 {
		return nil
	}
	return append([]byte(nil), unsafe.Slice(p, n)...)
}
