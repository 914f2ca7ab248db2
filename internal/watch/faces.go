package watch

import (
	"context"

	"github.com/safelight-dev/safelight/internal/measure"
	"github.com/safelight-dev/safelight/pixels"
)

// Faces looks for faces in pictures.
type Faces struct {
	// Find gives the confidence of the surest face in a picture, 0 to 1; 0 where there is none. It is called by several
	// goroutines.
	Find func(ctx context.Context, m *pixels.Image) (float64, error)
	// Version stands for all that its answers depend on: checks of the cache do too.
	Version string
	// Memory is what looking at one picture takes at most, in bytes.
	Memory int64
}

func (f *Faces) memory() int64 {
	if f == nil {
		return 0
	}
	return f.Memory
}

// look asks for the faces of a picture. Where there is no answer the picture goes on its way, and its check says so.
func (f *Faces) look(ctx context.Context, m *pixels.Image) *measure.Faces {
	surest, err := f.Find(ctx, m)
	if err != nil {
		return measure.FacesUnsought(measure.DetectorFailed, err)
	}
	return &measure.Faces{Surest: surest}
}

// lookAlone decodes a delivered image that cannot be compared, and looks for faces in it.
func (s *scan) lookAlone(j *job, cand measure.Source) *measure.Faces {
	p, err := s.alone(j, cand)
	if err != nil {
		return measure.FacesUnsought(measure.NothingShown, err)
	}
	defer s.memory.pictures.give(p)
	return p.lookAlone(cand)
}

func (p *pair) lookAlone(cand measure.Source) *measure.Faces {
	if err := p.decodeInto(&p.cand, delivered, cand.Path, cand.Data); err != nil {
		return measure.FacesUnsought(measure.NothingShown, err)
	}
	return p.look(&p.cand)
}
