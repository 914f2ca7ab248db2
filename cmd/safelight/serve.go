package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/notify"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/web"
)

// runServe runs the server.
func runServe(c *cli, ctx context.Context, args []string) error {
	f := newFlags("serve [--dir D]")
	dir := f.String("dir", ".", "flag.repository")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	return c.serve(ctx, *dir, func(url string) { fmt.Fprintf(c.stdout, "safelight serves %s\n", url) })
}

// serve opens a folder, serves its pages and runs its background work until
// ctx ends. ready is told the address.
func (c *cli) serve(ctx context.Context, dir string, ready func(url string)) (err error) {
	log := slog.New(slog.NewTextHandler(c.stderr, nil))
	a, config, err := c.open(ctx, dir, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := c.inspect(ctx, a); err != nil {
		return err
	}
	l, err := net.Listen("tcp", config.Serve.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", config.Serve.Listen, inputError(err))
	}
	defer l.Close() // a no-op once it has served
	if err := a.Start(ctx); err != nil {
		return err
	}
	c.reloadOnHangup(ctx, a)
	address := l.Addr().String()
	pages, err := web.New(web.Options{
		Service: a, Rules: a, Alerts: a, Signals: a, Consents: a, Quarantine: a, Findings: a, OnCall: a, Watch: a, Rehearsals: a, Sessions: a.Store().Sessions(), Log: log, Lang: config.Language, Base: config.Serve.URL, InsecureCookies: loopback(address),
		Mounts: a.Mounts(), OpenLoopback: loopback(address) && config.Serve.URL == "",
	})
	if err != nil {
		return err
	}
	forget, err := app.Announce(dir, address)
	if err != nil {
		return err
	}
	also, err := listenOTLP(config.Serve.OTLP)
	if err != nil {
		// A collector on this machine has the address, most likely, and can send on to ours.
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.warning", err))
	}
	ready("http://" + address + "/")
	if also != nil {
		fmt.Fprintln(c.stdout, phrase.Say(c.lang(), "cli.serve.otlp", "http://"+also.Addr().String()+"/v1/metrics"))
	}
	return errors.Join(serveBoth(ctx, l, pages.Handler(), also, pages.Machines(a.OTLP())), forget())
}

// inspect verifies the journal and says what would hurt at night.
func (c *cli) inspect(ctx context.Context, a *app.App) error {
	if _, err := a.Store().Verify(ctx); err != nil {
		return fmt.Errorf("verify the journal before serving: %w", err)
	}
	warnings, err := a.Warnings(ctx)
	for _, w := range warnings {
		fmt.Fprintln(c.stderr, phrase.Say(c.lang(), "cli.warning", phrase.SaidOf(w).In(c.lang())))
	}
	return err
}

// listenOTLP opens the second address for OpenTelemetry's metrics, or none.
func listenOTLP(address string) (net.Listener, error) {
	if address == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen on %s for OpenTelemetry: %w; metrics are taken on the main address only", address, err)
	}
	return l, nil
}

// serveBoth serves on one listener and, if there is one, on another until ctx ends or one of them fails.
func serveBoth(ctx context.Context, l net.Listener, h http.Handler, also net.Listener, other http.Handler) error {
	if also == nil {
		return serveUntil(ctx, l, h)
	}
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return serveUntil(ctx, l, h) })
	g.Go(func() error { return serveUntil(ctx, also, other) })
	return g.Wait()
}

// open opens the app of a folder, on the replayed clock where the demo left one.
func (c *cli) open(ctx context.Context, dir string, log *slog.Logger) (*app.App, app.Config, error) {
	config, source, err := app.Load(dir)
	if err != nil {
		return nil, config, err
	}
	o := app.Options{Dir: dir, Config: config, Source: source, Log: log}
	if config.Notify.Console {
		o.Console = &notify.Console{W: c.stdout}
	}
	at, replayed, err := app.ReplayedAt(dir)
	if err != nil {
		return nil, config, err
	}
	if replayed {
		o.Now, o.Replayed, o.Console = func() time.Time { return at }, true, nil
		o.Config.Notify, o.Config.Watchdog = notify.Config{}, app.WatchdogConfig{} // a replayed night sends nothing
	}
	a, err := app.New(ctx, o)
	return a, config, err
}

// loopback tells whether an address is reached from this machine only, where
// pages come over plain HTTP.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	ip := net.ParseIP(host)
	return err == nil && (host == "localhost" || ip != nil && ip.IsLoopback())
}

// serveUntil serves until ctx ends, then lets the open requests end.
func serveUntil(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{
		Handler: h, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute,
		WriteTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	done := make(chan error, 1)
	go func() { done <- server.Serve(l) }()
	select {
	case err := <-done:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return server.Shutdown(grace)
}
