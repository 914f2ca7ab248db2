package store

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/riverqueue/river"
)

// Class says who performs effects of a kind, and before which others.
type Class struct {
	// Own effects have workers to themselves: whatever else is to be done, and however long it takes, keeps none of these busy.
	// A rank alone would not do, since it takes no worker away from what is being performed.
	Own bool
	// Timeout is how long an attempt may take; 0 is half a minute.
	Timeout time.Duration
	// Retry is the longest wait between two attempts; 0 is what [Work] says.
	Retry time.Duration
	Rank  int // 1 is performed before 2, to 4, among those that wait for the same workers; 0 is 3
}

const (
	ownQueue  = "pages" // of River, where effects of their own workers wait
	usualRank = 3
)

// queues are all that jobs wait in.
var queues = [...]string{river.QueueDefault, ownQueue}

func (c Class) queue() string {
	if c.Own {
		return ownQueue
	}
	return river.QueueDefault
}

// class gives the class of a kind.
func (s *Store) class(kind string) Class {
	c := s.classes[kind]
	c.Rank = cmp.Or(c.Rank, usualRank)
	return c
}

// reclassify puts the jobs that are due where their kinds belong: a version of this program that sorts them otherwise may have
// queued them.
func (t *Tx) reclassify() error {
	known := make([]string, 0, len(t.s.classes))
	for kind, c := range t.s.classes {
		known = append(known, kind)
		if err := t.moveJobs("in", []string{kind}, Class{Own: c.Own, Rank: t.s.class(kind).Rank}); err != nil {
			return err
		}
	}
	return t.moveJobs("not in", known, Class{Rank: usualRank})
}

func (t *Tx) moveJobs(in string, kinds []string, to Class) error {
	list, err := json.Marshal(kinds)
	if err != nil {
		return fmt.Errorf("sort the waiting jobs: %w", err)
	}
	_, err = t.exec("sort the waiting jobs", `update river_job set queue = ?1, priority = ?2
		where state = 'available' and kind = 'effect' and (queue <> ?1 or priority <> ?2)
		and (select e.kind from effects e where e.key = json_extract(river_job.args, '$.key')) `+in+` (select value from json_each(?3))`,
		to.queue(), to.Rank, string(list))
	return err
}
