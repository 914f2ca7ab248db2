package phrase

// quarantineTexts holds the sentences on images that are held: their page,
// their incident and their command.
func quarantineTexts() table {
	return join([]table{quarantinePageTexts(), quarantineFormTexts(), quarantineCourseTexts(), quarantineCommandTexts()})
}

func quarantinePageTexts() table {
	return table{
		"nav.quarantine": {"Quarantaine", "Quarantine"},

		"quarantine.lead":        {"Retenues : %[1]s ; parmi elles, le public a pu en recevoir : %[2]s.", "Held: %[1]s; of these the public may have got: %[2]s."},
		"quarantine.held":        {"Retenues", "Held"},
		"quarantine.past":        {"Terminées", "Over"},
		"quarantine.calm":        {"Rien en quarantaine : aucune image n’est retenue.", "Nothing in quarantine: no image is held."},
		"quarantine.rest":        {"… et %[1]s autres : safelight quarantine list", "… and %[1]s more: safelight quarantine list"},
		"quarantine.since":       {"retenue le %[1]s", "held since %[1]s"},
		"quarantine.why":         {"Pourquoi elle est retenue", "Why it is held"},
		"quarantine.fields":      {"Où :", "Where:"},
		"quarantine.entities":    {"Quoi :", "What:"},
		"quarantine.reasons":     {"Raison, en anglais : %[1]s", "Why: %[1]s"},
		"quarantine.no-values":   {"Les valeurs trouvées ne sont pas montrées et n’entrent pas dans le journal.", "The values that were found are not shown and do not enter the journal."},
		"quarantine.exposure":    {"Le public l’a-t-il reçue ?", "Has the public got it?"},
		"quarantine.public":      {"public", "public"},
		"quarantine.caught":      {"arrêtée avant le public", "caught before the public"},
		"quarantine.state":       {"Où elle en est", "Where it stands"},
		"quarantine.file":        {"Fichier", "File"},
		"quarantine.digest":      {"Empreinte SHA-256", "SHA-256"},
		"quarantine.bytes":       {"%[1]s octets", "%[1]s bytes"},
		"quarantine.kept":        {"Sortie du dossier livré le %[1]s ; une copie à l’octet près est gardée.", "Out of the delivered folder since %[1]s; a copy is kept, byte for byte."},
		"quarantine.moved":       {"Sortie du dossier livré le %[1]s.", "Out of the delivered folder since %[1]s."},
		"quarantine.erased":      {"Sa copie est effacée depuis le %[1]s ; son empreinte reste.", "Its copy was erased at %[1]s; its digest stays."},
		"quarantine.kept-until":  {"La copie est effacée à partir du %[1]s, si rien d’autre n’en a besoin d’ici là.", "The copy is erased from %[1]s on, unless something else needs it by then."},
		"quarantine.needed":      {"La copie devait être effacée à partir du %[1]s ; elle reste tant que %[2]s a besoin des mêmes octets.", "The copy was to be erased from %[1]s on; it stays as long as %[2]s needs the same bytes."},
		"quarantine.retained":    {"La copie n’est pas effacée : les mêmes octets sont cités par %[1]s, par exemple comme pièce.", "The copy is not erased: %[1]s names the same bytes, as evidence for example."},
		"quarantine.not-kept":    {"Elle n’est plus dans le dossier livré depuis le %[1]s : quelqu’un l’avait remplacée ou enlevée avant la copie, il n’y a rien à remettre.", "Not in the delivered folder since %[1]s: somebody had replaced or removed it before it was copied, so there is nothing to put back."},
		"quarantine.proof":       {"La route %[1]s sert la référence ou l’image neutre : %[2]s, vérifié de l’extérieur le %[3]s.", "Route %[1]s serves the reference or the placeholder: %[2]s, checked from outside at %[3]s."},
		"quarantine.proof.open":  {"La route %[1]s répond %[2]s, vérifié de l’extérieur le %[3]s.", "Route %[1]s answers %[2]s, checked from outside at %[3]s."},
		"quarantine.unproven":    {"La passerelle n’a pas encore prouvé ce qu’elle sert à cette adresse.", "The gateway has not proven yet what it serves at this address."},
		"quarantine.no-gateway":  {"Aucune route de notre passerelle ne porte ce pipeline : vérifiez vous-même que le public ne reçoit plus l’image.", "No route of our gateway carries this pipeline: check for yourself that the public does not get the image any more."},
		"quarantine.placeholder": {"La référence enfreint la même règle : l’image neutre est servie.", "The reference breaks the same rule: the placeholder is served."},
		"quarantine.problem":     {"Problème : %[1]s", "Problem: %[1]s"},
		"quarantine.let-go":      {"Elle est écartée : son adresse ne répond rien tant qu’aucune nouvelle version n’est livrée.", "It is discarded: its address answers nothing until a new version is delivered."},
		"quarantine.returns":     {"La même image a été livrée de nouveau %[1]s fois.", "The same image was delivered again %[1]s times."},
		"quarantine.superseded":  {"Une nouvelle version a été livrée au même nom ; elle est en règle.", "A new version was delivered under the same name; it is in order."},
		"quarantine.taken-over":  {"Une nouvelle version a été livrée au même nom ; elle est retenue aussi :", "A new version was delivered under the same name; it is held too:"},
		"quarantine.released-by": {"Libérée par %[1]s le %[2]s : %[3]s", "Released by %[1]s at %[2]s: %[3]s"},
		"quarantine.dropped-by":  {"Écartée par %[1]s le %[2]s : %[3]s", "Discarded by %[1]s at %[2]s: %[3]s"},

		"quarantine.status.moving":     {"en cours de retrait", "being taken out"},
		"quarantine.status.held":       {"retenue", "held"},
		"quarantine.status.failed":     {"retrait impossible", "could not be taken out"},
		"quarantine.status.releasing":  {"en cours de remise", "being put back"},
		"quarantine.status.restored":   {"remise", "put back"},
		"quarantine.status.superseded": {"remplacée", "replaced"},
		"quarantine.status.discarded":  {"écartée", "discarded"},

		"quarantine.kind.personal":               {"données personnelles", "personal data"},
		"quarantine.kind.forbidden":              {"champ interdit", "forbidden field"},
		"quarantine.kind.unstripped":             {"champ à retirer", "field to be stripped"},
		"quarantine.kind.lost":                   {"champ perdu", "lost field"},
		"quarantine.kind.missing":                {"champ exigé absent", "required field missing"},
		"quarantine.kind.unread":                 {"partie illisible", "unreadable part"},
		"quarantine.kind.thumbnail":              {"vignette d’une autre image", "thumbnail of another picture"},
		"quarantine.kind.faces-unsought":         {"visages non cherchés", "faces not looked for"},
		"quarantine.kind.provenance-lost":        {"provenance perdue", "provenance lost"},
		"quarantine.kind.provenance-stale":       {"provenance périmée", "provenance stale"},
		"quarantine.kind.provenance-invalid":     {"provenance invalide", "provenance invalid"},
		"quarantine.kind.provenance-missing":     {"provenance absente", "provenance missing"},
		"quarantine.kind.provenance-untrusted":   {"signataire non reconnu", "signer not trusted"},
		"quarantine.kind.consent-missing":        {"consentement absent", "consent missing"},
		"quarantine.kind.consent-expired":        {"consentement expiré", "consent expired"},
		"quarantine.kind.consent-revoked":        {"consentement révoqué", "consent revoked"},
		"quarantine.kind.consent-refused":        {"consentement refusé", "consent refused"},
		"quarantine.kind.minor-without-guardian": {"personne mineure sans l’accord d’un responsable", "minor without a guardian’s consent"},
		"quarantine.kind.release-overstated":     {"autorisation surestimée par l’image", "release overstated by the image"},
		"quarantine.kind.consent-scope":          {"hors du consentement", "beyond the consent"},

		"quarantine.sight.delivered":     {"Route %[1]s : livrée, la dernière fois le %[2]s, d’après le journal d’accès.", "Route %[1]s: delivered, the last time at %[2]s, by the access log."},
		"quarantine.sight.not-delivered": {"Route %[1]s : jamais livrée depuis la date du fichier, d’après le journal d’accès.", "Route %[1]s: never delivered since the date of the file, by the access log."},
		"quarantine.sight.no-log":        {"Route %[1]s : aucun journal d’accès ne couvre ce temps, elle compte donc comme publique.", "Route %[1]s: no access log covers the time, so it counts as public."},
		"quarantine.sight.closed":        {"Route %[1]s : désactivée pendant tout ce temps.", "Route %[1]s: disabled all the time."},
		"quarantine.sight.no-route":      {"Aucune route de notre passerelle ne porte ce pipeline : personne ne peut le dire, elle compte donc comme publique.", "No route of our gateway carries this pipeline: nobody can tell, so it counts as public."},
	}
}

