package journaltest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/journal/journaltest"
)

// fileLog is the plainest store there is: all in memory, one file at Close.
// fault names what it does wrong on purpose; "" is nothing.
type fileLog struct {
	dir, fault string
	registry   *journal.Registry
	mu         sync.Mutex
	entries    []journal.Entry
	keys       []string
}

func openFile(fault string) journaltest.Opener {
	return func(t *testing.T, dir string) journaltest.Log {
		l := &fileLog{dir: dir, fault: fault, registry: journaltest.Registry(t)}
		text, err := os.ReadFile(l.path())
		if errors.Is(err, os.ErrNotExist) {
			return l
		}
		var kept struct{ Entries, Keys []string }
		if err := errors.Join(err, json.Unmarshal(text, &kept)); err != nil {
			t.Fatalf("read %s: %v", l.path(), err)
		}
		l.keys = kept.Keys
		for _, text := range kept.Entries {
			e, err := journal.Parse([]byte(text))
			if err != nil {
				t.Fatalf("read %s: %v", l.path(), err)
			}
			l.entries = append(l.entries, e)
		}
		return l
	}
}

func (l *fileLog) path() string { return filepath.Join(l.dir, "log.json") }

func (l *fileLog) Close() error {
	var kept struct{ Entries, Keys []string }
	kept.Keys = l.keys
	for _, e := range l.entries {
		kept.Entries = append(kept.Entries, string(e.Text))
	}
	if l.fault == "forgets at close" {
		kept.Entries = nil
	}
	text, err := json.Marshal(kept)
	return errors.Join(err, os.WriteFile(l.path(), text, 0o600))
}

func (l *fileLog) EffectKeys(context.Context) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.keys), nil
}

func (l *fileLog) head() journal.Head {
	if len(l.entries) == 0 {
		return journal.Head{}
	}
	e := l.entries[len(l.entries)-1]
	return journal.Head{Size: e.Seq, Hash: e.Hash}
}

func (l *fileLog) Head(context.Context) (journal.Head, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault == "head lags" && len(l.entries) > 1 {
		return journal.Head{Size: 1, Hash: l.entries[0].Hash}, nil
	}
	return l.head(), nil
}

func (l *fileLog) Append(ctx context.Context, c journal.Change) ([]journal.Entry, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := ctx.Err(); err != nil && l.fault != "ignores the context" {
		return nil, err
	}
	entries, keys := len(l.entries), len(l.keys)
	if err := l.append(c); err != nil {
		if l.fault != "half a change" {
			l.entries, l.keys = l.entries[:entries], l.keys[:keys]
		}
		return nil, err
	}
	return slices.Clone(l.entries[entries:]), nil
}

func (l *fileLog) append(c journal.Change) error {
	for _, d := range c.Events {
		if err := l.registry.Check(d); err != nil && l.fault != "any type" {
			return err
		}
		head := l.head()
		if l.fault == "broken chain" && head.Size == 3 {
			head.Hash[0] ^= 1
		}
		e, err := journal.Seal(d, head, time.Now())
		if err != nil {
			return err
		}
		l.entries = append(l.entries, e)
	}
	for _, e := range c.Effects {
		if _, err := json.Marshal(e.Data); err != nil || e.Key == "" || e.Kind == "" {
			return fmt.Errorf("queue effect: %w", journal.ErrInvalid)
		}
		if !slices.Contains(l.keys, e.Key) || l.fault == "queues twice" {
			l.keys = append(l.keys, e.Key)
		}
	}
	return nil
}

func (l *fileLog) Scan(_ context.Context, q journal.Query, yield func(journal.Entry) error) error {
	l.mu.Lock()
	entries := slices.Clone(l.entries)
	l.mu.Unlock()
	for i, e := range entries {
		switch {
		case e.Seq <= q.After && l.fault != "ignores After":
			continue
		case q.Stream != "" && !strings.HasPrefix(e.Stream, q.Stream),
			q.Stream != "" && e.Stream != q.Stream && l.fault != "stream by prefix":
			continue
		case l.fault == "skips one" && i == 255:
			continue
		}
		if err := yield(e); err != nil && l.fault != "goes on" {
			return err
		}
	}
	return nil
}

func TestSuitePasses(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, openFile(""))
}

const faultVariable = "SAFELIGHT_TEST_JOURNAL_FAULT"

// TestFaulty runs the suite on a faulty store; only TestSuiteObjects asks for it.
func TestFaulty(t *testing.T) {
	fault := os.Getenv(faultVariable)
	if fault == "" {
		t.Skip("run by TestSuiteObjects")
	}
	journaltest.Run(t, openFile(fault))
}

// TestSuiteObjects: the suite fails on each store that does one thing wrong,
// and in the test that is about it.
func TestSuiteObjects(t *testing.T) {
	t.Parallel()
	for fault, test := range map[string]string{
		"half a change":       "Atomic",
		"any type":            "Types",
		"queues twice":        "Effects",
		"broken chain":        "Order",
		"head lags":           "Order",
		"ignores After":       "Scan",
		"stream by prefix":    "Scan",
		"skips one":           "Scan",
		"goes on":             "YieldError",
		"ignores the context": "Cancelled",
		"forgets at close":    "Reopen",
	} {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			suite := exec.Command(os.Args[0], "-test.run=^TestFaulty$")
			suite.Env = append(os.Environ(), faultVariable+"="+fault)
			out, err := suite.CombinedOutput()
			if err == nil || !bytes.Contains(out, []byte("--- FAIL: TestFaulty/"+test)) {
				t.Errorf("the suite on a store that %q: %v, want %s to fail\n%s", fault, err, test, out)
			}
		})
	}
}
