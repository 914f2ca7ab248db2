package sentiment

import "testing"

const (
	tweetEnglish = "@user Great news!! The new camera app is really nice, but the photos look washed out since the last update :( " +
		"please fix it soon http://t.co/xyz #disappointed"
	tweetFrench = "@user Bonjour, depuis hier les photos du site sont floues et les couleurs délavées, ce n'est pas acceptable " +
		"pour un service payant ! http://t.co/xyz #déçu"
)

func BenchmarkLexicon(b *testing.B) {
	s := New()
	for _, text := range []string{tweetEnglish, tweetFrench} {
		b.Run(text[6:12], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Score(text)
			}
		})
	}
}

func BenchmarkModel(b *testing.B) {
	m := &Model{bits: 18, weights: make([]float32, 3<<18), threshold: 0.4}
	for i := range m.weights {
		m.weights[i] = float32(i%7) - 3
	}
	s := New().WithModel(m)
	for _, text := range []string{tweetEnglish, tweetFrench} {
		b.Run(text[6:12], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Score(text)
			}
		})
	}
}
