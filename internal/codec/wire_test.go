package codec

import (
	"bytes"
	"encoding/binary"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode"
)

func TestMessagesSurviveTheWay(t *testing.T) {
	t.Parallel()
	for _, m := range []message{
		{},
		{texts: []string{"libwebp", "1.2.4"}, flags: flagSeccomp},
		{sequence: 7, status: StatusTooManyPixels, width: 1 << 31, height: 3, texts: []string{""}},
		{sequence: 1, depth: 16, channels: 4, flags: flagUpright, width: 3, height: 2, frames: 9, cicp: [3]uint8{1, 13, 6}, iccLength: 500, texts: []string{"4:2:0", "é"}},
	} {
		got, err := readMessage(bytes.NewReader(m.marshal()))
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%+v came back as %+v, %v", m, got, err)
		}
	}
	q := request{1, 2, 3, 4}
	if got, err := readRequest(bytes.NewReader(q.marshal()), 4); err != nil || got != q {
		t.Errorf("%+v came back as %+v, %v", q, got, err)
	}
	for _, bad := range []request{{length: -1}, {length: 5, output: 4}, {output: 5}, {maxPixels: -1}} {
		if got, err := readRequest(bytes.NewReader(bad.marshal()), 4); err == nil {
			t.Errorf("%+v was taken for a request: %+v", bad, got)
		}
	}
}

func TestLongTextsAreCutNotRefused(t *testing.T) {
	t.Parallel()
	m := message{sequence: 1}
	for range 100 {
		m.texts = append(m.texts, strings.Repeat("long ", 400))
	}
	got, err := readMessage(bytes.NewReader(m.marshal()))
	if err != nil || len(got.texts) == 0 || len(got.texts[0]) != 1000 {
		t.Errorf("got %d texts and %v, want some of 1000 bytes", len(got.texts), err)
	}
}

// FuzzMessage reads what a child may send: it is refused or in order, and never asks for more than the shared memory holds.
func FuzzMessage(f *testing.F) {
	whole := message{sequence: 1, depth: 8, channels: 3, width: 2, height: 1, frames: 1, texts: []string{"4:2:0", "w"}}
	f.Add(whole.marshal())
	whole.depth, whole.iccLength, whole.width, whole.height = 16, 100, 1<<16, 1<<16
	f.Add(whole.marshal())
	f.Add(message{status: StatusDamaged, texts: []string{"\x1b[2J\xff"}}.marshal())
	f.Add([]byte("SLA1"))
	f.Add(append(binary.LittleEndian.AppendUint32(append([]byte("SLA1"), make([]byte, 28)...), 1<<31), make([]byte, 4)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		m, err := readMessage(r)
		if err != nil {
			if err != errNonsense && err != io.EOF && err != io.ErrUnexpectedEOF {
				t.Fatalf("error %v is of no known kind", err)
			}
			return
		}
		for _, text := range m.texts {
			if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("text %q may rule a terminal", text)
			}
		}
		const area = 1 << 20
		q := request{sequence: m.sequence, maxPixels: 1 << 31}
		if n, err := m.pictureSize(q, area); err == nil {
			if want := uint64(m.width) * uint64(m.height) * uint64(m.channels) * uint64(m.depth/8); uint64(n) != want || n <= 0 || n+int64(m.iccLength) > area {
				t.Fatalf("%+v has %d bytes by the parser, %d in truth, of %d", m, n, want, area)
			}
		}
	})
}
