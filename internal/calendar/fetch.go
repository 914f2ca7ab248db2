package calendar

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// fetchTimeout bounds the reading of an address.
const fetchTimeout = 30 * time.Second

// IsAddress tells an address from a file.
func IsAddress(s string) bool {
	lower := strings.ToLower(s)
	return strings.HasPrefix(lower, "https://") || strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "webcal://")
}

// Load reads a file or an address, up to [MaxBytes]. Errors do not say the address:
// that of a calendar is a secret as a rule.
func Load(ctx context.Context, from string) ([]byte, error) {
	if IsAddress(from) {
		return fetch(ctx, from)
	}
	f, err := os.Open(from)
	if err != nil {
		return nil, fmt.Errorf("read a calendar: %w", err)
	}
	defer f.Close() // only read
	return limited(f)
}

func limited(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read a calendar: %w", hidden(err))
	}
	if len(data) > MaxBytes {
		return nil, fmt.Errorf("read a calendar: it has more than %d bytes: %w", MaxBytes, journal.ErrTooLarge)
	}
	return data, nil
}

func fetch(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	if rest, ok := strings.CutPrefix(address, "webcal://"); ok {
		address = "https://" + rest
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("fetch a calendar: its address cannot be read: %w", journal.ErrInvalid)
	}
	request.Header.Set("Accept", "text/calendar")
	request.Header.Set("User-Agent", "Safelight")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, fmt.Errorf("fetch a calendar: %w", hidden(err))
	}
	defer answer.Body.Close() // only read
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("fetch a calendar: the server answers %d", answer.StatusCode)
	}
	return limited(answer.Body)
}

// hidden takes the address out of an error of package http.
func hidden(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
