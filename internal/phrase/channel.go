package phrase

// channelTexts holds what is said of the ways to reach people: whether they would work, and why not.
func channelTexts() table {
	return table{
		"channel.unusable":         {"%[1]s est inutilisable : %[2]s", "%[1]s cannot be used: %[2]s"},
		"channel.unusable.warning": {"%[1]s ; rien ne part par %[2]s tant que ce n’est pas corrigé et le serveur redémarré", "%[1]s; nothing goes out by %[2]s until that is corrected and the server is started again"},
		"channel.unset":            {"la variable d’environnement que nomme %[1]s n’est pas définie", "the environment variable that %[1]s names is not set"},
		"channel.links":            {"notify.slack : %[1]s : les boutons des appels sont des liens", "notify.slack: %[1]s: the buttons of pages are links"},
		"channel.slack.token":      {"Slack refuse le jeton (%[1]s) : donnez celui du bot de l’application installée, xoxb-…", "Slack refuses the token (%[1]s): set that of the installed app's bot, xoxb-…"},
		"channel.slack.odd":        {"Slack a répondu %[1]s", "Slack answered %[1]s"},
		"channel.slack.json":       {"la réponse de Slack n’est pas du JSON", "the answer of Slack is not JSON"},
		"channel.slack.write":      {"le jeton n’a pas le droit chat:write : ajoutez-le à l’application et réinstallez-la", "the token lacks the scope chat:write: add it to the app and install the app again"},
		"channel.slack.files":      {"le jeton n’a pas le droit files:write : les avis partent sans image ; ajoutez-le à l’application et réinstallez-la, ou écrivez `picture: false`", "the token lacks the scope files:write: notices go out without a picture; add it to the app and install the app again, or write `picture: false`"},
		"channel.pagerduty.key":    {"sa clé a %[1]s caractères, une clé d’intégration de l’API Events v2 en a %[2]s", "its key has %[1]s characters, an integration key of the Events API v2 has %[2]s"},
		"channel.address":          {"son adresse n’est pas une adresse http ou https", "its address is none of http or https"},
		"channel.proxy":            {"le proxy que nomme l’environnement n’a pas d’adresse http ou https", "the proxy that the environment names has no address of http or https"},
		"channel.resolve":          {"son nom n’est pas résolu : %[1]s", "its name does not resolve: %[1]s"},
		"channel.resolve.proxy":    {"le nom du proxy n’est pas résolu : %[1]s", "the name of the proxy does not resolve: %[1]s"},

		"doctor.note.slack":         {"espace de travail %[1]s, en tant que %[2]s", "workspace %[1]s, as %[2]s"},
		"doctor.note.smtp.none":     {"répond, en clair", "it answers, in clear"},
		"doctor.note.smtp.starttls": {"répond, chiffré par STARTTLS", "it answers, encrypted by STARTTLS"},
		"doctor.note.smtp.implicit": {"répond, chiffré dès le premier octet", "it answers, encrypted from the first byte"},
		"doctor.note.smtp.signed":   {"%[1]s ; a accepté le mot de passe", "%[1]s; it took the password"},
		"doctor.note.resolves":      {"son nom est résolu ; rien n’y a été envoyé", "its name resolves; nothing was sent there"},
		"doctor.note.contacts":      {"l’astreinte des deux semaines à venir, les étapes de chaque sévérité et les leads", "who is on call in the next two weeks, the steps of each severity, and the leads"},
		"doctor.what.slack":         {"Slack", "Slack"},
		"doctor.remedy.slack":       {"corrigez `notify.slack` ; docs/notify.md", "correct `notify.slack`; docs/notify.md"},
		"doctor.what.pagerduty":     {"PagerDuty", "PagerDuty"},
		"doctor.remedy.pagerduty":   {"corrigez `notify.pagerDuty` ; docs/notify.md", "correct `notify.pagerDuty`; docs/notify.md"},
		"doctor.what.teams":         {"Teams, %[1]s", "Teams, %[1]s"},
		"doctor.remedy.teams":       {"corrigez `%[1]s` de `notify.teams` ; docs/notify.md", "correct `%[1]s` of `notify.teams`; docs/notify.md"},
		"doctor.what.webhook":       {"webhook %[1]s", "webhook %[1]s"},
		"doctor.remedy.webhook":     {"corrigez `%[1]s` de `notify.webhooks` ; docs/notify.md", "correct `%[1]s` of `notify.webhooks`; docs/notify.md"},
	}
}
