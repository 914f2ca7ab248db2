package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/postmortem"
	"github.com/safelight-dev/safelight/internal/web"
)

// runPostmortem takes a postmortem from its draft to its approval, and reads
// and writes the two forms of the document.
func runPostmortem(c *cli, ctx context.Context, args []string) error {
	verbs := []verb{
		{"show", (*cli).postmortemShow}, {"lint", (*cli).postmortemLint}, {"import", (*cli).postmortemImport},
		{"render", (*cli).postmortemRender}, {"template", (*cli).postmortemTemplate}, {"schema", (*cli).postmortemSchema},
		{"status", (*cli).postmortemStatus},
	}
	for _, ch := range postmortemChanges() {
		verbs = append(verbs, ch.verb("postmortem"))
	}
	return c.choose(ctx, "postmortem", verbs, args)
}

func postmortemChanges() []change {
	return []change{
		{name: "draft", usage: "ID", args: 1, build: plain(web.DraftPostmortem{})},
		{name: "edit", usage: "ID --file F.md --based N", args: 1, must: []string{"file"}, build: buildEdit},
		{name: "take-in", usage: "ID [--section FIELD …]", args: 1, build: buildTakeIn},
		{name: "overrule", usage: "ID --problem PIN --reason R", args: 1, must: []string{"problem", "reason"}, build: buildOverrule},
		{name: "submit", usage: "ID [--sha256 H]", args: 1, build: pinned(func(h string) any { return postmortem.Submit{SHA256: h} })},
		{name: "approve", usage: "ID [--sha256 H]", args: 1, build: pinned(func(h string) any { return postmortem.Approve{SHA256: h} })},
		{name: "comment", usage: "ID --text T [--section S]", args: 1, must: []string{"text"}, build: buildComment},
		{name: "resolve-comment", usage: "ID --comment N [--text T]", args: 1, build: buildResolved},
		{name: "request-changes", usage: "ID --text T", args: 1, must: []string{"text"},
			build: texted("what is to change", func(t string) any { return postmortem.RequestChanges{Text: t} })},
		{name: "restrict", usage: "ID --reason R [--section S]... [--evidence PATH]... [--persons]", args: 1, must: []string{"reason"}, build: buildRestrict},
		{name: "lesson", usage: "ID --text T [--link L]", args: 1, must: []string{"text"}, build: buildLesson},
		{name: "integrate", usage: "ID --lesson N --link L", args: 1, must: []string{"link"}, build: buildIntegrate},
	}
}

func buildEdit(f flags) func(given) (any, error) {
	file := f.String("file", "", "flag.document.file")
	based := f.Int("based", 0, "flag.document.revision")
	return func(g given) (any, error) {
		text, err := g.cli.readInput(*file, postmortem.MaxMarkdown)
		return web.EditPostmortem{Based: *based, Markdown: string(text)}, err
	}
}

// pinned is the build of a command that names the content it is about: what
// the flag says, or the present revision.
func pinned(command func(sha256 string) any) func(flags) func(given) (any, error) {
	return func(f flags) func(given) (any, error) {
		hash := f.String("sha256", "", "flag.document.sha256")
		return func(g given) (any, error) {
			if *hash != "" {
				return command(*hash), nil
			}
			_, d, err := g.document()
			return command(d.SHA256), err
		}
	}
}

func buildRestrict(f flags) func(given) (any, error) {
	var sections, evidence list
	f.Var(&sections, "section", "flag.restrict-section")
	f.Var(&evidence, "evidence", "flag.restrict-evidence")
	persons := f.Bool("persons", false, "flag.restrict-persons")
	reason := f.String("reason", "", "flag.restrict-reason")
	return func(given) (any, error) {
		return postmortem.Restrict{Restriction: postmortem.Restriction{Reason: *reason, Sections: sections, Evidence: evidence, Persons: *persons}}, nil
	}
}

func buildLesson(f flags) func(given) (any, error) {
	text := f.String("text", "", "flag.learned")
	link := f.String("link", "", "flag.learned.link")
	return func(given) (any, error) {
		return postmortem.AddLesson{LessonFields: postmortem.LessonFields{Text: *text, Link: *link}}, nil
	}
}

func buildIntegrate(f flags) func(given) (any, error) {
	index := f.Int("lesson", 0, "flag.which")
	link := f.String("link", "", "flag.learned.link.now")
	return func(given) (any, error) {
		return postmortem.IntegrateLesson{LessonIntegrated: postmortem.LessonIntegrated{Index: *index, Link: *link}}, nil
	}
}

