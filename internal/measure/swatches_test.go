package measure

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestSwatches(t *testing.T) {
	t.Parallel()
	want := []Swatch{{Name: `red ","palette":[{"name":"no"}]`, DeltaE00: 4.2, Coverage: 0.1}, {Name: "blue", Lab: [3]float64{1, 2, 3}}}
	tricky := Check{
		Methods: map[string]string{"palette": MethodPalette}, Candidate: File{Path: `a,"palette":[1].png`}, Palette: want,
		Warnings: []string{`,"palette":[`},
	}
	text, err := json.Marshal(tricky)
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range map[string]string{
		"as it is kept":  string(text),
		"in other order": `{"palette":[{"name":"red \",\"palette\":[{\"name\":\"no\"}]","deltaE00":4.2,"coverage":0.1},{"name":"blue","lab":[1,2,3]}],"ssim":1}`,
	} {
		if got, err := Swatches([]byte(check)); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	if got, err := Swatches([]byte(`{"ssim":1}`)); err != nil || got != nil {
		t.Errorf("without brand colours: %v, %v", got, err)
	}
	for _, broken := range []string{`{`, `{"a":1,"palette":[{`, `{"a":1,"palette":[7]}`} {
		if _, err := Swatches([]byte(broken)); err == nil {
			t.Errorf("%s was read", broken)
		}
	}
}
