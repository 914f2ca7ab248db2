// Package sentiment scores how negative a French or English text is, by word lists and rules or by a model of one's own.
package sentiment
