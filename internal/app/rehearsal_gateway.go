package app

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/safelight-dev/safelight/internal/blob"
	"github.com/safelight-dev/safelight/internal/delivery"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/rehearsal"
)

// deliver starts a gateway of its own and sees the harmful images served.
func (st *rehearsalStage) deliver(ctx context.Context) (f rehearsal.Facts, err error) {
	if st.stop == nil {
		if err := st.open(ctx); err != nil {
			return f, err
		}
	}
	if _, err := st.control.Probe(ctx, rehearsedRoute, false); err != nil {
		return f, err
	}
	return f, st.served(ctx, st.delivered(), st.paths...)
}

func (st *rehearsalStage) open(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("open a private gateway: %w", err)
	}
	config := delivery.Config{Listen: l.Addr().String(), Routes: map[string]delivery.RouteConfig{
		rehearsedRoute: {Prefix: rehearsedPrefix, Origin: st.delivered(), Fallback: st.reference()},
	}}
	state := filepath.Join(st.dir, "gateway.json")
	if st.control, err = delivery.NewControl(config, state); err != nil {
		return errors.Join(err, l.Close())
	}
	gateway, err := delivery.NewGateway(delivery.Options{StateFile: state, Config: config})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	ended := make(chan error, 1)
	go func() { ended <- delivery.ServeOn(serving, l, gateway) }()
	st.stop = func() error { cancel(); return errors.Join(<-ended, gateway.Close()) }
	return nil
}

// served asks the private gateway for images, and compares every byte with the files of a folder.
func (st *rehearsalStage) served(ctx context.Context, folder string, names ...string) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, name := range names {
		want, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, st.control.URL+(&url.URL{Path: rehearsedPrefix + name}).EscapedPath(), nil)
		if err != nil {
			return err
		}
		res, err := client.Do(req)
		if err != nil {
			return fmt.Errorf("ask the private gateway: %w", err)
		}
		h := sha256.New()
		_, err = io.Copy(h, io.LimitReader(res.Body, privateImage))
		res.Body.Close()
		if err != nil {
			return fmt.Errorf("ask the private gateway: %w", err)
		}
		if [sha256.Size]byte(h.Sum(nil)) != sha256.Sum256(want) {
			return phrase.Errorf("rehearsal.other", name, res.StatusCode)
		}
	}
	return nil
}

// contain disables the private route as a real one, and proves it from outside.
func (st *rehearsalStage) contain(ctx context.Context) (f rehearsal.Facts, err error) {
	if err := st.control.Disable(ctx, rehearsedRoute, st.id, "M1"); err != nil {
		return f, err
	}
	probe, err := st.control.Probe(ctx, rehearsedRoute, true)
	if err != nil {
		return f, err
	}
	return rehearsal.Facts{Probe: probe.Millis}, st.served(ctx, st.reference(), st.paths...)
}

// restore takes that back: the very bytes of before are served.
func (st *rehearsalStage) restore(ctx context.Context) (f rehearsal.Facts, err error) {
	if _, err := st.control.Enable(ctx, rehearsedRoute, st.id, "M1"); err != nil {
		return f, err
	}
	probe, err := st.control.Probe(ctx, rehearsedRoute, false)
	if err != nil {
		return f, err
	}
	return rehearsal.Facts{Probe: probe.Millis}, st.served(ctx, st.delivered(), st.paths...)
}

// isolate takes the first image out of delivery; the others are delivered on.
func (st *rehearsalStage) isolate(ctx context.Context) (f rehearsal.Facts, err error) {
	one := st.paths[0]
	if err := st.control.Hold(ctx, rehearsedRoute, delivery.Held{Path: one, Item: rehearsedRoute, Since: time.Now()}); err != nil {
		return f, err
	}
	probe, err := st.control.ProbePath(ctx, rehearsedRoute, one, true)
	if err != nil {
		return f, err
	}
	mover, asset, err := st.mover()
	if err != nil {
		return f, err
	}
	if _, err := mover.TakeOut(ctx, asset); err != nil {
		return f, err
	}
	if err := st.served(ctx, st.reference(), one); err != nil {
		return f, err
	}
	return rehearsal.Facts{Paths: []string{one}, Probe: probe.Millis}, st.served(ctx, st.delivered(), st.paths[1:]...)
}

// mover moves the first image. Its bytes are kept beside it, and not among what is kept of the world.
func (st *rehearsalStage) mover() (m delivery.Mover, a delivery.Asset, err error) {
	kept, err := blob.Open(filepath.Join(st.dir, "kept"))
	if err != nil {
		return m, a, err
	}
	digest := ""
	for _, c := range st.checks {
		if c.Candidate.Path == st.paths[0] {
			digest = c.Candidate.SHA256
		}
	}
	return delivery.Mover{Keep: keeper{kept}}, delivery.Asset{Dir: st.delivered(), Path: st.paths[0], Item: rehearsedRoute, SHA256: digest, Mode: 0o600, ModifiedAt: time.Now()}, nil
}

// release puts it back: it is delivered as it was.
func (st *rehearsalStage) release(ctx context.Context) (f rehearsal.Facts, err error) {
	mover, asset, err := st.mover()
	if err != nil {
		return f, err
	}
	if err := mover.PutBack(ctx, asset); err != nil {
		return f, err
	}
	if err := st.control.Lift(ctx, rehearsedRoute); err != nil {
		return f, err
	}
	probe, err := st.control.ProbePath(ctx, rehearsedRoute, st.paths[0], false)
	if err != nil {
		return f, err
	}
	if _, err := measured(filepath.Join(st.delivered(), filepath.FromSlash(asset.Path)), asset.SHA256); err != nil {
		return f, fmt.Errorf("look at %s after it was put back: %w", asset.Path, err)
	}
	return rehearsal.Facts{Paths: st.paths[:1], Probe: probe.Millis}, st.served(ctx, st.delivered(), st.paths...)
}
