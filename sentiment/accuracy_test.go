package sentiment

import (
	"bufio"
	"os"
	"sort"
	"strconv"
	"strings"
	"testing"

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

// auc is the probability that a negative text has a lower score than another one; ties count half.
func auc(scores []float64, negative []bool) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	sort.Slice(order, func(a, b int) bool { return scores[order[a]] < scores[order[b]] })
	var below, wins, negatives float64
	for i := 0; i < len(order); {
		j, neg, rest := i, 0.0, 0.0
		for ; j < len(order) && scores[order[j]] == scores[order[i]]; j++ {
			if negative[order[j]] {
				neg++
			} else {
				rest++
			}
		}
		wins += rest * (below + neg/2)
		below += neg
		i = j
	}
	negatives = below
	return wins / (negatives * (float64(len(order)) - negatives))
}

func TestTrainPart(t *testing.T) {
	s := New()
	for _, language := range []string{"english", "french"} {
		all := readCorpus(t, language, "train")
		var scores []float64
		var negative []bool
		langs := map[Language]int{}
		for _, l := range all {
			r := s.Score(l.text)
			langs[r.Lang]++
			scores, negative = append(scores, r.Compound), append(negative, l.class == 0)
		}
		t.Logf("%s: AUC %.4f, routed %v", language, auc(scores, negative), langs)
	}
}
