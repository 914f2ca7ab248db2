package phrase

// metadataTexts are the sentences about what files say besides their picture.
func metadataTexts() table {
	return table{
		"metadata.trust": {"lire les certificats reconnus de %[1]s : %[2]s", "read the trusted certificates of %[1]s: %[2]s"},

		"finding.metadata.lost":                 {"ce que la référence déclare est perdu ou changé : %[1]s", "what the reference states is lost or changed: %[1]s"},
		"finding.metadata.missing":              {"il manque ce que la règle exige : %[1]s", "what the policy requires is missing: %[1]s"},
		"finding.metadata.unstripped":           {"ce qui devait être retiré est resté : %[1]s", "what should have been stripped is still there: %[1]s"},
		"finding.metadata.forbidden":            {"ce que la règle interdit est présent : %[1]s", "what the policy forbids is there: %[1]s"},
		"finding.metadata.personal":             {"données personnelles dans %[1]s", "personal data in %[1]s"},
		"finding.metadata.thumbnail":            {"la vignette ne montre pas l’image livrée : %[1]s", "the thumbnail does not show the delivered picture: %[1]s"},
		"finding.metadata.provenance-lost":      {"la preuve d’origine (C2PA) de la référence a disparu", "the reference’s provenance (C2PA) is gone"},
		"finding.metadata.provenance-stale":     {"la preuve d’origine (C2PA) ne correspond plus à l’image", "the provenance (C2PA) no longer matches the image"},
		"finding.metadata.provenance-invalid":   {"la preuve d’origine (C2PA) est invalide", "the provenance (C2PA) is invalid"},
		"finding.metadata.provenance-missing":   {"il n’y a pas de preuve d’origine (C2PA), et la règle l’exige", "there is no provenance (C2PA), and the policy requires it"},
		"finding.metadata.provenance-untrusted": {"le signataire de la preuve d’origine (C2PA) n’est pas reconnu", "the signer of the provenance (C2PA) is not trusted"},
		"finding.metadata.consent-missing":      {"aucun consentement n’est enregistré pour %[1]s", "no consent is on record for %[1]s"},
		"finding.metadata.consent-expired":      {"le consentement a expiré : %[1]s", "the consent has expired: %[1]s"},
		"finding.metadata.consent-revoked":      {"le consentement a été retiré : %[1]s", "the consent was revoked: %[1]s"},
		"finding.metadata.consent-scope":        {"le consentement ne couvre pas cet usage : %[1]s", "the consent does not cover this use: %[1]s"},
	}
}
