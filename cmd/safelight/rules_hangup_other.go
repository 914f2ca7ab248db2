//go:build !unix

package main

import (
	"context"

	"github.com/safelight-dev/safelight/internal/app"
)

// reloadOnHangup does nothing where there is no such signal: the files are watched, and POST /-/reload works.
func (*cli) reloadOnHangup(context.Context, *app.App) {}
