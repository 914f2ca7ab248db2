package phrase

// publicationTexts holds the sentences on published postmortems.
func publicationTexts() table {
	return table{
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
