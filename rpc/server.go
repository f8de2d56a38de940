package rpc

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gero-chain/gero/params"
)

const (
	readTimeout = 30 * time.Second  // of one HTTP request
	callTimeout = 30 * time.Second  // of its methods
	sendTimeout = 40 * time.Second  // from its header to the end of the answer
	idleTimeout = 120 * time.Second // between two on one connection
	stopTimeout = 5 * time.Second   // that calls under way may still take when the server stops

	maxRequests    = 128 // HTTP requests at a time
	maxConnections = 256 // WebSocket and IPC connections at a time
)

// Config says where a Server listens and for whom.
type Config struct {
	Net     *params.Network
	Version string // of the program, such as "gero/v0.1.0-1234567/linux-amd64/go1.26.8"
	Datadir string // holds the cookie; empty makes none, and then only IPC may call everything

	HTTP *Endpoint // nil is off
	WS   *Endpoint // nil is off; with the same address and port as HTTP they share the listener
	IPC  string    // path of the Unix socket, name of the pipe on Windows; empty is off

	Open bool // every caller may call everything: development networks only

	Log *slog.Logger     // nil discards
	Now func() time.Time // nil is time.Now
}

// Endpoint is a TCP listener with its rules.
type Endpoint struct {
	Addr    string   // of the interface; empty is 127.0.0.1
	Port    int      // 0 takes a free one
	API     []string // namespaces offered; empty offers all
	VHosts  []string // names in a request's Host header that are served; "*" serves all, empty "localhost" only; addresses always are
	Origins []string // web origins that browsers may call from; "*" is every one, empty none
}

// address returns host and port to listen on.
func (e *Endpoint) address() string {
	host := e.Addr
	if host == "" {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, strconv.Itoa(e.Port))
}

// Server answers JSON-RPC. It is made by New, started once and stopped once.
type Server struct {
	cfg    Config
	back   Backend
	log    *slog.Logger
	now    func() time.Time
	disp   *dispatcher
	cookie *cookie
	remote remoteRates

	base   context.Context // ends when calls have to
	cancel context.CancelFunc

	httpServers []*http.Server
	httpAddr    net.Addr
	wsAddr      net.Addr
	ipcListener net.Listener

	callTime, stopTime time.Duration // constants, shorter in tests

	requests chan struct{}  // one slot per HTTP request
	conns    connections    // WebSocket and IPC
	calls    gate           // of HTTP requests
	wg       sync.WaitGroup // loops that accept connections
}

// New returns a Server that listens nowhere yet.
func New(cfg Config, back Backend) *Server {
	s := &Server{cfg: cfg, back: back, log: cfg.Log, now: cfg.Now, requests: make(chan struct{}, maxRequests)}
	s.callTime, s.stopTime = callTimeout, stopTimeout
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.base, s.cancel = context.WithCancel(context.Background())
	path := ""
	if cfg.Datadir != "" && !cfg.Open {
		path = CookiePath(cfg.Datadir)
	}
	s.disp = newDispatcher(s.log, path)
	s.register()
	return s
}

// register fills the table of methods.
func (s *Server) register() {
	s.disp.add(ethMethods(s)...)
	s.disp.add(filterMethods(s)...)
	s.disp.add(netMethods(s)...)
	s.disp.add(seroMethods(s)...)
	s.disp.add(txpoolMethods(s)...)
	s.disp.add(adminMethods(s)...)
	s.disp.add(geroMethods(s)...)
	if s.back.Wallet != nil {
		s.disp.add(zeroMethods(s)...)
	}
	if s.back.Miner != nil {
		s.disp.add(minerMethods(s)...)
	}
	s.disp.add(discoverMethods(s)...)
	s.disp.absent = absentMethods(s)
}

// Start opens every endpoint or none. Its errors say which flag helps.
func (s *Server) Start() error {
	if err := s.start(); err != nil {
		s.Stop()
		return err
	}
	return nil
}

func (s *Server) start() (err error) {
	if err := errors.Join(s.offered(s.cfg.HTTP, "--http.api"), s.offered(s.cfg.WS, "--ws.api")); err != nil {
		return err
	}
	if s.cfg.Datadir != "" && !s.cfg.Open {
		if s.cookie, err = newCookie(s.cfg.Datadir); err != nil {
			return err
		}
	}
	if e := s.cfg.HTTP; e != nil {
		shared := s.cfg.WS
		if shared != nil && (e.Port == 0 || shared.address() != e.address()) {
			shared = nil
		}
		if s.httpAddr, err = s.listen(e, shared, "--http.port"); err != nil {
			return err
		}
		if shared != nil {
			s.wsAddr = s.httpAddr
		}
	}
	if s.cfg.WS != nil && s.wsAddr == nil {
		if s.wsAddr, err = s.listen(nil, s.cfg.WS, "--ws.port"); err != nil {
			return err
		}
	}
	if s.cfg.IPC != "" {
		return s.listenIPC()
	}
	return nil
}

