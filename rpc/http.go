package rpc

import (
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// handler serves one TCP endpoint: plain requests if plain is set, WebSockets if ws is.
func (s *Server) handler(plain, ws *Endpoint) http.Handler {
	socket := s.webSocket(ws)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		upgrade := ws != nil && isUpgrade(r)
		e := plain
		if upgrade || e == nil {
			e = ws
		}
		if !hostServed(r.Host, e.VHosts) {
			http.Error(w, "this node does not serve that host: see --http.vhosts and --ws.vhosts", http.StatusForbidden)
			return
		}
		if !upgrade && s.crossOrigin(w, r, e) {
			return
		}
		may, bad := s.admit(r)
		switch {
		case bad != nil:
			refuse(w, http.StatusUnauthorized, bad)
		case upgrade:
			socket(w, r, may)
		case plain == nil:
			http.Error(w, "this port serves WebSockets only", http.StatusUpgradeRequired)
		default:
			s.plain(w, r, &caller{access: may, apis: plain.API})
		}
	})
}

func isUpgrade(r *http.Request) bool {
	return strings.EqualFold(r.Header.Get("Upgrade"), "websocket") && strings.Contains(strings.ToLower(r.Header.Get("Connection")), "upgrade")
}

// hostServed reports whether a Host header names us. A web page that lets its own name point to 127.0.0.1 is kept out by this; names
// that are addresses are ours, for such a page cannot have one.
func hostServed(host string, vhosts []string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if host == "" || net.ParseIP(strings.Trim(host, "[]")) != nil {
		return true
	}
	if len(vhosts) == 0 {
		vhosts = []string{"localhost"}
	}
	return slices.ContainsFunc(vhosts, func(v string) bool { return v == "*" || strings.EqualFold(v, host) })
}

// crossOrigin tells browsers which pages may read our answers, and reports whether the request was only that question.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request, e *Endpoint) (done bool) {
	origin := r.Header.Get("Origin")
	w.Header().Add("Vary", "Origin")
	if originAllowed(origin, e.Origins) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Allow-Methods", "POST, GET")
		w.Header().Set("Access-Control-Allow-Headers", "Content-Type, Authorization")
		w.Header().Set("Access-Control-Max-Age", "600")
	}
	if r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusNoContent)
		return true
	}
	return false
}

func originAllowed(origin string, origins []string) bool {
	return origin != "" && slices.ContainsFunc(origins, func(o string) bool { return o == "*" || strings.EqualFold(o, origin) })
}

// admit finds out what a request may do. A wrong credential is refused and not taken for none.
func (s *Server) admit(r *http.Request) (access, *Error) {
	if s.cfg.Open {
		return accessFull, nil
	}
	given, ok := credential(r)
	switch {
	case ok && s.cookie != nil && s.cookie.matches(given):
		return accessFull, nil
	case ok:
		return accessNone, &Error{Code: CodeDenied, Message: "cookie is wrong", Data: ErrorData{Kind: "cookie", Hint: s.disp.cookieHint()}}
	case isLoopback(r.RemoteAddr):
		return accessReading, nil
	}
	return accessNone, &Error{Code: CodeDenied, Message: "callers from other machines need the cookie",
		Data: ErrorData{Kind: "cookie", Hint: s.disp.cookieHint()}}
}

// credential returns the cookie that a request shows, as bearer token or in its path.
func credential(r *http.Request) (string, bool) {
	if h := r.Header.Get("Authorization"); h != "" {
		scheme, token, _ := strings.Cut(h, " ")
		if strings.EqualFold(scheme, "Bearer") {
			return strings.TrimSpace(token), true
		}
		return "", true
	}
	return strings.CutPrefix(r.URL.Path, "/k/")
}

func isLoopback(remote string) bool {
	host, _, err := net.SplitHostPort(remote)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback()
}

// plain answers one HTTP request.
func (s *Server) plain(w http.ResponseWriter, r *http.Request, c *caller) {
	if r.URL.Path != "/" && r.URL.Path != "" && !strings.HasPrefix(r.URL.Path, "/k/") {
		http.Error(w, "JSON-RPC is at /", http.StatusNotFound)
		return
	}
	switch {
	case r.Method == http.MethodGet && r.ContentLength == 0:
		w.WriteHeader(http.StatusOK) // Programs that only ask whether we are alive do this.
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "POST, GET, OPTIONS")
		http.Error(w, "JSON-RPC wants POST", http.StatusMethodNotAllowed)
		return
	case !isJSON(r.Header.Get("Content-Type")):
		http.Error(w, "JSON-RPC wants Content-Type: application/json", http.StatusUnsupportedMediaType)
		return
	}
	select {
	case s.requests <- struct{}{}:
		defer func() { <-s.requests }()
	default:
		refuse(w, http.StatusServiceUnavailable, fail(CodeLimit, "try again in a moment", "%d requests are under way", maxRequests))
		return
	}
	var raw []byte
	large := r.ContentLength > maxBody
	if !large {
		var err error
		if raw, err = io.ReadAll(io.LimitReader(r.Body, maxBody+1)); err != nil {
			refuse(w, http.StatusBadRequest, fail(CodeRequest, "send the whole message", "message was not read: %v", err))
			return
		}
		large = len(raw) > maxBody
	}
	if large {
		// Who is still sending does not listen, so a part of the rest is read before the answer.
		io.CopyN(io.Discard, r.Body, maxDrain) //nolint:errcheck // The answer is the same.
		refuse(w, http.StatusRequestEntityTooLarge, tooLarge())
		return
	}
	reply(w, http.StatusOK, s.timed(r.Context(), c, raw))
}

// timed answers a message, or says in time that it cannot. A method that does not end goes on, and Stop waits for it.
func (s *Server) timed(ctx context.Context, c *caller, raw []byte) []byte {
	if !s.calls.enter() {
		return errorResponse(nil, fail(CodeNotYet, "start the node again", "node is stopping"))
	}
	ctx, cancel := context.WithTimeout(ctx, s.callTime)
	done := make(chan []byte, 1)
	go func() {
		defer s.calls.wg.Done()
		defer cancel()
		out, _ := s.disp.serve(ctx, c, raw)
		done <- out
	}()
	timer := time.NewTimer(s.callTime + s.callTime/30) // What looks at the context has answered by then.
	defer timer.Stop()
	select {
	case out := <-done:
		return out
	case <-timer.C:
		return errorResponse(nil, fail(CodeNotYet, "ask for less at once, or over IPC", "request took longer than %s", s.callTime))
	}
}

func isJSON(contentType string) bool {
	mt, _, err := mime.ParseMediaType(contentType)
	return err == nil && (mt == "application/json" || mt == "application/json-rpc" || mt == "application/jsonrequest")
}

func refuse(w http.ResponseWriter, status int, e *Error) {
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="gero"`)
	}
	if status == http.StatusRequestEntityTooLarge {
		w.Header().Set("Connection", "close")
	}
	reply(w, status, errorResponse(nil, e))
}

func reply(w http.ResponseWriter, status int, body []byte) {
	if body == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // Who went away needs no answer.
}
