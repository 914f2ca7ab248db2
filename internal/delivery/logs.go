package delivery

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/safelight-dev/safelight/internal/journal"
)

// AccessLogConfig says where a server in front of the gateway writes what it has answered.
type AccessLogConfig struct {
	// Path is the file's. Those that were rotated away beside it are read too, gzipped or not.
	Path string `yaml:"path"`
	// Format is combined or json.
	Format string `yaml:"format"`
	// Fields names the members of a line of JSON; those that are empty have the names that the edge's kind gives them.
	Fields LogFields `yaml:"fields"`
}

// The formats of access logs.
const (
	formatCombined = "combined"
	formatJSON     = "json"
)

// check says what is wrong, in a few words.
func (c AccessLogConfig) check() string {
	switch {
	case c == AccessLogConfig{}:
		return ""
	case !filepath.IsAbs(c.Path):
		return "accessLog: path is the file's, such as /var/log/nginx/access.log"
	case c.Format != formatCombined && c.Format != formatJSON:
		return fmt.Sprintf("accessLog: format %q: write combined or json", c.Format)
	case c.Format != formatJSON && c.Fields != LogFields{}:
		return "accessLog: fields are for the format json"
	}
	return ""
}

// Limits of what is read from a log.
const (
	maxLogFiles = 100
	maxLogBytes = 16 << 30 // unpacked
	maxLogTime  = time.Minute
)

// Answers counts the answers that concern some images, by their status.
type Answers struct {
	Full      int // 200
	Partial   int // 206
	Unchanged int // 304: the client had it already
}

// LogReport is what a log says. It has nothing of those who asked.
type LogReport struct {
	Answers map[string]*Answers // by route
	Begins  time.Time           // of the first line that could be read; zero without any
	Last    time.Time           // of the last one
	Older   bool                // it goes back to before the time in question: what was rotated away then is there, and was not read
	Lines   int
	Damaged int // lines that could not be read
	Files   int
}

// logged is one line of a log, as far as it is of any concern.
type logged struct {
	at     time.Time
	path   string // of the URL, unescaped
	status int
	body   bool // a part of the image was sent
}

// parser reads one line of a log; ok is false where it is none.
type parser func(line []byte) (a logged, ok bool)

// ReadLog reads the log of an edge: the answers to GET from a time to another, whose path which finds to be that of an
// image on a route. It reads what it can and gives it even with an error, which says why that is not all.
func (c Config) ReadLog(ctx context.Context, edge string, from, to time.Time, which func(path string) (route string, ok bool)) (LogReport, error) {
	parse, err := c.logParser(edge)
	if err != nil {
		return LogReport{}, err
	}
	return readLogs(ctx, "edge "+edge, c.Edges[edge].AccessLog.Path, parse, from, to, which)
}

// logParser reads the lines of the log of an edge.
func (c Config) logParser(edge string) (parser, error) {
	e := c.Edges[edge]
	switch {
	case e.AccessLog.Path == "":
		return nil, fmt.Errorf("read the access log of edge %s: none is configured: %w", edge, journal.ErrNotFound)
	case e.AccessLog.Format == formatJSON:
		return e.AccessLog.Fields.orDefaults(e.Kind).parse, nil
	}
	return parseCombined, nil
}

// ReadGatewayLog does the same with the log of the gateway itself, which says of each answer where it came from: only those
// from the origin count.
func ReadGatewayLog(ctx context.Context, name string, from, to time.Time, which func(path string) (route string, ok bool)) (LogReport, error) {
	return readLogs(ctx, "the gateway", name, parseAccess, from, to, which)
}

func readLogs(ctx context.Context, whose, name string, parse parser, from, to time.Time, which func(string) (string, bool)) (LogReport, error) {
	ctx, stop := context.WithTimeout(ctx, maxLogTime)
	defer stop()
	r := logReader{parse: parse, from: from, to: to, which: which, left: maxLogBytes, within: maxLogTime, report: LogReport{Answers: map[string]*Answers{}}}
	files, older, err := openLogs(name, from)
	defer closeAll(files)
	r.report.Older = older
	for _, f := range files {
		if err == nil {
			err = r.file(ctx, f)
		}
	}
	if err != nil {
		return r.report, fmt.Errorf("read the access log of %s: %w", whose, err)
	}
	return r.report, nil
}

// rotated are the ends that logrotate, Caddy and the gateway give to the name of a file that they have moved aside.
var rotated = regexp.MustCompile(`^(?:\.[0-9]{1,4}|[-.][0-9]{8}(?:[-T.]?[0-9]{2,10})?)(?:\.gz)?$`)

// timed is the middle that Caddy puts before the last end: access-2025-09-27T04-12-00.000.log
var timed = regexp.MustCompile(`^-[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}-[0-9]{2}-[0-9]{2}(?:\.[0-9]{1,3})?$`)

