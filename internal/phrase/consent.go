package phrase

// consentTexts holds the sentences on the register of consents: findings, its
// page, its messages and its command.
func consentTexts() table {
	return join([]table{consentFindingTexts(), consentWordTexts(), consentMessageTexts(), consentPageTexts(), consentFieldTexts(), consentCommandTexts(), consentFlagTexts()})
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

		"consent.kind.model":       {"personne", "person"},
		"consent.kind.property":    {"bien", "property"},
		"consent.level.limited":    {"limité", "limited"},
		"consent.level.unlimited":  {"illimité", "unlimited"},
		"consent.level.refused":    {"refusé", "refused"},
		"consent.type.explicit":    {"explicite", "explicit"},
		"consent.type.expressed":   {"exprimé", "expressed"},
		"consent.type.implied":     {"implicite", "implied"},
		"consent.any":              {"tout", "all"},
		"consent.ai.allowed":       {"entraînement d’IA permis", "AI training allowed"},
		"consent.ai.no-generative": {"entraînement d’IA permis, sauf générative", "AI training allowed, but not generative"},
		"consent.ai.prohibited":    {"entraînement d’IA interdit", "AI training prohibited"},
		"consent.minor":            {"mineur", "minor"},
		"consent.ground.request":   {"à la demande de la personne", "on the subject’s request"},
		"consent.ground.retention": {"durée de conservation écoulée", "no longer needed"},
		"consent.ground.error":     {"enregistré par erreur", "recorded by mistake"},
		"consent.open-ended":       {"jusqu’à révocation", "until it is revoked"},
		"consent.ends-in":          {"jusqu’au %[1]s, encore %[2]s", "until %[1]s, %[2]s left"},
		"consent.ended-at":         {"a pris fin le %[1]s", "ended at %[1]s"},
		"consent.revoked-at":       {"révoqué au %[1]s", "revoked as of %[1]s"},
		"consent.refused-at":       {"refusé le %[1]s", "refused at %[1]s"},
		"consent.erased-at":        {"effacé le %[1]s", "erased at %[1]s"},
		"consent.step.given":       {"Enregistré", "Recorded"},
		"consent.step.changed":     {"Modifié", "Changed"},
		"consent.step.ended":       {"Fin avancée", "Ended early"},
		"consent.step.revoked":     {"Révoqué", "Revoked"},
		"consent.step.warned":      {"Fin prochaine annoncée", "Coming end told"},
		"consent.step.erased":      {"Valeurs effacées", "Values erased"},
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

func consentPageTexts() table {
	return table{
		"nav.consents": {"Consentements", "Consents"},

		"consent.lead":          {"Qui a consenti à quoi, pour quel usage, jusqu’à quand. Une image livrée sans consentement valable est un constat.", "Who agreed to what, for which use, until when. An image delivered without a valid consent is a finding."},
		"consent.no-values":     {"Les noms et les pièces ne se montrent qu’à ceux qui tiennent le registre.", "Names and evidence are shown only to those who keep the register."},
		"consent.none":          {"Aucun consentement enregistré : safelight consent add, ou safelight consent import.", "No consent is on record: safelight consent add, or safelight consent import."},
		"consent.part.ending":   {"Prennent fin bientôt", "Ending soon"},
		"consent.part.holding":  {"En vigueur", "In force"},
		"consent.part.over":     {"Sans effet", "Without effect"},
		"consent.rest":          {"… et %[1]s autres : safelight consent list", "… and %[1]s more: safelight consent list"},
		"consent.export":        {"Exporter (CSV)", "Export (CSV)"},
		"consent.terms":         {"Ce qui a été convenu", "What was agreed"},
		"consent.values":        {"Qui, et les pièces", "Who, and the evidence"},
		"consent.values.none":   {"Les valeurs sont effacées.", "The values are erased."},
		"consent.evidence.open": {"Ouvrir la pièce", "Open the evidence"},
		"consent.trail":         {"Historique", "Trail"},
		"consent.trail.lead":    {"Le journal ne garde que des pseudonymes et des empreintes salées.", "The journal keeps pseudonyms and salted digests only."},
		"consent.trail.entry":   {"entrée %[1]s", "entry %[1]s"},
		"consent.audit":         {"L’historique avec sa preuve", "The trail with its proof"},
		"consent.revoke":        {"Révoquer", "Revoke"},
		"consent.revoke.lead":   {"À partir de maintenant, les images de cette personne sont un constat et, selon la règle, sont retenues. Un nouvel accord est un nouvel enregistrement.", "From now on images of this subject are a finding and, by policy, are held. A new agreement is a new record."},
		"consent.revoke.do":     {"Révoquer le consentement", "Revoke the consent"},
		"consent.erase":         {"Droit à l’effacement", "Right to erasure"},
		"consent.erase.summary": {"Effacer les valeurs", "Erase the values"},
		"consent.erase.lead":    {"Nom, contact, pièces et notes disparaissent pour de bon ; le consentement ne vaut plus. L’historique reste, sans rien qui désigne la personne.", "Name, contact, evidence and notes go for good; the consent holds no longer. The trail stays, with nothing that says who it was."},
		"consent.erase.do":      {"Effacer pour de bon", "Erase for good"},
		"consent.done.revoked":  {"Le consentement est révoqué.", "The consent is revoked."},
		"consent.done.erased":   {"Les valeurs sont effacées.", "The values are erased."},
		"form.ground":           {"Motif", "Ground"},

		"page.effect.consent.tell": {"Annonce d’un consentement qui prend fin", "Telling of a consent that ends"},
	}
}

func consentFieldTexts() table {
	return table{
		"consent.field.kind":            {"Objet", "Of"},
		"consent.field.subject":         {"Pseudonyme", "Pseudonym"},
		"consent.field.guardian":        {"Tuteur", "Guardian"},
		"consent.field.scope":           {"Portée", "Scope"},
		"consent.field.level":           {"Étendue", "Level"},
		"consent.field.type":            {"Expression", "Expressed as"},
		"consent.field.uses":            {"usages", "uses"},
		"consent.field.channels":        {"canaux", "channels"},
		"consent.field.territories":     {"territoires", "territories"},
		"consent.field.ai":              {"entraînement d’IA", "AI training"},
		"consent.field.age":             {"Âge sur l’image", "Age in the picture"},
		"consent.field.givenAt":         {"Donné le", "Given at"},
		"consent.field.validFrom":       {"Valable dès le", "Valid from"},
		"consent.field.validUntil":      {"fin de validité", "end of validity"},
		"consent.field.notice":          {"Version de la notice", "Version of the notice"},
		"consent.field.language":        {"langue", "language"},
		"consent.field.method":          {"Recueilli par", "Collected by"},
		"consent.field.plus":            {"Codes PLUS", "PLUS codes"},
		"consent.field.name":            {"Nom", "Name"},
		"consent.field.aliases":         {"Autres graphies", "Also written"},
		"consent.field.contact":         {"Contact", "Contact"},
		"consent.field.guardianName":    {"Nom du tuteur", "Name of the guardian"},
		"consent.field.guardianContact": {"Contact du tuteur", "Contact of the guardian"},
		"consent.field.controller":      {"Responsable du traitement", "Controller"},
		"consent.field.evidenceLink":    {"Pièce", "Evidence"},
		"consent.field.evidenceSHA256":  {"SHA-256 de la pièce", "SHA-256 of the evidence"},
		"consent.field.external":        {"Identifiant d’origine", "Id where it came from"},
		"consent.field.releases":        {"Autorisations (PLUS)", "Release ids (PLUS)"},
		"consent.field.paths":           {"Chemins", "Paths"},
		"consent.field.images":          {"Images", "Images"},
		"consent.field.note":            {"Note", "Note"},
	}
}

func consentCommandTexts() table {
	return table{
		"cli.consent":          {"tient le registre des consentements", "keeps the register of consents"},
		"cli.consent.none":     {"aucun consentement enregistré", "no consent is on record"},
		"cli.consent.columns":  {"ID\tÉTAT\tSUJET\tFIN\tPORTÉE", "ID\tSTATE\tSUBJECT\tEND\tSCOPE"},
		"cli.consent.added":    {"consentement %[1]s enregistré", "consent %[1]s recorded"},
		"cli.consent.revoked":  {"consentement %[1]s révoqué", "consent %[1]s revoked"},
		"cli.consent.ended":    {"consentement %[1]s : fin avancée", "consent %[1]s ends earlier"},
		"cli.consent.erased":   {"valeurs effacées pour de bon : %[1]s", "values erased for good: %[1]s"},
		"cli.consent.taken":    {"%[1]s ajoutés, %[2]s modifiés, %[3]s déjà connus, %[4]s refusés", "%[1]s added, %[2]s changed, %[3]s known already, %[4]s refused"},
		"cli.consent.refusal":  {"  n° %[1]s : %[2]s", "  number %[1]s: %[2]s"},
		"cli.consent.step":     {"  entrée %[1]s  %[2]s  %[3]s  %[4]s", "  entry %[1]s  %[2]s  %[3]s  %[4]s"},
		"cli.consent.audited":  {"l’historique de %[1]s est entier : %[2]s entrées, racine %[3]s d’un journal de %[4]s entrées", "the trail of %[1]s is whole: %[2]s entries, root %[3]s of a journal of %[4]s entries"},
		"cli.consent.alone":    {"comparé à aucun journal : donnez --journal, ou le dossier par --dir", "compared with no journal: give --journal, or the folder by --dir"},
		"cli.consent.compared": {"le journal confirme l’historique", "the journal confirms the trail"},
	}
}

func consentFlagTexts() table {
	return table{
		"flag.consent.standing":    {"seulement ceux dans cet état : expiring, valid, expired, revoked …", "only those that stand so: expiring, valid, expired, revoked …"},
		"flag.consent.values":      {"aussi les noms et les pièces ; demande --as ou un jeton", "names and evidence too; wants --as or a token"},
		"flag.consent.name":        {"nom de la personne", "name of the subject"},
		"flag.consent.aliases":     {"autres graphies du nom, séparées par |", "other spellings of the name, separated by |"},
		"flag.consent.contact":     {"comment joindre la personne", "how to reach the subject"},
		"flag.consent.guardian":    {"nom du tuteur d’une personne mineure", "name of a minor’s guardian"},
		"flag.consent.guardian-at": {"comment joindre le tuteur", "how to reach the guardian"},
		"flag.consent.controller":  {"qui traite les images", "who processes the images"},
		"flag.consent.evidence":    {"où se trouve la pièce signée", "where the signed paper is kept"},
		"flag.consent.evidence-of": {"la pièce signée, dont l’empreinte est gardée", "the signed paper, whose digest is kept"},
		"flag.consent.note":        {"remarque", "remark"},
		"flag.consent.external":    {"identifiant dans un autre système", "id in another system"},
		"flag.consent.release":     {"identifiants d’autorisation PLUS, séparés par des virgules", "PLUS release ids, separated by commas"},
		"flag.consent.path":        {"images concernées, PIPELINE:MOTIF, séparées par des virgules", "images it is about, PIPELINE:PATTERN, separated by commas"},
		"flag.consent.image":       {"SHA-256 d’images, séparés par des virgules", "SHA-256 of images, separated by commas"},
		"flag.consent.subject":     {"pseudonyme d’une personne déjà connue", "pseudonym of a subject that is known already"},
		"flag.consent.kind":        {"model ou property", "model or property"},
		"flag.consent.level":       {"limited, unlimited ou refused", "limited, unlimited or refused"},
		"flag.consent.type":        {"explicit, expressed ou implied", "explicit, expressed or implied"},
		"flag.consent.use":         {"usages, séparés par des virgules ; * pour tous", "uses, separated by commas; * for all"},
		"flag.consent.channel":     {"canaux, séparés par des virgules ; * pour tous", "channels, separated by commas; * for all"},
		"flag.consent.territory":   {"territoires : FR,EU … ou *", "territories: FR,EU … or *"},
		"flag.consent.ai":          {"entraînement d’IA : allowed, no-generative ou prohibited", "AI training: allowed, no-generative or prohibited"},
		"flag.consent.age":         {"âge sur l’image, code PLUS : AG-U14, AG-A15 … AG-A25", "age in the picture, PLUS code: AG-U14, AG-A15 … AG-A25"},
		"flag.consent.given":       {"donné le (jour ou instant)", "given at (day or moment)"},
		"flag.consent.from":        {"valable dès", "valid from"},
		"flag.consent.until":       {"dernier jour de validité, ou premier instant sans consentement", "last day of validity, or first moment without consent"},
		"flag.consent.notice":      {"version de la notice", "version of the notice"},
		"flag.consent.language":    {"langue de la notice", "language of the notice"},
		"flag.consent.method":      {"recueilli par : paper, e-signature, web-form …", "collected by: paper, e-signature, web-form …"},
		"flag.consent.format":      {"json (ISO/IEC TS 27560) ou csv", "json (ISO/IEC TS 27560) or csv"},
		"flag.consent.out":         {"fichier à écrire ; sinon la sortie standard", "file to write; else standard output"},
		"flag.consent.reason":      {"pourquoi", "why"},
		"flag.consent.since":       {"dès quand ; sinon maintenant", "since when; else now"},
		"flag.consent.end":         {"nouvelle fin ; sinon maintenant", "new end; else now"},
		"flag.consent.ground":      {"request, retention ou error", "request, retention or error"},
		"flag.consent.verify":      {"vérifie ce fichier au lieu d’en écrire un", "verifies this file in place of writing one"},
		"flag.consent.journal":     {"export du journal auquel comparer", "export of the journal to compare with"},
	}
}
