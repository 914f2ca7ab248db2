package postmortem

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/safelight-dev/safelight/internal/phrase"
)

// importer gathers what a foreign text says.
type importer struct {
	lang phrase.Lang
	id   string
	doc  Document
	// impactTold says that the text tells an impact apart from its summary.
	impactTold bool
	rest       bytes.Buffer // verbatim, under its headings
	mapped     []Mapping
	kept       []string
}

// markdown writes the document: the template's sections, then what has no place in them.
func (im *importer) markdown() []byte {
	d := im.doc
	d.Lang, d.ID = im.lang, im.id
	d.Sections = draftSections(d, false)
	out := d.Markdown(im.lang)
	return append(out, im.rest.Bytes()...)
}

// place says which chunk goes where, by the name of its heading. A place gives back what it had no room for, and whether it took anything.
func (im *importer) place(c chunk) (phrase.Key, func(chunk) (string, bool)) {
	switch c.name {
	case "date":
		return "document.detected", im.date
	case "severity":
		return "document.severity", im.severity
	case "summary", "impact":
		return "document.impact", im.impact
	case "timeline":
		return "document.timeline", im.timeline
	case "root cause":
		return "document.direct", im.rootCauses
	case "contributing":
		return "document.contributing", im.contributing
	case "actions":
		return "document.actions", im.actions
	case "lessons", "what went well", "what went wrong", "where we got lucky":
		return "document.lessons", im.lessons
	}
	return "", func(c chunk) (string, bool) { return c.body, false }
}

// take finds the place of a chunk; what is left of it stays verbatim.
func (im *importer) take(c chunk) {
	to, put := im.place(c)
	left, taken := put(c)
	blank := strings.TrimSpace(left) == ""
	if taken {
		im.mapped = append(im.mapped, Mapping{From: c.heading, To: to, Kept: !blank})
	}
	if !blank || c.heading != "" && !taken {
		im.keep(c, left)
	}
}

// keep writes a chunk verbatim. A title becomes a section, since the document has a title of its own.
func (im *importer) keep(c chunk, body string) {
	if im.rest.Len() > 0 && !bytes.HasSuffix(im.rest.Bytes(), []byte("\n")) {
		im.rest.WriteByte('\n')
	}
	if c.heading != "" {
		im.kept = append(im.kept, c.heading)
		im.rest.WriteString(strings.Repeat("#", max(2, c.level)) + " " + c.heading + "\n")
	}
	im.rest.WriteString(body)
}

var (
	dayText      = regexp.MustCompile(`\b[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?: ?(?:UTC|Z))?)?`)
	severityText = regexp.MustCompile(`(?i)\b(?:S|SEV|SEV-|P)([0-3])\b`)
)

// date takes the first day that is written; where more was said, all of it stays too.
func (im *importer) date(c chunk) (string, bool) {
	day := dayText.FindString(c.body)
	if day == "" || im.doc.Context.Detected != "" {
		return c.body, false
	}
	im.doc.Context.Detected = day
	return unless(strings.TrimSpace(c.body) == day, c.body), true
}

// unless gives nothing where a field holds the whole text, and the text where it does not.
func unless(whole bool, text string) string {
	if whole {
		return ""
	}
	return text
}

// severity takes S0 to S3, also where it is called SEV1 or P1.
func (im *importer) severity(c chunk) (string, bool) {
	m := severityText.FindStringSubmatch(c.body)
	if m == nil || im.doc.Context.Severity != "" {
		return c.body, false
	}
	im.doc.Context.Severity = "S" + m[1]
	return unless(strings.TrimSpace(c.body) == "S"+m[1], c.body), true
}

// impact takes the first paragraph. A summary says it only where no impact is told.
func (im *importer) impact(c chunk) (string, bool) {
	first, rest := paragraph(c.body)
	if first == "" || im.doc.Context.Impact != "" || c.name == "summary" && im.impactTold {
		return c.body, false
	}
	im.doc.Context.Impact = oneLine(first)
	return rest, true
}

