package phrase

import "time"

// onCallTexts holds the sentences on who is on call: page, commands, calendars.
func onCallTexts() table {
	return join([]table{onCallPageTexts(), onCallFormTexts(), onCallCommandTexts(), weekdayTexts()})
}

func onCallPageTexts() table {
	return table{
		"nav.oncall": {"Astreinte", "On call"},

		"oncall.title":         {"Astreinte", "On call"},
		"oncall.schedule":      {"Calendrier %[1]s", "Schedule %[1]s"},
		"oncall.zone":          {"Heures de %[1]s", "Times of %[1]s"},
		"oncall.now":           {"D’astreinte maintenant", "On call now"},
		"oncall.next":          {"Ensuite", "Next"},
		"oncall.nobody":        {"personne", "nobody"},
		"oncall.until":         {"jusqu’au %[1]s", "until %[1]s"},
		"oncall.from":          {"à partir du %[1]s", "from %[1]s"},
		"oncall.without-end":   {"sans fin prévue", "with no end in sight"},
		"oncall.none-next":     {"Rien n’est prévu ensuite.", "Nothing is planned after that."},
		"oncall.gap":           {"trou", "gap"},
		"oncall.gaps":          {"Personne n’est d’astreinte du %[1]s au %[2]s.", "Nobody is on call from %[1]s until %[2]s."},
		"oncall.gaps.more":     {"Personne n’est d’astreinte du %[1]s au %[2]s, ni à %[3]s autres moments des deux semaines à venir.", "Nobody is on call from %[1]s until %[2]s, nor at %[3]s other times of the next two weeks."},
		"oncall.gaps.remedy":   {"Élargissez une couche dans safelight.yaml, ou prenez le relais ci-dessous.", "Widen a layer in safelight.yaml, or take over below."},
		"oncall.days":          {"Les deux semaines à venir", "The next two weeks"},
		"oncall.day":           {"Jour", "Day"},
		"oncall.who":           {"Qui", "Who"},
		"oncall.all-day":       {"toute la journée", "all day"},
		"oncall.you":           {"vous", "you"},
		"oncall.by-override":   {"remplacement", "override"},
		"oncall.changes":       {"Remplacements et échanges", "Overrides and swaps"},
		"oncall.changes.none":  {"Aucun remplacement ni échange, passé depuis un mois ou à venir.", "No override and no swap, of the last month or to come."},
		"oncall.asked":         {"On vous demande", "You are asked"},
		"oncall.takes":         {"%[1]s prend du %[2]s au %[3]s", "%[1]s takes over from %[2]s until %[3]s"},
		"oncall.set-by":        {"par %[1]s, le %[2]s", "by %[1]s, on %[2]s"},
		"oncall.proposed-by":   {"proposé par %[1]s à %[2]s, réponse avant le %[3]s", "proposed by %[1]s to %[2]s, to be answered before %[3]s"},
		"oncall.kind.override": {"Remplacement", "Override"},
		"oncall.kind.swap":     {"Échange", "Swap"},

		"oncall.state.proposed":  {"proposé", "proposed"},
		"oncall.state.in-force":  {"en vigueur", "in force"},
		"oncall.state.refused":   {"refusé", "refused"},
		"oncall.state.withdrawn": {"retiré", "withdrawn"},
		"oncall.state.ended":     {"annulé", "undone"},
		"oncall.state.lapsed":    {"resté sans réponse", "never answered"},
		"oncall.state.over":      {"terminé", "over"},

		"oncall.feed.name": {"Astreinte %[1]s", "On call: %[1]s"},
		"oncall.feed.mine": {"D’astreinte (%[1]s)", "On call (%[1]s)"},
		"oncall.feed.of":   {"%[1]s d’astreinte (%[2]s)", "%[1]s on call (%[2]s)"},
	}
}

func onCallFormTexts() table {
	return table{
		"oncall.override":         {"Prendre le relais", "Take over"},
		"oncall.override.lead":    {"Met quelqu’un d’astreinte au-dessus de toutes les couches, le temps indiqué.", "Puts somebody on call above all layers, for the time given."},
		"oncall.override.do":      {"Enregistrer le remplacement", "Set the override"},
		"oncall.swap":             {"Proposer un échange", "Propose a swap"},
		"oncall.swap.lead":        {"Donne une de vos gardes, ou une partie, à quelqu’un d’autre. Rien ne change avant son accord.", "Gives a shift of yours, or a part of it, to somebody else. Nothing changes before they agree."},
		"oncall.swap.do":          {"Proposer", "Propose"},
		"oncall.swap.back":        {"En retour je prends", "In return I take"},
		"oncall.form.schedule":    {"Calendrier", "Schedule"},
		"oncall.form.person":      {"Qui", "Who"},
		"oncall.form.to":          {"À qui", "To whom"},
		"oncall.form.from":        {"Du", "From"},
		"oncall.form.until":       {"Au", "Until"},
		"oncall.form.reason":      {"Raison", "Reason"},
		"oncall.form.local":       {"Heures locales du calendrier", "Local times of the schedule"},
		"oncall.accept":           {"Accepter", "Accept"},
		"oncall.refuse":           {"Refuser", "Refuse"},
		"oncall.withdraw":         {"Retirer", "Withdraw"},
		"oncall.undo":             {"Annuler", "Undo"},
		"oncall.action.of":        {"%[1]s %[2]s", "%[1]s %[2]s"},
		"oncall.done.override":    {"Le remplacement est enregistré.", "The override is set."},
		"oncall.done.swap":        {"L’échange est proposé. Rien ne change avant la réponse.", "The swap is proposed. Nothing changes before the answer."},
		"oncall.done.accepted":    {"L’échange est accepté et en vigueur.", "The swap is accepted and in force."},
		"oncall.done.refused":     {"L’échange est refusé ; rien n’a changé.", "The swap is refused; nothing has changed."},
		"oncall.done.ended":       {"C’est annulé à partir de maintenant.", "It is undone from now on."},
		"oncall.calendar":         {"Mon calendrier", "My calendar"},
		"oncall.calendar.lead":    {"Une adresse secrète que votre agenda lit sans connexion : vos gardes, et celles de chaque calendrier. Elle ne donne que des noms et des heures.", "A secret address that your calendar program reads without signing in: your shifts, and those of each schedule. It gives names and times only."},
		"oncall.calendar.made":    {"L’adresse en service a été créée le %[1]s. Elle ne peut plus être montrée.", "The address in use was made on %[1]s. It cannot be shown again."},
		"oncall.calendar.none":    {"Vous n’en avez pas encore.", "You have none yet."},
		"oncall.calendar.make":    {"Créer mon adresse", "Make my address"},
		"oncall.calendar.renew":   {"Créer une nouvelle adresse", "Make a new address"},
		"oncall.calendar.renewal": {"L’ancienne cesse aussitôt de fonctionner.", "The old one stops working at once."},
		"oncall.calendar.shown":   {"Copiez l’adresse maintenant : elle n’est montrée qu’une fois.", "Copy the address now: it is shown once only."},
		"oncall.calendar.mine":    {"Mes gardes", "My shifts"},
	}
}

