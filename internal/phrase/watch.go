package phrase

// watchTexts holds the sentences on what Safelight sees of itself.
func watchTexts() table {
	return table{
		"watch.finding.unreadable":    {"L’incident %[1]s est illisible dans le journal : lancez safelight journal verify et restaurez une sauvegarde.", "Incident %[1]s cannot be read from the journal: run safelight journal verify and restore a backup."},
		"watch.finding.unowned":       {"L’incident %[1]s n’a ni échéance ni responsable : prenez-le en charge ou confiez-le à quelqu’un.", "Incident %[1]s has neither a deadline nor an owner: acknowledge it, or hand it over to somebody."},
		"watch.finding.unpaged":       {"Personne n’a pris en charge l’incident %[1]s, et personne ne sera plus appelé : prenez-le en charge.", "Nobody has acknowledged incident %[1]s, and nobody is paged any more: acknowledge it."},
		"watch.finding.missed":        {"Incident %[1]s : l’échéance « %[2]s » est passée et rien n’a été fait : voyez le journal du serveur et redémarrez-le.", "Incident %[1]s: its deadline “%[2]s” has passed and nothing was done: see the log of the server and restart it."},
		"watch.finding.deadlines":     {"Incident %[1]s : l’échéance « %[2]s » retenue n’est pas celle du journal, et ne se laisse pas corriger.", "Incident %[1]s: its deadline “%[2]s” as kept is not that of the journal, and cannot be mended."},
		"watch.finding.view":          {"Incident %[1]s : les listes n’affichent pas ce que dit le journal, et ne se laissent pas corriger.", "Incident %[1]s: lists do not show what the journal says, and cannot be mended."},
		"watch.finding.image-exposed": {"Incident %[1]s : rien ne prouve plus que les images retirées par %[2]s ne soient pas livrées. Regardez la passerelle et les serveurs devant elle.", "Incident %[1]s: nothing proves any more that the images taken out by %[2]s are not delivered. Look at the gateway and the servers in front of it."},
		"watch.finding.exposed":       {"Incident %[1]s : rien ne prouve plus que la route %[2]s, désactivée, serve les références : ce qui était mauvais est peut-être livré. Regardez la passerelle et les serveurs devant elle.", "Incident %[1]s: nothing proves any more that route %[2]s, which is disabled, serves references: what was bad may be delivered. Look at the gateway and the servers in front of it."},
		"watch.finding.lost-page":     {"Incident %[1]s : l’appel %[2]s est prévu et rien ne l’envoie : appelez la personne vous-même.", "Incident %[1]s: the page %[2]s is planned and nothing sends it: call the person yourself."},
		"watch.finding.orphan":        {"%[1]s : rien n’exécute l’effet %[2]s : redémarrez le serveur.", "%[1]s: nothing performs the effect %[2]s: restart the server."},
		"watch.finding.late":          {"%[1]s : l’effet %[2]s attend depuis plus de cinq minutes : voyez la page, puis redémarrez le serveur.", "%[1]s: the effect %[2]s has been due for more than five minutes: see the page, then restart the server."},
		"watch.finding.undrilled":     {"L’exercice %[1]s n’est pas passé par %[2]s : vérifiez ce canal.", "The exercise %[1]s did not get through by %[2]s: check that channel."},

		"message.drill.subject": {"EXERCICE, rien à faire : Safelight essaie ses canaux (%[1]s)", "EXERCISE, nothing to do: Safelight tries its channels (%[1]s)"},
		"message.drill.lead":    {"C’est un exercice. Il n’y a pas d’incident, et vous n’avez rien à faire : ce message prouve que ceux d’un incident arrivent.", "This is an exercise. There is no incident, and you have nothing to do: this message proves that those of an incident arrive."},
		"message.watch.subject": {"Safelight lui-même a besoin d’aide : %[1]s constats", "Safelight itself needs help: findings: %[1]s"},
		"message.watch.lead":    {"L’audit de Safelight a trouvé ce qu’il ne sait pas réparer :", "The audit of Safelight has found what it cannot mend:"},
		"message.watch.more":    {"et %[1]s autres", "and %[1]s more"},
		"message.watch.next":    {"Regardez la page et le journal du serveur ; chaque constat est répété au plus une fois par heure.", "Look at the page and at the log of the server; each finding is repeated once an hour at most."},
	}
}

