package sentiment

import "testing"

// noise is a model whose weights mean nothing.
func noise() *Model {
	m := &Model{bits: 18, weights: make([]float32, len(classes)<<18), threshold: 0.4}
	for i := range m.weights {
		m.weights[i] = float32(i%7) - 3
	}
	return m
}

var tweets = map[Language]string{
	English: "@user Great news!! The new camera app is really nice, but the photos look washed out since the last update :( " +
		"please fix it soon http://t.co/xyz #disappointed",
	French: "@user Bonjour, depuis hier les photos du site sont floues et les couleurs délavées, ce n'est pas acceptable " +
		"pour un service payant ! http://t.co/xyz #déçu",
}

func BenchmarkScore(b *testing.B) {
	s := New()
	for _, scorer := range []struct {
		name string
		*Scorer
	}{{"lexicon", s}, {"model", s.WithModel(noise())}} {
		for lang, text := range tweets {
			b.Run(scorer.name+"/"+string(lang), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					scorer.Score(text)
				}
			})
		}
	}
}
