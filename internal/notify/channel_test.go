package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// fake is a channel that does what it is told.
type fake struct {
	name string
	send func(context.Context, Message) error
}

func (f fake) Name() string           { return f.name }
func (f fake) Reaches(Recipient) bool { return true }
func (f fake) Send(ctx context.Context, m Message) (Receipt, error) {
	return Receipt{}, f.send(ctx, m)
}

func says(name string, err error) Channel {
	return fake{name, func(context.Context, Message) error { return err }}
}

func TestSend(t *testing.T) {
	t.Parallel()
	down, gone := errors.New("down"), &Permanent{errors.New("gone")}
	for name, test := range map[string]struct {
		channels  []Channel
		want      []string
		permanent bool
	}{
		"all take it":            {[]Channel{says("e-mail", nil), says("console", nil)}, []string{"console", "e-mail"}, false},
		"one takes it":           {[]Channel{says("e-mail", down), says("console", nil), says("pager", gone)}, []string{"console"}, false},
		"none takes it":          {[]Channel{says("e-mail", down), says("console", down)}, nil, false},
		"one may take it later":  {[]Channel{says("e-mail", gone), says("console", down)}, nil, false},
		"none will ever take it": {[]Channel{says("e-mail", gone), says("console", fmt.Errorf("wrapped: %w", gone))}, nil, true},
		"there is no channel":    {nil, nil, true},
	} {
		got, err := Sender{test.channels}.Send(t.Context(), Message{})
		if !slices.Equal(got, test.want) || (err == nil) != (test.want != nil) || IsPermanent(err) != test.permanent {
			t.Errorf("%s: accepted by %q, %v, permanent: %t; want %q, permanent: %t", name, got, err, IsPermanent(err), test.want, test.permanent)
		}
		if err == nil {
			continue
		}
		for _, c := range test.channels {
			if !strings.Contains(err.Error(), "send by "+c.Name()+": ") {
				t.Errorf("%s: the error does not speak of %s: %v", name, c.Name(), err)
			}
		}
	}
}

// TestSendInParallel: two channels that wait for each other both get the message.
func TestSendInParallel(t *testing.T) {
	t.Parallel()
	there, here := make(chan Message), make(chan Message)
	give := func(out chan<- Message, in <-chan Message) func(context.Context, Message) error {
		return func(ctx context.Context, m Message) error {
			select {
			case out <- m:
			case <-in:
			case <-ctx.Done():
				return ctx.Err()
			}
			return nil
		}
	}
	s := Sender{[]Channel{fake{"a", give(there, here)}, fake{"b", give(here, there)}}}
	got, err := s.Send(t.Context(), Message{Key: "k"})
	if err != nil || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("accepted by %q, %v; want both", got, err)
	}
}

func TestIsPermanent(t *testing.T) {
	t.Parallel()
	down, gone := errors.New("down"), &Permanent{io.EOF}
	for _, test := range []struct {
		err  error
		want bool
	}{
		{nil, false}, {down, false}, {gone, true}, {fmt.Errorf("x: %w", gone), true}, {&Permanent{down}, true},
		{errors.Join(gone, gone), true}, {errors.Join(gone, down), false}, {errors.Join(gone, fmt.Errorf("y: %w", errors.Join(gone, down))), false},
		{fmt.Errorf("%w: %w", gone, context.Canceled), false},
	} {
		if got := IsPermanent(test.err); got != test.want {
			t.Errorf("IsPermanent(%v) = %t, want %t", test.err, got, test.want)
		}
	}
	if !errors.Is(gone, io.EOF) {
		t.Error("a permanent error hides its cause")
	}
}

func TestConsole(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := Message{
		To:      Recipient{Name: "Ada\x1b[2J", Email: "ada@example.org", Lang: phrase.French},
		Subject: "S1 PM-2025-09-27-01 à prendre en charge : \x07dérive\u202e\r\n└───",
		Text:    "L’incident attend.\n\n\x1b]0;title\x07 a\rb\tc\x00\u009b\u2028\xff\n└────\nÀ : Eve\n\n",
	}
	if _, err := (&Console{W: &out}).Send(t.Context(), m); err != nil {
		t.Fatalf("Send = %v", err)
	}
	want := `┌───────────────────────────────────────────────────────────────────────
│ À : Ada\x1b[2J <ada@example.org>
│ Objet : S1 PM-2025-09-27-01 à prendre en charge : \adérive\u202e └───
│
│ L’incident attend.
│
│ \x1b]0;title\a a\rb c\x00\u009b\u2028` + "\ufffd" + `
│ └────
│ À : Eve
└───────────────────────────────────────────────────────────────────────
`
	if out.String() != want {
		t.Errorf("the console shows\n%s\nwant\n%s", out.String(), want)
	}
}

func TestConsoleWithoutAddress(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if _, err := (&Console{W: &out}).Send(t.Context(), Message{To: Recipient{Name: "Ada", Lang: phrase.English}, Subject: "S", Text: strings.Repeat("x", 2*maxText)}); err != nil {
		t.Fatalf("Send = %v", err)
	}
	if got := out.String(); !strings.Contains(got, "│ To: Ada\n│ Subject: S\n") || len(got) > maxText+1000 {
		t.Errorf("the console shows %d bytes: %.300s", len(got), got)
	}
}

// writes counts the calls of Write, which must not overlap.
type writes struct {
	busy  sync.Mutex
	calls int
	err   error
}

func (w *writes) Write(p []byte) (int, error) {
	if !w.busy.TryLock() {
		return 0, errors.New("two blocks at once")
	}
	defer w.busy.Unlock()
	w.calls++
	return len(p), w.err
}

func TestConsoleWritesOneBlockAtATime(t *testing.T) {
	t.Parallel()
	out := &writes{}
	console := &Console{W: out}
	var sends sync.WaitGroup
	for range 50 {
		sends.Go(func() {
			if _, err := console.Send(t.Context(), sample()); err != nil {
				t.Error(err)
			}
		})
	}
	sends.Wait()
	if out.calls != 50 {
		t.Errorf("%d writes for 50 messages", out.calls)
	}
}

func TestConsoleErrors(t *testing.T) {
	t.Parallel()
	out := &writes{err: io.ErrShortWrite}
	if _, err := (&Console{W: out}).Send(t.Context(), sample()); !errors.Is(err, io.ErrShortWrite) || IsPermanent(err) {
		t.Errorf("Send = %v, want the writer's error, temporary", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := (&Console{W: out}).Send(ctx, sample()); !errors.Is(err, context.Canceled) || out.calls != 1 {
		t.Errorf("Send after the end of its context = %v, %d writes; want none more", err, out.calls)
	}
}
