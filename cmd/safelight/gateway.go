package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/safelight-dev/safelight/internal/app"
	"github.com/safelight-dev/safelight/internal/delivery"
)

// runGateway serves delivered images by route. It is a process of its own, so
// that delivery goes on when the server stops.
func runGateway(c *cli, ctx context.Context, args []string) error {
	f := newFlags("gateway [--dir D]")
	dir := f.String("dir", ".", "flag.repository")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	config, _, err := app.Load(*dir)
	if err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(c.stderr, nil))
	g, err := delivery.NewGateway(delivery.Options{
		StateFile: app.GatewayState(*dir), AccessLog: app.AccessLog(*dir), Config: config.Gateway, Log: log,
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", config.Gateway.Listen)
	if err != nil {
		return errors.Join(fmt.Errorf("listen on %s: %w", config.Gateway.Listen, err), g.Close())
	}
	fmt.Fprintf(c.stdout, "safelight gateway serves http://%s/\n", l.Addr())
	return errors.Join(delivery.ServeOn(ctx, l, g), g.Close())
}
