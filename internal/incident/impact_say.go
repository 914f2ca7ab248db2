package incident

import "github.com/safelight-dev/safelight/internal/phrase"

// Sentences are what the report says first: how much, since when, how bad, where, and what went out.
func (i Impact) Sentences() []phrase.Sentence {
	since := i.Since
	if i.FirstBad != nil {
		since = i.FirstBad
	}
	if i.Affected == 0 {
		if since == nil {
			return []phrase.Sentence{phrase.Of("impact.said.none", i.Checked)}
		}
		return []phrase.Sentence{phrase.Of("impact.said.none-since", i.Checked, since.UTC().Format("15:04"))}
	}
	var said phrase.Sentence
	if since == nil {
		said = phrase.Of("impact.said", i.Affected, i.Checked, i.WorstDelta)
	} else {
		said = phrase.Of("impact.said.since", i.Affected, i.Checked, i.WorstDelta, since.UTC().Format("15:04"))
	}
	switch len(i.Routes) {
	case 0:
	case 1:
		said = phrase.Of("impact.said.route", said, i.Routes[0])
	default:
		said = phrase.Of("impact.said.routes", said, len(i.Routes))
	}
	list := []phrase.Sentence{phrase.Of("impact.said.end", said)}
	switch {
	case i.Deliveries == nil:
		list = append(list, phrase.Of("impact.said.unlogged"))
	case i.AtLeast():
		list = append(list, phrase.Of("impact.said.least", *i.Deliveries))
	case *i.Deliveries == 1:
		list = append(list, phrase.Of("impact.said.delivery"))
	default:
		list = append(list, phrase.Of("impact.said.deliveries", *i.Deliveries))
	}
	if i.Ongoing {
		list = append(list, phrase.Of("impact.said.ongoing"))
	}
	return list
}

// Say joins them.
func (i Impact) Say(lang phrase.Lang) string {
	text := ""
	for n, s := range i.Sentences() {
		if n > 0 {
			text += " "
		}
		text += s.In(lang)
	}
	return text
}
