package phrase

// rollBackTexts holds the sentences of a roll back: its plan, its button, how far it has come.
func rollBackTexts() table {
	return table{
		"back.link":   {"Revenir en arrière", "Roll back"},
		"back.do":     {"Ramener ces images (%[1]s)", "Roll these images back (%[1]s)"},
		"back.choose": {"Choisir autrement", "Choose otherwise"},
		"back.plan":   {"Voir ce qui va changer", "See what would change"},
		"back.files":  {"Fichiers concernés : %[1]s", "Files concerned: %[1]s"},

		"back.way.kept":    {"les bonnes versions conservées", "the good versions that are kept"},
		"back.way.command": {"le programme de la maison", "the house's own program"},
		"back.way.webhook": {"le service web de la maison", "the house's own web service"},
		"back.way.git":     {"l’annulation d’un commit", "the revert of a commit"},

		"back.will.kept":          {"Images de %[2]s qui redeviennent ce qu’elles étaient, à l’octet près : %[1]s. Une version arrivée depuis n’est pas touchée.", "Images of %[2]s that become what they were, byte for byte: %[1]s. A version that has come since is not touched."},
		"back.will.oldest":        {"La plus ancienne de ces versions était encore bonne le %[1]s.", "The oldest of these versions was still good on %[1]s."},
		"back.will.late":          {"Dont la version n’a été mesurée bonne qu’après le %[2]s, donc pendant ce qui est en cause : %[1]s.", "Of which the version was measured good only after %[2]s, within the time in question: %[1]s."},
		"back.will.missing":       {"Images hors budget dont aucune bonne version n’est conservée : %[1]s. Elles restent servies telles quelles.", "Images over budget of which no good version is kept: %[1]s. They go on being served as they are."},
		"back.will.missing.which": {"Lesquelles", "Which"},
		"back.will.git":           {"Le commit %[1]s (« %[2]s ») est annulé par un nouveau commit ; fichiers : %[3]s.", "Commit %[1]s (“%[2]s”) is reverted by a new commit; files: %[3]s."},
		"back.will.command":       {"%[1]s est lancé, une fois.", "%[1]s is run, once."},
		"back.will.webhook":       {"Le service web de la maison est appelé.", "The house’s web service is asked."},
		"back.will.house":         {"Les images hors budget (%[1]s) ont ensuite %[2]s pour être livrées dans le budget ; sinon c’est un échec, et vous êtes appelé.", "The images over budget (%[1]s) then have %[2]s to be delivered within budget; else it has failed, and you are paged."},
		"back.will.proof":         {"Les images livrées sont mesurées de nouveau, puis demandées de l’extérieur. L’horloge ne s’arrête qu’alors.", "The delivered images are measured again, then asked for from outside. The clock stops only then."},
		"back.will.undo":          {"C’est réversible par la même voie.", "It can be undone the same way."},
		"back.will.no-undo":       {"Ce n’est PAS réversible : aucun retour n’est configuré.", "It can NOT be undone: no way back is configured."},
		"back.will.whole":         {"Ce sont toutes les images hors budget : l’incident sera contenu.", "These are all images over budget: the incident will be contained."},

		"back.no-way":       {"revenir en arrière : le pipeline %[1]s n’a ni versions conservées ni voie de retour ; écrivez rollback sous pipelines.%[1]s dans safelight.yaml, et pour cette nuit désactivez la route", "roll back: pipeline %[1]s keeps no versions and names no way; write rollback under pipelines.%[1]s in safelight.yaml, and for tonight disable the route"},
		"back.other-way":    {"revenir en arrière : %[1]s n’est pas une voie configurée pour le pipeline %[2]s", "roll back: %[1]s is no way that pipeline %[2]s is configured for"},
		"back.none":         {"revenir en arrière : aucune image de %[1]s n’est hors budget", "roll back: no image of %[1]s is over budget"},
		"back.nothing-kept": {"revenir en arrière : aucune bonne version des images hors budget de %[1]s n’est conservée ; désactivez la route", "roll back: no good version is kept of the images of %[1]s that are over budget; disable the route"},
		"back.bucket":       {"revenir en arrière : les images livrées de %[1]s sont dans un bucket, que Safelight ne fait que lire ; nommez un programme ou un service web", "roll back: the delivered images of %[1]s lie in a bucket, which Safelight only reads; name a program or a web service"},
		"back.too-many":     {"revenir en arrière : il y a plus de %[1]s images hors budget ; désactivez la route", "roll back: there are more than %[1]s images over budget; disable the route"},
		"back.changed":      {"revenir en arrière : depuis que vous avez vu le plan, il a changé (%[1]s images) ; regardez-le de nouveau", "roll back: since you saw the plan it has changed (%[1]s images); look at it again"},

		"back.within":        {"%[1]s sur %[2]s images sont de nouveau dans le budget", "%[1]s of %[2]s images are within budget again"},
		"back.still-over":    {"%[1]s sur %[2]s images sont encore hors budget, comme %[3]s : désactivez la route ou isolez-les", "%[1]s of %[2]s images are still over budget, such as %[3]s: disable the route or isolate them"},
		"back.unmeasured":    {"%[1]s sur %[2]s images n’ont pas pu être mesurées de nouveau à temps : regardez le journal du serveur", "%[1]s of %[2]s images could not be measured again in time: look at the log"},
		"back.no-pipeline":   {"le pipeline %[1]s n’est plus configuré", "pipeline %[1]s is not configured any more"},
		"back.no-repository": {"annuler le commit %[1]s : plus aucun dépôt n’est configuré pour le pipeline %[2]s", "revert %[1]s: no repository is configured for pipeline %[2]s any more"},

		"form.back.way":    {"Par quelle voie", "By which way"},
		"form.back.commit": {"Commit à annuler", "Commit to revert"},

		"page.mitigation.roll-back":        {"Images de %[2]s ramenées à une bonne version (%[1]s)", "Images of %[2]s rolled back (%[1]s)"},
		"page.mitigation.proven.roll-back": {"prouvé : les images livrées sont de nouveau dans le budget", "proven: the delivered images are within budget again"},
		"page.mitigation.undone.roll-back": {"annulé : les images d’avant le retour sont de nouveau livrées", "undone: what was delivered before it is delivered again"},
		"page.roll-forward":                {"Annuler le retour en arrière", "Undo the roll back"},
		"page.done.roll-back":              {"Retour en arrière demandé ; les images sont mesurées ensuite.", "Roll back requested; the images are measured next."},
		"page.effect.roll-back":            {"Retour en arrière", "Roll back"},
		"page.effect.roll-forward":         {"Annulation d’un retour en arrière", "Undoing of a roll back"},
		"page.effect.measure-again":        {"Nouvelle mesure des images livrées", "Measuring the delivered images again"},

		"timeline.roll-back.kept":         {"Retour aux bonnes versions conservées demandé : %[1]s images de %[2]s", "Roll back to the kept good versions requested: %[1]s images of %[2]s"},
		"timeline.roll-back.command":      {"Retour en arrière de %[2]s demandé par le programme de la maison (%[1]s images hors budget)", "Roll back of %[2]s requested by the house’s program (%[1]s images over budget)"},
		"timeline.roll-back.webhook":      {"Retour en arrière de %[2]s demandé par le service web de la maison (%[1]s images hors budget)", "Roll back of %[2]s requested by the house’s web service (%[1]s images over budget)"},
		"timeline.roll-back.git":          {"Annulation du commit %[3]s demandée (%[1]s images de %[2]s hors budget)", "Revert of commit %[3]s requested (%[1]s images of %[2]s over budget)"},
		"timeline.roll-back-applied":      {"Retour en arrière fait ; les images sont mesurées de nouveau", "Rolled back; the images are measured again"},
		"timeline.rolled-back":            {"Images livrées et mesurées de nouveau dans le budget : %[1]s", "Images delivered and measured within budget again: %[1]s"},
		"timeline.roll-forward-requested": {"Il est demandé d’annuler le retour en arrière de %[1]s", "The roll back of %[1]s is to be undone"},
		"timeline.rolled-forward":         {"Le retour en arrière de %[1]s est annulé, sonde passée", "The roll back of %[1]s is undone, probe passed"},

		"flag.back":        {"ce que changerait un retour en arrière", "what a roll back would change"},
		"flag.back.way":    {"par quelle voie : kept, command, webhook ou git ; la plus rapide sinon", "by which way: kept, command, webhook or git; the quickest otherwise"},
		"flag.back.commit": {"le commit à annuler, avec git", "the commit to revert, with git"},
		"flag.back.before": {"jusqu’à quand les versions étaient bonnes (2006-01-02T15:04:05Z) ; le début de l’incident sinon", "until when versions were good (2006-01-02T15:04:05Z); the beginning of the incident otherwise"},
		"flag.back.plan":   {"l’empreinte du plan que vous avez vu : un autre est refusé", "the digest of the plan that you have seen: another one is refused"},
		"cli.back.plan":    {"Plan %[1]s : incident roll-back … --plan ne fait que cela.", "Plan %[1]s: incident roll-back … --plan does this or nothing."},
		"cli.back.not":     {"Impossible : %[1]s", "Not possible: %[1]s"},
	}
}
