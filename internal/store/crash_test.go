package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/journal/journaltest"
)

// crashDir names the folder to a child that is there to be killed.
const crashDir = "SAFELIGHT_TEST_CRASH_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(crashDir); dir != "" {
		if err := appendUntilKilled(dir); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// appendUntilKilled appends, performs effects, and prints each entry's
// sequence and hash once its append was acknowledged.
func appendUntilKilled(dir string) error {
	ctx := context.Background()
	registry, err := journal.NewRegistry(journaltest.Types())
	if err != nil {
		return err
	}
	s, err := Open(ctx, Options{Dir: dir, Registry: registry})
	if err != nil {
		return err
	}
	if err := s.Start(ctx, Work{Performers: map[string]Performer{"page": recordTo(dir)}}); err != nil {
		return err
	}
	for i := 0; ; i++ {
		key := fmt.Sprintf("%d-%d", os.Getpid(), i)
		entries, err := s.Append(ctx, journal.Change{
			Events:  []journal.Draft{draft("a", i), draft("b", i)},
			Effects: []journal.Effect{{Kind: "page", Key: key, Stream: "a"}},
		})
		if err != nil {
			return err
		}
		for _, e := range entries {
			fmt.Println("ack", e.Seq, e.Hash)
		}
		fmt.Println("effect", key)
	}
}

// recordTo performs an effect by noting its key in a file.
func recordTo(dir string) Performer {
	return func(_ context.Context, e Effect) (journal.Change, error) {
		f, err := os.OpenFile(filepath.Join(dir, "performed"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return journal.Change{}, err
		}
		_, err = f.WriteString(e.Key + "\n")
		d := draft("result-"+e.Key, 1)
		return journal.Change{Events: []journal.Draft{d}}, errors.Join(err, f.Close())
	}
}

// TestKill kills a process again and again while it appends and performs:
// what was acknowledged is there, the chain is whole, no effect is lost and
// none is journalled twice.
func TestKill(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	const rounds = 6
	dir := t.TempDir()
	random := rand.New(rand.NewPCG(1, 2))
	acks, effects := map[string]bool{}, map[string]bool{}
	for round := range rounds {
		for _, line := range runAndKill(t, dir, 1+random.IntN(90)) {
			switch what, rest, _ := strings.Cut(line, " "); what {
			case "ack":
				acks[rest] = true
			case "effect":
				effects[rest] = true
			default:
				t.Fatalf("round %d: the child says %q", round, line)
			}
		}
	}
	s := open(t, dir)
	begun := time.Now()
	if err := s.Start(t.Context(), Work{Performers: map[string]Performer{"page": recordTo(dir)}}); err != nil {
		t.Fatalf("Start: %v", err)
	}
	idle(t, s)
	t.Logf("%d acknowledged entries, %d effects; after the last kill the effects took %v", len(acks), len(effects), time.Since(begun))
	checkAcks(t, s, acks)
	checkEffects(t, s, effects, rounds)
}

// runAndKill starts a child, lets it acknowledge some lines and kills it.
// It gives all complete lines that it printed.
func runAndKill(t *testing.T, dir string, lines int) []string {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var got []string
	in := bufio.NewReader(out)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			break // the child is dead; a line without an end was not said
		}
		got = append(got, strings.TrimSuffix(line, "\n"))
		if len(got) == lines {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	child.Wait() // killed: its error is what was asked for
	if len(got) < lines {
		t.Fatalf("the child ended by itself after %q", got)
	}
	return got
}

func checkAcks(t *testing.T, s *Store, acks map[string]bool) {
	t.Helper()
	found := 0
	err := s.Scan(t.Context(), journal.Query{}, func(e journal.Entry) error {
		if acks[fmt.Sprint(e.Seq, " ", e.Hash)] {
			found++
		}
		return nil
	})
	if err != nil {
		t.Fatalf("the chain is broken: %v", err)
	}
	if found != len(acks) {
		t.Errorf("%d entries are there of %d acknowledged", found, len(acks))
	}
}

func checkEffects(t *testing.T, s *Store, keys map[string]bool, kills int) {
	t.Helper()
	performed := map[string]int{}
	b, err := os.ReadFile(filepath.Join(s.dir, "performed"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(b) {
		performed[strings.TrimSpace(string(line))]++
	}
	results := map[string]int{}
	err = s.Scan(t.Context(), journal.Query{}, func(e journal.Entry) error {
		if key, ok := strings.CutPrefix(e.Stream, "result-"); ok {
			results[key]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range keys {
		if performed[key] < 1 || results[key] != 1 {
			t.Errorf("effect %s was performed %d times and journalled %d times, want once", key, performed[key], results[key])
		}
	}
	again := 0
	for key, n := range performed {
		if results[key] != 1 {
			t.Errorf("effect %s was performed and journalled %d times", key, results[key])
		}
		again += n - 1
	}
	if again > kills*8 { // what can be in the air at a kill
		t.Errorf("%d performances were repeated after %d kills, want at most 8 each", again, kills)
	}
}
