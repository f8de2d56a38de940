//go:build !windows

package rpc

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"
)

// maxSocketPath is the longest path of a Unix socket that every system takes, with its final zero byte.
const maxSocketPath = 103

// ipcListen opens the Unix socket, which only the node's user can use. A socket that nobody answers on is left over from a crash.
func ipcListen(path string) (net.Listener, error) {
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf("IPC path %s is longer than the %d bytes that sockets may have: choose a shorter one with --ipcpath",
			path, maxSocketPath)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("IPC: %w", err)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		conn.Close() //nolint:errcheck // Nothing was written.
		return nil, fmt.Errorf("IPC path %s is in use by a running node: stop that one, or choose another with --datadir or --ipcpath", path)
	}
	if info, err := os.Lstat(path); err == nil {
		if info.Mode()&os.ModeSocket == 0 {
			return nil, fmt.Errorf("IPC path %s exists and is no socket: choose another with --ipcpath", path)
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("IPC: %w", err)
		}
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("IPC path %s (see --ipcpath): %w", path, err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, fmt.Errorf("IPC: %w", errors.Join(err, l.Close()))
	}
	return l, nil
}
