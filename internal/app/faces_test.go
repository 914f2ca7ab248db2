package app

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/safelight-dev/safelight/internal/faces"
	"github.com/safelight-dev/safelight/internal/quarantine"
	"github.com/safelight-dev/safelight/internal/web"
)

// detector is the command of these tests: what is very red is a face to it. It writes down that it ran.
func detector(ran string) int {
	in := bufio.NewReader(os.Stdin)
	var width, height, most int
	if n, err := fmt.Fscanf(in, "P6\n%d %d\n%d\n", &width, &height, &most); n != 3 || err != nil {
		return 1
	}
	picture, err := io.ReadAll(in)
	if err != nil || len(picture) != 3*width*height {
		return 2
	}
	if err := os.WriteFile(ran, nil, 0o600); err != nil {
		return 3
	}
	if picture[0] > 200 {
		fmt.Println(`{"faces":[{"x":0.2,"y":0.2,"w":0.5,"h":0.5,"confidence":0.95}]}`)
	} else {
		fmt.Println(`{"faces":[]}`)
	}
	return 0
}

// TestFaceIsQuarantined: by itself nobody is shown a picture. A detector that is named looks at what has been checked
// before and at what comes then, and an image with a face is taken out.
func TestFaceIsQuarantined(t *testing.T) {
	t.Parallel()
	w := newWard(t)
	ran := w.dir + "/ran"
	held := func() []quarantine.Item {
		t.Helper()
		w.idle()
		list, err := w.Quarantine(t.Context(), web.HeldQuery{})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	w.place("1.png", 220, false)
	w.sweep()
	if list := held(); len(list) != 0 || w.engine.faces != nil {
		t.Fatalf("without a detector %+v is held", list)
	}
	if err := w.App.Close(); err != nil {
		t.Fatal(err)
	}
	w.config.Faces = faces.Config{Command: []string{os.Args[0], "detector", ran}}
	w.open()
	if err := w.lookAgain(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.place("2.png", 230, false)
	w.place("0.png", 110, false)
	w.sweep()
	var paths []string
	for _, i := range held() {
		paths = append(paths, i.Path)
		f := i.Findings[0]
		if i.Status != quarantine.StatusHeld || f.Kind != "personal" || !slices.Equal(f.Entities, []string{"FACE"}) || !slices.Equal(f.Fields, []string{"pixels:face"}) {
			t.Errorf("%s is %s for %+v", i.Path, i.Status, i.Findings)
		}
	}
	if slices.Sort(paths); !slices.Equal(paths, []string{"1.png", "2.png"}) {
		t.Errorf("held are %v, want what was there before and what came", paths)
	}
	if _, body := w.ask("1.png"); !strings.Contains(body, "<svg") {
		t.Errorf("the public gets %q, want the placeholder: the reference shows the same face", body)
	}
	if err := os.Remove(ran); err != nil {
		t.Fatal(err)
	}
	w.faces.looking.again()
	if err := w.lookAgain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(ran); err == nil {
		t.Error("the same detector is asked again for what it has seen")
	}
}