func quarantineFormTexts() table {
	return table{
		"quarantine.release":          {"Libérer l’image", "Release the image"},
		"quarantine.release.lead":     {"Les mêmes octets reviennent au même endroit et sont de nouveau servis au public.", "The same bytes go back to the same place and are served to the public again."},
		"quarantine.release.do":       {"Libérer", "Release"},
		"quarantine.discard":          {"Ne pas la remettre", "Do not put it back"},
		"quarantine.discard.lead":     {"L’adresse est rendue : elle ne répond plus rien tant qu’aucune nouvelle version n’est livrée. La copie est encore gardée le temps que dit la configuration (30 jours par défaut), puis effacée pour de bon.", "The address is let go of: it answers nothing until a new version is delivered. The copy is kept for the time that the configuration says (30 days by default), and then erased for good."},
		"quarantine.release.all":      {"Libérer toutes les images de %[1]s", "Release all images of %[1]s"},
		"quarantine.release.all.lead": {"Toutes celles qui sont retenues reviennent à leur place et sont de nouveau servies au public, pour cette seule raison. Celles en cours de retrait sont laissées.", "All that are held go back to their place and are served to the public again, for this one reason. Those that are being taken out are left."},
		"quarantine.discard.all":      {"N’en remettre aucune de %[1]s", "Put none of %[1]s back"},
		"quarantine.discard.all.lead": {"Leurs adresses sont rendues, pour cette seule raison, et leurs copies effacées après le temps que dit la configuration. Celles en cours de retrait, ou dont le retrait est impossible, sont laissées.", "Their addresses are let go of, for this one reason, and their copies erased after the time that the configuration says. Those that are being taken out, or could not be, are left."},
		"quarantine.done.release.all": {"Les images sont libérées ; elles reviennent à leur place.", "The images are released; they go back to their place."},
		"quarantine.done.discard.all": {"Les images sont écartées.", "The images are discarded."},
		"quarantine.discard.do":       {"Écarter", "Discard"},
		"quarantine.retry":            {"Réessayer de la retirer", "Try again to take it out"},
		"quarantine.done.release":     {"L’image est libérée ; elle revient à sa place.", "The image is released; it goes back to its place."},
		"quarantine.done.discard":     {"L’image est écartée.", "The image is discarded."},
		"quarantine.done.retry":       {"Le retrait est relancé.", "It is being taken out again."},
	}
}

