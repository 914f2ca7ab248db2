package notify

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// Console writes each message as one block of text. It must not be copied.
type Console struct {
	W io.Writer

	mu sync.Mutex // held while writing to W, so that blocks do not mix
}

// Name is "console".
func (c *Console) Name() string { return "console" }

// Reaches is true: somebody reads the terminal.
func (c *Console) Reaches(Recipient) bool { return true }

// Send writes the message in a single write. Each of its lines begins with a
// bar, so that no text can pretend to be a second message.
func (c *Console) Send(ctx context.Context, m Message) (Receipt, error) {
	if err := ctx.Err(); err != nil {
		return Receipt{}, fmt.Errorf("write to the console: %w", err)
	}
	to := oneLine(m.To.Name, maxName)
	if m.To.Email != "" {
		to = strings.TrimSpace(to + " <" + oneLine(m.To.Email, maxAddress) + ">")
	}
	lines := []string{
		phrase.Say(m.To.Lang, "message.fact", phrase.Of("message.fact.to"), to),
		phrase.Say(m.To.Lang, "message.fact", phrase.Of("message.fact.subject"), oneLine(m.Subject, maxSubject)),
		"",
	}
	text := strings.TrimRight(printable(shorten(m.words(), maxText)), "\n")
	lines = append(lines, strings.Split(text, "\n")...)
	var b strings.Builder
	b.WriteString("┌" + strings.Repeat("─", 71) + "\n")
	for _, line := range lines {
		b.WriteString(strings.TrimRight("│ "+line, " ") + "\n")
	}
	b.WriteString("└" + strings.Repeat("─", 71) + "\n")
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, err := io.WriteString(c.W, b.String()); err != nil {
		return Receipt{}, fmt.Errorf("write to the console: %w", err)
	}
	return Receipt{}, nil
}
