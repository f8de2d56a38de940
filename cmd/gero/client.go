package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	gethrpc "github.com/ethereum/go-ethereum/rpc"
	"github.com/urfave/cli/v2"

	"github.com/gero-chain/gero/internal/node"
)

// client talks to a running node.
type client struct {
	c     *gethrpc.Client
	where string
}

// dialPatience is how long a node may take to answer at all.
const dialPatience = 5 * time.Second

// dial reaches the node of the chosen folder, or the one that --rpc names. An error of exit code 3 says that none is there.
func dial(c *cli.Context) (*client, error) {
	s, err := resolve(c)
	if err != nil {
		return nil, err
	}
	where, folder, err := endpointOf(c, s)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(c.Context, dialPatience)
	defer cancel()
	var options []gethrpc.ClientOption
	if cookie := cookieFor(where, folder); cookie != "" {
		options = append(options, gethrpc.WithHeader("Authorization", "Bearer "+cookie))
	}
	conn, err := gethrpc.DialOptions(ctx, where, options...)
	if err != nil {
		return nil, unreachable(where, err)
	}
	return &client{conn, where}, nil
}

// endpointOf returns where the node answers, and its folder if that is known.
func endpointOf(c *cli.Context, s *settings) (string, node.Folder, error) {
	folder, lasting, err := s.folder()
	if err != nil {
		return "", "", err
	}
	if url, ok := flagText(c, "rpc"); ok && url != "" {
		return url, folder, nil
	}
	if url := os.Getenv(envName("rpc")); url != "" {
		return url, folder, nil
	}
	if s.rpc.IPCPath != "" {
		return s.rpc.IPCPath, folder, nil
	}
	if !lasting { // the node's folder is a temporary one, but HTTP is on with --dev
		return fmt.Sprintf("http://%s", net.JoinHostPort(s.rpc.HTTPAddr, fmt.Sprint(s.rpc.HTTPPort))), "", nil
	}
	return folder.IPC(), folder, nil
}

// cookieFor returns the cookie of the folder's node for an HTTP or WebSocket endpoint on this machine: it goes nowhere else.
func cookieFor(where string, folder node.Folder) string {
	u, err := url.Parse(where)
	if err != nil || folder == "" || !strings.HasPrefix(u.Scheme, "http") && !strings.HasPrefix(u.Scheme, "ws") {
		return ""
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return ""
	}
	cookie, err := node.Cookie(folder)
	if err != nil {
		return "" // the node says so itself if it wants one
	}
	return cookie
}

func unreachable(where string, err error) error {
	hint := "start one with `gero`, or say where it is: the --datadir it runs on, or --rpc URL"
	if errors.Is(err, fs.ErrPermission) {
		hint = "the folder is another user's: ask as that user, or over HTTP with --rpc URL"
	}
	return &exitError{code: exitUnreachable, err: fmt.Errorf("no node answers at %s (%w)", where, err), hint: hint}
}

// call asks for one method.
func (cl *client) call(ctx context.Context, result any, method string, params ...any) error {
	err := cl.c.CallContext(ctx, result, method, params...)
	if err == nil {
		return nil
	}
	return cl.explain(method, err)
}

// codes that end a verb with an exit code of their own.
const (
	codeDenied    = -32001
	codeNoMethod  = -32601
	codeLocked    = -39001
	codeScanning  = -39002
	codeNotSynced = -39007
)

// explain turns an error of a call into one with an exit code and a hint.
func (cl *client) explain(method string, err error) error {
	var coded gethrpc.Error
	if !errors.As(err, &coded) {
		var status gethrpc.HTTPError
		if errors.As(err, &status) && status.StatusCode != http.StatusServiceUnavailable {
			return &exitError{code: exitFailure, err: fmt.Errorf("node at %s answers %s: %s", cl.where, status.Status, strings.TrimSpace(string(status.Body)))}
		}
		switch {
		case errors.Is(err, context.Canceled):
			return err
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, gethrpc.ErrClientQuit):
			return &exitError{
				code: exitUnreachable, err: fmt.Errorf("the node at %s stopped before it answered %s (%w)", cl.where, method, err),
				hint: "what it had begun may be done: start it again and look before you repeat it",
			}
		}
		return unreachable(cl.where, err)
	}
	out := &exitError{code: exitFailure, err: &callError{coded.ErrorCode(), coded.Error()}, hint: hintIn(err)}
	switch coded.ErrorCode() {
	case codeLocked:
		out.code = exitLocked
	case codeScanning, codeNotSynced:
		out.code = exitNotSynced
	}
	return out
}

// callError is an error that the node answered with.
type callError struct {
	code    int
	message string
}

func (e *callError) Error() string { return e.message }

// hasCode reports whether the node answered with an error of a code.
func hasCode(err error, code int) bool {
	var e *callError
	return errors.As(err, &e) && e.code == code
}

// hintIn returns data.hint of an answer.
func hintIn(err error) string {
	var with gethrpc.DataError
	if !errors.As(err, &with) {
		return ""
	}
	data, ok := with.ErrorData().(map[string]any)
	if !ok {
		return ""
	}
	hint, _ := data["hint"].(string)
	return hint
}

func (cl *client) close() { cl.c.Close() }

// withNode runs a verb that needs a running node.
func withNode(f func(*cli.Context, *client) error) cli.ActionFunc {
	return func(c *cli.Context) error {
		cl, err := dial(c)
		if err != nil {
			return err
		}
		defer cl.close()
		return f(c, cl)
	}
}

// onFolder runs a verb by the node if one answers, and on the folder if none does. A node that holds the folder and does not answer on
// its endpoint is an error, because the folder is not ours to change.
func onFolder(c *cli.Context, byNode func(*client) error, offline func(node.Config) error) error {
	cl, err := dial(c)
	if err == nil {
		defer cl.close()
		return byNode(cl)
	}
	var e *exitError
	if !errors.As(err, &e) || e.code != exitUnreachable {
		return err
	}
	if _, remote := flagText(c, "rpc"); remote || os.Getenv(envName("rpc")) != "" {
		return err
	}
	cfg, _, bad := quietConfig(c)
	if bad != nil {
		return bad
	}
	err = offline(cfg)
	if errors.Is(err, node.ErrInUse) {
		return &exitError{code: exitFailure, err: err, hint: "it does not answer on its IPC endpoint: ask it with --rpc URL, or stop it"}
	}
	return err
}

// printJSON writes a value as JSON for people and programs.
func printJSON(c *cli.Context, v any) error {
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(c.App.Writer, "%s\n", b)
	return err
}

// wantsJSON reports whether --json was given.
func wantsJSON(c *cli.Context) bool {
	text, ok := flagText(c, "json")
	return ok && text == "true"
}

// arguments holds a verb to its number of arguments.
func arguments(c *cli.Context, least, most int) ([]string, error) {
	args := c.Args().Slice()
	if len(args) < least || len(args) > most {
		return nil, usageError("%s: want %s; see `gero %s --help`", c.Command.HelpName, c.Command.ArgsUsage, strings.TrimPrefix(c.Command.HelpName, "gero "))
	}
	return args, nil
}
