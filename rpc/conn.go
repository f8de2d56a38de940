package rpc

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

const (
	writeTimeout = 10 * time.Second // for one message; a reader that is slower loses its connection
	pingEvery    = 30 * time.Second
	pongWithin   = 75 * time.Second
	perConn      = 16 // messages of one connection at a time
)

// connections are those that stay open. The zero value is ready.
type connections struct {
	mu      sync.Mutex
	wg      sync.WaitGroup
	open    map[io.Closer]struct{}
	stopped bool
}

// add takes a connection in, or reports that there is no room.
func (c *connections) add(conn io.Closer) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped || len(c.open) >= maxConnections {
		return false
	}
	if c.open == nil {
		c.open = map[io.Closer]struct{}{}
	}
	c.open[conn] = struct{}{}
	c.wg.Add(1)
	return true
}

// remove says that nothing of a connection is left.
func (c *connections) remove(conn io.Closer) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.open, conn)
	c.wg.Done()
}

// stop closes all, takes no more and waits until nothing is left.
func (c *connections) stop() {
	c.mu.Lock()
	c.stopped = true
	for conn := range c.open {
		conn.Close() //nolint:errcheck // The connection ends either way; its own goroutine reports.
	}
	c.mu.Unlock()
	c.wg.Wait()
}

// stream is a connection that carries messages both ways. Read is called by one goroutine, write by many.
type stream struct {
	read  func() ([]byte, error)
	write func([]byte) error
	close func() error
}

// errSaidAll is what read returns when the other side may still listen.
var errSaidAll = errors.New("nothing more to be read")

// serveStream answers messages until the connection ends, and returns when all calls and subscriptions of it have.
func (s *Server) serveStream(c *caller, st stream) {
	ctx, cancel := context.WithCancel(s.base)
	var calls sync.WaitGroup
	var mu sync.Mutex
	write := func(m []byte) error {
		mu.Lock()
		defer mu.Unlock()
		err := st.write(m)
		if err != nil {
			st.close() //nolint:errcheck // The reader notices, and ends the connection.
		}
		return err
	}
	c.notify = write
	c.subs = newSubscriptions(ctx)
	defer func() {
		cancel()
		calls.Wait()
		st.close() //nolint:errcheck // Nothing is left to be done for the other side.
		c.subs.close()
	}()
	slots := make(chan struct{}, perConn)
	for {
		raw, err := st.read()
		if errors.Is(err, errSaidAll) {
			calls.Wait() // What was asked is still answered.
		}
		if err != nil {
			return
		}
		slots <- struct{}{}
		calls.Go(func() {
			defer func() { <-slots }()
			out, then := s.disp.serve(ctx, c, raw)
			if out != nil && write(out) != nil {
				return
			}
			for _, f := range then {
				f()
			}
		})
	}
}

// webSocket returns what serves upgraded requests of an endpoint.
func (s *Server) webSocket(e *Endpoint) func(http.ResponseWriter, *http.Request, access) {
	if e == nil {
		return nil
	}
	up := websocket.Upgrader{
		CheckOrigin: func(r *http.Request) bool {
			// Browsers always send an origin; other programs need no leave from a web page.
			origin := r.Header.Get("Origin")
			return origin == "" || originAllowed(origin, e.Origins)
		},
	}
	return func(w http.ResponseWriter, r *http.Request, may access) {
		conn, err := up.Upgrade(w, r, nil) // It answers a refused handshake itself.
		if err != nil {
			s.log.Debug("WebSocket handshake refused", "err", err)
			return
		}
		if !s.conns.add(conn) {
			conn.WriteControl(websocket.CloseMessage, //nolint:errcheck // The connection is closed at once.
				websocket.FormatCloseMessage(websocket.CloseTryAgainLater, "too many connections"), time.Now().Add(time.Second))
			conn.Close() //nolint:errcheck // Nothing was written that could be lost.
			return
		}
		defer s.conns.remove(conn)
		s.serveSocket(conn, &caller{access: may, apis: e.API})
	}
}

// serveSocket answers on a WebSocket and pings it, so that a dead one is noticed.
func (s *Server) serveSocket(conn *websocket.Conn, c *caller) {
	conn.SetReadLimit(maxBody)
	alive := func(string) error { return conn.SetReadDeadline(time.Now().Add(pongWithin)) }
	conn.SetPongHandler(alive)
	alive("") //nolint:errcheck // A dead connection is noticed by the first read.
	ended := make(chan struct{})
	var pinger sync.WaitGroup
	pinger.Go(func() {
		t := time.NewTicker(pingEvery)
		defer t.Stop()
		for {
			select {
			case <-ended:
				return
			case <-t.C:
				if conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(writeTimeout)) != nil {
					return
				}
			}
		}
	})
	defer pinger.Wait()
	defer close(ended)
	s.serveStream(c, stream{
		read: func() ([]byte, error) {
			_, m, err := conn.ReadMessage()
			return m, err
		},
		write: func(m []byte) error {
			if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
				return err
			}
			return conn.WriteMessage(websocket.TextMessage, m)
		},
		close: conn.Close,
	})
}

// listenIPC opens the socket or pipe and serves it.
func (s *Server) listenIPC() error {
	l, err := ipcListen(s.cfg.IPC)
	if err != nil {
		return err
	}
	s.ipcListener = l
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		for {
			conn, err := l.Accept()
			if err != nil {
				return // The listener was closed; IPC has no other reason that waiting would mend.
			}
			if !s.conns.add(conn) {
				conn.Close() //nolint:errcheck // Nothing was written that could be lost.
				continue
			}
			go func() {
				defer s.conns.remove(conn)
				s.serveIPC(conn)
			}()
		}
	}()
	return nil
}

// serveIPC answers on a local connection: JSON values one after the other, each answer on a line.
func (s *Server) serveIPC(conn net.Conn) {
	limited := &budget{r: conn}
	d := json.NewDecoder(limited)
	c := &caller{access: accessFull}
	write := func(m []byte) error {
		if err := conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
			return err
		}
		_, err := conn.Write(append(m[:len(m):len(m)], '\n'))
		return err
	}
	s.serveStream(c, stream{
		read: func() ([]byte, error) {
			limited.left = maxBody
			var raw json.RawMessage
			err := d.Decode(&raw)
			if err == io.EOF {
				return nil, errSaidAll
			}
			if err != nil {
				// Where the next message begins is not known any more, so this is the last answer.
				last := fail(CodeParse, "check quotes, commas and brackets", "message is not JSON: %v", err)
				if limited.left <= 0 {
					last = tooLarge()
				}
				write(errorResponse(nil, last)) //nolint:errcheck // The connection ends either way.
				return nil, errSaidAll
			}
			return raw, nil
		},
		write: write,
		close: conn.Close,
	})
}

// budget reads no more than the bytes of one message before it is filled up again.
type budget struct {
	r    io.Reader
	left int
}

func (b *budget) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, io.ErrUnexpectedEOF
	}
	if len(p) > b.left {
		p = p[:b.left]
	}
	n, err := b.r.Read(p)
	b.left -= n
	return n, err
}