// paragraph gives the first paragraph of plain text, and what follows it. A list, a table, a quotation is none.
func paragraph(body string) (first, rest string) {
	text := strings.TrimLeft(body, "\n")
	first, rest, _ = strings.Cut(text, "\n\n")
	first = strings.TrimSuffix(first, "\n")
	if first == "" || strings.ContainsAny(first[:1], "|>-*+`~<#!") || numbered.MatchString(first) || listLine.MatchString(lastLine(first)) {
		return "", body
	}
	return first, rest
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

var (
	numbered  = regexp.MustCompile(`^[0-9]{1,9}[.)][ \t]+`)
	listLine  = regexp.MustCompile(`^([-*+]|[0-9]{1,9}[.)])[ \t]+(.*)$`)
	whenFirst = regexp.MustCompile(`^(?:\*\*|\[|` + "`" + `)?((?:[0-9]{4}-[0-9]{2}-[0-9]{2}[ T]?)?(?:[0-9]{1,2}[:h][0-9]{2}(?::[0-9]{2})?)?(?: ?(?:UTC|CEST|CET|GMT|Z))?)(?:\*\*|\]|` + "`" + `)?\s*(?:[-–—:|]+\s*)?(.+)$`)
)

// items splits a body into the items of its lists at the left margin, continued lines joined, and what stands outside them. An item
// that holds more than a paragraph is no item that a field could hold.
func items(body string) (list []string, rest string) {
	open := false
	for line := range strings.Lines(body) {
		text := strings.TrimRight(line, " \n")
		m := listLine.FindStringSubmatch(text)
		switch {
		case m != nil:
			list, open = append(list, oneLine(m[2])), true
		case open && strings.HasPrefix(line, " ") && !listLine.MatchString(strings.TrimLeft(text, " \t")) && text != "":
			list[len(list)-1] = oneLine(list[len(list)-1] + " " + text)
		case text == "":
			rest += line
		default:
			open = false
			rest += line
		}
	}
	for _, s := range list {
		if s == "" {
			return nil, body
		}
	}
	return list, rest
}

// nestedList tells whether a list has lists inside: their lines would lose what they belong to.
func nestedList(body string) bool {
	for line := range strings.Lines(body) {
		if strings.TrimLeft(line, " \t") != line && listLine.MatchString(strings.TrimSpace(line)) {
			return true
		}
	}
	return false
}

// timeline takes a table or a list of moments. Who did it is the third column, where there is one.
func (im *importer) timeline(c chunk) (string, bool) {
	header, rows, rest := table(c.body)
	var list []Row
	switch {
	case len(rows) > 0 && len(header) >= 2 && len(header) <= 3:
		for _, r := range rows {
			row := Row{Time: r[0], Event: r[1]}
			if len(r) == 3 {
				row.Owner = r[2]
				if who.MatchString(header[1]) { // the owner may stand before the event
					row.Owner, row.Event = r[1], r[2]
				}
			}
			list = append(list, row)
		}
	case len(rows) == 0 && !nestedList(c.body):
		var texts []string
		texts, rest = items(c.body)
		for _, t := range texts {
			m := whenFirst.FindStringSubmatch(t)
			if m == nil || strings.TrimSpace(m[1]) == "" {
				return c.body, false
			}
			list = append(list, Row{Time: strings.TrimSpace(m[1]), Event: m[2]})
		}
	}
	if len(list) == 0 || len(im.doc.Timeline) > 0 {
		return c.body, false
	}
	im.doc.Timeline = list
	if slices.ContainsFunc(header, func(h string) bool { return !column.MatchString(h) }) {
		return c.body, true // a header that says more, as the time zone, stays with its table
	}
	return rest, true
}

// column is a header that says no more than ours.
var column = regexp.MustCompile(`(?i)^(time|when|date|date/time|event|what|what happened|who|owner|actor|heure|quand|événement|quoi|qui|responsable)$`)

var who = regexp.MustCompile(`(?i)who|owner|actor|qui|responsable|auteur`)

// table reads the first pipe table of a body: header, rows as wide as it, and what stands around it. Rows of another width make it none.
func table(body string) (header []string, rows [][]string, rest string) {
	in, done := false, false
	lines := strings.SplitAfter(body, "\n")
	for i, line := range lines {
		cells, ok := tableCells(line)
		switch {
		case !in && !done && ok && i+1 < len(lines) && delimiter.MatchString(strings.TrimSpace(lines[i+1])):
			header, in = cells, true
		case in && header != nil && len(rows) == 0 && delimiter.MatchString(strings.TrimSpace(line)):
		case in && ok && len(cells) == len(header):
			rows = append(rows, cells)
		case in && ok:
			return nil, nil, body
		default:
			done = done || in
			in = false
			rest += line
		}
	}
	return header, rows, rest
}

var delimiter = regexp.MustCompile(`^\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)+\|?$`)

// tableCells splits a line of a table; a bar with a backslash is part of its cell.
func tableCells(line string) ([]string, bool) {
	line = strings.TrimSpace(line)
	if !strings.Contains(line, "|") {
		return nil, false
	}
	line = strings.TrimPrefix(line, "|")
	if strings.HasSuffix(line, "|") && !strings.HasSuffix(line, `\|`) {
		line = strings.TrimSuffix(line, "|")
	}
	cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), "|")
	for i, c := range cells {
		cells[i] = oneLine(strings.ReplaceAll(c, "\x00", "|"))
	}
	return cells, true
}

