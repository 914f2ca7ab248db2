package opinion

import (
	"context"
	"strconv"
	"strings"
)

// azure is SentimentAnalysis of Azure AI Language, API version 2023-04-01: at
// most 10 texts a request.
type azure struct{ url, key, version string }

func openAzure(c Config, key string) (service, error) {
	version := c.Model
	if version == "" {
		version = "latest"
	}
	return &azure{strings.TrimRight(c.URL, "/") + "/language/:analyze-text?api-version=2023-04-01", key, version}, nil
}

func (a *azure) model() string { return a.version }

type azureDocument struct {
	ID       string `json:"id"`
	Language string `json:"language,omitempty"`
	Text     string `json:"text"`
}

func (a *azure) ask(ctx context.Context, texts []Text, send sender) ([]Result, error) {
	documents := make([]azureDocument, len(texts))
	for i, t := range texts {
		documents[i] = azureDocument{strconv.Itoa(i), t.Lang, t.Text}
	}
	r, err := post(ctx, a.url, mustJSON(map[string]any{
		"kind": "SentimentAnalysis",
		// Nothing is to be kept there, not even for their debugging.
		"parameters":    map[string]any{"modelVersion": a.version, "loggingOptOut": true},
		"analysisInput": map[string]any{"documents": documents},
	}))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Ocp-Apim-Subscription-Key", a.key)
	body, err := send(r)
	if err != nil {
		return nil, err
	}
	return a.read(body, texts)
}

// read sorts the answers by their ids. A text that Azure could not score stands
// under errors and is missing here, which throws the batch away.
func (a *azure) read(body []byte, texts []Text) ([]Result, error) {
	var answer struct {
		Results struct {
			Documents []struct {
				ID         string `json:"id"`
				Confidence struct {
					Positive float64 `json:"positive"`
					Neutral  float64 `json:"neutral"`
					Negative float64 `json:"negative"`
				} `json:"confidenceScores"`
			} `json:"documents"`
			ModelVersion string `json:"modelVersion"`
		} `json:"results"`
	}
	if err := read(body, &answer); err != nil {
		return nil, err
	}
	results := make([]Result, len(texts))
	for _, d := range answer.Results.Documents {
		i, err := strconv.Atoi(d.ID)
		if err != nil || i < 0 || i >= len(results) {
			return nil, unreadable("it answered for a text that it was not asked about")
		}
		r, err := shares([3]float64{d.Confidence.Negative, d.Confidence.Neutral, d.Confidence.Positive})
		if err != nil {
			return nil, err
		}
		r.Lang = texts[i].Lang
		r.Scorer = Scorer{Model: "SentimentAnalysis", Version: clip(answer.Results.ModelVersion, 40)}
		results[i] = r
	}
	return results, nil
}
