// Package sentiment scores how negative a French or English text is, by word lists and rules or by a model of one's own.
//
// # By word lists and rules
//
// [New] gives a scorer that needs nothing and explains itself. It follows VADER (C. J. Hutto and E. Gilbert, "VADER: A
// Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014) in its constants and in how
// valences are summed up, and differs where tickets are not tweets: the reach of a negation ends with its clause, a contrast
// weighs within its sentence, emoticons are neither negated nor stressed, phrases count as one, and French has rules of its
// own: a negation of two parts around the verb (ne … pas, plus, jamais), elision, accents that were left out.
//
// The language is told by the words without content. A text of which it is not clear is read by both lists; the result says
// [Undecided].
//
// The lists are VADER's (MIT), vader-fr (7Lieues Technologies, MIT), pattern-fr (T. De Smedt and W. Daelemans, PDDL) and
// Safelight's own, of emoji and of what tickets say of images. Their licences lie beside them.
//
// # By a model of one's own
//
// [Train] learns from texts that people have labelled, [Model.Save] and [Load] keep what it learned, [Scorer.WithModel] uses
// it. It is a logistic regression of three classes on hashed n-grams of words and letters, with what the lexicon says among
// them. The report is of samples that the model has not seen, near repetitions kept together; it gives the lexicon's figures on
// the same samples, so that one sees whether training was worth it.
//
// # Figures
//
// The probability that a negative text is scored as more negative than another (AUC), on the validation part of the tweets of
// XLM-T, 324 a language, of which nothing was tuned: 0.85 in English and 0.73 in French by the lexicon; 0.88 in both by a
// model trained on the training part, 0.85 in French without the texts that nearly repeat a trained one. A tweet takes
// some 10 µs by the lexicon and 20 µs by a model.
//
// # Limits
//
// Irony, sarcasm and what only the topic says are beyond both. A score is a hint for counting many texts, no verdict on one.
package sentiment
