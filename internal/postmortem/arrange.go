package postmortem

import "slices"

// Arrange gives the document the sections of a house's template, in its order: those that are known hold what the document says, the
// house's own stand as the template has them. What the document says and the template has no section for follows. The zero template
// changes nothing.
func (d Document) Arrange(template Document) Document {
	if len(template.Sections) == 0 {
		return d
	}
	sections := []Section{{Field: FieldTitle}}
	for i, p := range pieces(template, template.Lang) {
		switch {
		case p.field != "" && slices.Contains(d.Sections, Section{Field: p.field}):
			sections = append(sections, Section{Field: p.field})
		case p.field == "":
			text := p.text + p.blank
			if i == 0 {
				text = afterTitle(template, text)
			}
			if text != "" {
				sections = append(sections, Section{Markdown: text})
			}
		}
	}
	for _, s := range d.Sections {
		if !slices.Contains(sections, s) {
			sections = append(sections, s)
		}
	}
	d.Sections = sections
	return d
}

// afterTitle is what a template says between its title and its first section.
func afterTitle(template Document, text string) string {
	if !slices.Contains(template.Sections, Section{Field: FieldTitle}) {
		return text
	}
	w := &writer{lang: template.Lang, doc: &template}
	writeTitle(w)
	return text[min(w.Len(), len(text)):]
}
