//go:build slow

package crash_test

import (
	"testing"

	"github.com/gero-chain/gero/internal/crash"
)

// TestCrashAtEveryStep is TestCrashAtAnyStep without chance.
func TestCrashAtEveryStep(t *testing.T) {
	_, d := run(t, t.TempDir(), crash.Plan{}, bigCount, bigSize)
	_, steps := d.Counts()
	for step := 1; step <= steps; step++ {
		for _, moment := range crash.Moments {
			tryStep(t, step, moment)
		}
	}
}