// rootCauses takes the first as the direct cause, and the others as contributing ones.
func (im *importer) rootCauses(c chunk) (string, bool) {
	list, rest := items(c.body)
	if len(list) == 0 {
		var first string
		if first, rest = paragraph(c.body); first != "" {
			list = []string{oneLine(first)}
		}
	}
	if len(list) == 0 || nestedList(c.body) || im.doc.RCA.Direct.Text != "" {
		return c.body, false
	}
	im.doc.RCA.Direct.Text = list[0]
	return im.contribute(c, list[1:], rest), true
}

func (im *importer) contributing(c chunk) (string, bool) {
	list, rest := items(c.body)
	if len(list) == 0 || nestedList(c.body) {
		return c.body, false
	}
	return im.contribute(c, list, rest), true
}

// contribute adds contributing causes. The field separates them by commas: where the words have some, they also stay as they were written.
func (im *importer) contribute(c chunk, list []string, rest string) string {
	for _, s := range list {
		if item(s) != s {
			rest = c.body
		}
		im.doc.RCA.Contributing = append(im.doc.RCA.Contributing, Statement{Text: item(s)})
	}
	return rest
}

// actions takes a list or the table of the SRE book: what, type, owner, ticket.
func (im *importer) actions(c chunk) (string, bool) {
	header, rows, rest := table(c.body)
	if len(rows) > 0 {
		return im.actionTable(header, rows, rest, c.body)
	}
	list, rest := items(c.body)
	if len(list) == 0 || nestedList(c.body) {
		return c.body, false
	}
	for _, s := range list {
		a := Action{Text: s}
		if text, ok := strings.CutPrefix(s, "[ ] "); ok {
			a.Text = text
		} else if text, ok := strings.CutPrefix(strings.ToLower(s[:min(4, len(s))]), "[x] "); ok && text == "" {
			a.Text, a.Done = s[4:], true
		}
		im.doc.Actions = append(im.doc.Actions, dated(a))
	}
	return rest, true
}

// dated takes the due day and the owner from the end of an action's words.
func dated(a Action) Action {
	if m := actionDue.FindStringSubmatch(a.Text); m != nil {
		a.Text, a.Due = m[1], m[2]
	}
	if m := actionOwner.FindStringSubmatch(a.Text); m != nil {
		a.Text, a.Owner = m[1], m[2]
	}
	return a
}

func (im *importer) actionTable(header []string, rows [][]string, rest, body string) (string, bool) {
	at := map[string]int{}
	for i, h := range header {
		switch name := strings.ToLower(h); {
		case who.MatchString(name):
			at["owner"] = i + 1
		case strings.Contains(name, "bug"), strings.Contains(name, "ticket"), strings.Contains(name, "issue"):
			at["ticket"] = i + 1
		case strings.Contains(name, "due"), strings.Contains(name, "date"), strings.Contains(name, "échéance"):
			at["due"] = i + 1
		case strings.Contains(name, "action"), strings.Contains(name, "what"), strings.Contains(name, "quoi"):
			at["text"] = i + 1
		}
	}
	text := at["text"]
	if text == 0 || slices.ContainsFunc(rows, func(r []string) bool { return plain(r[text-1]) == "" }) {
		return body, false
	}
	for _, r := range rows {
		cell := func(name string) string {
			if i := at[name]; i > 0 {
				return r[i-1]
			}
			return ""
		}
		a := Action{Text: plain(r[text-1])}
		if dueDate.MatchString(cell("due")) {
			a.Due = cell("due")
		}
		im.doc.Actions = append(im.doc.Actions, a)
		if d := (ActionDetail{Line: len(im.doc.Actions), Owner: cell("owner"), Ticket: cell("ticket")}); d.Owner+d.Ticket != "" {
			im.doc.Details = append(im.doc.Details, d)
		}
	}
	if len(header) > len(at) {
		return body, true // a column has no place: the table stays as it was written too
	}
	return rest, true
}

// lessons takes a list. What went well or wrong is said in front of each, since the document has one list.
func (im *importer) lessons(c chunk) (string, bool) {
	list, rest := items(c.body)
	if len(list) == 0 || nestedList(c.body) {
		return c.body, false
	}
	for _, s := range list {
		if c.name != "lessons" {
			s = c.heading + ": " + s
		}
		if strings.HasPrefix(s, "[ ] ") || strings.HasPrefix(s, "[x] ") {
			s = s[4:]
		}
		im.doc.Lessons = append(im.doc.Lessons, s)
	}
	return rest, true
}
