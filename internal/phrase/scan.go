package phrase

// scanTexts are the sentences of the report of a scan.
func scanTexts() table {
	return table{
		"report.title":              {"Rapport de scan", "Scan report"},
		"report.against":            {"par rapport à %[1]s", "against %[1]s"},
		"report.class":              {"classe %[1]s", "class %[1]s"},
		"report.over":               {"images au-dessus de %[1]s", "images above %[1]s"},
		"report.under":              {"images sous %[1]s", "images below %[1]s"},
		"report.median":             {"médiane de ΔE00 p95", "median ΔE00 p95"},
		"report.took":               {"durée", "took"},
		"report.screening":          {"Tri rapide", "Screening"},
		"report.screened":           {"%[1]s images sur %[2]s ont été jugées sur leur version réduite à 1/%[3]s ; les autres ont été mesurées entières.", "%[1]s of %[2]s images were judged by their version at 1/%[3]s; the others were measured whole."},
		"report.planted":            {"Pour savoir ce que ce tri laisse passer, des défauts ont été plantés dans %[1]s images de référence, chacun juste assez fort pour dépasser le budget. Des images saines, il en laisse passer %[2]s.", "To know what screening lets pass, defects were planted into %[1]s reference images, each just strong enough to break the budget. Of the sound images it lets pass %[2]s."},
		"report.defect":             {"défaut planté", "planted defect"},
		"report.found":              {"vus par la mesure entière", "seen by the whole measurement"},
		"report.missed":             {"dont manqués par le tri", "of these missed by screening"},
		"report.defect.globalDrift": {"dérive globale des couleurs", "global colour drift"},
		"report.defect.localPatch":  {"zone locale d’une autre couleur", "local patch of another colour"},
		"report.defect.banding":     {"aplats (trop peu de niveaux)", "banding (too few levels)"},
		"report.defect.blocking":    {"blocs de compression", "compression blocks"},
		"report.defect.wrongICC":    {"mauvais profil ICC (Display P3 lu en sRGB)", "wrong ICC profile (Display P3 read as sRGB)"},
		"report.defect.wrongCrop":   {"mauvais cadrage", "wrong crop"},
		"report.worst":              {"Les pires images", "The worst images"},
		"report.diagnosis":          {"Diagnostic de ces images prises ensemble :", "Diagnosis of these images taken together:"},
		"report.none":               {"Aucune image ne diffère de sa référence.", "No image differs from its reference."},
		"report.reference":          {"référence", "reference"},
		"report.delivered":          {"livrée", "delivered"},
		"report.heat":               {"carte de ΔE00 : noir égal, jaune pâle à partir de 10", "map of ΔE00: black is equal, pale yellow from 10 on"},
		"report.broken":             {"Fichiers illisibles", "Broken files"},
		"report.more":               {"et %[1]s autres", "and %[1]s more"},
		"report.methods":            {"Méthodes", "Methods"},
		"cli.scan.screened":         {"tri rapide à 1/%[1]s : %[2]s images laissées passer ; défauts plantés manqués : %[3]s sur %[4]s", "screened at 1/%[1]s: %[2]s images let pass; planted defects missed: %[3]s of %[4]s"},
		"cli.scan.wrote":            {"écrit : %[1]s", "wrote %[1]s"},
		"cli.scan.lost":             {"pas d’aperçu de %[1]s : %[2]s", "no preview of %[1]s: %[2]s"},
	}
}
