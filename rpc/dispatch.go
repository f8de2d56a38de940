package rpc

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
)

// access is what a caller may do.
type access int

const (
	accessNone    access = iota // nothing: a stranger on another machine
	accessReading               // the namespaces that only read
	accessFull
)

// reading are the namespaces that neither hold money nor steer the node.
var reading = []string{"eth", "net", "web3", "sero", "txpool", "gero", "rpc"}

// caller is where requests come from.
type caller struct {
	access access
	apis   []string // namespaces offered here; empty offers all
	notify func(m []byte) error
	subs   *subscriptions // nil where nothing can be pushed
}

// offers reports whether a namespace exists for the caller. The description of what exists always does.
func (c *caller) offers(ns string) bool {
	return len(c.apis) == 0 || ns == "rpc" || slices.Contains(c.apis, ns)
}

// may reports whether the caller may call into a namespace.
func (c *caller) may(ns string) bool {
	return c.access == accessFull || c.access == accessReading && slices.Contains(reading, ns)
}

// dispatcher finds and runs methods.
type dispatcher struct {
	methods map[string]*method
	absent  map[string]*Error // methods that others have and we do not, and why
	cookie  string            // where the cookie lies, for hints
	log     *slog.Logger
}

func newDispatcher(log *slog.Logger, cookie string) *dispatcher {
	return &dispatcher{methods: map[string]*method{}, absent: map[string]*Error{}, cookie: cookie, log: log}
}

func (d *dispatcher) add(ms ...method) {
	for _, m := range ms {
		if d.methods[m.name] != nil {
			panic("rpc: two methods " + m.name)
		}
		d.methods[m.name] = &m
	}
}

// serve answers one message: nothing if it holds only notifications. The functions it returns are to be called when the answer has been
// sent; they start what pushes more.
func (d *dispatcher) serve(ctx context.Context, c *caller, raw []byte) (answer []byte, then []func()) {
	items, batch, bad := split(raw)
	if bad != nil {
		return errorResponse(nil, bad), nil
	}
	ctx = context.WithValue(ctx, callKey{}, &call{caller: c, then: &then})
	room := maxResponse
	var out [][]byte
	for _, item := range items {
		if r := d.one(ctx, c, item, room); r != nil {
			room = max(0, room-len(r))
			out = append(out, r)
		}
	}
	switch {
	case len(out) == 0:
		return nil, then
	case batch:
		return append(append([]byte{'['}, bytes.Join(out, []byte{','})...), ']'), then
	}
	return out[0], then
}

// one answers one request of a message; nil if it wants no answer. room is how many bytes an answer may still have.
func (d *dispatcher) one(ctx context.Context, c *caller, raw json.RawMessage, room int) []byte {
	r, bad := parse(raw)
	if bad != nil {
		return errorResponse(r.ID, bad)
	}
	result, err := d.run(ctx, c, r)
	if r.ID == nil {
		return nil
	}
	if err == nil && len(result) > room {
		err = fail(CodeLimit, "ask for less at once", "answers to one message are limited to %d bytes", maxResponse)
	}
	if err != nil {
		return errorResponse(r.ID, answer(err))
	}
	return envelope(r.ID, "result", result)
}

// run finds the method, checks that the caller may call it, and calls it.
func (d *dispatcher) run(ctx context.Context, c *caller, r *request) (result json.RawMessage, err error) {
	ns := namespace(r.Method)
	m := d.methods[r.Method]
	if m == nil || !c.offers(ns) {
		return nil, d.missing(c, r.Method)
	}
	if !c.may(ns) {
		return nil, d.denied(r.Method)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	args, bad := m.decode(ctx, r.Params)
	if bad != nil {
		return nil, bad
	}
	defer func() {
		if p := recover(); p != nil {
			d.log.Error("method panicked", "method", m.name, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			result, err = nil, fail(CodeInternal, "this is a bug: the node's log has its place; please report it", "method %s crashed", m.name)
		}
	}()
	v, err := m.call(args)
	if err != nil {
		if e := answer(err); e.Code == CodeInternal {
			d.log.Error("method has met a fault of the node", "method", m.name, "err", err)
		}
		return nil, err
	}
	return json.Marshal(v)
}

// missing explains why there is no such method here.
func (d *dispatcher) missing(c *caller, name string) *Error {
	if d.methods[name] != nil {
		return fail(CodeMethod, "add its namespace to --http.api or --ws.api, or call it over IPC",
			"the method %s does not exist here: its namespace is not offered", name)
	}
	if e := d.absent[name]; e != nil && c.offers(namespace(name)) {
		return e
	}
	return fail(CodeMethod, "rpc.discover lists the methods of this node", "the method %.128q does not exist", name)
}

// denied tells a caller without the cookie where it is.
func (d *dispatcher) denied(name string) *Error {
	return &Error{Code: CodeDenied, Message: fmt.Sprintf("method %s needs the cookie", name), Data: ErrorData{Kind: "cookie", Hint: d.cookieHint()}}
}

func (d *dispatcher) cookieHint() string {
	if d.cookie == "" {
		return "call it over IPC"
	}
	return fmt.Sprintf("send the content of %s as \"Authorization: Bearer <cookie>\" or call the path /k/<cookie>; "+
		"it is new at every start of the node; IPC needs none", d.cookie)
}

// call is what methods that push can learn of their call.
type call struct {
	caller *caller
	then   *[]func()
}

type callKey struct{}

// callOf returns the call that a method runs in.
func callOf(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	if c == nil {
		return &call{caller: new(caller), then: new([]func())}
	}
	return c
}
