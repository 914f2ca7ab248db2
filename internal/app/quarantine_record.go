package app

import (
	"context"
	"time"

	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/watch"
)

// quarantine holds a delivered image that must not be public, whether or not
// it could be measured. Where one may stay, what an older version is held for
// is over; what could not be measured lets nothing out.
func (r *recorder) quarantine(ctx context.Context, result watch.Result) error {
	if result.Metadata == nil {
		return nil
	}
	findings := heldFor(result.Metadata)
	if len(findings) == 0 {
		if result.Err != nil {
			return nil
		}
		return r.app.Cleared(ctx, r.pipeline, result.Path, result.SHA256)
	}
	_, err := r.app.Hold(ctx, quarantine.Held{
		Pipeline: r.pipeline, Path: result.Path, SHA256: result.SHA256, Bytes: result.Bytes,
		ModifiedAt: time.Unix(0, r.memory.modified(result.Path)), Findings: findings, Placeholder: result.Metadata.ReferenceToo,
	})
	return err
}
