package opinion

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// spoken is one service as its documentation describes it.
type spoken struct {
	config  Config
	path    string // and query
	headers map[string]string
	request string // for texts "c'est nul ada@example.org" and "bravo", or the first alone where a request takes one
	answer  string
	single  bool
	want    [2]float64 // scores
	scorer  Scorer
}

func services() map[string]spoken {
	return map[string]spoken{
		"huggingface": {
			config:  Config{Kind: "huggingface", URL: "http://localhost/models/m", Model: "m", KeyEnv: "OPINION_TEST_KEY"},
			path:    "/models/m",
			headers: map[string]string{"Authorization": "Bearer s3cret", "Content-Type": "application/json"},
			request: `{"inputs":["c'est nul [EMAIL_ADDRESS]","bravo"],"parameters":{"top_k":null,"truncation":true}}`,
			answer: `[[{"label":"negative","score":0.9},{"label":"neutral","score":0.08},{"label":"positive","score":0.02}],
				[{"label":"POS","score":0.75},{"label":"NEG","score":0.25}]]`,
			want: [2]float64{-0.88, 0.5}, scorer: Scorer{"huggingface", "m", ""},
		},
		"tei": {
			config:  Config{Kind: "tei", Labels: map[string]string{"LABEL_0": "negative", "LABEL_2": "positive"}},
			path:    "/predict",
			request: `{"inputs":[["c'est nul [EMAIL_ADDRESS]"],["bravo"]],"truncate":true}`,
			answer: `[[{"score":0.7,"label":"LABEL_0"},{"score":0.3,"label":"LABEL_2"}],
				[{"score":0.6,"label":"5 stars"},{"score":0.2,"label":"4 stars"},{"score":0.2,"label":"3 stars"}]]`,
			want: [2]float64{-0.4, 0.8}, scorer: Scorer{"tei", "", ""},
		},
		"google": {
			config: Config{Kind: "google", KeyEnv: "OPINION_TEST_KEY"}, single: true,
			path:    "/v2/documents:analyzeSentiment",
			headers: map[string]string{"X-Goog-Api-Key": "s3cret"},
			request: `{"document":{"content":"c'est nul [EMAIL_ADDRESS]","languageCode":"fr","type":"PLAIN_TEXT"},"encodingType":"UTF8"}`,
			answer:  `{"documentSentiment":{"magnitude":0.8,"score":-0.8},"languageCode":"fr","sentences":[]}`,
			want:    [2]float64{-0.8}, scorer: Scorer{"google", "language v2", ""},
		},
		"azure": {
			config:  Config{Kind: "azure", KeyEnv: "OPINION_TEST_KEY"},
			path:    "/language/:analyze-text?api-version=2023-04-01",
			headers: map[string]string{"Ocp-Apim-Subscription-Key": "s3cret"},
			request: `{"analysisInput":{"documents":[{"id":"0","language":"fr","text":"c'est nul [EMAIL_ADDRESS]"},{"id":"1","language":"fr","text":"bravo"}]},
				"kind":"SentimentAnalysis","parameters":{"loggingOptOut":true,"modelVersion":"latest"}}`,
			answer: `{"kind":"SentimentAnalysisResults","results":{"documents":[
				{"id":"1","sentiment":"positive","confidenceScores":{"positive":0.89,"neutral":0.1,"negative":0.01},"sentences":[],"warnings":[]},
				{"id":"0","sentiment":"negative","confidenceScores":{"positive":0.01,"neutral":0.01,"negative":0.98},"sentences":[],"warnings":[]}],
				"errors":[],"modelVersion":"2022-11-01"}}`,
			want: [2]float64{-0.97, 0.88}, scorer: Scorer{"azure", "SentimentAnalysis", "2022-11-01"},
		},
		"openai": {
			config:  Config{Kind: "openai", Model: "gpt-x", KeyEnv: "OPINION_TEST_KEY"},
			path:    "/v1/chat/completions",
			headers: map[string]string{"Authorization": "Bearer s3cret"},
			answer: `{"id":"c","model":"gpt-x-2026","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant",
				"content":"{\"results\":[{\"negative\":0.9,\"neutral\":0.1,\"positive\":0},{\"negative\":0,\"neutral\":0.25,\"positive\":0.75}]}"}}]}`,
			want: [2]float64{-0.9, 0.75}, scorer: Scorer{"openai", "gpt-x", "gpt-x-2026"},
		},
		"comprehend": {
			config:  Config{Kind: "comprehend", Region: "eu-west-3", AccessKey: "AKID", KeyEnv: "OPINION_TEST_KEY"},
			path:    "/",
			headers: map[string]string{"X-Amz-Target": "Comprehend_20171127.BatchDetectSentiment", "Content-Type": "application/x-amz-json-1.1"},
			request: `{"LanguageCode":"fr","TextList":["c'est nul [EMAIL_ADDRESS]","bravo"]}`,
			answer: `{"ErrorList":[],"ResultList":[
				{"Index":1,"Sentiment":"POSITIVE","SentimentScore":{"Mixed":0.1,"Negative":0,"Neutral":0.1,"Positive":0.8}},
				{"Index":0,"Sentiment":"NEGATIVE","SentimentScore":{"Mixed":0,"Negative":0.95,"Neutral":0.05,"Positive":0}}]}`,
			want: [2]float64{-0.95, 0.8}, scorer: Scorer{"comprehend", "BatchDetectSentiment", ""},
		},
		"json, shares": {
			config: Config{Kind: "json", URL: "http://localhost/score?v=2", Model: "house", KeyEnv: "OPINION_TEST_KEY", JSON: &JSONConfig{
				Body: `{"texts": {{json .Texts}}, "lang": {{json .Lang}}}`, Headers: map[string]string{"X-Key": "k={{key}}"},
				Each: "out.items", Negative: `s.#(n=="neg").v`, Positive: `s.#(n=="pos").v`, Version: "out.version"}},
			path:    "/score?v=2",
			headers: map[string]string{"X-Key": "k=s3cret"},
			request: `{"texts":["c'est nul [EMAIL_ADDRESS]","bravo"],"lang":"fr"}`,
			answer: `{"out":{"version":"7","items":[{"s":[{"n":"neg","v":0.6},{"n":"pos","v":0.1}]},
				{"s":[{"n":"pos","v":1},{"n":"neg","v":0}]}]}}`,
			want: [2]float64{-0.5, 1}, scorer: Scorer{"json", "house", "7"},
		},
		"json, score": {
			config: Config{Kind: "json", URL: "http://localhost/one", JSON: &JSONConfig{
				Body: `{"text": {{json .Text}}}`, Score: "score", ScoreMin: 0, ScoreMax: 100}}, single: true,
			path: "/one", request: `{"text":"c'est nul [EMAIL_ADDRESS]"}`, answer: `{"score":10}`,
			want: [2]float64{-0.8}, scorer: Scorer{"json", "", ""},
		},
		"json, label": {
			config: Config{Kind: "json", URL: "http://localhost/one", Labels: map[string]string{"bad": "negative"}, JSON: &JSONConfig{
				Body: `{"text": {{json .Text}}}`, Label: "verdict"}}, single: true,
			path: "/one", request: `{"text":"c'est nul [EMAIL_ADDRESS]"}`, answer: `{"verdict":"bad"}`,
			want: [2]float64{-1}, scorer: Scorer{"json", "", ""},
		},
	}
}

