package app

import (
	"context"
	"database/sql/driver"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"modernc.org/sqlite"
)

// errDead is what a process hears after its end: nothing that it does has an effect any more.
var errDead = errors.New("the process is dead")

// death says where a process ends. Most of what happens in a database is the queue looking for work in vain, so that
// its looks are counted apart: a kill point between them is drawn on purpose, not by their number.
type death struct {
	step int // among the statements of transactions, commits and stages of sends; 0: none
	look int // among the statements outside of transactions; 0: none
	torn bool
}

// life is one process of the simulation, from its start to its end. Each statement and each stage of a send asks it first.
type life struct {
	w      *world
	number int
	dir    string // of the database
	next   string // where the database lies as it was at the death
	end    death
	died   chan struct{}
	aim    int // the send at whose beginning somebody acknowledges; 0: none

	mu    sync.Mutex // held while something is done to the database, never while time passes
	steps int
	looks int
	sends int  // that were about to begin
	slow  bool // the disk takes its time
	dead  bool
	by    string // what it died at
}

// step lets one more thing happen, or ends the process before it.
func (l *life) step(what string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count(what)
}

func (l *life) count(what string) error {
	if l.dead {
		return errDead
	}
	if l.steps++; l.steps == l.end.step {
		return l.die(what, -1)
	}
	return nil
}

// die ends the process: its database is left as it is now. Of the write-ahead log only so many bytes have got to the disk, or all (-1).
func (l *life) die(what string, log int64) error {
	l.dead, l.by = true, what
	for _, name := range [...]string{"safelight.db", "safelight.db-wal"} {
		limit := int64(-1)
		if strings.HasSuffix(name, "-wal") {
			limit = log
		}
		if err := copyPart(filepath.Join(l.next, name), filepath.Join(l.dir, name), limit); err != nil {
			panic(err)
		}
	}
	l.w.dies(l, what)
	close(l.died)
	return errDead
}

// end it where it has come to.
func (l *life) kill() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.dead {
		_ = l.die("the end of its time", -1)
	}
}

func (l *life) over() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dead
}

func (l *life) hasSlowDisk(slow bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.slow = slow
}

// linger lets virtual time pass, so that whatever may happen at the same time does. It must not while ctx may end: a
// statement holds locks that whoever rolls back waits for, and in a bubble time stands still for those who wait for a lock.
func (l *life) linger(ctx context.Context, most time.Duration, where ...any) {
	l.mu.Lock()
	slow, n := l.slow && !l.dead, l.steps
	l.mu.Unlock()
	if until, ok := ctx.Deadline(); !slow || ok && time.Until(until) < time.Second {
		return
	}
	time.Sleep(time.Millisecond + l.w.chance(append(where, l.number, n)...).duration(most))
}

// linger lets time pass in a transaction, unless a result may still be asked for.
func (c *conn) linger(ctx context.Context, where string) {
	if !c.executed.Equal(time.Now()) {
		c.l.linger(ctx, 10*time.Millisecond, where)
	}
}

func copyPart(to, from string, limit int64) error {
	in, err := os.Open(from)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	var r io.Reader = in
	if limit >= 0 {
		r = io.LimitReader(in, limit)
	}
	_, err = io.Copy(out, r)
	return errors.Join(err, out.Close())
}

// connect is the [store.Connect] of the process.
func (l *life) connect(dsn string) (driver.Connector, error) {
	inner, err := unsynced(dsn)
	return disk{inner, l, strings.Contains(dsn, "journal_mode")}, err
}

// unsynced waits for no disk: a killed process loses nothing that it has handed to the kernel.
func unsynced(dsn string) (driver.Connector, error) {
	return sqlite.NewConnector(strings.Replace(dsn, "synchronous%28FULL%29", "synchronous%28OFF%29", 1))
}

type disk struct {
	driver.Connector
	l      *life
	writes bool
}

func (d disk) Connect(ctx context.Context) (driver.Conn, error) {
	d.l.mu.Lock()
	defer d.l.mu.Unlock()
	if d.l.dead {
		return nil, errDead
	}
	c, err := d.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, l: d.l, writes: d.writes, statements: map[string]*kept{}}, nil
}

// conn is a connection whose process may be dead.
type conn struct {
	driver.Conn
	l      *life
	writes bool
	tx     context.Context // of the transaction under way; nil if there is none
	events []appended
	// executed is when a statement outside of transactions has ended last. Who asks for its result takes a lock that whoever
	// has the connection next holds; in a bubble no time passes before it is asked for.
	executed time.Time

	statements map[string]*kept
}

// appended is one event that a transaction has written.
type appended struct {
	Stream string          `json:"stream"`
	Type   string          `json:"type"`
	Data   json.RawMessage `json:"data"`
}

// clockOfBubble has SQLite ask our clock where River asks SQLite's, which is outside of the bubble.
var clockOfBubble = sync.OnceValue(func() error {
	return sqlite.RegisterScalarFunction("simulated_now", 0, func(*sqlite.FunctionContext, []driver.Value) (driver.Value, error) {
		return time.Now().UTC().Format("2006-01-02 15:04:05.000"), nil
	})
})

// kept is a statement that has been compiled once and for all; busy while rows of it are read.
type kept struct {
	driver.Stmt
	busy bool
}

