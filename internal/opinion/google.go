package opinion

import (
	"context"
	"math"
	"strings"
)

// google is documents:analyzeSentiment of Google's Natural Language API v2,
// which takes one text a request and finds the language itself.
type google struct{ url, key string }

func openGoogle(c Config, key string) (service, error) {
	return &google{strings.TrimRight(c.URL, "/") + "/v2/documents:analyzeSentiment", key}, nil
}

func (g *google) model() string { return "language v2" }

func (g *google) ask(ctx context.Context, texts []Text, send sender) ([]Result, error) {
	document := map[string]string{"type": "PLAIN_TEXT", "content": texts[0].Text}
	if texts[0].Lang != "" {
		document["languageCode"] = texts[0].Lang
	}
	r, err := post(ctx, g.url, mustJSON(map[string]any{"document": document, "encodingType": "UTF8"}))
	if err != nil {
		return nil, err
	}
	r.Header.Set("X-Goog-Api-Key", g.key)
	body, err := send(r)
	if err != nil {
		return nil, err
	}
	return g.read(body)
}

func (g *google) read(body []byte) ([]Result, error) {
	var answer struct {
		Sentiment *struct {
			Score     float64 `json:"score"`
			Magnitude float64 `json:"magnitude"`
		} `json:"documentSentiment"`
		LanguageCode string `json:"languageCode"`
	}
	if err := read(body, &answer); err != nil {
		return nil, err
	}
	if answer.Sentiment == nil || answer.Sentiment.Magnitude < 0 || math.IsInf(answer.Sentiment.Magnitude, 0) {
		return nil, unreadable("its answer holds no documentSentiment")
	}
	result, err := fromScore(answer.Sentiment.Score)
	result.Lang, result.Scorer.Model = clip(answer.LanguageCode, 20), g.model()
	return []Result{result}, err
}
