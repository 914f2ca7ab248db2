package app

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/people"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

// What a child that is there to be killed is told: the folder, the gateway's
// address, and the step before which it waits, as "remove" or "remove#3".
const (
	crashDir     = "SAFELIGHT_TEST_CRASH_DIR"
	crashAddress = "SAFELIGHT_TEST_CRASH_ADDRESS"
	crashStep    = "SAFELIGHT_TEST_CRASH_STEP"
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "detector" {
		os.Exit(detector(os.Args[2]))
	}
	if dir := os.Getenv(crashDir); dir != "" {
		fmt.Println("error", moveUntilKilled(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

const secret = "an image with a place in it"

// moveUntilKilled is a server that holds what is to be held, releases it where it
// is held, or erases it where it is discarded, and waits to be killed before a step.
func moveUntilKilled(dir string) error {
	ctx := context.Background()
	config, err := Parse([]byte(fmt.Sprintf(houseConfig, os.Getenv(crashAddress))), dir)
	if err != nil {
		return err
	}
	at := func() time.Time { return time.Date(2025, 9, 27, 4, 0, 0, 0, time.UTC) }
	a, err := New(ctx, Options{Dir: dir, Config: config, Now: at, Replayed: true, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	a.config.Quarantine.KeepDiscarded = 0
	a.quarantine.mover.Step = waitForKill(os.Getenv(crashStep))
	list, err := a.Quarantine(ctx, web.HeldQuery{})
	if err != nil {
		return err
	}
	switch {
	case len(list) == 0:
		err = holdSecrets(ctx, a, dir)
	case list[0].Status == quarantine.StatusDiscarded:
		return errors.Join(a.Start(ctx), a.EraseDiscarded(ctx))
	default:
		by := people.Actor{ID: "u-1", Role: people.Responder}
		err = a.ChangeQuarantine(ctx, by, list[0].ID, quarantine.Release{Reason: "a statue"})
	}
	if err != nil {
		return err
	}
	if os.Getenv(crashStep) == "journalled" {
		fmt.Println("journalled")
		select {}
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	select {}
}

// waitForKill waits before a step, the first or the one that is named, until the kill.
func waitForKill(at string) func(string) error {
	name, number, numbered := strings.Cut(at, "#")
	var seen atomic.Int32
	return func(step string) error {
		if step != name {
			return nil
		}
		if n := fmt.Sprint(seen.Add(1)); !numbered || n == number {
			fmt.Println(at)
			select {}
		}
		return nil
	}
}

// holdSecrets holds the images that are no pictures together.
func holdSecrets(ctx context.Context, a *App, dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "delivered", "*.png"))
	if err != nil {
		return err
	}
	var list []quarantine.Held
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(string(text), secret) {
			continue
		}
		info, err := os.Stat(file)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(text)
		list = append(list, quarantine.Held{
			Pipeline: "catalogue", Path: filepath.Base(file), SHA256: hex.EncodeToString(sum[:]), Bytes: info.Size(), ModifiedAt: info.ModTime(),
			Findings: []quarantine.Finding{{Kind: "personal"}},
		})
	}
	return a.HoldAll(ctx, list)
}

// runAndKill runs a child until it says that it has come to its step, and kills it.
func (w ward) runAndKill(step string) {
	w.t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), crashDir+"="+w.dir, crashAddress+"="+w.config.Gateway.Listen, crashStep+"="+step)
	out, err := child.StdoutPipe()
	if err != nil {
		w.t.Fatal(err)
	}
	child.Stderr = os.Stderr
	if err := child.Start(); err != nil {
		w.t.Fatal(err)
	}
	timer := time.AfterFunc(patience, func() { child.Process.Kill() })
	defer timer.Stop()
	said, _ := bufio.NewReader(out).ReadString('\n')
	child.Process.Kill()
	_ = child.Wait() // it was killed
	if strings.TrimSpace(said) != step {
		w.t.Fatalf("the server that was to be killed before %q says %q", step, said)
	}
}

// somewhere tells whether the image's bytes are anywhere: in the folder, under
// whatever name, or among the blobs.
func (w ward) somewhere(text string) bool {
	w.t.Helper()
	list, err := os.ReadDir(filepath.Join(w.dir, "delivered"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list {
		if w.read("delivered/"+e.Name()) == text {
			return true
		}
	}
	sum := sha256.Sum256([]byte(text))
	name := hex.EncodeToString(sum[:])
	return w.read(".safelight/blobs/sha256/"+name[:2]+"/"+name) == text
}

// TestServerKilledWhileMoving kills a server before each step of a move and
// starts it again: no image is lost, none is left public, nothing is left behind.
func TestServerKilledWhileMoving(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"journalled", "keep", "set aside", "remove"} {
		w := newWard(t)
		w.deliver("1.png", secret)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		w.runAndKill(step)
		if state, body := w.ask("1.png"); step != "journalled" && (state != "disabled" || body == secret) {
			t.Errorf("killed before %q the public gets %q in state %s", step, body, state)
		}
		if !w.somewhere(secret) {
			t.Errorf("killed before %q the image is lost", step)
		}
		w.open()
		w.idle()
		list, err := w.Quarantine(t.Context(), web.HeldQuery{})
		if err != nil || len(list) != 1 || list[0].Status != quarantine.StatusHeld || !list[0].Kept || len(list[0].Proofs) != 1 {
			t.Errorf("started again after %q the quarantine is %+v, %v", step, list, err)
		}
		if state, body := w.ask("1.png"); state != "disabled" || body == secret || w.read("delivered/1.png") != "" || !w.somewhere(secret) || w.leftBehind() {
			t.Errorf("started again after %q the public gets %q in state %s; left behind: %v", step, body, state, w.leftBehind())
		}
	}
}

// TestServerKilledWhileRestoring is the same of the way back.
func TestServerKilledWhileRestoring(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"journalled", "write", "name", "clear up"} {
		w := newWard(t)
		id := w.held("1.png", secret)
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		w.runAndKill(step)
		if state, body := w.ask("1.png"); state != "disabled" || body == secret || !w.somewhere(secret) {
			t.Errorf("killed before %q the public gets %q in state %s", step, body, state)
		}
		w.open()
		w.idle()
		if i := w.item(id); i.Status != quarantine.StatusRestored {
			t.Errorf("started again after %q it is %s, %q", step, i.Status, i.Problem)
		}
		if state, body := w.ask("1.png"); state != "enabled" || body != secret || w.leftBehind() {
			t.Errorf("started again after %q the public gets %q in state %s; left behind: %v", step, body, state, w.leftBehind())
		}
	}
}

// TestServerKilledWhileMovingMany kills a server in the middle of a batch, before
// various steps of various images, and starts it again: none is lost, none public.
func TestServerKilledWhileMovingMany(t *testing.T) {
	t.Parallel()
	const many = 12
	text := func(i int) string { return fmt.Sprintf("%s, number %d", secret, i) }
	for _, step := range []string{"keep#1", "set aside#5", "remove#7", "keep#12", "remove#12"} {
		w := newWard(t)
		for i := range many {
			w.deliver(fmt.Sprintf("f%02d.png", i), text(i))
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		w.runAndKill(step)
		whole := func(when string) {
			t.Helper()
			for i := range many {
				state, body := w.ask(fmt.Sprintf("f%02d.png", i))
				if state != "disabled" || strings.Contains(body, secret) || !w.somewhere(text(i)) {
					t.Errorf("%s %q the public gets %q of image %d in state %s; kept: %v", when, step, body, i, state, w.somewhere(text(i)))
				}
			}
		}
		whole("killed before")
		w.open()
		w.idle()
		whole("started again after")
		list := w.all()
		for _, i := range list {
			if i.Status != quarantine.StatusHeld || !i.Kept || len(i.Proofs) != 1 || i.Incident != list[0].Incident || w.read("delivered/"+i.Path) != "" {
				t.Errorf("started again after %q one of the images is %+v", step, i)
			}
		}
		if len(list) != many || w.leftBehind() {
			t.Errorf("started again after %q %d are held; left behind: %v", step, len(list), w.leftBehind())
		}
	}
}

// leftBehind tells whether the delivered folder has hidden files.
func (w ward) leftBehind() bool {
	w.t.Helper()
	list, err := os.ReadDir(filepath.Join(w.dir, "delivered"))
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.ContainsFunc(list, func(e os.DirEntry) bool { return strings.HasPrefix(e.Name(), ".") })
}
