package feed

import (
	"strings"
	"testing"
)

func TestHashtag(t *testing.T) {
	t.Parallel()
	for tag, good := range map[string]bool{
		"marque": true, "été_2025": true, "色": true, strings.Repeat("é", maxHashtag): true,
		strings.Repeat("é", maxHashtag+1): false, "#marque": false, "two words": false, "a-b": false, "a\n": false,
	} {
		m := MastodonConfig{Server: "https://mastodon.social", Hashtag: tag}
		if got := m.mistakes(); (len(got) == 0) != good {
			t.Errorf("the hashtag %q has the mistakes %q, want it good: %v", tag, got, good)
		}
	}
}
