package weights

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/lpips"
)

// Puller fetches published files. The zero value fetches from their makers.
type Puller struct {
	// From is the address of a folder with files of the same names, instead of the makers' addresses. It is https,
	// or http of this machine.
	From string
	// Client is what requests go through; one with timeouts if nil.
	Client *http.Client
	// Stall is how long the other side may send nothing; 0 means a minute.
	Stall time.Duration
	// Progress is told the file's name, the bytes that are here and all bytes, 0 where the other side does not say.
	Progress func(name string, done, total int64)
}

// Pull fetches what is missing of a network, checks it and keeps it. What was fetched before a connection broke is kept
// beside the weights and used by the next attempt.
func (p Puller) Pull(ctx context.Context, s *Store, kind lpips.Kind, o Options) (Imported, error) {
	if err := s.takes(kind); err != nil {
		return Imported{}, fmt.Errorf("pull weights: %w", err)
	}
	done := Imported{Network: kind, Missing: s.usable(kind).missing()}
	for _, part := range slices.Clone(done.Missing) {
		at := slices.IndexFunc(sources[kind], func(src source) bool { return src.part == part })
		in, err := p.pull(ctx, s, sources[kind][at], o)
		if err != nil {
			return done, err
		}
		done.Parts, done.Missing = append(done.Parts, in.Parts...), in.Missing
	}
	return done, nil
}

// pull fetches one file and imports it.
func (p Puller) pull(ctx context.Context, s *Store, src source, o Options) (Imported, error) {
	address, err := p.address(src)
	if err != nil {
		return Imported{}, err
	}
	if err := os.MkdirAll(s.dirs[0], 0o755); err != nil {
		return Imported{}, fmt.Errorf("pull weights: %w", err)
	}
	part := filepath.Join(s.dirs[0], src.name()+".part")
	if err := p.fetch(ctx, address, part, src); err != nil {
		return Imported{}, fmt.Errorf("pull weights from %s: %w", address, errors.Join(err, removeEmpty(part)))
	}
	if err := src.check(part); err != nil && !o.Any {
		return Imported{}, fmt.Errorf("pull weights from %s: %w", address, errors.Join(err, remove(part)))
	}
	in, err := s.importAs(part, address, o)
	return in, errors.Join(err, remove(part))
}

// address is where a file is fetched from. Anything but https could be changed on its way; this machine is trusted.
func (p Puller) address(src source) (string, error) {
	address := src.url
	if p.From != "" {
		address = strings.TrimSuffix(p.From, "/") + "/" + src.name()
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", fmt.Errorf("pull weights: %w: %w", err, journal.ErrInvalid)
	}
	return address, trusted(u)
}

func trusted(u *url.URL) error {
	ip := net.ParseIP(u.Hostname())
	if u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()) {
		return nil
	}
	return fmt.Errorf("pull weights from %s: it must be an https address: %w", u.Redacted(), journal.ErrInvalid)
}

// check compares a file with its known digest.
func (s source) check(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); !strings.HasPrefix(got, s.sha256) {
		return fmt.Errorf("its SHA-256 is %s, want %s: it is not the published file: %w", got, s.sha256, journal.ErrInvalid)
	}
	return nil
}

func (s source) name() string { return path.Base(s.url) }

// fetch writes an address to a file. A file that is there already is the beginning, and is asked to be continued.
func (p Puller) fetch(ctx context.Context, address, file string, src source) error {
	f, err := os.OpenFile(file, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	have, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := p.Stall
	if stall <= 0 {
		stall = time.Minute
	}
	watchdog := time.AfterFunc(stall, func() { cancel(fmt.Errorf("nothing came for %s", stall)) })
	defer watchdog.Stop()
	body, total, from, err := p.request(ctx, address, have)
	if err != nil {
		return cause(ctx, err)
	}
	defer body.Close()
	if total > src.limit {
		return fmt.Errorf("it has %d bytes, %d are allowed: %w", total, src.limit, journal.ErrTooLarge)
	}
	if err := errors.Join(f.Truncate(from), seek(f, from)); err != nil {
		return err
	}
	d := download{p: p, name: src.name(), done: from, total: total, alive: func() { watchdog.Reset(stall) }}
	n, err := io.Copy(f, io.TeeReader(io.LimitReader(body, src.limit-from+1), &d))
	switch {
	case err != nil:
		return cause(ctx, err)
	case from+n > src.limit:
		return errors.Join(fmt.Errorf("it has more than %d bytes: %w", src.limit, journal.ErrTooLarge), f.Truncate(0))
	}
	return f.Sync()
}

// removeEmpty removes a file of which nothing came.
func removeEmpty(file string) error {
	info, err := os.Stat(file)
	if err != nil || info.Size() > 0 {
		return nil
	}
	return remove(file)
}

func seek(f *os.File, at int64) error {
	_, err := f.Seek(at, io.SeekStart)
	return err
}

// cause prefers why the context ended to the error that its end made. Whatever kept a file from coming, it is not here.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); c != nil {
		err = c
	}
	return fmt.Errorf("%w: %w", err, journal.ErrNotFound)
}

// request asks for an address from byte have on. It returns the size of the whole, 0 if unknown, and where the body
// starts: not every server continues.
func (p Puller) request(ctx context.Context, address string, have int64) (body io.ReadCloser, total, from int64, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, 0, 0, err
	}
	if have > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	response, err := p.client().Do(request)
	if err != nil {
		return nil, 0, 0, err
	}
	length := max(response.ContentLength, 0)
	switch response.StatusCode {
	case http.StatusOK:
		return response.Body, length, 0, nil
	case http.StatusPartialContent:
		if strings.HasPrefix(response.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", have)) {
			return response.Body, have + length, have, nil
		}
	case http.StatusRequestedRangeNotSatisfiable: // nothing is left to send: all of it is here, or another file
		if have > 0 {
			return http.NoBody, have, have, response.Body.Close()
		}
	}
	return nil, 0, 0, errors.Join(fmt.Errorf("the server answers %s: %w", response.Status, journal.ErrNotFound), response.Body.Close())
}

func (p Puller) client() *http.Client {
	c := http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   30 * time.Second,
		ResponseHeaderTimeout: time.Minute,
	}}
	if p.Client != nil {
		c = *p.Client
	}
	c.CheckRedirect = func(r *http.Request, via []*http.Request) error {
		if len(via) >= 10 {
			return errors.New("it redirects in a circle")
		}
		return trusted(r.URL)
	}
	return &c
}

// download tells of what arrives.
type download struct {
	p           Puller
	name        string
	done, total int64
	alive       func()
}

func (d *download) Write(b []byte) (int, error) {
	d.alive()
	d.done += int64(len(b))
	if d.p.Progress != nil {
		d.p.Progress(d.name, d.done, d.total)
	}
	return len(b), nil
}
