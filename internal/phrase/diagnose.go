package phrase

// diagnoseTexts holds what the diagnosis of a deviation says.
func diagnoseTexts() table {
	return table{
		"cli.diagnose": {"dit si l’écart est une transformation de couleur, et laquelle", "says whether a deviation is one colour transform, and which"},

		"diagnose.verdict.global":       {"une transformation de couleur globale : %[1]s", "one global colour transform: %[1]s"},
		"diagnose.verdict.mixed":        {"une transformation de couleur globale (%[1]s) et des défauts locaux", "one global colour transform (%[1]s) and local defects"},
		"diagnose.verdict.local":        {"des défauts locaux, aucune transformation de couleur", "local defects, no colour transform"},
		"diagnose.verdict.noise":        {"rien qu’un codage n’explique : bruit ou recompression", "nothing but what coding does: noise or recompression"},
		"diagnose.verdict.spread":       {"un écart sur toute l’image qu’aucune transformation de couleur n’explique", "a difference all over the picture that no colour transform explains"},
		"diagnose.verdict.undetermined": {"trop peu de pixels ou de couleurs pour trancher", "too few pixels or colours to tell"},

		"diagnose.explains": {"explique %[1]s de l’écart systématique ; ΔE00 moyen %[2]s, après correction %[3]s", "explains %[1]s of the systematic difference; mean ΔE00 %[2]s, after correction %[3]s"},
		"diagnose.head":     {"modèle	paramètres	expliqué	ailleurs	pixels	moyenne	p95", "model	parameters	explained	elsewhere	pixels	mean	p95"},
		"diagnose.colours":  {"%[1]s échantillons, %[2]s couleurs, conditionnement %[3]s", "%[1]s samples, %[2]s colours, condition %[3]s"},
		"diagnose.grey":     {"presque sans couleur : seules des courbes peuvent être ajustées", "hardly any colour: only curves can be fitted"},
		"diagnose.worst":    {"reste : le pire centième des blocs en porte %[1]s, le pire vingtième %[2]s", "what remains: the worst hundredth of the blocks holds %[1]s, the worst twentieth %[2]s"},
		"diagnose.region":   {"pire région : %[1]s×%[2]s pixels à partir de %[3]s, %[4]s ; ΔE00 %[5]s, %[6]s de ce qui reste", "worst region: %[1]s×%[2]s pixels from %[3]s, %[4]s; ΔE00 %[5]s, %[6]s of what remains"},
		"diagnose.edges":    {"ce qui reste suit les contours : image décalée (%[1]s, %[2]s pixels), floue ou accentuée ?", "what remains follows the edges: is the picture shifted (%[1]s, %[2]s pixels), blurred or sharpened?"},
		"diagnose.written":  {"table écrite : %[1]s", "table written: %[1]s"},
		"diagnose.useless":  {"la table n’explique pas l’écart : %[1]s seulement", "the table does not explain the deviation: only %[1]s"},

		"diagnose.next.global":       {"à faire : comparer la table ou le profil en service avec celui d’avant (safelight lut check NOUVEAU --against ANCIEN), --cube écrit la transformation trouvée", "next: compare the table or profile in use with the one before (safelight lut check NEW --against OLD); --cube writes the transform that was found"},
		"diagnose.next.mixed":        {"à faire : chercher deux causes, la table ou le profil d’abord ; safelight check --heatmap montre les défauts", "next: look for two causes, the table or profile first; safelight check --heatmap shows the defects"},
		"diagnose.next.local":        {"à faire : regarder la région (safelight check --heatmap) ; chercher une incrustation, un décodeur ou un cache, pas une table", "next: look at the region (safelight check --heatmap); suspect an overlay, a decoder or a cache, not a table"},
		"diagnose.next.noise":        {"à faire : si un budget est dépassé, comparer les réglages de l’encodeur et les versions", "next: if a budget is exceeded, compare the settings of the encoder and its versions"},
		"diagnose.next.spread":       {"à faire : comparer le recadrage, le redimensionnement, la quantification et l’encodeur", "next: compare cropping, resizing, quantisation and the encoder"},
		"diagnose.next.undetermined": {"à faire : recommencer avec une image plus grande ou plus colorée", "next: try again with a larger or more colourful picture"},

		"diagnose.model.identity":             {"aucun changement", "no change"},
		"diagnose.model.named":                {"connue", "known"},
		"diagnose.model.tone-curve":           {"une courbe", "one curve"},
		"diagnose.model.curves":               {"courbes", "curves"},
		"diagnose.model.matrix":               {"matrice", "matrix"},
		"diagnose.model.curves-matrix-curves": {"courbes, matrice", "curves, matrix"},
		"diagnose.model.lut":                  {"table 3-D", "3-D table"},

		"diagnose.kind.exposure":          {"exposition", "exposure"},
		"diagnose.kind.white-balance":     {"balance des blancs", "white balance"},
		"diagnose.kind.gamma":             {"gamma", "gamma"},
		"diagnose.kind.levels":            {"niveaux", "levels"},
		"diagnose.kind.saturation":        {"saturation", "saturation"},
		"diagnose.kind.channels":          {"canaux échangés", "channels exchanged"},
		"diagnose.kind.inversion":         {"négatif", "negative"},
		"diagnose.kind.primaries":         {"espace de couleur pris pour un autre", "one colour space taken for another"},
		"diagnose.kind.ycbcr-matrix":      {"matrice Y′CbCr prise pour une autre", "one Y′CbCr matrix taken for another"},
		"diagnose.kind.tone-curve":        {"courbe de contraste", "contrast curve"},
		"diagnose.kind.channel-curves":    {"une courbe par canal", "a curve for each channel"},
		"diagnose.kind.matrix":            {"matrice en lumière linéaire", "matrix in linear light"},
		"diagnose.kind.curves-and-matrix": {"courbes et matrice", "curves and a matrix"},
		"diagnose.kind.lut":               {"table de couleurs (LUT)", "colour table (LUT)"},
	}
}
