package feed

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/safelight-dev/safelight/internal/journal"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// decoded gives a file as UTF-8 as far as its byte order mark tells: UTF-16 is
// decoded, the mark taken away. What has no mark passes as it is; its cells
// are looked at one by one ([readable]).
func decoded(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	start, err := b.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(start, []byte{0xEF, 0xBB, 0xBF}):
		_, err := b.Discard(3)
		return b, err
	case bytes.HasPrefix(start, []byte{0xFF, 0xFE, 0, 0}), bytes.Equal(start, []byte{0, 0, 0xFE, 0xFF}):
		return nil, fmt.Errorf("it is UTF-32: save it as UTF-8: %w", journal.ErrInvalid)
	case bytes.HasPrefix(start, []byte{0xFF, 0xFE}), bytes.HasPrefix(start, []byte{0xFE, 0xFF}):
		return unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(b), nil
	case bytes.IndexByte(start, 0) >= 0:
		return nil, fmt.Errorf("it holds zero bytes: save it as UTF-8: %w", journal.ErrInvalid)
	}
	return b, nil
}

// readable gives a cell as UTF-8: what is not is Windows-1252, the other
// encoding that spreadsheets write. Cells are judged apart, since files are
// pasted together.
func readable(cell string) string {
	if utf8.ValidString(cell) {
		return cell
	}
	text, err := charmap.Windows1252.NewDecoder().String(cell)
	if err != nil {
		return clip(cell, len(cell))
	}
	return text
}
