package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/store"
)

// monitor is the system as the doer of commands.
var monitor = people.Monitor()

// configStream holds what was configured when.
const configStream = "config"

const typeConfigLoaded = "config.loaded"

func configTypes() []journal.Type { return []journal.Type{{Name: typeConfigLoaded, Version: 1}} }

// configLoaded says which configuration holds from now on, and how it differs
// in size from the one before; the file itself is versioned beside the journal.
type configLoaded struct {
	SHA256   string `json:"sha256"`
	Previous string `json:"previous,omitempty"`
	Bytes    int    `json:"bytes"`
	// Rules is the digest of the rule files that the configuration names, names and contents together.
	Rules string `json:"rules,omitempty"`
}

// journalConfig notes the digest of the configuration when it has changed.
func (a *App) journalConfig(ctx context.Context, source []byte) error {
	if len(source) == 0 {
		return nil
	}
	sum := sha256.Sum256(source)
	a.rules.mu.Lock()
	loaded := configLoaded{SHA256: hex.EncodeToString(sum[:]), Bytes: len(source), Rules: a.rules.digest}
	a.rules.mu.Unlock()
	return a.store.Update(ctx, func(tx *store.Tx) error {
		entries, err := tx.Stream(configStream)
		if err != nil {
			return err
		}
		if n := len(entries); n > 0 {
			last, err := journal.Decode[configLoaded](entries[n-1])
			if err != nil {
				return err
			}
			if last.SHA256 == loaded.SHA256 && last.Rules == loaded.Rules {
				return nil
			}
			loaded.Previous = last.SHA256
		}
		_, err = tx.Append(journal.Change{Events: []journal.Draft{{
			Stream: configStream, Type: typeConfigLoaded, Version: 1, OccurredAt: a.now(), Actor: string(monitor.ID), Data: loaded,
		}}})
		if err != nil {
			return fmt.Errorf("note the configuration: %w", err)
		}
		return nil
	})
}