func quarantineCourseTexts() table {
	return table{
		"quarantine.title.caught": {"Images de %[1]s en quarantaine : %[2]s", "Images of %[1]s in quarantine: %[2]s"},
		"quarantine.title.public": {"Données personnelles publiées : images de %[1]s en quarantaine : %[2]s", "Personal data was public: images of %[1]s in quarantine: %[2]s"},

		"timeline.detected.quarantine": {"Mise en quarantaine automatique : %[1]s", "Put into quarantine automatically: %[1]s"},
		"timeline.leak-found":          {"Le public a reçu une image retenue : %[1]s ; l’horloge légale part", "The public has got an image that is held: %[1]s; the legal clock starts"},
		"timeline.quarantined":         {"Image %[1]s hors diffusion, vérifié de l’extérieur", "Image %[1]s out of delivery, checked from outside"},
		"timeline.quarantined-unseen":  {"Image %[1]s sortie du dossier livré", "Image %[1]s out of the delivered folder"},

		"page.effect.quarantine.move":    {"Retrait d’une image", "Taking an image out"},
		"page.effect.quarantine.restore": {"Remise d’une image", "Putting an image back"},
		"page.effect.quarantine.lift":    {"Libération d’une adresse", "Letting go of an address"},
		"page.effect.quarantine.probe":   {"Vérification d’une adresse de l’extérieur", "Checking an address from outside"},

		"page.quarantine":      {"Les images sont retirées une par une ; aucune route n’est désactivée pour cela.", "Images are taken out one by one; no route is disabled for it."},
		"page.quarantine.list": {"Voir ces images", "See these images"},
	}
}

func quarantineCommandTexts() table {
	return table{
		"cli.quarantine":              {"liste, libère ou écarte les images retenues", "lists, releases or discards images that are held"},
		"cli.quarantine.none":         {"rien en quarantaine", "nothing in quarantine"},
		"cli.quarantine.standing":     {"%[1]s : %[2]s", "%[1]s: %[2]s"},
		"cli.incident.held":           {"images retenues : %[1]s, sur %[2]s que cet incident a mises en quarantaine ; `safelight quarantine list --incident %[3]s --all` les montre", "images held: %[1]s, of %[2]s that this incident put into quarantine; `safelight quarantine list --incident %[3]s --all` shows them"},
		"cli.quarantine.changed":      {"décidé pour %[1]s images ; laissées : %[2]s", "decided for %[1]s images; left: %[2]s"},
		"flag.quarantine.of":          {"toutes celles de cet incident au lieu d’une seule", "all of this incident instead of a single one"},
		"flag.quarantine.of-pipeline": {"toutes celles de ce pipeline au lieu d’une seule", "all of this pipeline instead of a single one"},
		"cli.quarantine.left":         {"celles qui sont laissées sont en cours de retrait, ou n’ont pu être retirées : safelight quarantine list, puis show ID dit pourquoi", "those that are left are being taken out, or could not be: safelight quarantine list, and show ID says why"},
		"cli.quarantine.problem":      {"n’a pu être fait : %[1]s", "could not be done: %[1]s"},
		"cli.quarantine.columns":      {"ID\tÉTAT\tDEPUIS\tPIPELINE\tIMAGE\tMOTIF", "ID\tSTATUS\tSINCE\tPIPELINE\tIMAGE\tWHY"},
		"flag.quarantine.all":         {"aussi celles qui sont terminées", "those that are over too"},
		"flag.quarantine.incident":    {"seulement celles de cet incident", "only those of this incident"},
		"flag.quarantine.pipeline":    {"seulement celles de ce pipeline", "only those of this pipeline"},
		"flag.quarantine.reason":      {"pourquoi ; obligatoire", "why; required"},
	}
}
