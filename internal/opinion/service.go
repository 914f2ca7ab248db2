package opinion

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strings"
)

// service is one kind of service at one address.
type service interface {
	// model is what results carry and the cache tells apart.
	model() string
	// ask sends one request for texts of one language and reads the answer: one
	// result a text, in order, without the scorer's name.
	ask(ctx context.Context, texts []Text, send sender) ([]Result, error)
}

// post writes a request with a JSON body.
func post(ctx context.Context, address string, body []byte) (*http.Request, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, unreadable("the address of the service is not one")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "safelight")
	return r, nil
}

// read decodes an answer. What the decoder quotes is not passed on: it may be what a user wrote.
func read(body []byte, into any) error {
	if err := json.Unmarshal(body, into); err != nil {
		return unreadable("its answer is not the JSON that was expected")
	}
	return nil
}

// class is a place among the three shares.
type class int

var classes = map[string]class{"negative": 0, "neutral": 1, "positive": 2}

// known are label names of public models, in lower case.
var known = map[string]string{
	"negative": "negative", "neg": "negative", "neutral": "neutral", "neu": "neutral", "positive": "positive", "pos": "positive",
	"négatif": "negative", "neutre": "neutral", "positif": "positive",
	"mixed":  "neutral",
	"1 star": "negative", "2 stars": "negative", "3 stars": "neutral", "4 stars": "positive", "5 stars": "positive",
}

// labels reads what a model's labels mean.
type labels map[string]string

func (l labels) class(label string) (class, bool) {
	if means, ok := l[label]; ok {
		return classes[means], true
	}
	means, ok := known[strings.ToLower(strings.TrimSpace(label))]
	return classes[means], ok
}

// shares turns weights of classes into a result whose shares sum to 1. Where
// the weights sum to less, as with a service that tells its first choice
// alone, what it left unsaid counts as neutral.
func shares(w [3]float64) (Result, error) {
	sum := 0.0
	for _, x := range w {
		if math.IsNaN(x) || x < 0 || x > 1.001 {
			return Result{}, unreadable("its answer holds a share outside 0 to 1")
		}
		sum += x
	}
	switch {
	case sum > 1.02 || sum == 0:
		return Result{}, unreadable("the shares in its answer sum to %.3g", sum)
	case sum < 1:
		w[1] += 1 - sum
		sum = 1
	}
	return Result{Negative: w[0] / sum, Neutral: w[1] / sum, Positive: w[2] / sum}, nil
}

// fromScore turns one number, −1 to 1, into shares.
func fromScore(s float64) (Result, error) {
	if math.IsNaN(s) || math.Abs(s) > 1.001 {
		return Result{}, unreadable("its answer holds a score outside -1 to 1")
	}
	s = max(-1, min(1, s))
	return Result{Negative: max(0, -s), Neutral: 1 - math.Abs(s), Positive: max(0, s)}, nil
}

// check believes an answer whole or not at all.
func check(answers []Result, texts int) error {
	if len(answers) != texts {
		return unreadable("it answered for %d texts of %d", len(answers), texts)
	}
	for i, r := range answers {
		if sum := r.Negative + r.Neutral + r.Positive; math.IsNaN(sum) || math.Abs(sum-1) > 1e-6 {
			return unreadable("it did not answer for text %d of %d", i+1, texts)
		}
	}
	return nil
}

// mustJSON encodes strings, numbers and structs of them, which cannot fail.
func mustJSON(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("opinion: encode a request: %v", err))
	}
	return b
}
