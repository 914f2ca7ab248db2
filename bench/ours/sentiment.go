package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	"github.com/safelight-dev/safelight/sentiment"
)

// scoreTexts scores the lines of files, by the lexicon or by a model trained on them; its unit is a thousand texts.
func scoreTexts(trained bool) kernel {
	return func(files []string) (func() (float64, error), error) {
		var texts []string
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				return nil, err
			}
			texts = append(texts, strings.Split(string(bytes.TrimSpace(data)), "\n")...)
		}
		if len(texts) == 0 {
			return nil, fmt.Errorf("want files of texts, one a line")
		}
		s := sentiment.New()
		if trained {
			m, err := anyModel(s, texts)
			if err != nil {
				return nil, err
			}
			s = s.WithModel(m)
		}
		return func() (float64, error) {
			for _, text := range texts {
				s.Score(text)
			}
			return float64(len(texts)) / 1e3, nil
		}, nil
	}
}

// anyModel is trained on what the lexicon says: how fast a model is does not depend on what it learned.
func anyModel(s *sentiment.Scorer, texts []string) (*sentiment.Model, error) {
	samples := make([]sentiment.Sample, len(texts))
	for i, text := range texts {
		samples[i] = sentiment.Sample{Text: text, Label: s.Score(text).Label}
	}
	m, _, err := sentiment.Train(samples, sentiment.Options{Epochs: 1, Folds: 2})
	return m, err
}
