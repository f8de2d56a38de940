package node

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/windows"
)

// errHeld reports a lock that another process has.
var errHeld = errors.New("lock is held")

// lockFile locks a file without waiting, until it is closed. The locked byte lies far behind the content, which others may then read.
func lockFile(f *os.File) error {
	const far = 1 << 30
	at := windows.Overlapped{Offset: far}
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, &at)
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return fmt.Errorf("%w: %w", errHeld, err)
	}
	return err
}
