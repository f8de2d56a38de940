package rpc

import (
	"fmt"
	"net"

	"github.com/Microsoft/go-winio"
)

// ipcListen opens the named pipe. By its default rights others may look but not write, and so not call anything.
func ipcListen(name string) (net.Listener, error) {
	l, err := winio.ListenPipe(name, nil)
	if err != nil {
		return nil, fmt.Errorf("IPC pipe %s is in use or cannot be made: choose another with --ipcpath: %w", name, err)
	}
	return l, nil
}
