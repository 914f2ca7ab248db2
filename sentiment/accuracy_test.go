package sentiment

import (
	"bufio"
	"bytes"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/safelight-dev/safelight/internal/corpora"
)

// labelled is a text and its class: 0 negative, 1 neutral, 2 positive.
type labelled struct {
	text  string
	class int
}

func readCorpus(t testing.TB, language, part string) []labelled {
	t.Helper()
	texts := readLines(t, corpora.Dir(t, "text", "sentiment", language, part+"_text.txt"))
	labels := readLines(t, corpora.Dir(t, "text", "sentiment", language, part+"_labels.txt"))
	if len(texts) != len(labels) {
		t.Fatalf("%s %s: %d texts, %d labels", language, part, len(texts), len(labels))
	}
	all := make([]labelled, len(texts))
	for i := range texts {
		class, err := strconv.Atoi(labels[i])
		if err != nil {
			t.Fatal(err)
		}
		all[i] = labelled{texts[i], class}
	}
	return all
}

func readLines(t testing.TB, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	scan := bufio.NewScanner(f)
	for scan.Scan() {
		lines = append(lines, strings.TrimSpace(scan.Text()))
	}
	if scan.Err() != nil {
		t.Fatal(scan.Err())
	}
	return lines
}

// asSamples gives a corpus to the trainer.
func asSamples(all []labelled) []Sample {
	samples := make([]Sample, len(all))
	for i, l := range all {
		samples[i] = Sample{l.text, classes[l.class]}
	}
	return samples
}

func TestTrainPart(t *testing.T) {
	s := New()
	for _, language := range []string{"english", "french"} {
		var verdicts []verdict
		for _, l := range readCorpus(t, language, "train") {
			r := s.Score(l.text)
			verdicts = append(verdicts, verdict{score: r.Compound, class: l.class, labelled: r.Label})
		}
		t.Logf("%s: %+v", language, measure(verdicts))
		start := time.Now()
		_, report, err := Train(asSamples(readCorpus(t, language, "train")), Options{})
		t.Logf("%+v %v %v", report, err, time.Since(start))
	}
	start := time.Now()
	m, report, err := Train(asSamples(append(readCorpus(t, "english", "train"), readCorpus(t, "french", "train")...)), Options{})
	t.Logf("%+v %v %v", report, err, time.Since(start))
	var b bytes.Buffer
	m.Save(&b)
	t.Log(b.Len())
	start = time.Now()
	_, err = Load(&b)
	t.Log(err, time.Since(start))
}