func onCallCommandTexts() table {
	return table{
		"cli.oncall.gap":                {"personne jusqu’au %[1]s UTC, puis %[2]s", "nobody until %[1]s UTC, then %[2]s"},
		"cli.oncall.last":               {"%[1]s, sans fin prévue", "%[1]s, with no end in sight"},
		"cli.oncall.nobody":             {"personne", "nobody"},
		"cli.oncall.shift":              {"%[1]s – %[2]s  %[3]s", "%[1]s – %[2]s  %[3]s"},
		"cli.oncall.gap.mark":           {"PERSONNE (trou)", "NOBODY (gap)"},
		"cli.oncall.by-override":        {"%[1]s (remplacement %[2]s)", "%[1]s (override %[2]s)"},
		"cli.oncall.head":               {"%[1]s, heures de %[2]s", "%[1]s, times of %[2]s"},
		"cli.oncall.set":                {"remplacement %[1]s enregistré", "override %[1]s is set"},
		"cli.oncall.proposed":           {"échange %[1]s proposé ; rien ne change avant la réponse", "swap %[1]s is proposed; nothing changes before the answer"},
		"cli.oncall.accepted":           {"échange %[1]s accepté", "swap %[1]s is accepted"},
		"cli.oncall.refused":            {"échange %[1]s refusé", "swap %[1]s is refused"},
		"cli.oncall.ended":              {"%[1]s annulé", "%[1]s is undone"},
		"flag.oncall.schedule":          {"le calendrier ; primary si absent", "the schedule; primary if absent"},
		"flag.oncall.days":              {"nombre de jours", "number of days"},
		"flag.oncall.person":            {"qui prend le relais ; soi-même si absent", "who takes over; oneself if absent"},
		"flag.oncall.from":              {"début, par exemple 2025-09-27T18:00:00Z ; maintenant si absent", "the beginning, as 2025-09-27T18:00:00Z; now if absent"},
		"flag.oncall.until":             {"fin, par exemple 2025-09-28T09:00:00Z", "the end, as 2025-09-28T09:00:00Z"},
		"flag.oncall.reason":            {"pourquoi", "why"},
		"flag.oncall.end":               {"annule ce remplacement ou cet échange", "undoes this override or swap"},
		"flag.oncall.to":                {"à qui la garde est proposée", "to whom the shift is proposed"},
		"flag.oncall.back-from":         {"début de la garde prise en retour", "the beginning of the shift taken in return"},
		"flag.oncall.back-until":        {"fin de la garde prise en retour", "the end of the shift taken in return"},
		"flag.oncall.of":                {"seulement les gardes de ce compte", "the shifts of this account only"},
		"doctor.what.oncall.gap":        {"astreinte, calendrier %[1]s", "on call, schedule %[1]s"},
		"doctor.remedy.oncall.gap":      {"élargissez une couche du calendrier %[1]s ou enregistrez un remplacement", "widen a layer of the schedule %[1]s or set an override"},
		"doctor.what.oncall.calendar":   {"astreinte, calendriers importés", "on call, imported calendars"},
		"doctor.remedy.oncall.calendar": {"corrigez le fichier ou l’adresse, ou les événements", "correct the file or the address, or the events"},
	}
}

func weekdayTexts() table {
	return table{
		"weekday.0": {"dim. %[1]s", "Sun %[1]s"}, "weekday.1": {"lun. %[1]s", "Mon %[1]s"}, "weekday.2": {"mar. %[1]s", "Tue %[1]s"},
		"weekday.3": {"mer. %[1]s", "Wed %[1]s"}, "weekday.4": {"jeu. %[1]s", "Thu %[1]s"}, "weekday.5": {"ven. %[1]s", "Fri %[1]s"},
		"weekday.6": {"sam. %[1]s", "Sat %[1]s"},
	}
}

// Weekday writes a local date with the day of its week: "lun. 2025-01-06".
func Weekday(l Lang, t time.Time) string {
	return Say(l, Key("weekday."+string('0'+rune(t.Weekday()))), t.Format(time.DateOnly))
}
