package phrase

// flagTexts says what the flags of commands are for. A flag is declared with its key.
func flagTexts() table {
	return table{
		"flag.dir":        {"dossier de safelight.yaml, s’il y en a un", "folder with safelight.yaml, if there is one"},
		"flag.repository": {"le dépôt des publications", "the publication repository"},
		"flag.as":         {"login de qui le fait, tant qu’aucun serveur ne tourne ; sinon SAFELIGHT_TOKEN dit qui", "login of who does it, while no server runs; else SAFELIGHT_TOKEN says who"},
		"flag.json":       {"imprimer en JSON", "print as JSON"},
		"flag.wait":       {"combien de temps attendre les suites", "how long to wait for what follows"},
		"flag.class":      {"classe d’images dont le budget s’applique", "asset class whose budget applies"},
		"flag.full":       {"mesurer toutes les métriques, même celles que la classe ne limite pas", "measure every metric, also those that the class does not limit"},
		"flag.fit":        {"rééchantillonner une référence d’une autre taille : area ou lanczos3 ; vide, la règle de la classe", "resample a reference of another size: area or lanczos3; the class's policy if empty"},
		"flag.heatmap":    {"écrire le ΔE00 de chaque pixel dans ce PNG", "write the ΔE00 of each pixel as this PNG"},

		"flag.restrict-section":  {"section à retenir : whys, causes, tests … ou le titre d’une section écrite à la main ; peut être répété", "section to withhold: whys, causes, tests … or the heading of one that people wrote; may be repeated"},
		"flag.restrict-evidence": {"preuve à retenir, par son chemin ; * pour toutes ; peut être répété", "evidence to withhold, by its path; * for all; may be repeated"},
		"flag.restrict-persons":  {"retenir les noms des personnes", "withhold the names of persons"},
		"flag.restrict-reason":   {"pourquoi ; imprimé partout où quelque chose est retenu. Sans rien d’autre, toute restriction est levée", "why; printed wherever something is withheld. With nothing else, every restriction is lifted"},

		"flag.collect-from":   {"d’où : git, ci, command, series, versions ou configuration", "from where: git, ci, command, series, versions or configuration"},
		"flag.collect-source": {"nom de la source dans safelight.yaml, sous evidence", "name of the source in safelight.yaml, under evidence"},
		"flag.collect-good":   {"la bonne révision : commit, étiquette ou branche", "the good revision: a commit, tag or branch"},
		"flag.collect-bad":    {"la mauvaise révision", "the bad revision"},
		"flag.collect-run":    {"numéro de l’exécution (GitHub) ou du pipeline (GitLab)", "number of the run (GitHub) or pipeline (GitLab)"},
		"flag.chat-file":      {"export Slack (zip) ou messages d’un canal (JSON)", "Slack export (zip) or the messages of a channel (JSON)"},
		"flag.chat-channel":   {"nom du canal", "name of the channel"},
		"flag.chat-since":     {"à partir de quand, comme 2025-09-27T04:12:00Z ; deux heures avant la détection si vide", "from when, as 2025-09-27T04:12:00Z; two hours before the detection if empty"},
		"flag.chat-until":     {"jusqu’à quand ; maintenant si vide", "until when; now if empty"},
		"flag.redact-path":    {"la preuve, par son chemin", "the evidence, by its path"},
		"flag.redact-file":    {"la copie expurgée ; - est l’entrée standard", "the redacted copy; - is standard input"},
		"flag.redact-reason":  {"pourquoi", "why"},
		"flag.redact-erase":   {"effacer l’original, si rien d’autre n’en a besoin", "erase the original, if nothing else needs it"},
		"flag.redact-tool":    {"ce qui a fait la copie", "what made the copy"},

		"flag.checkpoint":     {"point de contrôle signé, gardé ailleurs ; peut être répété. Dans un dossier, ceux qui y sont publiés comptent aussi", "signed checkpoint that was kept elsewhere; may be repeated. In a folder, those that are published there count too"},
		"flag.checkpoint-key": {"clé publique, ou fichier de clés, de qui a pu signer ; peut être répété", "public key, or file of keys, of whoever may have signed; may be repeated"},
		"flag.tsa-roots":      {"certificats racines (PEM) auxquels les horodatages doivent mener", "root certificates (PEM) that timestamps have to lead to"},
		"flag.proof-from":     {"point de contrôle plus ancien : prouver que le journal l’a continué", "older checkpoint: prove that the journal has continued it"},
		"flag.proof-text":     {"mettre le texte de l’entrée dans la preuve", "put the text of the entry into the proof"},
		"flag.sealed-size":    {"nombre d’entrées qu’un postmortem publié indique", "number of entries that a published postmortem states"},
		"flag.sealed-head":    {"tête du journal qu’il indique", "head of the journal that it states"},

		"flag.demo.edge":           {"un vrai serveur à mettre devant la passerelle : nginx ou varnish, tel qu’il est installé ici", "a real server to put in front of the gateway: nginx or varnish, as it is installed here"},
		"flag.rehearse.pipeline":   {"de quel pipeline", "of which pipeline"},
		"flag.rehearsals.markdown": {"imprimer le rapport en Markdown", "print the report as Markdown"},

		"flag.scan.reference": {"dossier des références", "folder of references"},
		"flag.scan.candidate": {"dossier des images livrées", "folder of delivered images"},
		"flag.scan.pipeline":  {"un pipeline de la configuration, au lieu de deux dossiers", "a pipeline of the configuration, instead of two folders"},
		"flag.scan.html":      {"écrire un rapport, une page HTML", "write a report as one HTML page"},
		"flag.scan.sheet":     {"écrire les pires images et leurs cartes en un JPEG", "write the worst images with their heat maps as one JPEG"},
		"flag.scan.heatmaps":  {"dossier pour la carte de chaque image hors budget", "folder for a heat map of each image over budget"},
		"flag.scan.screen":    {"juger d’abord les JPEG à 1/8 et mesurer entières celles qui ne sont pas clairement bonnes ; le rapport dit ce qui échappe ainsi", "judge JPEG images at 1/8 first and measure whole what is not clearly good; the report says what that misses"},
		"flag.scan.faces":     {"le programme qui cherche des visages dans les images livrées ; répété, ses arguments ; sinon celui de la configuration", "the program that looks for faces in delivered images; repeated, its arguments; that of the configuration"},
		"flag.scan.csv":       {"imprimer une ligne par image", "print one row an image"},
		"flag.scan.declare":   {"déclarer un incident S2 si le pipeline est hors budget", "declare an S2 incident when the pipeline is over budget"},
		"flag.scan.cache":     {"fichier qui garde les contrôles selon les empreintes de leurs images, pour qu’un scan reprenne où il a été arrêté ; sinon .safelight/checks.db du dossier, ou le cache de l’utilisateur", "file that keeps checks by the digests of their images, so that a scan goes on where it was ended; .safelight/checks.db of the folder, or the user's cache"},
		"flag.scan.no-cache":  {"tout mesurer de nouveau", "measure everything anew"},
		"flag.scan.memory":    {"limite des fichiers et images en cours, par exemple \"500 MB\" ; une paire à qui il en faut plus est refusée ; sinon celle de la configuration", "bound on files and pictures in work, such as \"500 MB\"; a pair that needs more is refused; that of the configuration"},
		"flag.scan.workers":   {"images mesurées à la fois ; 0 : une par cœur", "images measured at once; 0 means one per core"},
	}
}
