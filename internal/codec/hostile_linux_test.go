package codec

import (
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/pixels"
)

// mutants cuts a file short and flips bits of it, most of them near its beginning, where the structure is.
func mutants(data []byte, n int) [][]byte {
	chance := rand.New(rand.NewPCG(3, 4))
	var all [][]byte
	for i := range n {
		m := append([]byte(nil), data...)
		if i%3 == 0 {
			m = m[:chance.IntN(len(m))]
		} else {
			for range 1 + chance.IntN(4) {
				m[chance.IntN(min(len(m), len(m)>>chance.IntN(4)+16))] ^= 1 << chance.IntN(8)
			}
		}
		all = append(all, m)
	}
	return append(all, nil, []byte("?"))
}

func TestDamagedFilesAreRefusedAndTheGoodOneStaysGood(t *testing.T) {
	t.Parallel()
	for _, format := range Formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			p := pool(t, Options{Children: 1, Timeout: 20 * time.Second})
			for _, c := range conversions {
				if c.format() != format {
					continue
				}
				good := read(t, c.create(t), c.file)
				want, err := p.Decode(format, good, 1e6)
				if err != nil {
					t.Fatal(err)
				}
				for i, bad := range mutants(good, 60) {
					_, err := p.Decode(format, bad, 1e6)
					var e *pixels.Error
					switch {
					case err == nil: // the flipped bits say something else, and it is whole
					case !errors.As(err, &e) || e.Format != format:
						t.Errorf("%s, mutant %d: %v is no *pixels.Error of this format", c.name, i, err)
					case strings.Contains(err.Error(), "decoder "): // crashed, late, nonsense: the library's own fault
						t.Logf("%s, mutant %d: %v", c.name, i, err)
					}
				}
				got, err := p.Decode(format, good, 1e6)
				if err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s: the good file is not the same after the bad ones (%v)", c.name, err)
				}
			}
		})
	}
}

func TestCutFilesAreSaidToBeCut(t *testing.T) {
	t.Parallel()
	p := pool(t, Options{})
	seen := map[string]bool{}
	for _, c := range conversions {
		if seen[c.format()] {
			continue
		}
		seen[c.format()] = true
		data := read(t, c.create(t), c.file)
		if _, err := p.Decode(c.format(), data[:len(data)*3/4], 1e6); !errors.Is(err, pixels.ErrTruncated) {
			t.Errorf("%s: got %v, want %v", c.format(), err, pixels.ErrTruncated)
		}
	}
}
