//go:build !windows

package bench

import (
	"time"

	"golang.org/x/sys/unix"
)

// cpuTime is what this process has used of all cores so far.
func cpuTime() time.Duration {
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return 0 // no system refuses it for oneself
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
