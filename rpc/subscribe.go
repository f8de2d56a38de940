package rpc

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"sync"
)

// maxSubscriptions bounds the subscriptions of one connection.
const maxSubscriptions = 64

// subscriptions are those of one connection. Its owner calls close, which waits until nothing is pushed any more.
type subscriptions struct {
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu   sync.Mutex
	live map[string]context.CancelFunc
}

func newSubscriptions(ctx context.Context) *subscriptions {
	s := &subscriptions{live: map[string]context.CancelFunc{}}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

func (s *subscriptions) close() {
	s.cancel()
	s.wg.Wait()
}

// newID returns an id that nobody guesses, in the form of an Ethereum quantity.
func newID() string {
	var b [16]byte
	rand.Read(b[:]) //nolint:errcheck // It never fails: since Go 1.24 it ends the program instead.
	id := strings.TrimLeft(hex.EncodeToString(b[:]), "0")
	return "0x" + id
}

// open notes a subscription and returns its id. push starts when the caller has the id.
func (s *subscriptions) open(c *call, push func(ctx context.Context, send func(result any) error)) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.live) >= maxSubscriptions {
		return "", fail(CodeLimit, "end one with eth_unsubscribe, or open another connection", "connection has %d subscriptions already", len(s.live))
	}
	id := newID()
	ctx, cancel := context.WithCancel(s.ctx)
	s.live[id] = cancel
	notify := c.caller.notify
	send := func(result any) error {
		return notify(encode(notification{Version: version, Method: "eth_subscription", Params: pushed{id, result}}))
	}
	*c.then = append(*c.then, func() {
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			defer s.end(id)
			push(ctx, send)
		}()
	})
	return id, nil
}

// end stops a subscription and reports whether there was one.
func (s *subscriptions) end(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	cancel, ok := s.live[id]
	if ok {
		cancel()
		delete(s.live, id)
	}
	return ok
}

// notification is a message that nobody asked for at this moment.
type notification struct {
	Version string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  pushed `json:"params"`
}

type pushed struct {
	Subscription string `json:"subscription"`
	Result       any    `json:"result"`
}
