package phrase

// messageTexts holds the sentences of messages.
func messageTexts() table {
	return table{}
}
