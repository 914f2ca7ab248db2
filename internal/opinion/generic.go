package opinion

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"text/template"

	"github.com/tidwall/gjson"
)

// JSONConfig says how any JSON service is spoken to. Paths are gjson's:
// results.0.score, sentiment.#(name=="negative").share.
type JSONConfig struct {
	// Body is a Go template of the request. .Texts is the list of texts, .Text the first, .Lang their language
	// or "", .Model the configured model; {{json .Texts}} writes any of them as JSON.
	Body string `yaml:"body"`
	// Headers are sent with each request; {{key}} in a value stands for the key. Authorization: Bearer KEY if empty.
	Headers map[string]string `yaml:"headers"`
	// Each is the path of the list with one element a text, in order; empty where a request holds one text.
	Each string `yaml:"each"`
	// Negative, Neutral and Positive are the paths of the shares, 0 to 1, in an element.
	Negative string `yaml:"negative"`
	Neutral  string `yaml:"neutral"`
	Positive string `yaml:"positive"`
	// Score is the path of one number instead, from ScoreMin to ScoreMax (−1 to 1 where both are 0).
	Score    string  `yaml:"score"`
	ScoreMin float64 `yaml:"scoreMin"`
	ScoreMax float64 `yaml:"scoreMax"`
	// Label is the path of a label instead; labels says what it means.
	Label string `yaml:"label"`
	// Version is the path of the model's version in the whole answer.
	Version string `yaml:"version"`
}

type jsonService struct {
	config Config
	key    string
	body   *template.Template
}

func parseBody(text string) (*template.Template, error) {
	return template.New("body").Option("missingkey=error").
		Funcs(template.FuncMap{"json": func(v any) (string, error) {
			b, err := json.Marshal(v)
			return string(b), err
		}}).Parse(text)
}

// bodyData is what the template sees.
type bodyData struct {
	Texts             []string
	Text, Lang, Model string
}

func (j JSONConfig) mistakes() []string {
	var list []string
	add := func(wrong bool, sentence string) {
		if wrong {
			list = append(list, "json: "+sentence)
		}
	}
	add(!j.writesJSON(), `body must be a template that writes JSON, such as {"texts": {{json .Texts}}}`)
	ways := 0
	for _, said := range []bool{j.Negative+j.Neutral+j.Positive != "", j.Score != "", j.Label != ""} {
		if said {
			ways++
		}
	}
	add(ways != 1, "give the paths negative, neutral and positive, or score, or label")
	add(j.Negative+j.Neutral+j.Positive != "" && (j.Negative == "" || j.Positive == ""), "negative and positive go together")
	add(j.ScoreMin > j.ScoreMax || j.ScoreMin == j.ScoreMax && j.ScoreMin != 0, "scoreMin must be below scoreMax")
	for name, value := range j.Headers {
		add(!headerName(name) || strings.ContainsAny(value, "\r\n\x00"), fmt.Sprintf("header %q cannot be sent", name))
	}
	return list
}

func headerName(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") == ""
}

// writesJSON tries the template on a text that breaks what is not escaped.
func (j JSONConfig) writesJSON() bool {
	t, err := parseBody(j.Body)
	if err != nil {
		return false
	}
	var b bytes.Buffer
	hard := "\"\\\n{{"
	err = t.Execute(&b, bodyData{Texts: []string{hard, hard}, Text: hard, Lang: "fr", Model: hard})
	return err == nil && json.Valid(b.Bytes())
}

func openJSON(c Config, key string) (service, error) {
	t, err := parseBody(c.JSON.Body)
	if err != nil {
		return nil, fmt.Errorf("opinion: json: body: %w", err)
	}
	return &jsonService{c, key, t}, nil
}

func (s *jsonService) model() string { return s.config.Model }

func (s *jsonService) ask(ctx context.Context, texts []Text, send sender) ([]Result, error) {
	data := bodyData{Text: texts[0].Text, Lang: texts[0].Lang, Model: s.config.Model}
	for _, t := range texts {
		data.Texts = append(data.Texts, t.Text)
	}
	var b bytes.Buffer
	if err := s.body.Execute(&b, data); err != nil {
		return nil, unreadable("the template of the request does not fit the texts")
	}
	r, err := post(ctx, s.config.URL, b.Bytes())
	if err != nil {
		return nil, err
	}
	s.sign(r)
	body, err := send(r)
	if err != nil {
		return nil, err
	}
	return s.read(body, texts)
}

func (s *jsonService) sign(r *http.Request) {
	if len(s.config.JSON.Headers) == 0 && s.key != "" {
		r.Header.Set("Authorization", "Bearer "+s.key)
	}
	for name, value := range s.config.JSON.Headers {
		r.Header.Set(name, strings.ReplaceAll(value, "{{key}}", s.key))
	}
}

func (s *jsonService) read(body []byte, texts []Text) ([]Result, error) {
	if !json.Valid(body) { // gjson reads nonsense out of nonsense
		return nil, unreadable("its answer is not JSON")
	}
	all := gjson.ParseBytes(body)
	elements := []gjson.Result{all}
	if s.config.JSON.Each != "" {
		list := all.Get(s.config.JSON.Each)
		if !list.IsArray() {
			return nil, unreadable("its answer holds no list at %s", s.config.JSON.Each)
		}
		elements = list.Array()
	}
	if len(elements) != len(texts) {
		return nil, unreadable("it answered for %d texts of %d", len(elements), len(texts))
	}
	version := ""
	if s.config.JSON.Version != "" {
		version = clip(all.Get(s.config.JSON.Version).String(), 80)
	}
	results := make([]Result, len(elements))
	for i, e := range elements {
		r, err := s.element(e)
		if err != nil {
			return nil, err
		}
		r.Lang, r.Scorer = texts[i].Lang, Scorer{Model: s.config.Model, Version: version}
		results[i] = r
	}
	return results, nil
}

// element reads one text's sentiment in the way that the configuration chose.
func (s *jsonService) element(e gjson.Result) (Result, error) {
	j := s.config.JSON
	switch {
	case j.Score != "":
		v := e.Get(j.Score)
		if v.Type != gjson.Number {
			return Result{}, unreadable("its answer holds no number at %s", j.Score)
		}
		score := v.Float()
		if j.ScoreMin != j.ScoreMax {
			score = 2*(score-j.ScoreMin)/(j.ScoreMax-j.ScoreMin) - 1
		}
		return fromScore(score)
	case j.Label != "":
		label := e.Get(j.Label).String()
		c, ok := labels(s.config.Labels).class(label)
		if !ok {
			return Result{}, unreadable("the meaning of its label %q is not known: name it under labels", clip(label, 40))
		}
		var w [3]float64
		w[c] = 1
		return shares(w)
	}
	var w [3]float64
	for i, path := range []string{j.Negative, j.Neutral, j.Positive} {
		if path == "" {
			continue
		}
		v := e.Get(path)
		if v.Type != gjson.Number {
			return Result{}, unreadable("its answer holds no number at %s", path)
		}
		w[i] = v.Float()
	}
	return shares(w)
}