func isRotated(base, name string) bool {
	if end, ok := strings.CutPrefix(name, base); ok {
		return end == "" || rotated.MatchString(end)
	}
	ext := filepath.Ext(base)
	middle, ok := strings.CutPrefix(strings.TrimSuffix(name, ".gz"), strings.TrimSuffix(base, ext))
	return ok && strings.HasSuffix(middle, ext) && timed.MatchString(strings.TrimSuffix(middle, ext))
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// openLogs opens a log and what was rotated away from it since a time, each file once: all are open before any is read, so
// that a rotation meanwhile neither hides nor doubles one. older tells whether there is one of before that time, too.
func openLogs(name string, from time.Time) (files []*os.File, older bool, err error) {
	list, err := os.ReadDir(filepath.Dir(name))
	if err != nil {
		return nil, false, err
	}
	var names []string
	for _, e := range list {
		if isRotated(filepath.Base(name), e.Name()) {
			names = append(names, e.Name())
		}
	}
	names = slices.DeleteFunc(names, func(n string) bool { // it is being packed
		plain, packed := strings.CutSuffix(n, ".gz")
		return packed && slices.Contains(names, plain)
	})
	if len(names) > maxLogFiles {
		return nil, false, fmt.Errorf("%d files were rotated away from %s, the limit is %d: %w", len(names), name, maxLogFiles, journal.ErrTooLarge)
	}
	var seen []os.FileInfo
	for _, n := range names {
		f, info, err := openLog(filepath.Join(filepath.Dir(name), n))
		if errors.Is(err, fs.ErrNotExist) {
			continue // it was rotated away just now, and its next name is in the list or is too old
		}
		if err != nil {
			closeAll(files)
			return nil, false, err
		}
		again := slices.ContainsFunc(seen, func(o os.FileInfo) bool { return os.SameFile(o, info) })
		if again || info.ModTime().Before(from) {
			older = older || !again && info.Size() > 0
			f.Close()
			continue
		}
		seen, files = append(seen, info), append(files, f)
	}
	if len(seen) == 0 && !slices.Contains(names, filepath.Base(name)) {
		return nil, false, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return files, older, nil
}

// openLog opens a regular file, and no pipe, on which it would wait.
func openLog(name string) (*os.File, os.FileInfo, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, nil, fmt.Errorf("%s is not a regular file: %w", name, journal.ErrInvalid)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	info, err = f.Stat()
	if err != nil {
		f.Close()
	}
	return f, info, err
}

// logReader reads the files of one log.
type logReader struct {
	parse    parser
	from, to time.Time
	which    func(string) (string, bool)
	left     int64 // bytes that may still be read
	within   time.Duration
	clipped  bool // what is older was passed over, since it would be too much
	report   LogReport
}

func (r *logReader) file(ctx context.Context, f *os.File) error {
	r.report.Files++
	var in io.Reader = f
	if strings.HasSuffix(f.Name(), ".gz") {
		unpacked, err := gzip.NewReader(f)
		if err != nil {
			return fmt.Errorf("unpack %s: %w", f.Name(), err)
		}
		in = unpacked
	}
	limited := &io.LimitedReader{R: in, N: r.left}
	err := r.lines(ctx, bufio.NewReaderSize(limited, maxLine))
	r.left = limited.N
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", f.Name(), err)
	case r.left == 0:
		return fmt.Errorf("%s: what is beyond the limit of bytes was not read: %w", f.Name(), journal.ErrTooLarge)
	}
	return nil
}

func (r *logReader) lines(ctx context.Context, in *bufio.Reader) error {
	for n := 0; ; n++ {
		if n%10_000 == 0 && ctx.Err() != nil {
			return fmt.Errorf("not read to its end within %v: %w", r.within, ctx.Err())
		}
		line, size, err := wholeLine(in)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		last := err != nil
		switch {
		case last && size == 0:
			return nil
		case strings.TrimSpace(string(line)) == "" && line != nil:
		default:
			r.line(line, last)
		}
		if last {
			return nil
		}
	}
}

// line takes one line in; nil is one that is too long. The last one without its end may just be being written.
func (r *logReader) line(line []byte, torn bool) {
	a, ok := logged{}, false
	if line != nil {
		a, ok = r.parse(line)
	}
	if !ok {
		if !torn {
			r.report.Lines++
			r.report.Damaged++
		}
		return
	}
	r.report.Lines++
	if r.report.Begins.IsZero() || a.at.Before(r.report.Begins) {
		r.report.Begins = a.at
	}
	if a.at.After(r.report.Last) {
		r.report.Last = a.at
	}
	if !r.from.IsZero() && a.at.Before(r.from) || !r.to.IsZero() && !a.at.Before(r.to) {
		return
	}
	if a.status != 304 && (!a.body || a.status != 200 && a.status != 206) {
		return
	}
	route, ok := r.which(a.path)
	if !ok {
		return
	}
	sum := r.report.Answers[route]
	if sum == nil {
		sum = &Answers{}
		r.report.Answers[route] = sum
	}
	switch a.status {
	case 200:
		sum.Full++
	case 206:
		sum.Partial++
	case 304:
		sum.Unchanged++
	}
}
