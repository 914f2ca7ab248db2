package phrase

// pageTexts holds the sentences of pages.
func pageTexts() table {
	return table{}
}
