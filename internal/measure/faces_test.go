package measure

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// TestFaces: what a detector found is judged as what metadata record, by steps of its confidence.
func TestFaces(t *testing.T) {
	t.Parallel()
	policy, allowing, strict, closed := pipeline.DefaultMetadata(), pipeline.DefaultMetadata(), pipeline.MetadataPolicy{}, pipeline.DefaultMetadata()
	allowing.Allow = append(allowing.Allow, "FACE")
	strict.Forbid = []pipeline.Selector{"pixels:face"}
	closed.Reactions = map[pipeline.Breach]pipeline.Reaction{pipeline.UnsoughtFaces: pipeline.Quarantine}
	unsought := FacesUnsought(DetectorFailed, errors.New("it is gone"))
	for name, row := range map[string]struct {
		policy pipeline.MetadataPolicy
		faces  *Faces
		want   string
		sought bool
	}{
		"very likely":          {policy, &Faces{Surest: 0.93}, "personal quarantine", true},
		"likely":               {policy, &Faces{Surest: 0.7}, "personal quarantine", true},
		"possible":             {policy, &Faces{Surest: 0.69}, "", true},
		"none":                 {policy, &Faces{}, "", true},
		"nobody asked":         {policy, nil, "", true},
		"allowed":              {allowing, &Faces{Surest: 0.93}, "", false},
		"no policy":            {pipeline.MetadataPolicy{}, &Faces{Surest: 0.93}, "", false},
		"forbidden":            {strict, &Faces{Surest: 0.93}, "forbidden report", true},
		"not looked for":       {policy, unsought, "", true},
		"not looked for, held": {closed, unsought, "faces-unsought quarantine", true},
	} {
		for _, data := range [][]byte{withText(t, ""), []byte("no image")} {
			got := Inspector{Policy: row.policy}.Inspect(Source{}, Source{Data: data, Faces: row.faces})
			if kinds(got) != row.want || row.policy.SeeksFaces() != row.sought {
				t.Errorf("%s: breaches %q, sought %v; want %q, %v", name, kinds(got), row.policy.SeeksFaces(), row.want, row.sought)
			}
			if (got.FacesUnsought != nil) != (row.faces == unsought) {
				t.Errorf("%s: not looked for because of %v", name, got.FacesUnsought)
			}
			for _, f := range got.Findings(pipeline.Product) {
				for _, l := range phrase.Langs() {
					if said := f.In(l); strings.Contains(said, "!") {
						t.Errorf("%s: said %q", name, said)
					}
				}
			}
		}
	}
}

// TestFaceInReference: the reference shows the same face, so it cannot stand in; how sure the detector was is not kept.
func TestFaceInReference(t *testing.T) {
	t.Parallel()
	plain := withText(t, "")
	m := Inspector{Policy: pipeline.DefaultMetadata()}.Inspect(Source{Data: plain}, Source{Data: plain, Faces: &Faces{Surest: 0.9371}})
	text, err := json.Marshal(m)
	if err != nil || !m.ReferenceToo || strings.Contains(string(text), "9371") {
		t.Errorf("the reference may stand in: %v; kept is %s, %v", !m.ReferenceToo, text, err)
	}
	want := PersonalField{pipeline.KeyFace, "FACE", "VERY_LIKELY", "", false}
	if len(m.Personal) != 1 || m.Personal[0] != want {
		t.Errorf("personal is %+v, want %+v", m.Personal, want)
	}
}