// TestServices: each adapter asks as the service documents it, sends masked
// text only, and reads the documented answer.
func TestServices(t *testing.T) {
	t.Setenv("OPINION_TEST_KEY", "s3cret")
	for name, s := range services() {
		t.Run(name, func(t *testing.T) {
			asked := 0
			c := serve(t, s.config, func(w http.ResponseWriter, r *http.Request) {
				asked++
				s.examine(t, r)
				w.Write([]byte(s.answer))
			})
			list := texts("fr", "c'est nul ada@example.org", "bravo")
			if s.single {
				list = list[:1]
			}
			for range 2 { // the second time from the cache
				for i, r := range c.Score(t.Context(), list) {
					if math.Abs(r.Score()-s.want[i]) > 1e-9 || r.Scorer != s.scorer || r.Lang != "fr" {
						t.Errorf("text %d: score %.3f by %+v in %q, want %.3f by %+v: %s", i, r.Score(), r.Scorer, r.Lang, s.want[i], s.scorer, c.Status().LastError)
					}
				}
			}
			if asked != 1 {
				t.Errorf("the service was asked %d times, want once", asked)
			}
			if n := c.Status().Counts; n != (Counts{Requests: 1, Answered: len(list), Cached: len(list)}) {
				t.Errorf("counts = %+v", n)
			}
		})
	}
}

func (s spoken) examine(t *testing.T, r *http.Request) {
	t.Helper()
	if r.Method != "POST" || r.URL.RequestURI() != s.path {
		t.Errorf("%s %s, want POST %s", r.Method, r.URL.RequestURI(), s.path)
	}
	for k, v := range s.headers {
		if got := r.Header.Get(k); got != v {
			t.Errorf("%s: %s, want %s", k, got, v)
		}
	}
	text := body(t, r)
	if strings.Contains(text, "ada@") {
		t.Errorf("an address went out: %s", text)
	}
	if s.request != "" && compact(t, text) != compact(t, s.request) {
		t.Errorf("request\n%s, want\n%s", compact(t, text), compact(t, s.request))
	}
	if s.request == "" && !strings.Contains(text, `"strict":true`) {
		t.Errorf("the request demands no schema: %s", text)
	}
}

func compact(t *testing.T, s string) string {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(s)); err != nil {
		t.Errorf("%s: %v", s, err)
	}
	return b.String()
}

// TestSignature: AWS's own signer signs the same request in the same way.
func TestSignature(t *testing.T) {
	at := time.Date(2026, 11, 26, 4, 12, 0, 0, time.UTC)
	for _, payload := range []string{"{}", `{"LanguageCode":"fr","TextList":["été"]}`} {
		c := &comprehend{"http://localhost/", "eu-west-3", "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", func() time.Time { return at }}
		ours := httptest.NewRequest("POST", "https://comprehend.eu-west-3.amazonaws.com/", nil)
		ours.Header.Set("Content-Type", "application/x-amz-json-1.1")
		ours.Header.Set("X-Amz-Target", "Comprehend_20171127.BatchDetectSentiment")
		theirs := ours.Clone(t.Context())
		c.sign(ours, []byte(payload))
		err := v4.NewSigner().SignHTTP(t.Context(), aws.Credentials{AccessKeyID: c.accessKey, SecretAccessKey: c.secret},
			theirs, hexSum([]byte(payload)), "comprehend", c.region, at)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := ours.Header.Get("Authorization"), theirs.Header.Get("Authorization"); got != want {
			t.Errorf("Authorization:\n%s, want\n%s", got, want)
		}
	}
}
