package quarantine

import (
	"fmt"

	"github.com/safelight-dev/safelight/internal/journal"
)

// MaxBatch is how many items one effect of [Gather] names.
const MaxBatch = 100

// Gather makes of many effects for single items few that name up to [MaxBatch]
// items each: what is written for each effect is written for a flood of images
// then as often as it has hundreds. Effects of other packages, and one that is
// alone of its kind, are left as they are. The order of the items is kept.
func Gather(effects []journal.Effect) []journal.Effect {
	var kinds []string
	byKind := map[string][]journal.Effect{}
	var rest []journal.Effect
	for _, e := range effects {
		if data, ours := e.Data.(Effect); !ours || data.Item == "" {
			rest = append(rest, e)
			continue
		}
		if byKind[e.Kind] == nil {
			kinds = append(kinds, e.Kind)
		}
		byKind[e.Kind] = append(byKind[e.Kind], e)
	}
	var gathered []journal.Effect
	for _, kind := range kinds {
		list := byKind[kind]
		for len(list) > 0 {
			n := min(len(list), MaxBatch)
			gathered = append(gathered, together(list[:n]))
			list = list[n:]
		}
	}
	return append(gathered, rest...)
}

// together is one effect in the place of several of a kind. Its key is that of
// the first, which is never queued twice.
func together(list []journal.Effect) journal.Effect {
	first := list[0]
	if len(list) == 1 {
		return first
	}
	items := make([]string, len(list))
	for i, e := range list {
		items[i] = e.Data.(Effect).Item
	}
	first.Key = fmt.Sprintf("%s+%d", first.Key, len(items)-1)
	first.Data = Effect{Items: items}
	return first
}
