package phrase

// publicationTexts holds the sentences on published postmortems.
func publicationTexts() table {
	return table{
		"document.withheld":        {"Retenu dans cette version", "Withheld in this version"},
		"document.withheld.reason": {"Raison", "Reason"},
		"document.withheld.hash":   {"Empreinte de cette version", "Content of this version"},
		"document.withheld.note":   {"Retenu : %[1]s", "Withheld: %[1]s"},
		"document.withheld.mark":   {"[retenu]", "[withheld]"},

		"page.event.restricted":   {"Postmortem restreint : %[1]s", "Postmortem restricted: %[1]s"},
		"page.event.unrestricted": {"Postmortem lisible par tous : %[1]s", "Postmortem readable by everybody: %[1]s"},
		"page.done.restricted":    {"La restriction est enregistrée.", "The restriction is recorded."},
		"page.restricted":         {"Ce postmortem est restreint : %[1]s", "This postmortem is restricted: %[1]s"},
		"page.restricted.you":     {"Vous en lisez la version publiée, où ce qui est retenu est marqué.", "You read the published version, in which what is withheld is marked."},
		"page.restrict":           {"Restreindre la lecture", "Restrict who may read"},
		"page.restrict.lead":      {"Ce que vous choisissez ici est retenu dans le dépôt et pour qui ne peut ni intervenir ni approuver. Ne choisir rien lève toute restriction. L’historique du dépôt n’est pas réécrit.", "What you choose here is withheld in the repository, and from those who neither respond nor approve. To choose nothing lifts every restriction. The history of the repository is not rewritten."},
		"form.restrict.sections":  {"Sections retenues", "Sections withheld"},
		"form.restrict.evidence":  {"Preuves retenues", "Evidence withheld"},
		"form.restrict.all":       {"toutes", "all"},
		"form.restrict.persons":   {"Retenir les noms des personnes", "Withhold the names of persons"},
		"publication.redacted":    {"Cette version est expurgée. La version complète est sur la page de l’incident.", "This version is redacted. The whole one is on the page of the incident."},

		"publication.feed":         {"Postmortems publiés", "Published postmortems"},
		"publication.feed.summary": {"Gravité %[1]s, révision %[2]s", "Severity %[1]s, revision %[2]s"},
		"publication.feed.link":    {"Flux Atom", "Atom feed"},
		"publication.revisions":    {"Révisions publiées", "Published revisions"},
		"publication.revision":     {"Révision %[1]s, publiée le %[2]s", "Revision %[1]s, published at %[2]s"},
		"publication.latest":       {"la plus récente", "the latest"},
		"publication.old":          {"Ceci est la révision %[1]s. Une plus récente a été publiée.", "This is revision %[1]s. A later one has been published."},
		"publication.read-latest":  {"Lire la plus récente", "Read the latest"},
		"publication.waiting":      {"Pas encore au dépôt distant : en attente depuis %[1]s, essais : %[2]s. %[3]s", "Not at the remote repository yet: waiting since %[1]s, attempts: %[2]s. %[3]s"},
	}
}
