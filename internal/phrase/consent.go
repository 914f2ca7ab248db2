package phrase

// consentTexts holds the sentences on the register of consents: findings, its
// page, its messages and its command.
func consentTexts() table {
	return join([]table{consentFindingTexts(), consentWordTexts(), consentMessageTexts()})
}

func consentFindingTexts() table {
	return table{
		"consent.finding.minor-without-guardian":      {"%[1]s est d’une personne mineure et aucun tuteur n’a consenti", "%[1]s is of a minor and no guardian has agreed"},
		"consent.finding.minor-without-guardian.none": {"l’image dit montrer une personne mineure (%[1]s) et aucun consentement d’un tuteur ne s’y rattache", "the image says that it shows a minor (%[1]s) and no guardian’s consent belongs to it"},
		"consent.finding.consent-missing":             {"aucun consentement enregistré : %[1]s", "no consent is on record: %[1]s"},
		"consent.finding.consent-missing.none":        {"aucun consentement enregistré ne répond à l’image (%[1]s)", "no consent on record answers the image (%[1]s)"},
		"consent.finding.consent-revoked":             {"%[1]s est révoqué", "%[1]s is revoked"},
		"consent.finding.consent-refused":             {"%[1]s : la personne a refusé", "%[1]s: the subject has refused"},
		"consent.finding.consent-expired":             {"%[1]s a expiré", "%[1]s has expired"},
		"consent.finding.consent-scope":               {"%[1]s ne couvre pas cette diffusion : %[2]s", "%[1]s does not cover this delivery: %[2]s"},
		"consent.finding.release-overstated":          {"l’image annonce une autorisation illimitée, %[1]s est limité", "the image claims an unlimited release, %[1]s is limited"},
	}
}

func consentWordTexts() table {
	return table{
		"consent.standing.pending":  {"pas encore commencé", "not begun"},
		"consent.standing.valid":    {"valable", "valid"},
		"consent.standing.expiring": {"expire bientôt", "expires soon"},
		"consent.standing.expired":  {"expiré", "expired"},
		"consent.standing.revoking": {"révoqué à terme", "to be revoked"},
		"consent.standing.revoked":  {"révoqué", "revoked"},
		"consent.standing.refused":  {"refusé", "refused"},
		"consent.standing.erased":   {"effacé", "erased"},
	}
}

func consentMessageTexts() table {
	return table{
		"message.consent.subject":  {"Consentement %[1]s : il prend fin le %[2]s", "Consent %[1]s ends on %[2]s"},
		"message.consent":          {"Un consentement prend fin dans 30 jours ou moins. Après cette date, les images qu’il couvre ne peuvent plus être diffusées.", "A consent ends within 30 days. From that day on the images that it covers may not be delivered any more."},
		"message.next.consent":     {"Renouvelez-le, ou retirez les images à temps.", "Renew it, or take the images out in time."},
		"message.fact.consent":     {"Consentement", "Consent"},
		"message.fact.valid-until": {"Prend fin le", "Ends on"},
		"message.fact.uses":        {"Usages", "Uses"},
		"message.fact.channels":    {"Canaux", "Channels"},
	}
}