func watchPageTexts() table {
	return table{
		"watch.title":             {"Safelight se surveille", "Safelight watches itself"},
		"watch.lead":              {"Un système d’alerte arrêté ressemble à une nuit calme. Voici ce qui prouve qu’il marche.", "A pager that has stopped looks like a quiet night. This is what proves that it runs."},
		"watch.at":                {"Le", "At"},
		"watch.never":             {"jamais encore", "never yet"},
		"watch.audit":             {"Dernier audit", "Last audit"},
		"watch.audit.passed":      {"tout concorde", "all agrees"},
		"watch.audit.failed":      {"des constats restent", "findings are left"},
		"watch.audit.incidents":   {"Incidents ouverts", "Open incidents"},
		"watch.audit.effects":     {"Effets en attente", "Effects to be performed"},
		"watch.audit.mended":      {"Réparés par cet audit", "Mended by this audit"},
		"watch.heartbeat":         {"Signe de vie à un autre système", "Heartbeat to another system"},
		"watch.heartbeat.at":      {"Dernier signe reçu", "Last one taken"},
		"watch.heartbeat.problem": {"Depuis, aucun", "None since"},
		"watch.heartbeat.off":     {"Aucun n’est configuré : personne ne remarquerait que ce serveur se tait. Voyez watchdog.heartbeat dans docs/watch.md.", "None is configured: nobody would notice that this server is silent. See watchdog.heartbeat in docs/watch.md."},
		"watch.drill":             {"Dernier exercice", "Last exercise"},
		"watch.drill.lead":        {"Un exercice suit le chemin d’un appel par chaque canal, et n’est pas un incident.", "An exercise goes the way of a page by each channel, and is no incident."},
		"watch.drill.none":        {"Il n’y en a pas encore eu.", "There was none yet."},
		"watch.drill.passed":      {"tout est passé", "all got through"},
		"watch.drill.failed":      {"tout n’est pas passé", "not all got through"},
		"watch.drill.open":        {"en cours", "under way"},
		"watch.drill.next":        {"Le prochain est prévu : %[1]s", "The next one is planned: %[1]s"},
		"watch.drill.do":          {"Faire un exercice maintenant", "Hold an exercise now"},
		"watch.done.drill":        {"L’exercice est lancé.", "The exercise is under way."},
		"watch.channel":           {"Canal", "Channel"},
		"watch.to":                {"À", "To"},
		"watch.to.shared":         {"un service partagé", "a shared service"},
		"watch.became":            {"Résultat", "Outcome"},
		"watch.copy.taken":        {"accepté en %[1]s s", "taken in %[1]s s"},
		"watch.copy.refused":      {"refusé : %[1]s", "refused: %[1]s"},
		"watch.copy.missing":      {"pas accepté en cinq minutes", "not taken within five minutes"},
		"watch.copy.open":         {"en cours", "under way"},
		"watch.warnings":          {"Ce qui ferait mal la nuit", "What would hurt at night"},
		"watch.warnings.none":     {"Rien de connu.", "Nothing known."},

		"page.effect.drill": {"message d’exercice", "message of an exercise"},
		"cli.watch":         {"dit comment le serveur se surveille : audit, signe de vie, exercice", "says how the server watches itself: audit, heartbeat, exercise"},
		"cli.watch.line":    {"%[1]s : %[2]s, %[3]s", "%[1]s: %[2]s, %[3]s"},
		"cli.watch.drilled": {"%[1]s est lancé ; safelight watch dit ce qui est passé", "%[1]s is under way; safelight watch says what got through"},
	}
}

func noticeTexts() table {
	return table{
		"page.effect.notice": {"message sur les dernières minutes", "notice of the last minutes"},

		"message.notice.subject.quality":    {"%[2]s : %[1]s images sur %[3]s mesurées hors budget", "%[2]s: %[1]s of %[3]s images measured are over their budget"},
		"message.notice.subject.quarantine": {"%[2]s : %[1]s images retirées de la diffusion", "%[2]s: %[1]s images taken out of delivery"},
		"message.notice.quality":            {"Un incident s’ouvre par une règle d’alerte, pas par ce message.", "An incident is opened by an alert rule, not by this message."},
		"message.notice.quarantine":         {"C’est contenu : elles sont retirées d’elles-mêmes, et l’incident est ouvert. Une personne les libère ou les écarte.", "It is contained: they are taken out by themselves, and the incident is open. A person releases or discards them."},
		"message.notice.out":                {"Hors diffusion, copie gardée", "Out of delivery, a copy kept"},
		"message.notice.worst":              {"%[1]s, ΔE00 p95 %[2]s", "%[1]s, ΔE00 p95 %[2]s"},
		"message.notice.worst.ssim":         {"%[1]s, ΔE00 p95 %[2]s, SSIM %[3]s", "%[1]s, ΔE00 p95 %[2]s, SSIM %[3]s"},
		"message.notice.picture":            {"%[1]s : l’image livrée et, à côté, où elle diffère (ΔE00)", "%[1]s: the delivered image and, beside it, where it differs (ΔE00)"},
		"message.notice.picture.alt":        {"L’image livrée %[1]s, réduite, et la carte de ses écarts à la référence", "The delivered image %[1]s, reduced, and the map of its differences from the reference"},
		"message.fact.period":               {"Période", "Period"},
		"message.fact.worst":                {"La pire", "The worst"},
		"message.fact.incident":             {"Incident", "Incident"},
		"message.fact.contained":            {"Déjà fait", "Done already"},
		"message.contained.quarantine":      {"les images sont hors diffusion, et celles qui suivent le sont aussitôt trouvées", "the images are out of delivery, and those that follow are taken out as they are found"},
		"message.contained.moving":          {"les images sont retirées de la diffusion d’elles-mêmes ; la preuve suit", "the images are being taken out of delivery by themselves; the proof follows"},
		"message.contained.route":           {"la diffusion est arrêtée, et c’est prouvé", "the delivery is stopped, and that is proven"},
		"message.over.delta-e":              {"Couleur (ΔE00) hors limite", "Colour (ΔE00) over the limit"},
		"message.over.palette":              {"Couleur de marque hors limite", "Brand colour over the limit"},
		"message.over.ssim":                 {"Structure (SSIM) sous la limite", "Structure (SSIM) under the limit"},
		"message.over.lpips":                {"Perception (LPIPS) hors limite", "Perception (LPIPS) over the limit"},
		"message.over.bytes":                {"Fichier trop lourd", "File too heavy"},
		"message.over.format":               {"Format non admis", "Format not allowed"},
	}
}
