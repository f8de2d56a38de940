//go:build slow

package transfer

func skipInQuickRun(int, string) bool { return false }
