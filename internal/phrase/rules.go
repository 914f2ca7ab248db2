package phrase

// rulesTexts are the sentences about rules: their page, their tests, their reload.
func rulesTexts() table {
	return table{
		"cli.rules.test.good":     {"%[1]s : bon, %[2]s tests", "%[1]s: good, %[2]s tests"},
		"cli.rules.test.failed":   {"%[1]s : %[2]s tests échoués sur %[3]s", "%[1]s: %[2]s of %[3]s tests failed"},
		"cli.rules.test.broken":   {"%[1]s : les tests n’ont pas pu être lus", "%[1]s: the tests could not be read"},
		"cli.rules.test.missing":  {"%[1]s : aucun fichier ne correspond à %[2]s ; les tests se font sans ces règles", "%[1]s: no file matches %[2]s; the tests run without these rules"},
		"cli.rules.test.test":     {"test « %[1]s »", "test %[1]s"},
		"cli.rules.test.alert":    {"alerte %[1]s à %[2]s", "alert %[1]s at %[2]s"},
		"cli.rules.test.expr":     {"expression %[1]s à %[2]s", "expression %[1]s at %[2]s"},
		"cli.rules.test.rule":     {"règle %[1]s à %[2]s", "rule %[1]s at %[2]s"},
		"cli.rules.test.input":    {"séries d’entrée", "input series"},
		"cli.rules.test.expected": {"attendu", "expected"},
		"cli.rules.test.got":      {"obtenu", "got"},
		"cli.rules.test.nothing":  {"rien", "nothing"},
		"cli.rules.test.same":     {"%[1]s autres comme attendu", "%[1]s more as expected"},
		"cli.rules.junit":         {"écrit un rapport JUnit dans ce fichier", "also write a JUnit report to this file"},
	}
}
