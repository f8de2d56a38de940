package bench

import (
	"time"

	"golang.org/x/sys/windows"
)

// cpuTime is what this process has used of all cores so far.
func cpuTime() time.Duration {
	var created, exited, kernel, user windows.Filetime
	if err := windows.GetProcessTimes(windows.CurrentProcess(), &created, &exited, &kernel, &user); err != nil {
		return 0 // no system refuses it for oneself
	}
	// Filetime.Nanoseconds counts from 1970, so the two durations are put together by hand, in units of 100 ns.
	units := func(f windows.Filetime) int64 { return int64(f.HighDateTime)<<32 | int64(f.LowDateTime) }
	return time.Duration(100 * (units(kernel) + units(user)))
}
