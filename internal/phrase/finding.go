package phrase

// findingTexts holds the sentences of the list of delivered images that break a rule of their metadata policy.
func findingTexts() table {
	return table{
		"findings.title":         {"Constats sur les métadonnées", "Findings in metadata"},
		"findings.lead":          {"Les images livrées qui enfreignent une règle de leur politique sans être retenues, d’après le dernier contrôle de chacune.", "Delivered images that break a rule of their policy and are not held, by the last look at each."},
		"findings.kinds":         {"Images par constat", "Images by finding"},
		"findings.images":        {"Images", "Images"},
		"findings.count":         {"%[1]s : %[2]s", "%[1]s: %[2]s"},
		"findings.filter":        {"Filtrer", "Filter"},
		"findings.since":         {"depuis le %[1]s", "since %[1]s"},
		"findings.released":      {"libérée de la quarantaine par une personne", "released from quarantine by a person"},
		"findings.calm":          {"Rien à signaler : aucune image livrée n’enfreint sa politique.", "Nothing to report: no delivered image breaks its policy."},
		"findings.none-such":     {"Aucune image de ce choix.", "No image of this choice."},
		"findings.all":           {"Tout afficher", "Show all"},
		"findings.first":         {"Première page", "First page"},
		"findings.next":          {"Page suivante", "Next page"},
		"findings.link":          {"Constats sur les images livrées", "Findings in delivered images"},
		"findings.to-quarantine": {"Quarantaine", "Quarantine"},
		"form.kind-filter":       {"Constat", "Finding"},

		"cli.findings":           {"liste les images livrées qui enfreignent leur politique de métadonnées", "lists delivered images that break their metadata policy"},
		"cli.findings.none":      {"aucun constat", "no findings"},
		"cli.findings.columns":   {"DEPUIS\tPIPELINE\tIMAGE\tCONSTAT", "SINCE\tPIPELINE\tIMAGE\tFINDING"},
		"flag.findings.pipeline": {"seulement ceux de ce pipeline", "only those of this pipeline"},
		"flag.findings.kind":     {"seulement ceux de ce genre, comme lost, missing, thumbnail, consent-expired", "only those of this kind, such as lost, missing, thumbnail, consent-expired"},
	}
}
