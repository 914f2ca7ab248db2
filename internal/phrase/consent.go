package phrase

// consentTexts holds the sentences on the register of consents: findings, its
// page, its messages and its command.
func consentTexts() table {
	return join([]table{consentFindingTexts(), consentWordTexts(), consentFaultTexts(), consentRefusalTexts(), consentMessageTexts(), consentPageTexts(), consentFormTexts(), consentFieldTexts(), consentCommandTexts(), consentFlagTexts()})
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

// consentFaultTexts are what is wrong with a record that somebody writes, by field.
func consentFaultTexts() table {
	return table{
		"consent.fault.record":       {"enregistrer un consentement : %[1]s", "record a consent: %[1]s"},
		"consent.fault.of":           {"%[1]s : %[2]s", "%[1]s: %[2]s"},
		"consent.fault.and":          {"%[1]s ; %[2]s", "%[1]s; %[2]s"},
		"consent.fault.nobody":       {"il ne désigne ni une personne ni une image", "it names neither a person nor an image"},
		"consent.fault.choice":       {"%[1]s n’est pas proposé ; choisissez parmi %[2]s", "%[1]s is none of the choices; use one of %[2]s"},
		"consent.fault.age":          {"âge %[1]s : prenez un code de plus:MinorModelAgeDisclosure comme AG-U14 ou AG-A25", "age %[1]s: use a code of plus:MinorModelAgeDisclosure such as AG-U14 or AG-A25"},
		"consent.fault.notice":       {"version de la notice %[1]s : jusqu’à 64 lettres, chiffres et . _ / : -", "notice version %[1]s: use up to 64 letters, digits and . _ / : -"},
		"consent.fault.method":       {"façon de recueillir %[1]s : prenez un mot comme paper, e-signature ou web-form", "method %[1]s: use a word such as paper, e-signature or web-form"},
		"consent.fault.language":     {"langue %[1]s : prenez un code comme fr ou en-GB", "language %[1]s: use a tag such as fr or en-GB"},
		"consent.fault.many":         {"%[1]s entrées ; au plus %[2]s", "%[1]s entries, the limit is %[2]s"},
		"consent.fault.use":          {"usage %[1]s : prenez un mot comme advertising ou social/stories", "use %[1]s: use a word such as advertising or social/stories"},
		"consent.fault.channel":      {"canal %[1]s : prenez un mot comme web ou social/instagram", "channel %[1]s: use a word such as web or social/instagram"},
		"consent.fault.territory":    {"territoire %[1]s : les deux majuscules d’un pays, EU, EEA ou *", "territory %[1]s: use a country’s two capital letters, EU, EEA or *"},
		"consent.fault.no-use":       {"un consentement limité nomme au moins un usage ; * les vaut tous", "a limited consent names at least one use; * is all of them"},
		"consent.fault.no-channel":   {"un consentement limité nomme au moins un canal ; * les vaut tous", "a limited consent names at least one channel; * is all of them"},
		"consent.fault.no-territory": {"un consentement limité nomme au moins un territoire ; * les vaut tous", "a limited consent names at least one territory; * is all of them"},
		"consent.fault.year":         {"la date est avant 1900 ou après 9000", "the date lies before 1900 or after 9000"},
		"consent.fault.future":       {"donné le %[1]s, qui est encore à venir", "it is said to be given on %[1]s, which is still to come"},
		"consent.fault.end":          {"il prend fin le %[1]s, pas après son début", "it ends on %[1]s, not after it begins"},
		"consent.fault.time":         {"%[1]s n’est pas une date : écrivez 2027-01-31 ou 2027-01-31T12:00:00Z", "%[1]s is no time: write 2027-01-31 or 2027-01-31T12:00:00Z"},
		"consent.fault.line":         {"une seule ligne, de %[1]s octets d’UTF-8 au plus", "write one line of at most %[1]s bytes of UTF-8"},
		"consent.fault.text":         {"%[1]s octets d’UTF-8 au plus", "write at most %[1]s bytes of UTF-8"},
		"consent.fault.lines":        {"jusqu’à %[1]s lignes de %[2]s octets d’UTF-8 au plus", "write up to %[1]s lines of at most %[2]s bytes of UTF-8"},
		"consent.fault.digest":       {"écrivez 64 chiffres hexadécimaux", "write 64 hexadecimal digits"},
		"consent.fault.digests":      {"écrivez le SHA-256 de chacune, 64 chiffres hexadécimaux", "write the SHA-256 of each, 64 hexadecimal digits"},
		"consent.fault.paths":        {"%[1]s chemins au plus", "write up to %[1]s paths"},
		"consent.fault.path":         {"écrivez un pipeline et un motif comme ete/*.jpg ou ete/", "write a pipeline and a pattern such as summer/*.jpg or summer/"},
		"consent.fault.place":        {"un chemin s’écrit PIPELINE:MOTIF, comme catalogue:ete/*.jpg", "a path is PIPELINE:PATTERN, such as catalogue:summer/*.jpg"},
	}
}

// consentRefusalTexts are why a command on the register, or a file for it, is refused.
func consentRefusalTexts() table {
	return table{
		"consent.forbidden":         {"tenir le registre des consentements : le rôle %[1]s ne le permet pas ; ceux-ci le permettent : %[2]s", "keep the register of consents: the role %[1]s may not do this; these may: %[2]s"},
		"consent.forbidden.account": {"tenir le registre des consentements : le rôle de ce compte ne le permet pas ; ceux-ci le permettent : %[1]s", "keep the register of consents: the role of this account may not do this; these may: %[1]s"},
		"consent.do.change":         {"changer %[1]s", "change %[1]s"},
		"consent.do.revoke":         {"révoquer %[1]s", "revoke %[1]s"},
		"consent.do.expire":         {"faire expirer %[1]s", "expire %[1]s"},
		"consent.a-consent":         {"un consentement", "a consent"},
		"consent.nobody":            {"tenir le registre des consentements : personne n’est connecté", "keep the register of consents: nobody is signed in"},
		"consent.there":             {"enregistrer %[1]s : ce consentement existe déjà", "record %[1]s: there is such a consent already"},
		"consent.meantime":          {"changer %[1]s : il a été changé entre-temps ; regardez-le de nouveau, puis changez-le", "change %[1]s: it was changed in the meantime; look at it again and change it then"},
		"consent.erased":            {"%[1]s : ses valeurs sont effacées", "%[1]s: its values are erased"},
		"consent.is-revoked":        {"%[1]s : il est révoqué ; un nouvel accord est une nouvelle fiche", "%[1]s: it is revoked; a new agreement is a new record"},
		"consent.why-bytes":         {"%[1]s : dites pourquoi en %[2]s octets d’UTF-8 au plus", "%[1]s: say why in at most %[2]s bytes of UTF-8"},
		"consent.often":             {"%[1]s : il a été changé %[2]s fois ; faites une nouvelle fiche", "%[1]s: it has been changed %[2]s times; make a new record"},
		"consent.why":               {"révoquer %[1]s : dites pourquoi en quelques mots", "revoke %[1]s: say why in a few words"},
		"consent.given-on":          {"révoquer %[1]s : il n’a été donné que le %[2]s", "revoke %[1]s: it was given only on %[2]s"},
		"consent.begins-on":         {"faire expirer %[1]s : il ne commence que le %[2]s", "expire %[1]s: it begins only on %[2]s"},
		"consent.ends-on":           {"faire expirer %[1]s : il prend déjà fin le %[2]s ; pour le prolonger, changez-le", "expire %[1]s: it ends on %[2]s already; to prolong it, change it"},
		"consent.ground":            {"effacer %[1]s : motif %[2]s : prenez un de ceux-ci : %[3]s", "erase %[1]s: ground %[2]s: use one of %[3]s"},
		"consent.unknown":           {"chercher le consentement %[1]s : le registre n’en a pas de ce nom ; safelight consent list les montre", "find consent %[1]s: the register has none of this id; safelight consent list shows them"},
		"consent.column.unknown":    {"lire les consentements : la colonne %[1]s n’est pas connue ; prenez parmi %[2]s", "read consents: column %[1]s is not known; use some of %[2]s"},
		"consent.column.twice":      {"lire les consentements : la colonne %[1]s s’y trouve deux fois", "read consents: column %[1]s is there twice"},
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
		"consent.none":          {"Aucun consentement enregistré. Enregistrez-en un ici, ou par safelight consent add ou import.", "No consent is on record. Record one here, or by safelight consent add or import."},
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
		"consent.new":           {"Enregistrer un consentement", "Record a consent"},
		"consent.new.lead":      {"Le journal ne retient que des pseudonymes et des empreintes ; noms, contacts et pièces restent effaçables.", "The journal keeps pseudonyms and digests only; names, contacts and evidence can be erased."},
		"consent.new.do":        {"Enregistrer", "Record"},
		"consent.change":        {"Modifier", "Change"},
		"consent.change.lead":   {"Prolonger, corriger ou restreindre ; ce qui était convenu avant reste dans l’historique.", "Prolong, mend or narrow it; what was agreed before stays in the trail."},
		"consent.change.open":   {"Modifier le consentement", "Change the consent"},
		"consent.change.of":     {"Modifier %[1]s", "Change %[1]s"},
		"consent.change.reason": {"Pourquoi cette modification", "Why it is changed"},
		"consent.change.do":     {"Enregistrer la modification", "Record the change"},
		"consent.done.added":    {"Le consentement est enregistré.", "The consent is recorded."},
		"consent.done.changed":  {"Le consentement est modifié.", "The consent is changed."},
		"consent.done.revoked":  {"Le consentement est révoqué.", "The consent is revoked."},
		"consent.done.erased":   {"Les valeurs sont effacées.", "The values are erased."},
		"form.ground":           {"Motif", "Ground"},

		"page.effect.consent.tell": {"Annonce d’un consentement qui prend fin", "Telling of a consent that ends"},
	}
}

// consentFormTexts are the parts of the form, its hints and its choices.
func consentFormTexts() table {
	return table{
		"consent.part.who":         {"Qui est montré", "Who is shown"},
		"consent.part.who.hint":    {"Un nom, ou à défaut les images plus bas.", "A name, or else the images further down."},
		"consent.part.scope":       {"Ce qui est permis", "What is allowed"},
		"consent.part.scope.hint":  {"Un consentement limité nomme des usages, des canaux et des territoires, séparés par des virgules ; * les vaut tous.", "A limited consent names uses, channels and territories, separated by commas; * is all of them."},
		"consent.part.period":      {"Pour combien de temps", "For how long"},
		"consent.part.release":     {"Personne mineure, autorisation signée", "Minors, signed release"},
		"consent.part.evidence":    {"Pièce et images", "Evidence and images"},
		"consent.fold.who":         {"Autres graphies, identifiant, responsable", "Other spellings, id, controller"},
		"consent.fold.release":     {"Âge, tuteur, autorisation", "Age, guardian, release"},
		"consent.fold.evidence":    {"Empreinte, notice, images une à une, note", "Digest, notice, single images, note"},
		"consent.hint.commas":      {"Séparées par des virgules.", "Separated by commas."},
		"consent.hint.uses":        {"press, advertising …", "press, advertising …"},
		"consent.hint.channels":    {"web, print, social/instagram …", "web, print, social/instagram …"},
		"consent.hint.territories": {"FR, DE, EU …", "FR, DE, EU …"},
		"consent.hint.ai":          {"— : rien n’est permis.", "—: nothing is allowed."},
		"consent.hint.evidence":    {"Où se trouve l’accord signé.", "Where the signed paper is kept."},
		"consent.hint.method":      {"paper, e-signature, web-form …", "paper, e-signature, web-form …"},
		"consent.hint.language":    {"De la notice : fr, en-GB …", "Of the notice: fr, en-GB …"},
		"consent.hint.places":      {"Un par ligne : PIPELINE:MOTIF, comme catalogue:ete/*.jpg.", "One a line: PIPELINE:PATTERN, such as catalogue:summer/*.jpg."},
		"consent.hint.images":      {"SHA-256, un par ligne.", "SHA-256, one a line."},
		"consent.hint.lines":       {"Un par ligne.", "One a line."},
		"consent.hint.now":         {"Vide : maintenant.", "Empty: now."},
		"consent.hint.from":        {"Vide : dès qu’il est donné.", "Empty: from when it is given."},
		"consent.hint.until":       {"Le dernier jour, en UTC ; vide : jusqu’à révocation.", "The last day, in UTC; empty: until it is revoked."},
		"consent.hint.moment":      {"Un jour (2027-01-31) ou un instant (2027-01-31T12:00:00Z).", "A day (2027-01-31) or a moment (2027-01-31T12:00:00Z)."},
		"consent.age.years":        {"%[1]s ans", "%[1]s years"},
		"consent.age.AG-UNK":       {"inconnu", "unknown"},
		"consent.age.AG-U14":       {"14 ans ou moins", "14 or under"},
		"consent.age.AG-A25":       {"25 ans ou plus", "25 or over"},
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
		"cli.consent.changed":  {"consentement %[1]s modifié", "consent %[1]s changed"},
		"cli.consent.revoked":  {"consentement %[1]s révoqué", "consent %[1]s revoked"},
		"cli.consent.ended":    {"consentement %[1]s : fin avancée", "consent %[1]s ends earlier"},
		"cli.consent.erased":   {"valeurs effacées pour de bon : %[1]s", "values erased for good: %[1]s"},
		"cli.consent.taken":    {"%[1]s ajoutés, %[2]s modifiés, %[3]s déjà connus, %[4]s refusés", "%[1]s added, %[2]s changed, %[3]s known already, %[4]s refused"},
		"cli.consent.file":     {"Les colonnes d’un fichier CSV, dans n’importe quel ordre ; les entrées d’une liste se séparent par « | » ; docs/consent.md dit ce qu’elles veulent dire :", "The columns of a CSV file, in any order; entries of a list are separated by \"|\"; docs/consent.md says what they mean:"},
		"cli.consent.refusal":  {"  n° %[1]s : %[2]s", "  number %[1]s: %[2]s"},
		"cli.consent.fact":     {"  %[1]s : %[2]s", "  %[1]s: %[2]s"},
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
