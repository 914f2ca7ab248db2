package phrase

// messageTexts holds the sentences of messages. The purposes of a page, the
// kinds of a message to the board and the names of clocks end the keys.
func messageTexts() table {
	return table{
		"message.page.subject.acknowledge": {"%[1]s à prendre en charge : %[2]s", "%[1]s to acknowledge: %[2]s"},
		"message.page.subject.lead":        {"%[1]s vous est confié : %[2]s", "%[1]s is handed over to you: %[2]s"},
		"message.page.subject.at-risk":     {"%[1]s, échéance « %[3]s » en danger : %[2]s", "%[1]s, clock “%[3]s” at risk: %[2]s"},
		"message.page.subject.breached":    {"%[1]s, échéance « %[3]s » dépassée : %[2]s", "%[1]s, clock “%[3]s” breached: %[2]s"},
		"message.page.subject.edge-failed": {"%[1]s, action sur une route non aboutie : %[2]s", "%[1]s, a route was not changed: %[2]s"},
		"message.page.subject.other":       {"%[1]s : %[2]s", "%[1]s: %[2]s"},

		"message.page.acknowledge": {"L’incident %[1]s attend votre prise en charge.", "Incident %[1]s is waiting for you to acknowledge it."},
		"message.page.lead":        {"L’incident %[1]s vous est confié comme Leader Postmortem.", "Incident %[1]s is handed over to you as postmortem lead."},
		"message.page.at-risk":     {"Incident %[1]s : les trois quarts du délai « %[2]s » sont écoulés.", "Incident %[1]s: three quarters of the time to “%[2]s” have passed."},
		"message.page.breached":    {"Incident %[1]s : le délai « %[2]s » est dépassé.", "Incident %[1]s: the time to “%[2]s” is over."},
		"message.page.edge-failed": {"Incident %[1]s : une route n’a pas pu être changée, ou la sonde ne le prouve pas.", "Incident %[1]s: a route could not be changed, or the probe does not prove it."},
		"message.page.other":       {"L’incident %[1]s demande votre attention.", "Incident %[1]s needs your attention."},

		"message.together.subject": {"%[1]s appels à la fois, d’abord %[2]s", "%[1]s pages at once, first %[2]s"},
		"message.together":         {"%[1]s appels attendent votre réponse, les plus graves d’abord.", "%[1]s pages are waiting for you, the gravest first."},
		"message.together.more":    {"Et %[1]s autres, dans la liste des incidents.", "And %[1]s more, in the list of incidents."},

		"message.inform.subject.opened":    {"%[1]s ouvert : %[2]s", "%[1]s opened: %[2]s"},
		"message.inform.subject.update":    {"%[1]s, point de situation : %[2]s", "%[1]s, status update: %[2]s"},
		"message.inform.subject.published": {"%[1]s, postmortem publié : %[2]s", "%[1]s, postmortem published: %[2]s"},
		"message.inform.subject.other":     {"%[1]s : %[2]s", "%[1]s: %[2]s"},

		"message.inform.opened":    {"L’incident %[1]s est ouvert.", "Incident %[1]s is open."},
		"message.inform.update":    {"Point de situation de l’incident %[1]s pour le Control Board.", "Status update of incident %[1]s for the control board."},
		"message.inform.published": {"Le postmortem de l’incident %[1]s est publié.", "The postmortem of incident %[1]s is published."},
		"message.inform.other":     {"Des nouvelles de l’incident %[1]s.", "News of incident %[1]s."},

		"message.next":             {"Et maintenant :", "What to do next:"},
		"message.next.acknowledge": {"Prenez l’incident en charge : safelight incident ack %[1]s", "Acknowledge the incident: safelight incident ack %[1]s"},
		"message.next.lead":        {"Acceptez ou refusez sur la page de l’incident %[1]s.", "Accept or refuse on the page of incident %[1]s."},
		"message.next.edge-failed": {"Vérifiez la diffusion et recommencez sur la page de l’incident %[1]s.", "Look at what is delivered and try again on the page of incident %[1]s."},
		"message.next.contain":     {"Arrêtez la diffusion : safelight incident contain %[1]s", "Stop the delivery: safelight incident contain %[1]s"},
		"message.next.publish":     {"Complétez le postmortem de %[1]s et faites-le approuver.", "Complete the postmortem of %[1]s and have it approved."},
		"message.next.prevent":     {"Mettez en place un garde-fou pour %[1]s et son test d’incident.", "Put a guard in place for %[1]s, and its incident test."},
		"message.next.legal":       {"Notifiez l’autorité de l’incident %[1]s, avec le juriste du Control Board.", "Notify the authority of incident %[1]s, with the legal member of the board."},
		"message.next.opened":      {"Rien n’est attendu de vous pour l’instant.", "Nothing is asked of you for now."},
		"message.next.update":      {"Confirmez sur la page que vous avez lu ce point.", "Confirm on the page that you have read this update."},
		"message.next.published":   {"Lisez-le sur la page de l’incident.", "Read it on the incident’s page."},
		"message.next.other":       {"Voyez la page de l’incident.", "See the incident’s page."},

		"message.fact":                {"%[1]s : %[2]s", "%[1]s: %[2]s"},
		"message.duty.override.set":   {"%[1]s change votre astreinte", "%[1]s changes your duty"},
		"message.duty.swap.proposed":  {"%[1]s vous propose un échange d’astreinte", "%[1]s proposes a swap of duties to you"},
		"message.duty.swap.accepted":  {"%[1]s accepte l’échange d’astreinte", "%[1]s accepts the swap of duties"},
		"message.duty.swap.refused":   {"%[1]s refuse l’échange d’astreinte", "%[1]s refuses the swap of duties"},
		"message.duty.swap.withdrawn": {"%[1]s retire sa proposition d’échange d’astreinte", "%[1]s withdraws the proposed swap of duties"},
		"message.duty.override.ended": {"%[1]s annule un remplacement d’astreinte", "%[1]s undoes an override of duties"},
		"message.duty.term":           {"%[1]s, du %[2]s au %[3]s", "%[1]s, from %[2]s until %[3]s"},
		"message.fact.schedule":       {"Calendrier", "Schedule"},
		"message.fact.duty":           {"D’astreinte", "On call"},
		"message.fact.reason":         {"Raison", "Reason"},
		"message.fact.answer-by":      {"Réponse attendue avant le", "To be answered by"},
		"message.fact.to":             {"À", "To"},
		"message.fact.subject":        {"Objet", "Subject"},
		"message.fact.title":          {"Ce qui s’est passé", "What happened"},
		"message.fact.pipeline":       {"Pipeline", "Pipeline"},
		"message.fact.since":          {"Depuis", "Since"},
		"message.fact.runbook":        {"Runbook", "Runbook"},
		"message.fact.ack":            {"Prendre en charge d’un clic, sans mot de passe", "Acknowledge by one click, without a password"},
		"message.fact.link":           {"Page", "Page"},
		"message.fact.stakeholders":   {"Parties prenantes", "Stakeholders"},
		"message.fact.situation":      {"Situation", "Situation"},
		"message.fact.mitigation":     {"Mitigation en place", "Mitigation in force"},
		"message.fact.following":      {"Prochaine étape", "Next step"},
	}
}
