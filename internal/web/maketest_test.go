package web

import (
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/prevention"
)

// TestGenerationForm: the page asks for each parameter of a program that makes images, as the test has it and as it was bad; what is
// left empty was not. Such a program tests no hypothesis.
func TestGenerationForm(t *testing.T) {
	t.Parallel()
	paul := open(t, tell(t, analysed)).as("paul")
	page := paul.get("/incidents/" + theIncident).body
	for _, want := range []string{`name="program" value="sdxl"`, `name="p.prompt" `, `name="bad.prompt"`, `name="p.model"`, `name="bad.model"`, "model : ce qui était fautif"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
	if strings.Contains(paul.get("/incidents/"+theIncident+"/test").body, "sdxl") {
		t.Error("a program that makes images is offered as the test of a hypothesis")
	}
	got := forms()["make-test"].command(fields{url.Values{"program": {"sdxl"}, "p.model": {"v7"}, "p.prompt": {"red shoe"}, "bad.model": {"v8"}, "bad.prompt": {" "}}})
	want := MakeTest{
		Generate: &prevention.Generation{Program: "sdxl", Parameters: map[string]string{"model": "v7", "prompt": "red shoe"}},
		Bad:      TestSubject{Settings: map[string]string{"model": "v8"}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the form gives %+v, want %+v", got, want)
	}
}
