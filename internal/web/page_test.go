package web

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/safelight-dev/safelight/internal/paper"
	"github.com/safelight-dev/safelight/internal/phrase"
)

// TestEveryPageIsWellFormed looks at every sample in both languages.
func TestEveryPageIsWellFormed(t *testing.T) {
	t.Parallel()
	for _, p := range gallery() {
		for _, l := range phrase.Langs() {
			t.Run(fmt.Sprint(p.name, "/", l), func(t *testing.T) {
				t.Parallel()
				b := open(t, tell(t, p.at)).as(p.login)
				page := b.get(p.path + "?lang=" + string(l)).body
				for _, problem := range faults(t, page, l) {
					t.Errorf("%s: %s", p.path, problem)
				}
			})
		}
	}
}

func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	for name, page := range map[string]string{
		"two h1":         `<html lang="en"><h1>a</h1><h1>b</h1>`,
		"skipped level":  `<html lang="en"><h1>a</h1><h3>b</h3>`,
		"no label":       `<html lang="en"><h1>a</h1><input type="text" id="x">`,
		"one id twice":   `<html lang="en"><h1 id="x">a</h1><p id="x">`,
		"inline style":   `<html lang="en"><h1 style="color:red">a</h1>`,
		"inline script":  `<html lang="en"><h1>a</h1><script>1</script>`,
		"handler":        `<html lang="en"><h1 onclick="x()">a</h1>`,
		"unsaid":         `<html lang="en"><h1>!page.x!</h1>`,
		"no token":       `<html lang="en"><h1>a</h1><form method="post"><button>b</button></form>`,
		"no alt":         `<html lang="en"><h1>a</h1><img src="x">`,
		"wrong language": `<html lang="fr"><h1>a</h1>`,
		"bad format":     `<html lang="en"><h1>a %!s(MISSING)</h1>`,
	} {
		if len(faults(t, page, phrase.English)) == 0 {
			t.Errorf("%s: no fault found in %s", name, page)
		}
	}
	if f := faults(t, `<html lang="en"><h1>a</h1><label for="x">b</label><input type="text" id="x">`, phrase.English); len(f) > 0 {
		t.Errorf("a good page has faults: %v", f)
	}
}

var unsaid = regexp.MustCompile(`![a-z]+\.[a-zA-Z0-9.-]*!|%!|<no value>`)

// inspector walks a page and collects what is wrong with it.
type inspector struct {
	problems []string
	ids      map[string]int
	labels   map[string]bool
	controls []string
	level    int
	h1       int
}

func faults(t *testing.T, page string, l phrase.Lang) []string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	in := &inspector{ids: map[string]int{}, labels: map[string]bool{}}
	in.walk(root, string(l))
	if in.h1 != 1 {
		in.add("%d h1, want 1", in.h1)
	}
	for id, n := range in.ids {
		if n > 1 {
			in.add("id %s stands %d times", id, n)
		}
	}
	for _, id := range in.controls {
		if !in.labels[id] {
			in.add("control %q has no label", id)
		}
	}
	if found := unsaid.FindString(page); found != "" {
		in.add("unsaid: %s", found)
	}
	return in.problems
}

func (in *inspector) add(format string, args ...any) {
	in.problems = append(in.problems, fmt.Sprintf(format, args...))
}

func (in *inspector) walk(n *html.Node, lang string) {
	if n.Type == html.ElementNode {
		in.look(n, lang)
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		in.walk(c, lang)
	}
}

func (in *inspector) look(n *html.Node, lang string) {
	attr := map[string]string{}
	for _, a := range n.Attr {
		attr[a.Key] = a.Val
		if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
			in.add("<%s> has the inline attribute %s", n.Data, a.Key)
		}
	}
	if id := attr["id"]; id != "" {
		in.ids[id]++
	}
	switch n.Data {
	case "html":
		if attr["lang"] != lang {
			in.add("page is in %q, want %q", attr["lang"], lang)
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		in.heading(int(n.Data[1] - '0'))
	case "label":
		in.labels[attr["for"]] = true
	case "input", "select", "textarea":
		if attr["type"] != "hidden" {
			in.controls = append(in.controls, attr["id"])
		}
	case "style":
		in.add("inline style")
	case "script":
		if attr["src"] == "" {
			in.add("inline script")
		}
	case "img":
		if attr["alt"] == "" {
			in.add("picture %s has no words", attr["src"])
		}
	case "form":
		if strings.EqualFold(attr["method"], "post") && !hasToken(n) {
			in.add("form %s has no token", attr["action"])
		}
	}
}

// heading demands that no level is skipped on the way down.
func (in *inspector) heading(level int) {
	if level == 1 {
		in.h1++
	}
	if level > in.level+1 {
		in.add("h%d follows h%d", level, in.level)
	}
	in.level = level
}

func hasToken(form *html.Node) bool {
	for n := range form.Descendants() {
		named := slices.Contains(n.Attr, html.Attribute{Key: "name", Val: "csrf"})
		full := slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "value" && a.Val != "" })
		if n.Data == "input" && named && full {
			return true
		}
	}
	return false
}

func TestHostileTextIsEscaped(t *testing.T) {
	t.Parallel()
	const evil = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`
	m := tell(t, calm)
	site := open(t, m)
	ana := site.as("ana")
	if r := ana.form("/incidents/new", "/incidents", map[string][]string{"title": {evil}, "pipeline": {"catalogue"}, "severity": {"S1"}}); r.status != 303 {
		t.Fatalf("declare: %d", r.status)
	}
	ana.act("note", "text", evil)
	ana.act("update", "situation", evil, "mitigation", evil, "next", evil)
	paul := site.as("paul")
	paul.act("set-cause", "kind", "direct", "domain", "data", "text", evil)
	paul.act("draft-postmortem")
	for _, path := range []string{"/incidents", "/incidents/" + theIncident} {
		page := paul.get(path).body
		if strings.Contains(page, "<script>alert") || strings.Contains(page, "<img src=x") {
			t.Errorf("%s lets HTML of a person through", path)
		}
		if !strings.Contains(page, "&lt;script&gt;alert(1)") {
			t.Errorf("%s does not show the title at all", path)
		}
	}
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ in, has, lacks string }{
		"raw html":        {"a <script>x</script> b", "a", "<script"},
		"block html":      {"<iframe src=x></iframe>", "", "<iframe"},
		"bad link":        {"[a](javascript:alert(1))", "a", "javascript"},
		"heading sinks":   {"# Title", "<h3>Title</h3>", "<h1"},
		"open task":       {"- [ ] do", "☐ do", "<input"},
		"done task":       {"- [x] did", "☑ did", "<input"},
		"colour space":    {"Surveillance L*a*b* dépasse", "L*a*b* dépasse", "<em>"},
		"emphasis proper": {"a *b* c", "<em>b</em>", "*"},
	} {
		got, err := paper.Fragment([]byte(c.in), 2, paper.Map{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(got), c.has) || strings.Contains(string(got), c.lacks) {
			t.Errorf("%s: %q became %q, want %q and not %q", name, c.in, got, c.has, c.lacks)
		}
	}
}
