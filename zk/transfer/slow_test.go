//go:build slow

package transfer

const randomRuns = 300

func skipInQuickRun(int, string) bool { return false }
