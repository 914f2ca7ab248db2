package phrase

// cliTexts holds the sentences of clis.
func cliTexts() table {
	return table{}
}
