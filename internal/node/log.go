package node

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// lineHandler writes one line per record, for people: time, level if it is not info, message, then key=value.
type lineHandler struct {
	mu     *sync.Mutex
	out    io.Writer
	level  slog.Leveler
	layout string // of the time
	fixed  string // attributes that every line has
	group  string
}

// NewLineHandler returns a handler that writes lines for people. The layout is that of package time.
func NewLineHandler(out io.Writer, level slog.Leveler, layout string) slog.Handler {
	return &lineHandler{mu: &sync.Mutex{}, out: out, level: level, layout: layout}
}

// Level returns the level for geth's numbers of verbosity: 0 nothing, 1 errors, 2 warnings, 3 information, 4 details, 5 everything.
func Level(verbosity int) slog.Level {
	return map[int]slog.Level{0: slog.LevelError + 4, 1: slog.LevelError, 2: slog.LevelWarn, 3: slog.LevelInfo, 4: slog.LevelDebug}[min(verbosity, 4)]
}

// Enabled reports whether records of a level are written.
func (h *lineHandler) Enabled(_ context.Context, l slog.Level) bool { return l >= h.level.Level() }

// WithAttrs returns a handler whose lines all have further attributes.
func (h *lineHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	next := *h
	for _, a := range attrs {
		next.fixed += h.text(a)
	}
	return &next
}

// WithGroup returns a handler that puts a name before the keys to come.
func (h *lineHandler) WithGroup(name string) slog.Handler {
	next := *h
	next.group += name + "."
	return &next
}

// Handle writes a record.
func (h *lineHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	b.WriteString(r.Time.Format(h.layout))
	if r.Level != slog.LevelInfo {
		b.WriteString(" " + r.Level.String())
	}
	b.WriteString(" " + r.Message)
	b.WriteString(h.fixed)
	r.Attrs(func(a slog.Attr) bool {
		b.WriteString(h.text(a))
		return true
	})
	b.WriteString("\n")
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.out, b.String())
	return err
}

func (h *lineHandler) text(a slog.Attr) string {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		inner := *h
		inner.group += a.Key + "."
		var b strings.Builder
		for _, x := range v.Group() {
			b.WriteString(inner.text(x))
		}
		return b.String()
	}
	s := v.String()
	if v.Kind() == slog.KindDuration {
		s = v.Duration().Round(time.Millisecond).String()
	}
	if s == "" || strings.ContainsAny(s, " \"=\n\t") {
		s = strconv.Quote(s)
	}
	return fmt.Sprintf(" %s%s=%s", h.group, a.Key, s)
}

// multiHandler gives each record to several handlers.
type multiHandler []slog.Handler

func (m multiHandler) Enabled(ctx context.Context, l slog.Level) bool {
	for _, h := range m {
		if h.Enabled(ctx, l) {
			return true
		}
	}
	return false
}

func (m multiHandler) Handle(ctx context.Context, r slog.Record) error {
	for _, h := range m {
		if h.Enabled(ctx, r.Level) {
			_ = h.Handle(ctx, r.Clone()) // one output that fails, such as a full disk, must not silence the other
		}
	}
	return nil
}

func (m multiHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	out := make(multiHandler, len(m))
	for i, h := range m {
		out[i] = h.WithAttrs(attrs)
	}
	return out
}

func (m multiHandler) WithGroup(name string) slog.Handler {
	out := make(multiHandler, len(m))
	for i, h := range m {
		out[i] = h.WithGroup(name)
	}
	return out
}

// OpenLog returns a logger that writes to a terminal at a verbosity, and to the folder's log file everything from information on. Files are
// rotated at 32 MiB; eight are kept.
func OpenLog(terminal io.Writer, f Folder, verbosity int) (*slog.Logger, io.Closer) {
	file := &lumberjack.Logger{Filename: filepath.Clean(f.Log()), MaxSize: 32, MaxBackups: 8, Compress: true}
	return slog.New(multiHandler{
		NewLineHandler(terminal, Level(verbosity), time.TimeOnly),
		NewLineHandler(file, min(Level(verbosity), slog.LevelInfo), time.RFC3339),
	}), file
}

// NewLog returns a logger that writes to a terminal alone.
func NewLog(terminal io.Writer, verbosity int) *slog.Logger {
	return slog.New(NewLineHandler(terminal, Level(verbosity), time.TimeOnly))
}
