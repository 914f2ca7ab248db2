package pipeline

import (
	"errors"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/metadata"
	"github.com/safelight-dev/safelight/personal"
)

func TestSelector(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		selector Selector
		key      string
		class    metadata.Class
		entity   personal.Entity
		want     bool
	}{
		{"rights", "XMP:dc:creator", metadata.Rights, "", true},
		{"rights", "XMP:dc:title", metadata.Description, "", false},
		{"LOCATION", "Exif:GPSLatitude", metadata.Personal, metadata.Location, true},
		{"LOCATION", "Exif:GPSLatitude", metadata.Personal, "", false},
		{"Exif:GPS*", "Exif:GPSLatitude", metadata.Personal, "", true},
		{"Exif:GPS*", "XMP:exif:GPSLatitude", metadata.Personal, "", false},
		{"*:GPS*tude", "XMP:exif:GPSLatitude", metadata.Personal, "", true},
		{"*:GPS*tude", "XMP:exif:GPSAltitudeRef", metadata.Personal, "", false},
		{"XMP:dc:creator", "XMP:dc:creator", metadata.Rights, "", true},
		{"XMP:dc:creator", "XMP:dc:creatorTool", metadata.Rights, "", false},
		{"XMP:a*a", "XMP:a", metadata.Technical, "", false},
		{"XMP:*", "XMP:", metadata.Technical, "", true},
	} {
		if got := row.selector.Picks(row.key, row.class, row.entity); got != row.want {
			t.Errorf("%q picks %s (%s, %q): %v", row.selector, row.key, row.class, row.entity, got)
		}
	}
}

func TestMetadataPolicyFromYAML(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"keep: [rights]\nallow: [PERSON, 'Exif:GPS*']\nlikelihood: POSSIBLE\nprovenance: require\nreactions: {lost: quarantine}": "",
		"keep: [right]":                       `"right"`,
		"forbid: ['GPS:Latitude']":            `begin with Exif:`,
		"strip: ['']":                         `field ""`,
		"provenance: always":                  "provenance \"always\"",
		"provenance: trusted":                 "name files",
		"reactions: {theft: report}":          `reaction to "theft"`,
		"reactions: {lost: explode}":          `"explode"`,
		"likelihood: SURE":                    `"SURE"`,
		"provenance: trusted\ntrust: [a.pem]": "",
	} {
		var p MetadataPolicy
		err := yaml.UnmarshalWithOptions([]byte(text), &p, yaml.Strict())
		if err == nil {
			err = p.validate()
			if err != nil && !errors.Is(err, journal.ErrInvalid) {
				t.Errorf("%q: %v is not of kind invalid", text, err)
			}
		}
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %q", text, err, want)
		}
	}
}

// TestMetadataPolicyOfChannel takes the pipeline's policy before the class's, and the default where there is none.
func TestMetadataPolicyOfChannel(t *testing.T) {
	t.Parallel()
	own, classes := MetadataPolicy{Strip: []Selector{"technical"}}, MetadataPolicy{Keep: []Selector{"description"}}
	c := Config{
		Pipelines: map[string]Pipeline{"a": {Class: UI, Metadata: &own}, "b": {Class: UI}, "c": {Class: Hero}},
		Classes:   map[Class]Budget{UI: {Metadata: &classes}, Hero: {}},
	}
	if p := c.MetadataPolicy("a"); len(p.Strip) != 1 || p.Personal {
		t.Errorf("the channel's policy is %+v", p)
	}
	if p := c.MetadataPolicy("b"); len(p.Keep) != 1 || p.Keep[0] != "description" || p.Personal {
		t.Errorf("the class's policy is %+v", p)
	}
	if p := c.MetadataPolicy("c"); !p.Personal || p.To(PersonalData) != Quarantine || p.To(RevokedConsent) != Quarantine || p.To(LostField) != Report {
		t.Errorf("the default policy is %+v", p)
	}
	// Who names one reaction keeps the others: a revoked consent is not served for a line about personal data.
	named := MetadataPolicy{Personal: true, Reactions: map[Breach]Reaction{PersonalData: Report}}
	if named.To(PersonalData) != Report || named.To(UnreadMetadata) != Report || named.To(RevokedConsent) != Quarantine || named.To(UnguardedMinor) != Quarantine || named.To(LostField) != Report {
		t.Errorf("with one reaction named: personal %s, unread %s, revoked %s", named.To(PersonalData), named.To(UnreadMetadata), named.To(RevokedConsent))
	}
}