// postmortemShow prints the present revision; what it is called goes to
// standard error, so that the Markdown can be edited and handed back.
func (c *cli) postmortemShow(ctx context.Context, args []string) error {
	f := newReadFlags("postmortem show ID [--lang fr|en] [--dir D] [--json]")
	lang := f.String("lang", "", "flag.document-language")
	ids, err := f.parse(args, 1, 1)
	if err != nil {
		return err
	}
	now, d, _, err := c.standing(ctx, *f.dir, ids[0])
	if err != nil {
		return err
	}
	if !d.Written() {
		return fmt.Errorf("show the postmortem of %s: it is not drafted yet: %w", ids[0], journal.ErrNotFound)
	}
	c.tellStanding(now.Analysis, d)
	return c.printDocument(d.Document, *lang, *f.asJSON)
}

// tellStanding says which revision it is, or that the journal writes it, and what the journal says since.
func (c *cli) tellStanding(a postmortem.State, d web.Draft) {
	l := c.lang()
	fmt.Fprintln(c.stderr, phrase.Say(l, "cli.postmortem.revision", a.Revision, phrase.Say(l, phrase.Key("page.stage."+string(a.Stage()))), d.SHA256))
	if d.Living {
		fmt.Fprintln(c.stderr, phrase.Say(l, "page.living"))
	}
	for _, n := range d.News {
		say := phrase.Say(l, "cli.postmortem.news", phrase.Of(phrase.Key("document."+string(n.Field))), string(n.Field))
		if n.Replaces {
			say += " (" + phrase.Say(l, "page.news.replaces") + ")"
		}
		fmt.Fprintln(c.stderr, say)
	}
}

// document reads the incident and how its document stands.
func (g given) document() (web.Case, web.Draft, error) {
	now, d, _, err := g.cli.standing(g.ctx, g.dir, g.args[0])
	return now, d, err
}

// buildTakeIn takes the named sections in, or all that replace nobody's words.
func buildTakeIn(f flags) func(given) (any, error) {
	var sections list
	f.Var(&sections, "section", "flag.document.section")
	return func(g given) (any, error) {
		now, d, err := g.document()
		t := web.TakeIn{Based: now.Analysis.Revision, Through: now.Analysis.Seq}
		for _, s := range sections {
			t.Sections = append(t.Sections, postmortem.Field(s))
		}
		for _, n := range d.News {
			if len(sections) == 0 && !n.Replaces {
				t.Sections = append(t.Sections, n.Field)
			}
		}
		return t, err
	}
}

// printDocument prints one of the two forms of a document, byte for byte.
func (c *cli) printDocument(d postmortem.Document, lang string, asJSON bool) error {
	if asJSON {
		data, err := d.JSON()
		if err != nil {
			return err
		}
		_, err = c.stdout.Write(data)
		return err
	}
	l := d.Lang
	if lang != "" {
		var err error
		if l, err = parseLang(lang); err != nil {
			return err
		}
	}
	_, err := c.stdout.Write(d.Markdown(l))
	return err
}

func parseLang(s string) (phrase.Lang, error) {
	for _, l := range phrase.Langs() {
		if s == string(l) {
			return l, nil
		}
	}
	return "", usageError{says: phrase.Of("misuse.language", strconv.Quote(s)), hint: phrase.Of("misuse.language.hint")}
}

// readDocument reads a postmortem in either form: what begins with a brace or
// is called .json is JSON.
func (c *cli) readDocument(path string) (postmortem.Document, error) {
	data, err := c.readInput(path, postmortem.MaxJSON)
	if err != nil {
		return postmortem.Document{}, err
	}
	parse := postmortem.Parse
	if strings.EqualFold(filepath.Ext(path), ".json") || bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		parse = postmortem.ParseJSON
	}
	d, err := parse(data)
	if err != nil {
		return d, fmt.Errorf("read the postmortem %s: %w", path, err)
	}
	return d, nil
}

// postmortemTemplate prints the empty postmortem.
func (c *cli) postmortemTemplate(_ context.Context, args []string) error {
	f := newFlags("postmortem template [--lang fr|en] [--json]")
	lang := f.String("lang", string(c.lang()), "flag.language")
	asJSON := f.Bool("json", false, "flag.json")
	if _, err := f.parse(args, 0, 0); err != nil {
		return err
	}
	l, err := parseLang(*lang)
	if err != nil {
		return err
	}
	return c.printDocument(postmortem.Template(l), "", *asJSON)
}

// postmortemSchema prints the JSON Schema of the document.
func (c *cli) postmortemSchema(_ context.Context, args []string) error {
	if _, err := newFlags("postmortem schema").parse(args, 0, 0); err != nil {
		return err
	}
	_, err := c.stdout.Write(postmortem.Schema())
	return err
}
