// Package knowledge is what past incidents teach the next one: their words to search, and which of them are like another.
//
// # Words
//
// [TextOf] gives all that is written of an incident, by [Part] and in both languages: what the product said itself is
// translated, what people wrote stands as it is. [Terms] reads what somebody looks for.
//
// # Likeness
//
// Two incidents are alike by what they have in common, in points of 100:
//
//	35  a cause: the same domain, and words of the two texts in common
//	20  the alert rule that opened them
//	15  the pipeline
//	15  rare words: in title, updates, causes and hypotheses
//	10  symptoms: what broke, as far as it is known
//	 5  the asset class
//
// Words count by how rare they are among all incidents. An incident is told from [Threshold] points on, and only when it has
// more in common than where it happened: a rule, a cause, most symptoms, or a good part of the words. Every point has its reason.
package knowledge
