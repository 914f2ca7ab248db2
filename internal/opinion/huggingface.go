package opinion

import (
	"context"
	"encoding/json"
	"strings"
)

// huggingFace is text classification as Hugging Face's Inference API and
// Inference Endpoints have it, and as TEI has it under /predict.
type huggingFace struct {
	url, key, name string
	labels         labels
	tei            bool
}

func openHuggingFace(c Config, key string) (service, error) {
	return &huggingFace{url: c.URL, key: key, name: c.Model, labels: c.Labels}, nil
}

func openTEI(c Config, key string) (service, error) {
	return &huggingFace{url: strings.TrimRight(c.URL, "/") + "/predict", key: key, name: c.Model, labels: c.Labels, tei: true}, nil
}

func (h *huggingFace) model() string { return h.name }

// body writes the request. TEI reads a list of two strings as one text and its
// pair, so each text is a list of its own there.
func (h *huggingFace) body(texts []Text) []byte {
	if h.tei {
		inputs := make([][]string, len(texts))
		for i, t := range texts {
			inputs[i] = []string{t.Text}
		}
		return mustJSON(map[string]any{"inputs": inputs, "truncate": true})
	}
	inputs := make([]string, len(texts))
	for i, t := range texts {
		inputs[i] = t.Text
	}
	return mustJSON(map[string]any{
		"inputs":     inputs,
		"parameters": map[string]any{"top_k": nil, "truncation": true}, // all classes, not the first alone
	})
}

func (h *huggingFace) ask(ctx context.Context, texts []Text, send sender) ([]Result, error) {
	r, err := post(ctx, h.url, h.body(texts))
	if err != nil {
		return nil, err
	}
	if h.key != "" {
		r.Header.Set("Authorization", "Bearer "+h.key)
	}
	body, err := send(r)
	if err != nil {
		return nil, err
	}
	return h.read(body, texts)
}

type labelled struct {
	Label string  `json:"label"`
	Score float64 `json:"score"`
}

// read reads a list of classes for each text; for a single text some servers
// leave the outer list away, and servers that tell their first choice alone
// leave the inner one away.
func (h *huggingFace) read(body []byte, texts []Text) ([]Result, error) {
	var raw []json.RawMessage
	if err := read(body, &raw); err != nil {
		return nil, err
	}
	var lists [][]labelled
	if len(raw) > 0 && !strings.HasPrefix(strings.TrimSpace(string(raw[0])), "[") {
		var flat []labelled
		if err := read(body, &flat); err != nil {
			return nil, err
		}
		if len(texts) == 1 {
			lists = [][]labelled{flat}
		} else {
			for _, l := range flat {
				lists = append(lists, []labelled{l})
			}
		}
	} else if err := read(body, &lists); err != nil {
		return nil, err
	}
	results := make([]Result, len(lists))
	for i, list := range lists {
		var err error
		if results[i], err = h.result(list); err != nil {
			return nil, err
		}
		results[i].Lang = langOf(texts, i)
	}
	return results, nil
}

func (h *huggingFace) result(list []labelled) (Result, error) {
	var w [3]float64
	for _, l := range list {
		c, ok := h.labels.class(l.Label)
		if !ok {
			return Result{}, unreadable("the meaning of its label %q is not known: name it under labels", clip(l.Label, 40))
		}
		w[c] += l.Score
	}
	r, err := shares(w)
	r.Scorer.Model = h.name
	return r, err
}

func langOf(texts []Text, i int) string {
	if i < len(texts) {
		return texts[i].Lang
	}
	return ""
}
