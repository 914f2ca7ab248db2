package metadata

import (
	"encoding/binary"
	"slices"
	"testing"
	"unicode/utf16"

	"github.com/safelight-dev/safelight/personal"
)

// TestPhotoshopTexts reads the texts of resources: a caption, the names of slices, addresses.
func TestPhotoshopTexts(t *testing.T) {
	t.Parallel()
	const mail = "zoe@example.org"
	wide := func(before string) string {
		b := binary.BigEndian.AppendUint32([]byte(before), uint32(len(mail)))
		for _, u := range utf16.Encode([]rune(mail)) {
			b = binary.BigEndian.AppendUint16(b, u)
		}
		return string(b)
	}
	for _, row := range []struct {
		id         uint16
		name, data string
	}{
		{0x03f0, "Caption", "\x0f" + mail + "rest"}, {0x041a, "Slices", wide("\x00\x00\x00\x06" + string(make([]byte, 16)))},
		{0x041e, "URLList", wide("\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x07")},
		{0x03f0, "", ""}, {0x03f0, "", "\xff"}, {0x041a, "", "\xff\xff\xff\xff"}, {0x041a, "", wide("")[:9]},
	} {
		resource := "8BIM" + string(binary.BigEndian.AppendUint16(nil, row.id)) + "\x00\x00" + string(binary.BigEndian.AppendUint32(nil, uint32(len(row.data)))) + row.data
		var want []string
		if row.name != "" {
			want = []string{"EMAIL_ADDRESS " + row.name + "=" + mail}
		}
		if got := says(mustRead(t, madeJPEG(segment(0xed, "Photoshop 3.0\x00"+resource))).Personal(), personal.Possible); !slices.Equal(got, want) {
			t.Errorf("of resource 0x%04x %q: %q, want %q", row.id, row.data, got, want)
		}
	}
}