// laterNamespaces have no methods yet. They may be named, so that a configuration need not change with the version.
var laterNamespaces = []string{"debug", "exchange", "license"}

// offered refuses an endpoint that is to offer a namespace without methods: nobody would find out why its calls are refused.
func (s *Server) offered(e *Endpoint, flag string) error {
	if e == nil {
		return nil
	}
	var known []string
	for name := range s.disp.methods {
		known = append(known, namespace(name))
	}
	slices.Sort(known)
	known = slices.Compact(known)
	for _, ns := range e.API {
		if !slices.Contains(known, ns) && !slices.Contains(laterNamespaces, ns) {
			return fmt.Errorf("namespace %.32q has no methods: choose with %s among %s", ns, flag, strings.Join(known, ", "))
		}
	}
	return nil
}

// listen serves HTTP, WebSocket or both on one port.
func (s *Server) listen(plain, ws *Endpoint, flag string) (net.Addr, error) {
	e := plain
	if e == nil {
		e = ws
	}
	if e.Port < 0 || e.Port > 65535 {
		return nil, fmt.Errorf("port %d does not exist: choose one from 1 to 65535 with %s", e.Port, flag)
	}
	l, err := net.Listen("tcp", e.address())
	if inUse(err) {
		return nil, fmt.Errorf("address %s is in use by another program: stop that one or choose another port with %s", e.address(), flag)
	}
	if err != nil {
		return nil, fmt.Errorf("listening on %s (see %s): %w", e.address(), flag, err)
	}
	srv := &http.Server{
		Handler:           s.handler(plain, ws),
		ReadTimeout:       readTimeout,
		ReadHeaderTimeout: readTimeout,
		WriteTimeout:      sendTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return s.base },
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
	}
	s.httpServers = append(s.httpServers, srv)
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.log.Error("JSON-RPC listener has failed", "addr", l.Addr(), "err", err)
		}
	}()
	return l.Addr(), nil
}

// inUse reports whether a listener failed because of another program. Windows has a number of its own for that.
func inUse(err error) bool {
	const windowsAddressInUse = syscall.Errno(10048)
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, windowsAddressInUse)
}

// HTTPAddr returns where HTTP is served, or nil.
func (s *Server) HTTPAddr() net.Addr { return s.httpAddr }

// WSAddr returns where WebSocket is served, or nil.
func (s *Server) WSAddr() net.Addr { return s.wsAddr }

// Stop stops listening, lets calls under way end for a few seconds, and returns when none is left.
func (s *Server) Stop() {
	ctx, cancel := context.WithTimeout(context.Background(), s.stopTime)
	defer cancel()
	defer context.AfterFunc(ctx, s.cancel)() // Calls that are not done by then are told to give up.
	if s.ipcListener != nil {
		s.close("IPC listener", s.ipcListener.Close())
	}
	var stopping sync.WaitGroup
	for _, srv := range s.httpServers {
		stopping.Go(func() {
			if srv.Shutdown(ctx) != nil {
				s.close("HTTP server", srv.Close())
			}
		})
	}
	s.conns.stop()
	stopping.Wait()
	s.cancel()
	s.calls.close()
	s.wg.Wait()
	if s.cookie != nil {
		s.close("cookie", s.cookie.remove())
	}
}

func (s *Server) close(what string, err error) {
	if err != nil && !errors.Is(err, net.ErrClosed) {
		s.log.Warn("stopping JSON-RPC", "part", what, "err", err)
	}
}

// gate counts those who are inside, and can be closed. The zero value is open.
type gate struct {
	mu   sync.Mutex
	wg   sync.WaitGroup
	shut bool
}

// enter reports whether the gate is open; who entered leaves by wg.Done.
func (g *gate) enter() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return false
	}
	g.wg.Add(1)
	return true
}

// close lets nobody in any more and waits until all have left.
func (g *gate) close() {
	g.mu.Lock()
	g.shut = true
	g.mu.Unlock()
	g.wg.Wait()
}