// compiled gives a statement of the connection, compiled once: compiling is what most of the time would go into. The
// caller gives it back.
func (c *conn) compiled(ctx context.Context, query string) (k *kept, giveBack func() error, err error) {
	k = c.statements[query]
	if k == nil || k.busy {
		s, err := c.Conn.(driver.ConnPrepareContext).PrepareContext(ctx, strings.ReplaceAll(query, "datetime('now', 'subsec')", "simulated_now()"))
		if err != nil {
			return nil, nil, err
		}
		if k != nil {
			return &kept{Stmt: s}, s.Close, nil
		}
		k = &kept{Stmt: s}
		c.statements[query] = k
	}
	k.busy = true
	return k, func() error { k.busy = false; return nil }, nil
}

func (c *conn) Close() error {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	for _, k := range c.statements {
		_ = k.Close() // what matters is that the connection closes
	}
	return c.Conn.Close()
}

// look counts a statement outside of transactions.
func (l *life) look(what string) error {
	if l.dead {
		return errDead
	}
	if l.looks++; l.looks == l.end.look {
		return l.die(what, -1)
	}
	return nil
}

// before lets a statement begin; the caller holds the lock of the life.
func (c *conn) before(query string) error {
	if !c.writes {
		if c.l.dead {
			return errDead
		}
		return nil
	}
	what, _, _ := strings.Cut(strings.TrimSpace(query), "\n")
	if len(what) > 60 {
		what = what[:60]
	}
	if c.tx == nil {
		return c.l.look(what)
	}
	return c.l.count(what)
}

func (c *conn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if err := c.before(query); err != nil {
		return nil, err
	}
	if strings.HasPrefix(query, "insert into journal") {
		c.notice(args)
	}
	k, giveBack, err := c.compiled(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := k.Stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	if c.tx == nil {
		c.executed = time.Now()
	}
	return r, errors.Join(err, giveBack())
}

// notice keeps an event for when its transaction commits.
func (c *conn) notice(args []driver.NamedValue) {
	text, _ := args[2].Value.(string)
	var e appended
	if err := json.Unmarshal([]byte(text), &e); err != nil || e.Stream == "" {
		panic(fmt.Sprintf("the simulation does not know the journal's table any more: %v", args))
	}
	c.events = append(c.events, e)
}

func (c *conn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if !c.writes {
		defer c.l.linger(ctx, 3*time.Millisecond, "read") // what was read may be stale by the time that it is known
	}
	c.l.mu.Lock()
	defer c.l.mu.Unlock()
	if err := c.before(query); err != nil {
		return nil, err
	}
	k, giveBack, err := c.compiled(ctx, query)
	if err != nil {
		return nil, err
	}
	r, err := k.Stmt.(driver.StmtQueryContext).QueryContext(ctx, args)
	if err != nil {
		return nil, errors.Join(err, giveBack())
	}
	return &rows{r, c.l, giveBack}, nil
}

// rows are read under the lock: what a statement writes outside of a transaction is written when its rows have been read.
type rows struct {
	driver.Rows
	l        *life
	giveBack func() error
}

func (r *rows) Next(dest []driver.Value) error {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if r.l.dead {
		return errDead
	}
	return r.Rows.Next(dest)
}

func (r *rows) Close() error {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	return errors.Join(r.Rows.Close(), r.giveBack())
}

func (c *conn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	return nil, errors.New("the simulation does not know prepared statements")
}

func (c *conn) ResetSession(ctx context.Context) error {
	return c.Conn.(driver.SessionResetter).ResetSession(ctx)
}

func (c *conn) BeginTx(ctx context.Context, o driver.TxOptions) (driver.Tx, error) {
	c.l.mu.Lock()
	if err := c.before("begin"); err != nil {
		c.l.mu.Unlock()
		return nil, err
	}
	inner, err := c.Conn.(driver.ConnBeginTx).BeginTx(ctx, o)
	c.l.mu.Unlock()
	if err != nil {
		return nil, err
	}
	c.tx, c.events = ctx, nil
	c.linger(ctx, "begin")
	return &transaction{inner, c}, nil
}

type transaction struct {
	driver.Tx
	c *conn
}

func (t *transaction) Rollback() error {
	t.c.l.mu.Lock()
	defer t.c.l.mu.Unlock()
	t.c.tx, t.c.events = nil, nil
	return t.Tx.Rollback()
}

// Commit commits, unless the process dies before, in the middle, or after it without having heard.
func (t *transaction) Commit() error {
	l := t.c.l
	t.c.linger(t.c.tx, "commit")
	l.mu.Lock()
	defer l.mu.Unlock()
	events, torn := t.c.events, l.end.torn && l.steps+1 == l.end.step && !l.dead
	if !torn {
		if err := l.count("before a commit"); err != nil {
			return err
		}
	}
	before := size(l.log())
	if err := t.Tx.Commit(); err != nil {
		return err
	}
	t.c.tx, t.c.events = nil, nil
	// Where the log did not grow it was begun anew, and cutting it would cut what was whole before.
	if after := size(l.log()); torn && before < after && after < 3<<20 {
		return l.die("a torn commit", before+int64(l.w.chance("torn", l.number).IntN(int(after-before))))
	}
	l.w.committed(l, events)
	return l.count("after a commit")
}

func (l *life) log() string { return filepath.Join(l.dir, "safelight.db-wal") }

func size(name string) int64 {
	info, err := os.Stat(name)
	if err != nil {
		return 0
	}
	return info.Size()
}
