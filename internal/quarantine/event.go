package quarantine

import (
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/incident"
	"github.com/safelight-dev/safelight/internal/journal"
	"github.com/safelight-dev/safelight/internal/phrase"
	"github.com/safelight-dev/safelight/internal/pipeline"
)

// The event types of an item's stream.
const (
	TypeHeld       = "quarantine.held"
	TypeReturned   = "quarantine.returned"
	TypeMoved      = "quarantine.moved"
	TypeFailed     = "quarantine.failed"
	TypeRetried    = "quarantine.retried"
	TypeReleased   = "quarantine.released"
	TypeRestored   = "quarantine.restored"
	TypeSuperseded = "quarantine.superseded"
	TypeDiscarded  = "quarantine.discarded"
	TypeProven     = "quarantine.proven"
	TypeErased     = "quarantine.erased"
	TypeRetained   = "quarantine.retained"
)

// Types declares the event types of this package.
func Types() []journal.Type {
	var types []journal.Type
	for _, n := range []string{
		TypeHeld, TypeReturned, TypeMoved, TypeFailed, TypeRetried, TypeReleased, TypeRestored, TypeSuperseded, TypeDiscarded, TypeProven,
		TypeErased, TypeRetained,
	} {
		types = append(types, journal.Type{Name: n, Version: 1})
	}
	return types
}

// StreamPrefix begins the id of an item, which is its journal stream: Q-2026-11-26-01.
const StreamPrefix = "Q-"

// IsStream tells whether a journal stream is that of an item.
func IsStream(stream string) bool { return strings.HasPrefix(stream, StreamPrefix) }

// The stored forms of the events follow. Fields may be added; no released
// field is renamed, retyped or given a new meaning.

// Held takes a delivered image out: the stored form of [TypeHeld].
type Held struct {
	Pipeline string         `json:"pipeline"`
	Class    pipeline.Class `json:"class,omitempty"`
	// Path is relative to the delivered folder, with slashes.
	Path string `json:"path"`
	// PathBytes is the path where it is not UTF-8, which JSON cannot carry;
	// Path then is only what can be shown of it.
	PathBytes  []byte    `json:"pathBytes,omitempty"`
	SHA256     string    `json:"sha256"` // of the version that was judged
	Bytes      int64     `json:"bytes"`
	ModifiedAt time.Time `json:"modifiedAt"` // as the file system said, to the nanosecond
	Findings   []Finding `json:"findings"`
	Incident   string    `json:"incident,omitempty"`
	// Mitigation is that of the incident by which a person has isolated the image; empty where it was judged by what it says.
	Mitigation string   `json:"mitigation,omitempty"`
	Routes     []string `json:"routes,omitempty"` // of the gateway, where the path is held
	// Placeholder says that the reference breaks the same policy and must not be served either.
	Placeholder bool     `json:"placeholder,omitempty"`
	Exposure    Exposure `json:"exposure"`
}

// Leaks tells whether the public has got, by an exposure, what must not get out; what nobody could look at is no leak.
func (h Held) Leaks(e Exposure) bool {
	return e.Public && slices.ContainsFunc(h.Findings, func(f Finding) bool { return f.Kind != Isolated && !pipeline.Breach(f.Kind).Unseen() })
}

// Isolated is the kind of finding of an image that a person has taken out of delivery: by it nothing is held against the image.
const Isolated = "isolated"

// Finding is one kind of finding and where it was made. It never carries the
// value that was found.
type Finding struct {
	Kind     string   `json:"kind"`               // "personal", "consent", …
	Fields   []string `json:"fields,omitempty"`   // "GPS:GPSLatitude"
	Entities []string `json:"entities,omitempty"` // "LOCATION"
	// Reasons say in English why a part could not be read; events before there were reasons have none.
	Reasons []string `json:"reasons,omitempty"`
}

// Exposure says whether the public has got the image, and by what evidence.
type Exposure struct {
	Public bool            `json:"public"`
	Routes []RouteExposure `json:"routes,omitempty"`
}

// Sight is what is known of a route's deliveries of the image.
type Sight string

// The sights. [NoRoute] stands alone: the pipeline is delivered by something
// that we know nothing of, so the image counts as public. So it does by [NoLog].
const (
	Delivered    Sight = "delivered"     // the access log has such a delivery
	NotDelivered Sight = "not-delivered" // the access log has none
	NoLog        Sight = "no-log"        // no access log covers the time
	Closed       Sight = "closed"        // the route has served references all the time
	NoRoute      Sight = "no-route"
)

// public tells whether an image counts as public by what was seen.
func (s Sight) public() bool { return s == Delivered || s == NoLog || s == NoRoute }

// RouteExposure is the evidence of one route.
type RouteExposure struct {
	Route string     `json:"route,omitempty"`
	Sight Sight      `json:"sight"`
	At    *time.Time `json:"at,omitempty"` // of the last delivery that was found
}

// Exposed gives the exposure that sights of all routes amount to.
func Exposed(routes []RouteExposure) Exposure {
	e := Exposure{Routes: routes}
	if len(routes) == 0 {
		e.Routes = []RouteExposure{{Sight: NoRoute}}
	}
	for _, r := range e.Routes {
		e.Public = e.Public || r.Sight.public()
	}
	return e
}

// Place is what lay at the delivered place when the image was to be moved.
type Place string

// What may lie there.
const (
	TheImage Place = "image"   // the version that was judged
	Newer    Place = "newer"   // another version, which is judged by itself
	Missing  Place = "missing" // nothing
)

// Moved says that the judged version is not in the delivered place any more.
type Moved struct {
	Found Place `json:"found"`
	// Kept says that its bytes are kept under their digest. They are not where
	// somebody replaced or removed the file before it could be copied.
	Kept     bool     `json:"kept"`
	Mode     uint32   `json:"mode,omitempty"` // permission bits of the file that was moved
	Exposure Exposure `json:"exposure"`       // as it was known after the move
}

// Failed says why the image could not be moved or put back.
type Failed struct {
	Doing  Doing  `json:"doing"`
	Reason string `json:"reason"`
	// Said is the reason in each language; entries of before have it in English only.
	Said phrase.Said `json:"said,omitempty"`
}

// Doing names what is being done to an item.
type Doing string

// What is done.
const (
	Moving    Doing = "move"
	Restoring Doing = "restore"
)

// Reasoned is a person's decision in its own words.
type Reasoned struct {
	Reason string `json:"reason"`
}

// Superseded names the version that came under the same path.
type Superseded struct {
	SHA256 string `json:"sha256"`
	Item   string `json:"item,omitempty"` // of that version, where it is held too
}

// Restored says that the same bytes are back in the delivered place. Nothing
// was put back where no bytes were kept.
type Restored struct {
	SHA256 string `json:"sha256,omitempty"` // as read back
}

// Erased says that the kept copy of a discarded image is gone for good; the digest stays.
type Erased struct {
	SHA256 string `json:"sha256"`
}

// Retained says that the kept copy of a discarded image is not erased, since an
// event outside the quarantine names its digest, and events stay.
type Retained struct {
	By string `json:"by"` // the stream of that event, as the incident whose evidence it is
}

// Proven says what the gateway served from outside after the last change.
type Proven struct {
	Held   bool    `json:"held"` // the path is held
	Proofs []Proof `json:"proofs"`
}

// Proof is the answer of one route.
type Proof struct {
	Route string         `json:"route"`
	Probe incident.Probe `json:"probe"`
}
