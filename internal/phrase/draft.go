package phrase

// draftTexts holds the sentences of a postmortem on its way to publication, and of what the lint finds in it.
func draftTexts() table {
	return table{
		"paper.revision": {"révision %[1]s", "revision %[1]s"},
		"paper.pdf":      {"PDF", "PDF"},
		"paper.html":     {"HTML", "HTML"},
		"paper.md":       {"Markdown", "Markdown"},
		"paper.json":     {"JSON", "JSON"},

		"status.title":          {"Avant la publication", "Until it is published"},
		"status.write":          {"Écrire le brouillon", "Write the draft"},
		"status.living":         {"Relire et compléter le brouillon que le journal tient", "Read and complete the draft that the journal keeps"},
		"status.written":        {"Document écrit, révision %[1]s", "Document written, revision %[1]s"},
		"status.submit":         {"Soumettre au Control Board", "Submit to the control board"},
		"status.sent-back":      {"Répondre aux changements que %[1]s demande, et soumettre de nouveau", "Answer the changes that %[1]s asks for, and submit again"},
		"status.approve":        {"Approuver : %[1]s", "Approve: %[1]s"},
		"status.approve-member": {"Approuver : un membre du Control Board", "Approve: a member of the control board"},
		"status.publish":        {"Publier dans le référentiel", "Publish in the repository"},
		"status.push":           {"Pousser vers le dépôt distant", "Push to the remote repository"},
		"status.left":           {"Publication :", "Publication:"},
		"status.state.done":     {"fait", "done"},
		"status.state.now":      {"à faire", "to be done"},
		"status.state.later":    {"ensuite", "next"},
		"status.state.failed":   {"réessayé", "being retried"},
		"status.none":           {"%[1]s : aucun postmortem demandé", "%[1]s: no postmortem is asked for"},
		"status.due":            {"à publier avant %[1]s, reste %[2]s", "to be published before %[1]s, %[2]s left"},
		"status.over":           {"à publier avant %[1]s, dépassé de %[2]s", "to be published before %[1]s, over by %[2]s"},
		"status.problems":       {"%[1]s problèmes ouverts au lint", "%[1]s open problems in the lint"},

		"document.rule.complete":       {"document incomplet", "incomplete document"},
		"document.rule.whys":           {"moins de cinq pourquoi", "fewer than five whys"},
		"document.rule.action":         {"action sans responsable ou échéance", "action without owner or date"},
		"document.rule.test":           {"hypothèse ou élément à vérifier", "hypothesis or evidence to verify"},
		"document.rule.journal":        {"écart avec le journal", "contradiction of the journal"},
		"document.rule.person":         {"personne comme cause", "person as a cause"},
		"document.rule.counterfactual": {"jugement après coup", "hindsight"},
		"document.rule.judgement":      {"jugement sur des personnes", "judgement of people"},
	}
}
