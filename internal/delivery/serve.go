package delivery

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"syscall"
	"time"
)

func (d *exchange) serve(r *http.Request, state string) {
	switch {
	case state != stateEnabled:
	case d.revoked(): // held, or disabled since the state was looked at
		state = stateDisabled
	case d.route.proxy != nil:
		d.forward(r)
		return
	case d.origin(r):
		return
	default:
		state = stateFallback
	}
	d.reference(r, state)
}

// origin serves the delivered file. False means that the folder fails, so
// that the reference must stand in; a file that is not there is an answer.
func (d *exchange) origin(r *http.Request) bool {
	f, info, err := openFile(d.route.Origin, d.rel)
	switch {
	case err == nil:
		defer f.Close()
	case errors.Is(err, errOrigin):
		d.failing(err)
		return false
	default:
		d.mark(stateEnabled, cacheNever)
		refuse(d, http.StatusNotFound)
		return true
	}
	d.route.failing.Store(false)
	d.mark(stateEnabled, cacheShort)
	d.Header().Set("Content-Type", contentType(d.rel))
	d.Header().Set("ETag", fmt.Sprintf(`"%x-%x"`, info.ModTime().UnixNano(), info.Size()))
	// A restored file may be older than the bad one that a client holds, so
	// only the very same date counts as unchanged.
	if r.Header.Get("If-Modified-Since") != info.ModTime().UTC().Format(http.TimeFormat) {
		r.Header.Del("If-Modified-Since")
	}
	http.ServeContent(d, r, "", info.ModTime(), f)
	return true
}

// failing logs that the origin fails, once until it works again.
func (d *exchange) failing(err error) {
	if !d.route.failing.Swap(true) {
		d.g.log.Error("the origin of a route fails; its references are served", "route", d.route.Name, "problem", err.Error())
	}
}

// errOrigin marks that a folder fails as a whole, as opposed to a missing file in it.
var errOrigin = errors.New("the folder cannot be read")

// openFile opens a regular file below a folder. The folder is opened anew each
// time, since deliveries replace it by renaming. Links that lead out of the
// folder are refused.
func openFile(dir, rel string) (*os.File, os.FileInfo, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, fmt.Errorf("%w: %w", errOrigin, err)
	}
	defer root.Close()
	// Without O_NONBLOCK the opening of a named pipe would wait for ever.
	f, err := root.OpenFile(rel, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	for _, sick := range []error{fs.ErrPermission, syscall.EIO, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, sick) {
			return nil, nil, fmt.Errorf("%w: %w", errOrigin, err)
		}
	}
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrNotExist
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// reference serves the last known good image, or the placeholder. It answers
// in full and without validators: a client that holds the bad image must not
// be told that nothing has changed, nor be given the rest of another file.
func (d *exchange) reference(r *http.Request, state string) {
	r = r.Clone(r.Context())
	for _, h := range []string{"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range", "Range"} {
		r.Header.Del(h)
	}
	d.mark(state, cacheNever)
	d.Header().Del("ETag")
	d.Header().Del("Last-Modified")
	d.source = sourceFallback
	if f, err := d.lastGood(); err == nil {
		defer f.Close()
		d.Header().Set("Content-Type", contentType(d.rel))
		http.ServeContent(d, r, "", time.Time{}, f)
		return
	}
	if contentType(d.rel) == octets {
		refuse(d, http.StatusNotFound)
		return
	}
	d.source = sourcePlaceholder
	image, kind := d.route.placeholder()
	d.Header().Set("Content-Type", kind)
	http.ServeContent(d, r, "", time.Time{}, bytes.NewReader(image))
}

// lastGood opens the reference, unless it is withheld.
func (d *exchange) lastGood() (*os.File, error) {
	if d.withheld() {
		return nil, fs.ErrNotExist
	}
	f, _, err := openFile(d.route.Fallback, d.rel)
	return f, err
}

// maxPlaceholder bounds the placeholder, which is read for each answer.
const maxPlaceholder = 1 << 20

func (r Route) placeholder() (image []byte, kind string) {
	if r.Placeholder != "" {
		if f, err := os.Open(r.Placeholder); err == nil {
			defer f.Close()
			if image, err = io.ReadAll(io.LimitReader(f, maxPlaceholder+1)); err == nil && len(image) <= maxPlaceholder && len(image) > 0 {
				return image, contentType(r.Placeholder)
			}
		}
	}
	return []byte(placeholder), "image/svg+xml"
}
